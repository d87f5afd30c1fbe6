"""On, Look only or Stopped, for a whole integration or for one of its modules (G-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse

from integrations import guards, jobs
from integrations.models import (
    Decision,
    FlowSetting,
    Integration,
    SyncRun,
    Writing,
    WritingSwitch,
)
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


@dataclass(frozen=True)
class Hindrance:
    """Why nothing can be synced now: the sentence, and what is changed where."""

    says: str
    remedy: str
    page: str
    key: int | None = None

    @property
    def address(self) -> str:
        return reverse(f"office:{self.page}", args=[] if self.key is None else [self.key])


def hindrance(setting: FlowSetting) -> Hindrance | None:
    """What would stop a sync of the module before its first write; None where nothing does."""
    integration = setting.integration
    if integration.status in Integration.OFF:
        says = guards.disabled_words(integration)
        return Hindrance(says, "Enable the integration", "integration", integration.pk)
    switch = WritingSwitch.objects.first()
    if switch is not None and switch.stopped:
        says = "All writing is stopped, so nothing is synced or fetched."
        return Hindrance(says, "Start writing again", "start_writing")
    if Writing.STOPPED in {integration.writing, setting.writing}:
        says = f"Nothing is synced or fetched: {', and '.join(held_back(setting))}."
        if integration.writing == Writing.STOPPED:
            return Hindrance(says, "Change the integration", "integration", integration.pk)
        return Hindrance(says, "Change the module", "module", setting.pk)
    return None


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
