"""Reading a source to its end: what is planned of each page, and what is written meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.utils import timezone

from integrations import guards
from integrations.errors import TryLater
from integrations.models import SyncRun
from integrations.sync.apply import Applier
from integrations.sync.context import Context
from integrations.sync.deletions import note_deletions
from integrations.sync.lease import Lease
from integrations.sync.notes import note
from integrations.sync.pages import PagePlanner
from integrations.sync.reading import expect, pages
from integrations.sync.removals import plan_removals
from integrations.sync.sister_merges import MergeLook
from integrations.sync.sisters import look_again
from mappings import catalogue

Mode, Phase, Trigger = SyncRun.Mode, SyncRun.Phase, SyncRun.Trigger


def read_all(
    ctx: Context,
    lease: Lease,
    applier: Applier,
    until: dt.datetime,
    progress: Callable[[SyncRun], None],
) -> bool:
    """Plan page after page, writing between them; False when the slice ended before the list."""
    run = ctx.run
    watched = run.mode == Mode.LIVE and run.trigger not in {Trigger.SCHEDULE, Trigger.WEBHOOK}
    if watched and run.cursor is not None and not applier.apply_planned(until=until):
        return False
    _read_fields(ctx)
    if run.act:
        plan_removals(ctx, lease)
        return _planned(ctx, lease, progress)
    note_deletions(ctx, lease)
    if run.cursor is None:
        look_again(ctx)
    expect(ctx, lease)
    if not _read_pages(ctx, lease, applier, until, progress, watched=watched):
        return False
    if run.mode == Mode.LIVE and not watched:
        guards.check_amount_of_change(run)
    return _planned(ctx, lease, progress)


def _read_fields(ctx: Context) -> None:
    """The field catalogues: where they were never read, for a full read, and where records stand
    refused by them. Whatever else is refused by an old one is doubted when it is planned."""
    run = ctx.run
    if ctx.source.fields_read is None or ctx.target.fields_read is None:
        ctx.refresh_fields()
    elif run.cursor is None and run.only_ids is None and not run.act:
        if run.full:
            ctx.refresh_fields(always=True)
        elif catalogue.refused(ctx.target.connection_id).exists():
            ctx.doubt_fields()


def _planned(ctx: Context, lease: Lease, progress: Callable[[SyncRun], None]) -> bool:
    ctx.run.phase = Phase.APPLY
    lease.keep(phase=Phase.APPLY)
    progress(ctx.run)
    return True


def _read_pages(
    ctx: Context,
    lease: Lease,
    applier: Applier,
    until: dt.datetime,
    progress: Callable[[SyncRun], None],
    *,
    watched: bool,
) -> bool:
    run = ctx.run
    planner, cursor = PagePlanner(ctx, MergeLook(ctx, lease)), run.cursor
    try:
        for records, cursor, force in pages(ctx, lease):
            planner.add(records, force=force)
            over = timezone.now() >= until and not cursor.get("end")
            if "at" in cursor and not planner.enough and not over:
                continue
            page = planner.decide()
            run.attempts = 0
            note(ctx, lease, page, cursor=cursor, attempts=0)
            run.cursor = cursor
            progress(run)
            guards.check_stop(run.pk)
            if watched and page.planned and not applier.apply_planned(until=until, whole=True):
                return False
            if over:
                return False
    except TryLater:
        # The pages before the one that did not come need not be read again.
        if planner.added:
            note(ctx, lease, planner.decide(), cursor=cursor, attempts=0)
            run.attempts = 0
        raise
    return True
