"""The modules: how they stand, starting a preview or a sync, pausing."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from integrations import (
    choices,
    decisions,
    fetching,
    module_flows,
    native,
    pausing,
    trials,
    ways,
    working,
    writing,
)
from integrations.admin.connections import writing_badge
from integrations.lists.html import badge, when
from integrations.models import Connection, FlowSetting, Integration, SyncRun, Writing
from integrations.secrets import SECRETS
from integrations.standing import Standing, off_words, standings
from integrations.views.acting import attempt, to_run
from integrations.views.frame import needs, page
from integrations.words import (
    app_name,
    flow_of,
    integration_name,
    integration_words,
    interval_words,
    module_name,
    organisation_words,
    run_title,
    run_words,
)

GRANTS = ("integration__ledger__grant", "integration__other__grant")


def setting_of(setting_id: int) -> FlowSetting:
    """A module's setting with its organisations; no token is read for a page."""
    rows = FlowSetting.objects.select_related(*GRANTS).defer(
        *(f"{grant}__{name}" for grant in GRANTS for name in SECRETS)
    )
    # What is left of a deleted integration is evidence: it is read in the history.
    there = rows.exclude(integration__status=Integration.Status.DELETED)
    return get_object_or_404(there, pk=setting_id)


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
        "writes": writing_badge(standing.setting),
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
            "title": integration_name(integration),
            "ledger": organisation_words(integration.ledger),
            "joins": integration_words(integration),
            "writes": integration.writing == Writing.ON,
            "off": off_words(integration),
            "one_way": ways.why_one_way(integration),
            "native": native.found(integration),
            "lines": by_integration.get(integration.pk, []),
        }
        for integration in integrations.order_by("name")
    ]
    return page(request, "modules/modules.html", "Modules", groups=groups, **_rights(request))


def _run_line(run: SyncRun) -> dict[str, Any]:
    at = when(run.created_at)
    why = run.reason if run.status in {SyncRun.Status.FAILED, SyncRun.Status.PAUSED} else ""
    return {"run": run, "title": run_title(run), "words": run_words(run), "at": at, "why": why}


def _sign_in(side: Connection) -> dict[str, Any]:
    """A connection of the module: whose sign-in it is, and whether somebody must sign in again."""
    return {
        "connection": side,
        "name": f"{app_name(side.app)} {side.name}",
        "who": side.grant.signed_in_as,
        "lost": side.status == Connection.Status.RECONNECT,
    }


@needs("integrations.view_flowsetting")
@require_safe
def module(request: HttpRequest, setting_id: int) -> HttpResponse:
    setting = setting_of(setting_id)
    standing = next(s for s in standings(setting.integration) if s.setting.pk == setting.pk)
    runs = SyncRun.objects.filter(setting=setting).order_by("-created_at", "-pk")[:10]
    integration = setting.integration
    return page(
        request,
        "modules/module.html",
        standing.name,
        **_line(standing),
        **_rights(request),
        organisation=organisation_words(integration.ledger),
        native=native.found(integration),
        choices=choices.in_words(setting),
        flows=module_flows.active(setting),
        decided_by=_decided_by(setting),
        held_back=writing.held_back(setting),
        writing_badge=writing_badge(setting),
        intervals=choices.intervals(setting.every),
        list_title=_working_list(setting),
        looked_up_in=_looked_up_in(setting),
        sign_ins=[_sign_in(side) for side in (integration.other, integration.ledger)],
        may_change_integration=request.user.has_perm("integrations.change_integration"),
        may_connect=request.user.has_perm("integrations.change_connection"),
        runs=[_run_line(run) for run in runs],
    )


def _decided_by(setting: FlowSetting) -> dict[str, Any] | None:
    """The other module whose options say whether this one takes part; None where none does."""
    flow = flow_of(setting.flow)
    if flow is None or not flow.options_of:
        return None
    owner = FlowSetting.objects.filter(integration=setting.integration_id, flow=flow.options_of)
    key = owner.values_list("pk", flat=True).first()
    return {"pk": key, "name": module_name(flow.options_of)} if key else None


def _working_list(setting: FlowSetting) -> str:
    """Title of the list of the module's pairs; '' where it has none."""
    flow = working.module(setting.flow)
    return working.title(flow) if flow is not None else ""


def _looked_up_in(setting: FlowSetting) -> str:
    """The app in which the module's records can be looked up; '' where they cannot."""
    for flow, _ in fetching.searches(setting).values():
        return app_name(fetching.near_of(setting, flow).app)
    return ""


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
    return to_run(request, run, live=not preview)


@needs("integrations.change_flowsetting")
@require_POST
def pause(request: HttpRequest, setting_id: int) -> HttpResponse:
    """No sync of the module starts by itself until it is resumed."""
    setting = setting_of(setting_id)
    act = partial(pausing.pause, request.user, setting)
    done = f"{module_name(setting.flow)}: paused. A sync in progress goes on to its end."
    attempt(request, act, done=done)
    return redirect("office:module", setting.pk)


@needs("integrations.change_flowsetting")
@require_POST
def resume(request: HttpRequest, setting_id: int) -> HttpResponse:
    setting = setting_of(setting_id)
    act = partial(pausing.resume, request.user, setting)
    attempt(request, act, done=f"{module_name(setting.flow)}: goes on.")
    return redirect("office:module", setting.pk)


@needs("integrations.change_flowsetting")
@require_POST
def interval(request: HttpRequest, setting_id: int) -> HttpResponse:
    """How often the module is synced; in force at once."""
    setting = setting_of(setting_id)
    every = request.POST.get("every", "")
    try:
        trials.set_up(request.user, setting, {"every": every}, None, switch_on=False)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = interval_words(setting.every)
        messages.success(request, f"{module_name(setting.flow)}: synced {said}.")
    return redirect("office:module", setting.pk)
