"""The pipeline: starting a run, working on it slice by slice, ending it. The only loop is here."""

from __future__ import annotations

import datetime as dt
import logging
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from integrations import guards
from integrations.connector import Page
from integrations.errors import FailRecord, Held, StopRun, TryLater
from integrations.models import Change, Checkpoint, FlowSetting, PlannedKey, SyncRun
from integrations.sync.apply import Applier
from integrations.sync.context import Context
from integrations.sync.lease import Lease, LeaseLost
from integrations.sync.notes import link_of, note
from integrations.sync.pages import PagePlanner, PlannedPage
from integrations.sync.settle import orphan, settle
from mappings.models import RecordLink

log = logging.getLogger(__name__)

Mode, Status, Phase, Trigger = SyncRun.Mode, SyncRun.Status, SyncRun.Phase, SyncRun.Trigger

SLICE = dt.timedelta(seconds=60)
# Read again from a little before the last start: what was saved at that very moment.
OVERLAP = dt.timedelta(seconds=30)
FULL_READ_OF_VIEW = dt.timedelta(days=1)
DUE_PAGE = 100
# A wait up to this is sat out by the `sync` command; a longer one ends it as paused.
SAT_OUT = dt.timedelta(seconds=60)


# Starting ----------------------------------------------------------------------------------------


