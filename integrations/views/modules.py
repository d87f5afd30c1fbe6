"""The modules: how they stand, starting a preview or a sync, pausing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from integrations import choices, configuring, decisions
from integrations.lists.html import badge, when
from integrations.models import FlowSetting, Integration, SyncRun, Writing
from integrations.standing import Standing, standings
from integrations.views.acting import attempt
from integrations.views.frame import needs, page
from integrations.words import (
    app_name,
    module_name,
    organisation_words,
    run_title,
    run_words,
)

SECRETS = ("client_secret", "refresh_token", "access_token")
GRANTS = ("integration__ledger__grant", "integration__other__grant")


def setting_of(setting_id: int) -> FlowSetting:
    """A module's setting with its organisations; no token is read for a page."""
    rows = FlowSetting.objects.select_related(*GRANTS).defer(
        *(f"{grant}__{name}" for grant in GRANTS for name in SECRETS)
    )
    return get_object_or_404(rows, pk=setting_id)


def _rights(request: HttpRequest) -> dict[str, bool]:
    return {
        "may_start": request.user.has_perm("integrations.start_sync"),
        "may_change": request.user.has_perm("integrations.change_flowsetting"),
    }


def _line(standing: Standing) -> dict[str, Any]:
    return {
        "standing": standing,
        "setting": standing.setting,
        "badge": badge(*standing.health),
        "last_at": when(standing.last.created_at) if standing.last else "never",
        "next_at": when(standing.next_at) if standing.next_at else standing.next_words,
    }


@needs("integrations.view_flowsetting")
@require_safe
def modules(request: HttpRequest) -> HttpResponse:
    integrations = Integration.objects.select_related("ledger__grant", "other__grant").defer(
        *(f"{side}__grant__{name}" for side in ("ledger", "other") for name in SECRETS)
    )
    by_integration: dict[int, list[dict[str, Any]]] = {}
    for standing in standings():
        by_integration.setdefault(standing.setting.integration_id, []).append(_line(standing))
    groups = [
        {
            "integration": integration,
            "title": integration_title(integration),
            "ledger": organisation_words(integration.ledger),
            "other": organisation_words(integration.other),
            "writes": integration.writing == Writing.ON,
            "lines": by_integration.get(integration.pk, []),
        }
        for integration in integrations.order_by("name")
    ]
    return page(request, "modules/modules.html", "Modules", groups=groups, **_rights(request))


def integration_title(integration: Integration) -> str:
    """Such as "CRM and Books"."""
    return f"{app_name(integration.other.app)} and {app_name(integration.ledger.app)}"


def _run_line(run: SyncRun) -> dict[str, Any]:
    at = when(run.created_at)
    return {"run": run, "title": run_title(run), "words": run_words(run), "at": at}


@needs("integrations.view_flowsetting")
@require_safe
def module(request: HttpRequest, setting_id: int) -> HttpResponse:
    setting = setting_of(setting_id)
    standing = next(s for s in standings(setting.integration) if s.setting.pk == setting.pk)
    runs = SyncRun.objects.filter(setting=setting).order_by("-created_at", "-pk")[:10]
    return page(
        request,
        "modules/module.html",
        standing.name,
        **_line(standing),
        **_rights(request),
        organisation=organisation_words(setting.integration.ledger),
        choices=choices.in_words(setting),
        runs=[_run_line(run) for run in runs],
    )


@needs("integrations.start_sync")
@require_POST
def start_preview(request: HttpRequest, setting_id: int) -> HttpResponse:
    return _start(request, setting_of(setting_id), preview=True)


@needs("integrations.start_sync")
@require_POST
def start_sync(request: HttpRequest, setting_id: int) -> HttpResponse:
    return _start(request, setting_of(setting_id), preview=False)


def _start(request: HttpRequest, setting: FlowSetting, *, preview: bool) -> HttpResponse:
    done, run = attempt(
        request, lambda: decisions.start_sync(request.user, setting, preview=preview)
    )
    if not done or run is None:
        return redirect("office:module", setting.pk)
    if not preview and run.mode == SyncRun.Mode.PREVIEW:
        messages.warning(
            request, "Writing is set to Look only here, so this is a preview: nothing is written."
        )
    return redirect("office:preview" if run.mode == SyncRun.Mode.PREVIEW else "office:sync", run.pk)


@needs("integrations.change_flowsetting")
@require_POST
def pause(request: HttpRequest, setting_id: int) -> HttpResponse:
    """Switch the module's own schedule off, or on again."""
    setting = setting_of(setting_id)
    on = "off" if setting.enabled else "on"
    configuring.apply_choices(setting, {"enabled": on})
    name = module_name(setting.flow)
    messages.success(request, f"{name}: {'paused' if on == 'off' else 'goes on'}.")
    return redirect("office:modules")
