"""Switching which of several ledgers is linked both ways with one organisation, after a preview.

The modules that went both ways in the present two-way integration only fetch from then on; what
that would do to their pairs is tried out by previews first (G-5). A module that only sends is
paused, since fetching is not what it was set up for. The other integration's modules stay as they
are: each may be set to go both ways afterwards, with a preview of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from integrations import (
    configuring,
    lapsing,
    pausing,
    registry,
    settings_history,
    trial_parts,
    trials,
    ways,
)
from integrations.models import Connection, Decision, FlowSetting, Integration, SyncRun
from integrations.words import app_name, integration_name, module_name

Way, Extent = Integration.Way, FlowSetting.Extent
TWO_WAY_LOST = "The integration is not linked both ways any more."
TRIAL: dict[str, Any] = {"choices": {"extent": Extent.FETCH.value}, "pairs": {}}


@dataclass(frozen=True)
class Effect:
    """What becomes of one module of the integration that is linked both ways now.

    `run` is the newest preview of it by the choices in force; `effect` its counts once it is done.
    What cannot be tried out now `pauses`: nothing of it happens before a person resumes it.
    """

    setting: FlowSetting
    name: str
    pauses: bool
    run: SyncRun | None = None
    effect: trial_parts.Effect | None = None

    @property
    def ready(self) -> bool:
        """Whether nothing is left to be tried out."""
        return self.pauses or self.effect is not None or not trials.runs_already(self.setting)


def refusal(integration: Integration) -> str:
    """Why an integration cannot be linked both ways; empty where it can."""
    pair = ways.pair_of(integration.kind)
    if pair is None or not pair.one_both_ways:
        return "Its modules decide by themselves which way they go."
    if integration.way == Way.BOTH:
        return f"{integration_name(integration)} is linked both ways already."
    if pair.one_currency and ways.currencies_differ(integration.ledger, integration.other):
        return (
            "The base currencies differ: "
            f"{ways.currencies(integration.ledger, integration.other)}. "
            "Only organisations of one base currency can be linked both ways."
        )
    return ""


def present(integration: Integration) -> Integration | None:
    """The integration that has the two-way link which this one would get; None: nobody has it."""
    found = ways.linked_both_ways(integration.kind, integration.other)
    return None if found is None or found.pk == integration.pk else found


def effects(integration: Integration) -> list[Effect]:
    """What the switch would do to the modules of the present two-way integration."""
    now = present(integration)
    if now is None:
        return []
    rows = FlowSetting.objects.filter(integration=now).exclude(extent=Extent.FETCH)
    return [_effect(setting) for setting in rows.select_related("integration").order_by("pk")]


def _effect(setting: FlowSetting) -> Effect:
    name = module_name(setting.flow)
    if setting.extent == Extent.PUSH or setting.integration.status != Integration.Status.ACTIVE:
        return Effect(setting, name, pauses=True)
    run = (
        SyncRun.objects.filter(
            setting=setting,
            mode=SyncRun.Mode.PREVIEW,
            trial=TRIAL,
            version=setting.version,
        )
        .order_by("-pk")
        .first()
    )
    parts = trial_parts.parts_of(run) if run is not None else []
    done = bool(parts) and all(part.done for part in parts)
    effect = trial_parts.effect_of(parts) if done else None
    return Effect(setting, name, pauses=False, run=run, effect=effect)


def try_out(user: Any, integration: Integration) -> list[SyncRun]:
    """Start a preview of each module that would change; ValueError where nothing can be."""
    if why := refusal(integration):
        raise ValueError(why)
    needed = [item for item in effects(integration) if not item.ready]
    return [
        item.run
        if item.run is not None and item.run.is_open
        else trials.try_out(user, item.setting, TRIAL)
        for item in needed
    ]


@transaction.atomic
def switch(user: Any, integration: Integration, reason: str) -> None:
    """Link this integration both ways and the present one one way. ValueError says why not."""
    # One switch, or joining, at a time.
    Connection.objects.select_for_update().get(pk=integration.other_id)
    integration.refresh_from_db(fields=["way"])
    if why := refusal(integration):
        raise ValueError(why)
    if not reason.strip():
        raise ValueError("Say why it is switched; it is kept with the decision.")
    before = present(integration)
    moving = effects(integration)
    waiting = [item.name for item in moving if not item.ready]
    if waiting:
        raise ValueError(f"{', '.join(waiting)}: preview first what the switch would change.")
    if before is not None:
        _refuse_while_syncing(before)
        did = lapsing.now(before.pk)
        for item in moving:
            _narrow(user, item)
        before.way = Way.LATER
        before.save(update_fields=["way"])
        _pause_refused(user, before)
        lapsing.lapse(user, before.pk, did)
    integration.way = Way.BOTH
    integration.save(update_fields=["way"])
    Decision.objects.create(
        kind=Decision.Kind.TWO_WAY,
        by=user,
        name=integration_name(integration),
        reason=reason.strip(),
        details={
            "integration": integration.pk,
            "from": before.name if before else "",
            "to": integration.name,
        },
    )


def _refuse_while_syncing(integration: Integration) -> None:
    open_runs = SyncRun.objects.filter(
        setting__integration=integration, mode=SyncRun.Mode.LIVE, status__in=SyncRun.OPEN
    )
    if open_runs.exists():
        raise ValueError(
            f"A sync of {integration_name(integration)} has not ended. Wait for it, or stop it, "
            "then switch."
        )


def _narrow(user: Any, item: Effect) -> None:
    """One module of the integration that is linked both ways no more."""
    setting = item.setting
    if item.pauses and setting.enabled:
        pausing.pause(user, setting, TWO_WAY_LOST)
    if setting.extent == Extent.PUSH:
        return  # fetching is not what it was set up for
    before = trials.stand(setting)
    setting.extent = Extent.FETCH
    # The next sync compares by value, as the preview did.
    configuring.new_version(setting, remapped=True)
    setting.save()
    settings_history.keep(user, setting, before, trials.stand(setting), run=item.run)


def _pause_refused(user: Any, integration: Integration) -> None:
    """Modules that are no part of a one-way link stand still from now on."""
    for setting in integration.flow_settings.filter(enabled=True):
        if ways.refusal(integration, registry.flow(setting.flow)):
            pausing.pause(user, setting, TWO_WAY_LOST)


def others(integration: Integration) -> list[Integration]:
    """The other integrations with the same organisation, such as the ones to switch to."""
    rows = Integration.objects.filter(kind=integration.kind, other=integration.other)
    return list(rows.exclude(pk=integration.pk).select_related("ledger__grant").order_by("pk"))


def consequences(integration: Integration) -> list[str]:
    """What the switch means in sentences, for the page that asks for it."""
    now = present(integration)
    pair = ways.pair_of(integration.kind)
    ledger, other = app_name(integration.ledger.app), app_name(integration.other.app)
    stay = f"The modules of {integration_name(integration)} stay as they are."
    said = [f"{stay} Each can then be set to go both ways, with a preview of its own."]
    if now is None:
        return said
    said.append(
        f"{integration_name(now)} only goes from {other} to {ledger} afterwards: what was "
        f"sent to {other} "
        f"stays there, and an edit made in {ledger} {now.ledger.name} to a mapped field is "
        f"replaced by the value of {other}."
    )
    left = [
        module_name(flow.key)
        for flow in registry.flows_of(integration.kind)
        if pair and pair.one_way and flow.key not in pair.one_way
    ]
    if left:
        said.append(f"{integration_name(now)} does not sync these any more: {', '.join(left)}.")
    return said
