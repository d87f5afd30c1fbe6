"""Pausing and resuming a module by itself: its schedule, and nothing of its set-up."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from integrations import configuring
from integrations.models import Decision, FlowSetting


@transaction.atomic
def pause(user: Any, setting: FlowSetting, reason: str = "") -> None:
    """No further sync of the module starts by itself; one that is in progress ends as it would.

    Raises ValueError where it is paused already, or never was switched on.
    """
    if not setting.enabled:
        raise ValueError("It is paused already.")
    configuring.apply_choices(setting, {"enabled": "off"})
    Decision.objects.create(kind=Decision.Kind.PAUSE, by=user, setting=setting, reason=reason)


@transaction.atomic
def resume(user: Any, setting: FlowSetting) -> None:
    """The module is synced by its interval again; what has come due meanwhile is synced at once."""
    if setting.enabled:
        raise ValueError("It is not paused.")
    configuring.apply_choices(setting, {"enabled": "on"})
    Decision.objects.create(kind=Decision.Kind.RESUME, by=user, setting=setting)
