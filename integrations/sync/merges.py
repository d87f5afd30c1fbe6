"""Records merged away: the pair goes on with the record that stayed, where that is certain.

An app tells only that a record is gone for good. The one it was merged into stays, was there
before, is changed by the merge, and has the same name; where exactly one record is all that, and
no pair of its own stands in the way, the pair is pointed to it. Otherwise a person decides.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from integrations.connector import Deleted, Record
from integrations.models import Change
from integrations.sync.context import Context, Side
from mappings.keys import keys_of
from mappings.models import RecordLink
from mappings.values import expand, moment

State = RecordLink.State

# A merge and the change it makes are of one moment, but not always of one second.
CLOSE = dt.timedelta(minutes=2)


@dataclass
class Merge:
    """A pair whose record is gone for good, and the records that may have taken its place."""

    dead_id: str
    link: RecordLink
    survivors: list[dict[str, str]] = field(default_factory=list)
    certain: bool = False


def find(ctx: Context, place: str, side: Side, gone: Mapping[str, Deleted]) -> list[Merge]:
    """What may have been merged; one list read where any pair lost its record for good."""
    for_good = {one: row for one, row in gone.items() if row.for_good}
    rows = RecordLink.objects.filter(
        setting=ctx.run.setting,
        flow=ctx.flow.key,
        source_id__isnull=False,
        target_id__isnull=False,
        **{f"{place}_id__among": list(for_good)},
    )
    pairs = [row for row in rows if row.state != State.UNCERTAIN]
    if not pairs:
        return []
    changed = _changed_since(side, min(for_good[_id(row, place)].at for row in pairs) - CLOSE)
    merges = [_merge(ctx, place, side, row, for_good[_id(row, place)], changed) for row in pairs]
    claimed = Counter(one["id"] for merge in merges for one in merge.survivors)
    taken = _partners(ctx, place, list(claimed))
    for merge in merges:
        for one in merge.survivors:
            one["paired_with"] = taken.get(one["id"], "")
        only = merge.survivors[0] if len(merge.survivors) == 1 else None
        merge.certain = only is not None and claimed[only["id"]] == 1 and not only["paired_with"]
    return [merge for merge in merges if merge.certain or merge.link.state != State.GONE]


def _id(row: RecordLink, place: str) -> str:
    return str(getattr(row, f"{place}_id"))


def _changed_since(side: Side, since: dt.datetime) -> list[Record]:
    paths = [path for key in side.entity.keys for path in key.paths]
    known = [path for path in paths if path in side.fields]
    pages = side.connector.list(side.entity, since=since, fields=known)
    return [row for page in pages for row in page.records]


def _merge(
    ctx: Context, place: str, side: Side, row: RecordLink, dead: Deleted, changed: list[Record]
) -> Merge:
    entity = side.entity
    exact = {match.kind for match in ctx.flow.match if match.exact}
    own = keys_of(expand({entity.name_field: row.name}), entity.keys)
    wanted = {key for key in own if key.partition(":")[0] in exact}
    found = [
        {"id": entity.id_of(record), "name": entity.name_of(record)}
        for record in changed
        if wanted & keys_of(record, entity.keys)
        and _before(record.get(entity.created_field), dead.at)
        and not _before(record.get(entity.modified_field), dead.at - CLOSE)
    ]
    return Merge(dead.id, row, found)


def _before(value: object, at: dt.datetime) -> bool:
    when = moment(value)
    return when is not None and when < at


def _partners(ctx: Context, place: str, ids: list[str]) -> dict[str, str]:
    rows = RecordLink.objects.filter(
        setting=ctx.run.setting,
        source_id__isnull=False,
        target_id__isnull=False,
        **{f"{place}_id__in": ids},
    )
    return {_id(row, place): row.name or "another record" for row in rows}


def repoint(ctx: Context, place: str, merge: Merge) -> None:
    """Let the pair go on with the survivor: what it had alone gives way, its values are compared
    by value. Call it inside a transaction."""
    if not merge.certain:
        return
    survivor, row, now = merge.survivors[0], merge.link, timezone.now()
    RecordLink.objects.filter(setting=ctx.run.setting, **{f"{place}_id": survivor["id"]}).exclude(
        pk=row.pk
    ).delete()
    point_to(row, place, survivor["id"])
    Change.objects.create(
        run=ctx.run,
        setting=ctx.run.setting,
        flow=ctx.flow.key,
        action=Change.Action.NOTHING,
        status=Change.Status.NOTED,
        state=State.IN_SYNC,
        source_id=ctx.links.near_id(row),
        target_id=ctx.links.far_id(row),
        name=row.name,
        cause="merged",
        reason=f"{merge.dead_id} was merged into {survivor['name']}; the pair goes on with it.",
        details={"was": merge.dead_id},
        created_at=now,
        final_at=now,
    )


def point_to(row: RecordLink, place: str, record_id: str) -> None:
    """Store a pair with another record on one side; the next sync compares both by value."""
    now = timezone.now()
    setattr(row, f"{place}_id", record_id)
    row.source_digest = row.target_digest = None
    row.source_modified = row.target_modified = ""
    row.version, row.due, row.retry_at = 0, True, None
    row.state, row.cause, row.reason, row.remedy, row.details = State.IN_SYNC, "", "", "", {}
    row.decision, row.since, row.updated_at = "", now, now
    row.save()
