"""Our own writes told from what somebody else did: a modified time moves by both.

A write of ours on a record's part (a contact person) moves the time of the whole, and no answer
tells that time. So a time counts as ours when a written change covers it: from its intent to the
moment its answer was stored. What a person did just before would be hidden by that, so before parts
are written the wholes are looked at, by one read of what changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from integrations import registry
from integrations.legs import written_by
from integrations.models import Change
from integrations.sync.context import Context, Side
from integrations.sync.match import Matcher
from mappings.models import KnownRecord, RecordLink
from mappings.values import id_in, moment

# How far the clocks of this machine and of an app may differ.
SKEW = dt.timedelta(seconds=5)
# No write takes longer from its intent to its stored answer.
LONGEST = dt.timedelta(minutes=10)


def explain(side: Side, record_id: str, at: dt.datetime) -> bool:
    """Whether a record has this modified time by a write of ours: of any flow, on the record
    itself or on a part of it."""
    connection = side.connector.connection
    rows = Change.objects.filter(
        Q(setting__integration__ledger=connection) | Q(setting__integration__other=connection),
        status=Change.Status.WRITTEN,
        final_at__gte=at - SKEW,
        final_at__lte=at + LONGEST,
        sent_at__lte=at + SKEW,
    ).exclude(action=Change.Action.LINK, values={})  # paired alone: nothing was sent
    return any(_touched(row, side) == record_id for row in rows.select_related("run").iterator())


def _has_parts(side: Side) -> bool:
    return any(
        end.app == side.connector.app and end.above and end.above.entity == side.entity.name
        for flow in registry.discover().flows.values()
        for end in (flow.source, flow.target)
    )


def _touched(row: Change, side: Side) -> str:
    """The record of the side that a written change touched; '' for one elsewhere."""
    if row.flow not in registry.discover().flows:
        return ""
    end = written_by(row.flow, row.run.direction)
    if end.app != side.connector.app:
        return ""
    if end.entity == side.entity.name:
        return row.target_id
    if end.above is not None and end.above.entity == side.entity.name:
        return _upper(row, end.above.path)
    return ""


def _upper(row: Change, path: str) -> str:
    return id_in({**row.keep, **row.values}.get(path))


def note_edits(ctx: Context, link: RecordLink, near_modified: str, far_modified: str) -> None:
    """Remember whether a record of a pair was changed by anybody since the product last knew it.

    What a sync writes is known by its own time, so another time is somebody else's change.
    """
    for place, side, modified in (
        (ctx.links.near, ctx.source, near_modified),
        (ctx.links.far, ctx.target, far_modified),
    ):
        before, flag = getattr(link, f"{place}_modified"), f"{place}_edited"
        if not link.paired or not before or not modified or before == modified:
            continue
        at = moment(modified)
        if not getattr(link, flag) and at is not None:
            # Of what a run reads, its own module's writes are known by their times.
            asked = side is ctx.target or _has_parts(side)
            there = str(getattr(link, f"{place}_id"))
            setattr(link, flag, not (asked and explain(side, there, at)))


def look_before(ctx: Context, wholes: Matcher | None, rows: Sequence[Change]) -> None:
    """Before parts are written: note which wholes somebody has edited since they were known."""
    above = ctx.flow.target.above
    if above is None or wholes is None:
        return
    ids = sorted({one for row in rows if (one := _upper(row, above.path))})
    if not ids:
        return
    wholes.refresh()
    side, far = wholes.side, ctx.links.far
    times = dict(
        KnownRecord.objects.filter(
            connection_id=side.connection_id, entity=side.entity.name, record_id__in=ids
        ).values_list("record_id", "modified")
    )
    links = RecordLink.objects.filter(
        setting__integration=ctx.setting.integration_id,
        source_id__isnull=False,
        target_id__isnull=False,
        **{f"{far}_id__in": ids, f"{far}_edited": False},
    )
    edited = []
    for link in links:
        there, known = str(getattr(link, f"{far}_id")), getattr(link, f"{far}_modified")
        now = times.get(there)
        if now is None or not known or moment(known) == now:
            continue
        if not explain(side, there, now):
            edited.append(link.pk)
    RecordLink.objects.filter(pk__in=edited).update(
        **{f"{far}_edited": True, "updated_at": timezone.now()}
    )