def start(
    setting: FlowSetting,
    flow: str,
    *,
    direction: str = SyncRun.Direction.FORWARD,
    mode: str = Mode.LIVE,
    trigger: str = Trigger.HAND,
    only_ids: Sequence[str] | None = None,
    full: bool = False,
    user: Any = None,
    trial: dict[str, Any] | None = None,
) -> SyncRun:
    """Put a run in the queue, or return the one that is open already for the module.

    `trial` holds choices and field pairs that only a preview works by (G-5).
    """
    if mode == Mode.LIVE and guards.looks_only(setting):
        mode = Mode.PREVIEW
    run = SyncRun(
        setting=setting,
        flow=flow,
        direction=direction,
        mode=mode,
        trigger=trigger,
        only_ids=list(only_ids) if only_ids is not None else None,
        full=full,
        trial=trial if mode == Mode.PREVIEW else None,
        version=setting.version,
        requested_by=user,
        created_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        return SyncRun.objects.select_related("setting__integration").get(
            setting=setting, mode=Mode.LIVE, only_ids__isnull=True, status__in=SyncRun.OPEN
        )
    return run


def approve(run: SyncRun, user: Any) -> SyncRun:
    """Have the rows of a preview written, exactly as they stand. Raises ValueError when it is not
    a finished or held preview, or the person asked for it (G-15)."""
    if run.mode != Mode.PREVIEW or run.status not in {Status.DONE, Status.PAUSED}:
        raise ValueError("Only a finished preview can be approved.")
    if run.trial is not None:
        raise ValueError("It tries out choices that are not in force; confirm them first.")
    if user is not None and user == run.requested_by:
        raise ValueError("Nobody approves what they asked for; another person has to.")
    for name in ("created", "updated", "linked"):
        setattr(run, name, 0)
    run.mode, run.phase, run.recheck = Mode.LIVE, Phase.APPLY, True
    run.status, run.held, run.reason, run.approved_by = Status.QUEUED, None, "", user
    run.finished_at = run.not_before = None
    run.save()
    return run


def drive(
    run: SyncRun,
    *,
    sleep: Callable[[float], None] = time.sleep,
    progress: Callable[[SyncRun], None] = lambda run: None,
) -> SyncRun:
    """Work on a run in this process until it ends, or has to wait longer than a minute."""
    while True:
        run = work(run.pk, progress=progress)
        progress(run)
        if not run.is_open or run.held:
            return run
        now = timezone.now()
        if run.not_before is not None and run.not_before > now:
            settling = run.changes.filter(status=Change.Status.UNCERTAIN).exists()
            if run.not_before - now > SAT_OUT and not settling:
                return run
            sleep((run.not_before - now).total_seconds() + 0.01)
        elif run.lease_until is not None:
            sleep(0.25)


# Working -----------------------------------------------------------------------------------------


def work(
    run_id: int,
    *,
    slice_length: dt.timedelta = SLICE,
    progress: Callable[[SyncRun], None] = lambda run: None,
) -> SyncRun:
    """One slice of a run, under a lease. Harmless to call twice, late, or from two workers."""
    run = SyncRun.objects.select_related("setting__integration__ledger__grant").get(pk=run_id)
    lease = Lease(run)
    if not lease.claim():
        return run
    run.refresh_from_db()
    run.held = None
    with Measured(run) as measure, lease:
        ctx = Context.open(run)
        try:
            ending = _slice(ctx, lease, timezone.now() + slice_length, progress)
        except LeaseLost:
            log.warning("run %s: overtaken by another worker", run.pk)
            ending = None
        except Exception as error:  # noqa: BLE001 - sorted below; what is not known is logged
            ending = _ending_of(run, error)
        finally:
            ctx.close()
        if ending is not None:
            _give_back(ctx, lease, {**measure(ctx), **ending})
    return SyncRun.objects.select_related("setting__integration").get(pk=run_id)


def _give_back(ctx: Context, lease: Lease, ending: dict[str, Any]) -> None:
    try:
        lease.release(**{"held": None, "reason": "", "not_before": None, **ending})
    except LeaseLost:
        log.warning("run %s: overtaken by another worker at its end", ctx.run.pk)


def _ending_of(run: SyncRun, error: Exception) -> dict[str, Any]:
    """What an error makes of the run: paused for a person, paused for a while, or failed."""
    if isinstance(error, Held):
        # Nothing was written; what was planned stays to be looked at and approved (G-2).
        return {
            "mode": Mode.PREVIEW,
            "status": Status.PAUSED,
            "held": error.held,
            "reason": f"{error.message} {error.hint}",
        }
    if isinstance(error, StopRun):
        return {
            "status": Status.PAUSED,
            "held": error.held,
            "reason": f"{error.message} {error.hint}",
        }
    if isinstance(error, FailRecord):
        # Refused while reading, so it is no record's fault: a view or a field is not there.
        return {
            "status": Status.PAUSED,
            "held": "settings",
            "reason": f"{error.message} Check the view and the field map. {error.hint}".strip(),
        }
    if isinstance(error, TryLater):
        return {
            "status": Status.PAUSED,
            "held": error.held,
            "reason": error.message,
            "not_before": timezone.now() + error.after,
            "attempts": run.attempts + 1,
        }
    if isinstance(error, OperationalError) and "locked" in str(error):
        return {
            "status": Status.PAUSED,
            "reason": "The database was busy.",
            "not_before": timezone.now() + dt.timedelta(seconds=5),
        }
    log.exception("run %s failed", run.pk)
    return {
        "status": Status.FAILED,
        "reason": (
            f"{type(error).__name__}: this is a fault of the program. Send the number of this "
            f"sync ({run.pk}) and the log of the worker to whoever runs it."
        ),
        "finished_at": timezone.now(),
    }


def _slice(
    ctx: Context, lease: Lease, until: dt.datetime, progress: Callable[[SyncRun], None]
) -> dict[str, Any]:
    """Work until the run is finished or the slice is over; returns what to store on the run."""
    run = ctx.run
    if run.started_at is None:
        run.started_at = timezone.now()
        lease.keep(started_at=run.started_at)
    guards_now(ctx)
    if run.mode == Mode.LIVE and orphan(ctx):
        settle(ctx, lease)
    applier = Applier(ctx, lease)
    if run.phase == Phase.READ and not _read(ctx, lease, applier, until, progress):
        return {"status": Status.QUEUED}
    if run.mode == Mode.LIVE:
        if run.recheck:
            _note_approved(ctx, lease)
        while True:
            if not applier.apply_planned(until=until):
                return {"status": Status.QUEUED}
            again = settle(ctx, lease)
            if again is not None:
                return {
                    "status": Status.PAUSED,
                    "reason": "Waiting to confirm.",
                    "not_before": again,
                }
            if not run.changes.filter(status=Change.Status.PLANNED).exists():
                break
    return _finished(ctx)


def guards_now(ctx: Context) -> None:
    """A run that may not write waits before it reads anything."""
    if ctx.run.mode == Mode.LIVE:
        guards.check_writing(ctx.setting.pk)


# Reading -----------------------------------------------------------------------------------------


def _read(
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
    if ctx.source.fields_read is None or ctx.target.fields_read is None:
        ctx.refresh_fields(always=run.full)
    _expect(ctx, lease)
    planner = PagePlanner(ctx)
    for records, cursor, force in _pages(ctx, lease):
        page = planner.plan(records, force=force) if records else PlannedPage()
        note(ctx, lease, page, cursor=cursor)
        run.cursor = cursor
        progress(run)
        if watched and not applier.apply_planned(until=until):
            return False
        if timezone.now() >= until and not cursor.get("end"):
            return False
    if run.mode == Mode.LIVE and not watched:
        guards.check_amount_of_change(run)
    run.phase = Phase.APPLY
    lease.keep(phase=Phase.APPLY)
    return True


def _expect(ctx: Context, lease: Lease) -> None:
    """How many records a full read is going to bring, for the progress bar and the estimate."""
    run = ctx.run
    if run.cursor is not None or run.only_ids is not None or _since(ctx) is not None:
        return
    view = ctx.setting.view_id if not ctx.reverse else ""
    run.expected = ctx.source.connector.count(ctx.source.entity, view=view)
    lease.keep(expected=run.expected)


def _pages(
    ctx: Context, lease: Lease
) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any], bool]]:
    """Pages of source records with the place to go on at: the list first, then what is due."""
    run = ctx.run
    if run.only_ids is not None:
        yield from _limited(ctx)
        return
    place = run.cursor or {"at": None}
    if "due" not in place:
        since = _since(ctx)
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
        page = connector.page(
            entity,
            at=at,
            since=since,
            fields=ctx.read_from_source,
            view=ctx.setting.view_id if not ctx.reverse else "",
        )
        yield page
        if page.following is None:
            return
        at = page.following


