"""Which of several organisations is linked both ways: seen, tried out, switched."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from integrations import switching, ways
from integrations.forms import ReasonForm
from integrations.models import Integration
from integrations.secrets import SECRETS
from integrations.views.acting import attempt
from integrations.views.frame import needs, page
from integrations.words import (
    app_name,
    integration_name,
    integration_words,
    organisation_words,
    run_words,
)

CHANGE = "integrations.change_integration"


def _integration(integration_id: int) -> Integration:
    """An integration with its two organisations; no token is read for a page."""
    grants = ("ledger__grant", "other__grant")
    rows = Integration.objects.select_related(*grants).defer(
        *(f"{grant}__{name}" for grant in grants for name in SECRETS)
    )
    return get_object_or_404(rows, pk=integration_id)


@needs(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def way(request: HttpRequest, integration_id: int) -> HttpResponse:
    """What the switch would change, and the switch itself once it was tried out (G-5)."""
    integration = _integration(integration_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        done, _ = attempt(
            request,
            lambda: switching.switch(request.user, integration, reason),
            done=f"{integration_name(integration)} is linked both ways now.",
        )
        if done:
            return redirect("office:modules")
    return _shown(request, integration, form)


def _shown(request: HttpRequest, integration: Integration, form: ReasonForm) -> HttpResponse:
    effects = [] if switching.refusal(integration) else switching.effects(integration)
    return page(
        request,
        "connections/way.html",
        f"Which way {integration_name(integration)} goes",
        integration=integration,
        ledger=organisation_words(integration.ledger),
        joins=integration_words(integration),
        apps=(app_name(integration.other.app), app_name(integration.ledger.app)),
        why_one_way=ways.why_one_way(integration),
        refused=switching.refusal(integration),
        present=switching.present(integration),
        others=[(row, organisation_words(row.ledger)) for row in switching.others(integration)],
        effects=[_line(effect) for effect in effects],
        ready=all(effect.ready for effect in effects),
        going=any(effect.run is not None and effect.run.is_open for effect in effects),
        consequences=switching.consequences(integration),
        form=form,
    )


def _line(effect: switching.Effect) -> dict[str, Any]:
    return {"effect": effect, "words": run_words(effect.run) if effect.run is not None else ""}


@needs(CHANGE)
@require_POST
def preview(request: HttpRequest, integration_id: int) -> HttpResponse:
    """Try out what the switch would change, module by module."""
    integration = _integration(integration_id)
    done, runs = attempt(request, lambda: switching.try_out(request.user, integration))
    if done and runs:
        messages.info(
            request,
            "Nothing has changed yet: the previews below show what would. Load this page again "
            "when they have finished.",
        )
    return redirect("office:way", integration.pk)
