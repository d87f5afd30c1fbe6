"""The syncs that follow notifications: whether one does now, of which records, joined or new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from integrations.legs import legs, reading, written_by
from integrations.models import (
    Change,
    Connection,
    FlowSetting,
    SyncRun,
    Writing,
    WritingSwitch,
)
from integrations.sync import run as pipeline
from integrations.watch import Named
from mappings import links
from mappings.models import RecordLink
from mappings.values import moment

# A sync that has not read to its end takes in more records, up to so many.
MOST_RECORDS = 5_000

Mode, Trigger = SyncRun.Mode, SyncRun.Trigger


def being_written(connection: Connection) -> bool:
    """Whether a sync is writing many records into this organisation just now.

    Most of what it tells of is then what we write, which is known as such once that is noted: so
    these notifications are put off until the sync has ended.
    """
    at_work = SyncRun.objects.filter(
        Q(status=SyncRun.Status.RUNNING)
        | Q(status=SyncRun.Status.QUEUED, started_at__isnull=False),
        Q(setting__integration__ledger=connection) | Q(setting__integration__other=connection),
        mode=Mode.LIVE,
        only_ids__isnull=True,
    )
    return any(written_by(run.flow, run.direction).app == connection.app for run in at_work)


@dataclass(frozen=True)
class Reader:
    """A leg that reads an entity by itself, and how it knows the records that were named."""

    setting: FlowSetting
    flow: str
    direction: str
    entity: str
    seen: Mapping[str, links.Seen]

    def has(self, record_id: str) -> bool:
        """Whether the record has a partner by this leg's module."""
        return record_id in self.seen and self.seen[record_id].paired


def readers(connection: Connection, named: Mapping[str, Sequence[Named]]) -> list[Reader]:
    """The legs that read the entities of these records; one statement each."""
    found = []
    for setting, flow, direction, entity in reading(connection):
        if entity in named:
            reverse = direction == SyncRun.Direction.REVERSE
            ids = list({one.record_id for one in named[entity]})
            seen = links.Links(setting.pk, flow, reverse=reverse).seen(ids)
            found.append(Reader(setting, flow, direction, entity, seen))
    return found


def news_for(
    reader: Reader, named: Sequence[Named], others: Sequence[Reader], *, one_by_one: bool
) -> list[str]:
    """The ids a leg has to read: but for those that were told of just as the last sync left them.

    Where each record costs a request of its own (`one_by_one`), one that has its partner by
    another module of the integration is left to that one.
    """
    elsewhere = [
        other
        for other in others
        if one_by_one
        and other is not reader
        and other.entity == reader.entity
        and other.setting.integration_id == reader.setting.integration_id
    ]
    return list(
        dict.fromkeys(
            one.record_id
            for one in named
            if not _as_we_left_it(one, reader, others)
            and (
                reader.has(one.record_id)
                or not any(other.has(one.record_id) for other in elsewhere)
            )
        )
    )


def released(run: SyncRun) -> list[SyncRun]:
    """Limited syncs of the records that waited for what a sync after notifications has written."""
    if run.trigger != Trigger.WEBHOOK:
        return []
    written = run.changes.filter(status=Change.Status.WRITTEN).values("source_id")
    near = "target" if run.direction == SyncRun.Direction.REVERSE else "source"
    rows = RecordLink.objects.filter(
        setting__integration=run.setting.integration_id,
        state=RecordLink.State.WAITING,
        due=True,
        waiting_flow=run.flow,
        waiting_id__in=written,
    ).exclude(**{f"{near}_id": None})
    ids: dict[tuple[int, str], list[str]] = {}
    for setting_id, flow, record_id in rows.values_list("setting", "flow", f"{near}_id"):
        ids.setdefault((setting_id, flow), []).append(record_id)
    fresh = []
    for (setting_id, flow), some in ids.items():
        setting = FlowSetting.objects.select_related(
            "integration__ledger", "integration__other"
        ).get(pk=setting_id)
        runs_so = setting.enabled and (flow, run.direction) in legs(setting)
        if runs_so and not why_left(setting):
            with transaction.atomic():
                following, is_new = limited(setting, flow, run.direction, some)
            if is_new:
                fresh.append(following)
    return fresh


def _as_we_left_it(one: Named, reader: Reader, readers: Sequence[Reader]) -> bool:
    """Of a record that came as part of another, whether that one is: its time tells of both."""
    if one.whole is None:
        seen = [reader.seen.get(one.record_id)]
    else:
        entity, whole = one.whole
        seen = [other.seen.get(whole) for other in readers if other.entity == entity]
    return bool(one.modified) and any(
        row is not None
        and row.state == RecordLink.State.IN_SYNC
        and not row.due
        and moment(one.modified) == moment(row.modified)
        for row in seen
    )


def why_left(setting: FlowSetting) -> str:
    """Why no sync follows a notification now, '' where one does; the next sync reads it all."""
    switch = WritingSwitch.objects.first()
    levels = {setting.writing, setting.integration.writing}
    if (switch is not None and switch.stopped) or Writing.STOPPED in levels:
        return "Writing is stopped; the next sync reads them."
    if Writing.LOOK_ONLY in levels:
        return "The module only looks; the next preview shows them."
    if _stands_still(setting):
        return "An earlier sync after notifications stands still; the next sync reads them."
    return ""


def _stands_still(setting: FlowSetting) -> bool:
    """Whether an earlier sync after notifications waits with what it has planned: for a person
    (G-2), or to write. Those that a later sync has read past are ended by it."""
    waiting = SyncRun.objects.filter(
        Q(held="limits") | Q(phase=SyncRun.Phase.APPLY),
        setting=setting,
        trigger=Trigger.WEBHOOK,
        status=SyncRun.Status.PAUSED,
    )
    return waiting.exists()


def limited(
    setting: FlowSetting, flow: str, direction: str, ids: Sequence[str]
) -> tuple[SyncRun, bool]:
    """A sync limited to these records: one that has not read to its end takes them in, whether it
    waits for its turn or for the app; else a new one. And whether it is new."""
    still_reading = SyncRun.objects.filter(
        setting=setting,
        flow=flow,
        direction=direction,
        trigger=Trigger.WEBHOOK,
        mode=Mode.LIVE,
        status__in=(SyncRun.Status.QUEUED, SyncRun.Status.PAUSED),
        phase=SyncRun.Phase.READ,
        lease_until=None,
        only_ids__isnull=False,
        version=setting.version,
    )
    waiting = still_reading.select_for_update(of=("self",)).order_by("-pk").first()
    if waiting is not None:
        done, read = int((waiting.cursor or {}).get("ids", 0)), waiting.only_ids or []
        unread = dict.fromkeys([*read[done:], *ids])
        # A worker that has claimed it in the meantime goes on with what it found.
        if len(unread) <= MOST_RECORDS and still_reading.filter(pk=waiting.pk).update(
            only_ids=[*read[:done], *unread]
        ):
            return waiting, False
    run = pipeline.start(
        setting, flow, direction=direction, trigger=Trigger.WEBHOOK, only_ids=list(ids)
    )
    return run, True
