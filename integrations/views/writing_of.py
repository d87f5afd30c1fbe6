"""On, Look only or Stopped, for everything two connections do together, or for one module (G-3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from integrations import writing
from integrations.forms import ReasonForm
from integrations.models import FlowSetting, Integration, Writing
from integrations.secrets import SECRETS
from integrations.views.acting import attempt
from integrations.views.frame import needs, page
from integrations.views.modules import setting_of
from integrations.words import app_name, integration_name, module_name, organisation_words

SAYS = {
    Writing.ON: "On: what is synced is written to both apps, as each module is set up.",
    Writing.LOOK_ONLY: "Look only: all is read, compared and previewed; nothing is written.",
    Writing.STOPPED: "Stopped: syncs wait before their next write, until this is changed.",
}


class WritingForm(ReasonForm):
    writing = forms.ChoiceField(
        label="Writing",
        choices=list(SAYS.items()),
        widget=forms.RadioSelect,
    )
    field_order = ("writing", "reason")


@needs("integrations.change_integration")
@require_http_methods(["GET", "HEAD", "POST"])
def of_integration(request: HttpRequest, integration_id: int) -> HttpResponse:
    """Whether anything may be written by an integration."""
    grants = ("ledger__grant", "other__grant")
    rows = Integration.objects.select_related(*grants).defer(
        *(f"{grant}__{name}" for grant in grants for name in SECRETS)
    )
    row = get_object_or_404(rows, pk=integration_id)
    return _page(request, row, integration_name(row), "office:integration")


@needs("integrations.change_flowsetting")
@require_http_methods(["GET", "HEAD", "POST"])
def of_module(request: HttpRequest, setting_id: int) -> HttpResponse:
    """Whether anything may be written by one module."""
    setting = setting_of(setting_id)
    return _page(request, setting, module_name(setting.flow), "office:module")


def _page(
    request: HttpRequest, row: Integration | FlowSetting, name: str, back: str
) -> HttpResponse:
    """The choice with what it means, then a reason; `to` is what the button before spoke of."""
    posted = request.POST if request.method == "POST" else None
    wanted = request.GET.get("to", "")
    form = WritingForm(posted, initial={"writing": wanted if wanted in SAYS else row.writing})
    if posted is not None and form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        done, _ = attempt(
            request,
            lambda: writing.set_writing(request.user, row, values["writing"], values["reason"]),
            done=f"{name}: writing is {Writing(values['writing']).label} now.",
        )
        if done:
            return redirect(back, row.pk)
    integration = row if isinstance(row, Integration) else row.integration
    sides = (integration.other, integration.ledger)
    return page(
        request,
        "attention/writing_of.html",
        f"Writing of {name}",
        row=row,
        name=name,
        module=isinstance(row, FlowSetting),
        integration=integration,
        form=form,
        back=back,
        waiting=writing.syncs_waiting(row),
        organisations=[f"{app_name(side.app)}: {organisation_words(side)}" for side in sides],
    )
