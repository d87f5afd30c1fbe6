"""One source record, one pair across sister flows.

Flows that read the same records and make different things of them (`Flow.sisters`) hand a record
to one another when it changes. What already has its partner by one of them is never made a second
time by another: that one asks a person (`case.MOVED`). A flow writes no links but its own; where a
sister has to look at a record that its app does not list, it gets a link that is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from integrations import registry
from integrations.connector import Record
from integrations.models import Change, FlowSetting, Integration, SyncRun
from integrations.sync.case import (
    AGAIN,
    EXCLUDED,
    GONE_TARGET,
    KEPT_ALONE,
    KEPT_ELSEWHERE,
    MOVED,
    PARKED,
    Case,
    Decision,
    Held,
)
from integrations.sync.context import Context
from integrations.sync.flow import Flow
from mappings.links import survivors
from mappings.models import KnownRecord, RecordLink

State = RecordLink.State
# What a flow notes of a record while it is asked, or was told, where the target is to have it.
ASKED = frozenset({MOVED, KEPT_ELSEWHERE, AGAIN})


def live_pairs(integration_id: Any, flows: Iterable[str]) -> QuerySet[RecordLink]:
    """Pairs of these flows that hold their record: also one whose partner was deleted, or that a
    person separated, until somebody has said that the record is to have another one."""
    rows = RecordLink.objects.filter(
        setting__integration_id=integration_id, flow__in=list(flows), source_id__isnull=False
    )
    paired = Q(target_id__isnull=False) & (~Q(state=State.GONE) | Q(cause=GONE_TARGET))
    return rows.filter(paired | Q(cause__in=PARKED))


def lost(pair: RecordLink) -> bool:
    """Whether a pair that holds its record has no partner any more, as that one was deleted."""
    return pair.state == State.GONE or pair.cause == KEPT_ALONE


def names_above(integration: Integration, rows: Iterable[RecordLink]) -> dict[int, str]:
    """By the key of the pair, the name of the record that its partner is part of, as known."""
    names: dict[int, str] = {}
    by_flow: dict[str, dict[str, int]] = {}
    for row in rows:
        by_flow.setdefault(row.flow, {})[row.target_id or ""] = row.pk
    for key, targets in by_flow.items():
        end = registry.flow(key).target
        if end.above is None:
            continue
        known = KnownRecord.objects.filter(connection=integration.side(end.app))
        parts = dict(
            known.filter(entity=end.entity, record_id__in=list(targets)).values_list(
                "record_id", "facts"
            )
        )
        uppers = {one: str(facts.get(end.above.path) or "") for one, facts in parts.items()}
        there = known.filter(entity=end.above.entity, record_id__in=list(uppers.values()))
        named = dict(there.values_list("record_id", "name"))
        names |= {targets[one]: named.get(upper, "") for one, upper in uppers.items()}
    return names


class Sisters:
    """The sister flows of a run's flow; none in a reverse run, which reads other records."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.keys = () if ctx.reverse else ctx.flow.sisters

    @cached_property
    def flows(self) -> dict[str, Flow]:
        return {key: registry.flow(key) for key in self.keys}

    def pairs(self, ids: Sequence[str]) -> QuerySet[RecordLink]:
        integration_id = self.ctx.setting.integration_id
        return live_pairs(integration_id, self.keys).filter(source_id__among=list(ids))

    def taken(self, ids: Sequence[str]) -> set[str]:
        """Records that have a partner by a sister, or are about to get one."""
        if not self.keys or not ids:
            return set()
        pairs = self.pairs(ids).values_list("source_id", flat=True)
        return {str(record_id) for record_id in pairs} | self.being_made(ids)

    def being_made(self, ids: Sequence[str]) -> set[str]:
        """Records of which a sister's sync is making a partner just now."""
        if not self.keys or not ids:
            return set()
        planned = Q(
            status=Change.Status.PLANNED,
            run__mode=SyncRun.Mode.LIVE,
            run__status__in=(SyncRun.Status.RUNNING, SyncRun.Status.QUEUED),
        )
        rows = Change.objects.filter(
            planned | Q(status__in=Change.OPEN),
            setting__integration_id=self.ctx.setting.integration_id,
            flow__in=self.keys,
            action__in=(Change.Action.CREATE, Change.Action.LINK),
            source_id__in=list(ids),
            run__direction=SyncRun.Direction.FORWARD,
        )
        return set(rows.values_list("source_id", flat=True))

    @cached_property
    def claimed(self) -> dict[str, str]:
        """Records that one which is gone may have been merged into, whichever flow had paired that
        one, with its name. Asked once, unless a merge is found meanwhile."""
        own = self.ctx.links.claimed
        if not self.keys:
            return own
        integration_id = self.ctx.setting.integration_id
        pairs = RecordLink.objects.filter(setting__integration_id=integration_id)
        return own | survivors(pairs.filter(flow__in=self.keys), "source")

    def held(self, records: Mapping[str, Record]) -> dict[str, Held]:
        """By id, the partner that records have by a sister."""
        if not self.keys or not records:
            return {}
        # Where it has a partner by one sister, what another one lost says nothing.
        rows = sorted(self.pairs(list(records)), key=lost, reverse=True)
        above = names_above(self.ctx.setting.integration, rows) if rows else {}
        return {
            row.source_id or "": Held(
                self.flows[row.flow].becomes,
                above.get(row.pk, ""),
                self.why(self.flows[row.flow], records[row.source_id or ""]),
                lost(row),
            )
            for row in rows
        }

    def asked_there(self, rows: Mapping[str, RecordLink]) -> set[str]:
        """Of the pairs of a reverse run those about whose source record the forward direction, or
        a sister, asks where the target is to have it, or was told so."""
        if not (self.ctx.reverse and self.ctx.two_way):
            return set()
        pairs = {near_id: row for near_id, row in rows.items() if row.paired}
        own = {near_id for near_id, row in pairs.items() if row.cause in ASKED}
        left = {
            row.source_id: near_id
            for near_id, row in pairs.items()
            if row.state == State.EXCLUDED and near_id not in own
        }
        if not left or not self.ctx.flow.sisters:
            return own
        of_sisters = RecordLink.objects.filter(
            setting__integration_id=self.ctx.setting.integration_id,
            flow__in=self.ctx.flow.sisters,
            source_id__among=list(left),
            cause__in=ASKED,
        )
        return own | {left[one] for one in of_sisters.values_list("source_id", flat=True)}

    def why(self, sister: Flow, record: Record) -> str:
        """What the sister says of a record that is not one of hers any more."""
        rules = (rule for rule in sister.rules if rule.unless == self.ctx.flow.key)
        return next((rule.reason for rule in rules if not rule.test.holds(record)), "")

    def take_back(self, records: dict[str, Record], rows: dict[str, RecordLink]) -> list[str]:
        """Take out the records that were asked about, or kept as they are, and are a sister's
        again; returns their ids."""
        back = [
            record_id
            for record_id, row in rows.items()
            if row.cause in ASKED
            and not row.target_id
            and record_id in records
            and any(
                rule.unless in self.keys and not rule.test.holds(records[record_id])
                for rule in self.ctx.handed_over
            )
        ]
        for record_id in back:
            del records[record_id], rows[record_id]
        return back


