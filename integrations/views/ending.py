"""How a set-up ends: preview, save and sync, or save and sync later (Zoho's own words)."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from integrations import decisions, trials
from integrations.errors import SyncError
from integrations.models import FlowSetting
from integrations.views.acting import attempt, to_run
from integrations.words import module_name

PREVIEW, SYNC, LATER = "preview", "sync", "later"


def finish(
    request: HttpRequest,
    setting: FlowSetting,
    choices: Mapping[str, str],
    maps: trials.Maps | None,
    ending: str,
    *,
    switch_on: bool = True,
) -> HttpResponse | None:
    """Take the choices and maps in and go where the ending leads; None when they were refused."""
    try:
        trial = trials.set_up(request.user, setting, choices, maps, switch_on=switch_on)
    except SyncError as error:
        messages.error(request, f"Nothing was saved: {error.message} {error.hint}".strip())
        return None
    except ValidationError as error:
        for text in error.messages:
            messages.error(request, text)
        return None
    if trial is not None:
        return _try_out(request, setting, trial)
    if ending == LATER:
        messages.success(request, f"{module_name(setting.flow)}: saved. Sync it when you like.")
        return redirect("office:module", setting.pk)
    done, run = attempt(
        request, lambda: decisions.start_sync(request.user, setting, preview=ending == PREVIEW)
    )
    if not done or run is None:
        return redirect("office:module", setting.pk)
    return to_run(request, run, live=ending == SYNC)


def _try_out(request: HttpRequest, setting: FlowSetting, trial: dict[str, object]) -> HttpResponse:
    messages.info(
        request,
        "The module runs already, so nothing has changed yet: this preview shows what the new "
        "choices would do. They take effect when you confirm them below.",
    )
    _, run = attempt(request, lambda: trials.try_out(request.user, setting, trial))
    return redirect("office:preview", run.pk) if run else redirect("office:module", setting.pk)
