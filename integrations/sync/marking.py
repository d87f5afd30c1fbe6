"""Pairs that lost a side: marked so with how it went, or pointed to what it was merged into."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from integrations.connector import Deleted
from integrations.models import Change
from integrations.sync import merges
from integrations.sync.absences import PAGE, User
from integrations.sync.case import gone_words
from integrations.sync.context import Context, Side
from integrations.sync.lease import Lease
from integrations.sync.merges import Merge
from integrations.sync.notes import bumped
from integrations.sync.sisters import look_below
from mappings import known
from mappings.models import RecordLink

State = RecordLink.State


def note_told(
    ctx: Context,
    lease: Lease,
    place: str,
    side: Side,
    ids: Sequence[str],
    gone: Mapping[str, Deleted],
) -> None:
    """Mark the pairs of these records, or point them to what the records were merged into. `gone`
    are all that the app tells of: what went together is told apart by that."""
    found = merges.find(ctx, place, side, ids, gone)
    note_found(ctx, lease, place, side, ids, gone, {merge.dead_id: merge for merge in found})


def note_found(
    ctx: Context,
    lease: Lease,
    place: str,
    side: Side,
    ids: Sequence[str],
    gone: Mapping[str, Deleted],
    found: Mapping[str, Merge],
) -> None:
    """As `note_told`, with what they were merged into as it was found."""
    with transaction.atomic():
        for merge in found.values():
            merges.repoint(ctx, place, merge)
        pointed = {one for one, merge in found.items() if merge.certain}
        rest = [one for one in ids if one not in pointed]
        user = User(ctx.setting, ctx.flow.key, place)
        number = mark_by(ctx, user, side, rest, gone, found)
        _explain(ctx, user, side, rest, gone, found)
        lease.keep(**bumped({"failing": number, "linked": len(pointed)}))


def mark(ctx: Context, side: Side, ids: Sequence[str]) -> int:
    """Note that these records of the source are gone; returns how many pairs lost a side by it."""
    return mark_by(ctx, User(ctx.run.setting, ctx.flow.key, ctx.links.near), side, ids, None, {})


def mark_by(
    ctx: Context,
    user: User,
    side: Side,
    ids: Sequence[str],
    gone: Mapping[str, Deleted] | None,
    found: Mapping[str, Merge],
) -> int:
    """A record without a partner leaves the list of records: there is nothing to decide of it.
    `gone` is None where the app was not asked how they went."""
    place, now, number = user.place, timezone.now(), 0
    for start in range(0, len(ids), PAGE):
        some = list(ids[start : start + PAGE])
        known.forget(side.connection_id, side.entity.name, some)
        rows = RecordLink.objects.filter(
            setting=user.setting, flow=user.flow, **{f"{place}_id__among": some}
        ).exclude(state__in=(State.GONE, State.UNCERTAIN))
        pairs: list[RecordLink] = []
        alone: list[RecordLink] = []
        for row in rows:
            (pairs if row.paired else alone).append(row)
        RecordLink.objects.filter(pk__in=[row.pk for row in alone]).delete()
        for row in pairs:
            row.state, row.cause, row.since, row.updated_at = State.GONE, f"gone_{place}", now, now
            row.due, row.retry_at, row.decision, row.details = False, None, "", {}
            _say(ctx, user, side, row, gone, found)
        RecordLink.objects.bulk_update(
            pairs,
            ["state", "cause", "since", "updated_at", "reason", "remedy", "details", "due",
             "retry_at", "decision"],
        )  # fmt: skip
        Change.objects.bulk_create(_change(ctx, row, now) for row in pairs)
        look_below(ctx, [row for row in pairs if place == "source"])
        number += len(pairs)
    return number


def _say(
    ctx: Context,
    user: User,
    side: Side,
    row: RecordLink,
    gone: Mapping[str, Deleted] | None,
    found: Mapping[str, Merge],
) -> None:
    """How the record went, as far as it is known."""
    there = getattr(row, f"{user.place}_id")
    merge = found.get(there)
    other = ctx.target if side is ctx.source else ctx.source
    row.reason, row.remedy = (
        merge.words(side.connector.label, other.connector.label)
        if merge is not None
        else gone_words(side.connector.label)
    )
    row.details = {"survivors": merge.survivors if merge is not None else []}
    if gone is not None:
        row.details[merges.TOLD] = merges.told(gone.get(there))


def _explain(
    ctx: Context,
    user: User,
    side: Side,
    ids: Sequence[str],
    gone: Mapping[str, Deleted],
    found: Mapping[str, Merge],
) -> None:
    """Pairs that were marked before the app told how their record went."""
    rows = RecordLink.objects.filter(
        setting=user.setting,
        flow=user.flow,
        state=State.GONE,
        cause=f"gone_{user.place}",
        **{f"{user.place}_id__among": list(ids)},
    )
    for row in rows:
        merge = found.get(getattr(row, f"{user.place}_id"))
        if merge is not None and merge.survivors:
            _say(ctx, user, side, row, gone, found)
        elif merges.TOLD not in row.details:
            there = getattr(row, f"{user.place}_id")
            row.details = {**row.details, merges.TOLD: merges.told(gone.get(there))}
        else:
            continue
        row.updated_at = timezone.now()
        row.save(update_fields=["reason", "remedy", "details", "updated_at"])


def _change(ctx: Context, row: RecordLink, now: dt.datetime) -> Change:
    return Change(
        run=ctx.run,
        setting_id=row.setting_id,
        flow=row.flow,
        action=Change.Action.NOTHING,
        status=Change.Status.NOTED,
        state=State.GONE,
        source_id=ctx.links.near_id(row),
        target_id=ctx.links.far_id(row),
        name=row.name,
        cause=row.cause,
        reason=row.reason,
        remedy=row.remedy,
        details=row.details,
        created_at=now,
        final_at=now,
    )