def look_again(ctx: Context) -> None:
    """What was asked about is to be planned anew once the pair that held it is not there, nor what
    the vendor's own integration made of it."""
    sisters = Sisters(ctx)
    run = ctx.run
    if not sisters.keys or run.mode != SyncRun.Mode.LIVE or run.only_ids is not None:
        return
    holding = live_pairs(ctx.setting.integration_id, sisters.keys)
    there = KnownRecord.objects.filter(
        connection_id=ctx.target.connection_id,
        entity__in=[flow.target.entity for flow in sisters.flows.values()],
    )
    RecordLink.objects.annotate(native=KT("details__native__id")).filter(
        ~Exists(holding.filter(source_id=OuterRef("source_id"))),
        ~Exists(there.filter(record_id=OuterRef("native"))),
        setting=run.setting,
        flow=ctx.flow.key,
        cause=MOVED,
        target_id=None,
        due=False,
    ).update(due=True)


def hand_over(ctx: Context, decided: Iterable[tuple[Case, Decision]]) -> None:
    """Pairs that are left out because a sister takes their record: that one is to look at it, also
    where its app does not list it as changed. Call it inside the transaction of the note."""
    sisters = Sisters(ctx)
    given: dict[str, list[Case]] = {}
    for case, decision in decided if sisters.keys else ():
        if decision.state != EXCLUDED or decision.cause != "rule" or not case.pair.far_id:
            continue
        for rule in ctx.handed_over:
            if rule.unless in sisters.keys and not rule.test.holds(case.record):
                given.setdefault(rule.unless, []).append(case)
    for key, cases in given.items():
        settings = FlowSetting.objects.filter(
            integration=ctx.setting.integration_id, flow=sisters.flows[key].setting_key
        )
        if (setting := settings.first()) is not None:
            _let_look(ctx, setting, key, cases)


def _let_look(ctx: Context, setting: FlowSetting, flow: str, cases: Iterable[Case]) -> None:
    now = timezone.now()
    # What may lie outside a view waits until the view brings it.
    version = 0 if setting.view_of(flow)[0] else setting.version
    RecordLink.objects.bulk_create(
        [
            RecordLink(
                setting=setting,
                flow=flow,
                source_id=case.record_id,
                name=ctx.source.entity.name_of(case.record),
                state=State.WAITING,
                cause=AGAIN,
                reason="It is looked at by the next sync.",
                due=True,
                planned_version=version,
                since=now,
                updated_at=now,
            )
            for case in cases
        ],
        ignore_conflicts=True,
    )


def look_below(ctx: Context, gone: Iterable[RecordLink]) -> None:
    """Pairs of a record that was deleted: the records that are part of their partners are to be
    looked at, as their app may not count losing it as a change."""
    targets: dict[str, list[str]] = {}
    for row in gone:
        targets.setdefault(row.flow, []).append(row.target_id or "")
    kind = ctx.setting.integration.kind
    for key, ids in targets.items():
        upper = registry.flow(key).target
        for flow in registry.flows_of(kind):
            above = flow.target.above
            if above is None or (flow.target.app, above.entity) != (upper.app, upper.entity):
                continue
            parts = KnownRecord.objects.filter(
                **{f"facts__{above.path}__in": ids},
                connection=ctx.setting.integration.side(upper.app),
                entity=flow.target.entity,
            )
            RecordLink.objects.filter(
                setting__integration_id=ctx.setting.integration_id,
                flow=flow.key,
                source_id__isnull=False,
                target_id__in=list(parts.values_list("record_id", flat=True)),
            ).update(due=True)
