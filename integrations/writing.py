"""On, Look only or Stopped, for a whole integration or for one of its modules (G-3)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from integrations import jobs
from integrations.models import Decision, FlowSetting, Integration, SyncRun, Writing
from integrations.words import integration_name, module_name


def held_back(setting: FlowSetting) -> list[str]:
    """What keeps the module from writing, widest first; empty where it writes. The switch for all
    writing stands on every page by itself."""
    integration = setting.integration
    if integration.status in Integration.OFF:
        name = integration_name(integration)
        return [f"the integration {name} is {integration.get_status_display().lower()}"]
    levels = (
        (integration.writing, f"the integration {integration_name(integration)}"),
        (setting.writing, "this module"),
    )
    return [f"{what} is set to {Writing(level).label}" for level, what in levels if level != "on"]


def syncs_waiting(what: Integration | FlowSetting) -> int:
    """How many syncs stand still because they may not write."""
    return _waiting(what).count()


def _waiting(what: Integration | FlowSetting) -> Any:
    runs = SyncRun.objects.filter(status=SyncRun.Status.PAUSED, held="stopped")
    if isinstance(what, Integration):
        return runs.filter(setting__integration=what)
    return runs.filter(setting=what)


@transaction.atomic
def set_writing(user: Any, what: Integration | FlowSetting, writing: str, reason: str) -> None:
    """Set it and keep it as a decision, with its reason. ValueError says why not.

    Syncs that stood still for it go on by themselves, or stop again before their next write.
    """
    row = type(what)._default_manager.select_for_update(of=("self",)).get(pk=what.pk)
    if row.writing == writing:
        raise ValueError(f"Writing is {row.get_writing_display()} already.")
    if not reason.strip():
        raise ValueError("Say why; it is kept with the decision.")
    before, row.writing = row.writing, writing
    row.save(update_fields=["writing"])
    what.writing = writing
    setting = row if isinstance(row, FlowSetting) else None
    integration = row.integration if isinstance(row, FlowSetting) else row
    Decision.objects.create(
        kind=Decision.Kind.SET_WRITING,
        by=user,
        setting=setting,
        name=module_name(setting.flow) if setting else integration_name(integration),
        reason=reason.strip(),
        details={"integration": integration.pk, "choices": {"writing": [before, writing]}},
    )
    for run in _waiting(row):
        jobs.go_on(run)
