"""What a run reads of its source, page by page, and where it goes on after a stop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from integrations import guards
from integrations.connector import Page
from integrations.errors import FailRecord, Misconfigured
from integrations.models import Change, Checkpoint, SyncRun
from integrations.sync import marking
from integrations.sync.context import Context
from integrations.sync.lease import Lease

Mode = SyncRun.Mode

FULL_READ_OF_VIEW = dt.timedelta(days=1)
DUE_PAGE = 100


def expect(ctx: Context, lease: Lease) -> None:
    """How many records a full read is going to bring, for the progress bar and the estimate."""
    run = ctx.run
    if run.cursor is not None or run.only_ids is not None or changed_since(ctx) is not None:
        return
    run.expected = ctx.source.connector.count(ctx.source.entity, view=ctx.view[0])
    lease.keep(expected=run.expected)


def pages(
    ctx: Context, lease: Lease
) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any], bool]]:
    """Pages of source records with the place to go on at: the list first, then what is due."""
    run = ctx.run
    if run.only_ids is not None:
        yield from _limited(ctx)
        return
    place = run.cursor or {"at": None}
    if "due" not in place:
        since = changed_since(ctx)
        for page in _listed(ctx, place["at"], since):
            if run.remote_start is None:
                run.remote_start = page.date
                lease.keep(remote_start=page.date)
            following = {"at": page.following} if page.following is not None else {"due": 0}
            yield page.records, following, False
        place = {"due": 0}
    yield from _due(ctx, place)


def _listed(ctx: Context, at: Any, since: dt.datetime | None) -> Iterator[Page]:
    connector, entity = ctx.source.connector, ctx.source.entity
    while True:
        try:
            page = connector.page(
                entity,
                at=at,
                since=since,
                fields=ctx.read_from_source,
                view=ctx.view[0],
            )
        except FailRecord as error:
            raise _why(ctx) or error from error
        yield page
        if page.following is None:
            return
        at = page.following


def _why(ctx: Context) -> Misconfigured | None:
    """What is wrong with a list that was refused, where it is the view (E-16)."""
    view_id, name = ctx.view
    side = ctx.source
    if not view_id or any(view.id == view_id for view in side.connector.views(side.entity)):
        return None
    return Misconfigured(
        f"The view {name} is not there any more in {side.connector.label}, or not shared with the "
        "sign-in any more.",
        "Choose another view in the set-up of the module.",
    )


def changed_since(ctx: Context) -> dt.datetime | None:
    """From when on changes are asked for; None reads the whole list."""
    run, setting = ctx.run, ctx.setting
    if run.full:
        return None
    point = Checkpoint.objects.filter(
        setting=setting, flow=ctx.flow.key, direction=run.direction
    ).first()
    if point is None or point.version != setting.version:
        return None
    # Records enter and leave a view without being modified.
    if ctx.view[0] and timezone.now() - point.full_read_at > FULL_READ_OF_VIEW:
        return None
    return point.cursor


def _limited(ctx: Context) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any], bool]]:
    ids = [str(record_id) for record_id in ctx.run.only_ids or []]
    done = int((ctx.run.cursor or {}).get("ids", 0))
    # What a person named is decided anew; what a notification named may turn out unchanged.
    notified = ctx.run.trigger == SyncRun.Trigger.WEBHOOK
    while done < len(ids):
        some = ids[done : done + DUE_PAGE]
        done += len(some)
        records = _read_again(ctx, some)
        if notified:
            records = _in_view(ctx, records)
        yield records, {"ids": done, "end": done >= len(ids)}, not notified


def _in_view(ctx: Context, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records that a list narrowed to the module's view would have brought."""
    side, view = ctx.source, ctx.view[0]
    if not view or not records:
        return records
    by_id = {side.entity.id_of(record): record for record in records}
    try:
        inside = side.connector.in_view(side.entity, list(by_id), view)
    except FailRecord as error:
        raise _why(ctx) or error from error
    return [record for record_id, record in by_id.items() if record_id in inside]


def _due(
    ctx: Context, place: dict[str, Any]
) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any], bool]]:
    """Records to be planned though their app reports no change: released, decided, to be retried.

    Each is taken once per run, in the order of its link, so one that stays due ends the loop.
    """
    after = int(place["due"])
    while True:
        due = ctx.links.due_after(after, DUE_PAGE, ctx.setting.version)
        if not due:
            return
        after = due[-1][0]
        ids = [near_id for _, near_id in due]
        if ctx.run.mode == Mode.PREVIEW:
            # What the list brought is planned already: a preview leaves it due, and shows it once.
            shown = Change.objects.filter(run=ctx.run, source_id__in=ids)
            planned = set(shown.values_list("source_id", flat=True))
            ids = [near_id for near_id in ids if near_id not in planned]
        yield _read_again(ctx, ids) if ids else [], {"due": after}, True


def _read_again(ctx: Context, ids: list[str]) -> list[dict[str, Any]]:
    """Records by id; those that are not there any more are marked as deleted at their source."""
    side = ctx.source
    found = side.connector.get_many(side.entity, ids, fields=ctx.read_from_source)
    missing = [record_id for record_id in ids if record_id not in found]
    # An answer that lacks very many is no proof that all of them were deleted (G-2).
    if ctx.run.mode == Mode.LIVE and 0 < len(missing) <= guards.believable(
        ctx.run.setting, ctx.flow.key
    ):
        marking.mark(ctx, side, missing)
    return list(found.values())