def _since(ctx: Context) -> dt.datetime | None:
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
    viewed = setting.view_id and not ctx.reverse
    if viewed and timezone.now() - point.full_read_at > FULL_READ_OF_VIEW:
        return None
    return point.cursor


def _limited(ctx: Context) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any], bool]]:
    ids = [str(record_id) for record_id in ctx.run.only_ids or []]
    done = int((ctx.run.cursor or {}).get("ids", 0))
    while done < len(ids):
        some = ids[done : done + DUE_PAGE]
        done += len(some)
        yield _read_again(ctx, some), {"ids": done, "end": done >= len(ids)}, True


def _due(
    ctx: Context, place: dict[str, Any]
) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any], bool]]:
    """Records to be planned though their app reports no change: released, decided, to be retried.

    Each is taken once per run, in the order of its link, so one that stays due ends the loop.
    """
    after = int(place["due"])
    while True:
        due = ctx.links.due_after(after, DUE_PAGE)
        if not due:
            return
        after = due[-1][0]
        yield _read_again(ctx, [near_id for _, near_id in due]), {"due": after}, True


def _read_again(ctx: Context, ids: list[str]) -> list[dict[str, Any]]:
    """Records by id; those that are not there any more are marked as deleted at their source."""
    side = ctx.source
    found = side.connector.get_many(side.entity, ids, fields=ctx.read_from_source)
    missing = [record_id for record_id in ids if record_id not in found]
    if missing and ctx.run.mode == Mode.LIVE:
        now = timezone.now()
        rows = ctx.links.by_near(missing)
        for row in rows.values():
            row.state, row.cause, row.since = RecordLink.State.GONE, "gone", now
            row.reason = f"It was deleted in {side.connector.label}."
            row.remedy = "Keep its partner, or separate the pair."
            row.due, row.retry_at = False, None
        ctx.links.save(rows.values())
    return list(found.values())


# Ending ------------------------------------------------------------------------------------------


def _note_approved(ctx: Context, lease: Lease) -> None:
    """States that an approved preview found for records it does not write."""
    rows = Change.objects.filter(
        run=ctx.run, action__in=(Change.Action.NOTHING, Change.Action.CONFLICT)
    ).order_by("pk")
    after = 0
    while page := list(rows.filter(pk__gt=after)[:200]):
        after = page[-1].pk
        links = ctx.links.by_near([row.source_id for row in page])
        with transaction.atomic():
            lease.keep()
            ctx.links.save(link_of(ctx, row, links.get(row.source_id)) for row in page)


def _finished(ctx: Context) -> dict[str, Any]:
    run = ctx.run
    PlannedKey.objects.filter(run=run).delete()
    if run.mode == Mode.LIVE and run.only_ids is None and run.remote_start is not None:
        full = run.full or _since(ctx) is None
        defaults: dict[str, Any] = {
            "cursor": run.remote_start - OVERLAP,
            "version": run.version,
        }
        if full:
            defaults["full_read_at"] = run.started_at or timezone.now()
        Checkpoint.objects.update_or_create(
            setting=run.setting,
            flow=ctx.flow.key,
            direction=run.direction,
            defaults=defaults,
            create_defaults={"full_read_at": timezone.now(), **defaults},
        )
    if run.mode == Mode.LIVE and run.setting.first_synced_at is None:
        FlowSetting.objects.filter(pk=run.setting_id).update(first_synced_at=run.started_at)
    return {"status": Status.DONE, "finished_at": timezone.now(), "held": None, "reason": ""}


class Measured:
    """Seconds, statements, memory and calls of a slice, added to those of the slices before."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run
        self.queries = 0

    def __enter__(self) -> Callable[[Context], dict[str, Any]]:
        self._began = time.monotonic()
        self._wrapper = connection.execute_wrapper(self._count)
        self._wrapper.__enter__()
        return self._result

    def __exit__(self, *error: object) -> None:
        self._wrapper.__exit__(None, None, None)

    def _count(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)

    def _result(self, ctx: Context) -> dict[str, Any]:
        calls = dict(self.run.calls)
        for app, number in ctx.calls().items():
            calls[app] = calls.get(app, 0) + number
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "calls": calls,
            "seconds": round(self.run.seconds + time.monotonic() - self._began, 3),
            "queries": self.run.queries + self.queries,
            "peak_rss_mb": round(max(self.run.peak_rss_mb, peak), 1),
        }
