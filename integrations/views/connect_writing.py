"""On, Look only or Stopped, for everything two connections do together (G-3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from integrations import connecting
from integrations.forms import ReasonForm
from integrations.models import Integration, Writing
from integrations.secrets import SECRETS
from integrations.views.acting import attempt
from integrations.views.frame import needs, page
from integrations.words import organisation_words

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
def writing(request: HttpRequest, integration_id: int) -> HttpResponse:
    """Whether anything may be written by an integration."""
    grants = ("ledger__grant", "other__grant")
    rows = Integration.objects.select_related(*grants).defer(
        *(f"{grant}__{name}" for grant in grants for name in SECRETS)
    )
    row = get_object_or_404(rows, pk=integration_id)
    posted = request.POST if request.method == "POST" else None
    form = WritingForm(posted, initial={"writing": row.writing})
    if posted is not None and form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        attempt(
            request,
            lambda: connecting.set_writing(request.user, row, values["writing"], values["reason"]),
            done=f"{row.name}: writing is {Writing(values['writing']).label} now.",
        )
        return redirect("office:connections")
    return page(
        request,
        "connections/writing.html",
        f"Writing of {row.name}",
        row=row,
        form=form,
        organisations=[organisation_words(row.other), organisation_words(row.ledger)],
    )
