"""The pipeline: starting a run, working on it slice by slice, ending it. The only loop is here."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from integrations import guards, registry
from integrations.errors import StopAsked
from integrations.models import Change, Checkpoint, FlowSetting, Integration, PlannedKey, SyncRun
from integrations.sync import unfollowed
from integrations.sync.apply import Applier
from integrations.sync.context import Context
from integrations.sync.deletions import look_into
from integrations.sync.endings import ending_of
from integrations.sync.lease import Lease, LeaseLost
from integrations.sync.measure import Measured
from integrations.sync.notes import note_approved
from integrations.sync.places import SyncOpen, open_sync, take_place
from integrations.sync.reading import changed_since
from integrations.sync.scanning import read_all
from integrations.sync.settle import orphan, settle
from integrations.sync.stopping import end_if_asked, end_overtaken

log = logging.getLogger(__name__)

Mode, Status, Phase, Trigger = SyncRun.Mode, SyncRun.Status, SyncRun.Phase, SyncRun.Trigger

SLICE = dt.timedelta(seconds=60)
# Read again from a little before the last start: what was saved at that very moment.
OVERLAP = dt.timedelta(seconds=30)
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
    act: str = SyncRun.Act.SYNC,
    decided: Any = None,
    group: str = "",
) -> SyncRun:
    """Put a run in the queue, or return the one that is open already: the module's unlimited live
    one, or one a person asked for in just the same words (then it is `joined`).

    `trial` holds choices and field pairs that only a preview works by (G-5); `decided` is what was
    decided of the records, so that another decision is another request; `group` is that of the
    part this one follows. Raises ValueError while the integration is disabled.
    """
    if setting.integration.status in Integration.OFF and not act:
        raise ValueError(guards.disabled_words(setting.integration))
    if mode == Mode.LIVE and guards.looks_only(setting):
        mode = Mode.PREVIEW
    run = SyncRun(
        setting=setting,
        flow=flow,
        direction=direction,
        mode=mode,
        trigger=trigger,
        act=act,
        only_ids=list(only_ids) if only_ids is not None else None,
        full=full,
        trial=trial if mode == Mode.PREVIEW else None,
        version=setting.version,
        requested_by=user,
        group=group or uuid.uuid4().hex,
        created_at=timezone.now(),
    )
    run.request_key = _request_key(run, decided)
    if (open_one := take_place(run)) is not None:
        open_one.joined = True
        return open_one
    return run


def _request_key(run: SyncRun, decided: Any) -> str:
    """What tells a request of a person from others; empty for a run that only others limit: the
    unlimited live one by the module, those after notifications by what they have yet to read."""
    by_hand = run.trigger in {Trigger.HAND, Trigger.RETRY}
    if not by_hand or (run.mode == Mode.LIVE and run.only_ids is None):
        return ""
    asked = (
        run.setting_id,
        run.version,
        run.flow,
        run.direction,
        run.mode,
        run.trigger,
        run.act,
        run.full,
        sorted(set(run.only_ids)) if run.only_ids is not None else None,
        run.trial,
        decided,
    )
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def approve(run: SyncRun, user: Any) -> SyncRun:
    """Have the rows of a preview written, exactly as they stand. Raises ValueError when it is not
    a finished or held preview, the person asked for it (G-15), or a sync of the module is open."""
    if run.mode != Mode.PREVIEW or run.status not in {Status.DONE, Status.PAUSED}:
        raise ValueError("Only a finished preview can be approved.")
    if run.trial is not None:
        raise ValueError("It tries out choices that are not in force; confirm them first.")
    if user is not None and user == run.requested_by:
        raise ValueError("Nobody approves what they asked for; another person has to.")
    if (open_one := open_sync(run)) is not None:
        raise SyncOpen(open_one)
    for name in ("created", "updated", "linked", "deleted"):
        setattr(run, name, 0)
    run.mode, run.phase, run.recheck = Mode.LIVE, Phase.APPLY, True
    run.status, run.held, run.reason, run.approved_by = Status.QUEUED, None, "", user
    run.finished_at = run.not_before = run.stop_asked_at = None
    # Whoever asks for the same preview from now on gets a new one.
    run.request_key = ""
    if (open_one := take_place(run)) is not None:
        # Another preview was approved, or a sync started, between the look and the save.
        raise SyncOpen(open_one)
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
            waiting = (run.not_before - now).total_seconds() + 0.01
            sleep(waiting)
            SyncRun.objects.filter(pk=run.pk).update(seconds=F("seconds") + waiting)
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
    run = SyncRun.objects.select_related("setting__integration__ledger").get(pk=run_id)
    lease = Lease(run)
    if not lease.claim():
        return run
    run.refresh_from_db()
    if end_if_asked(run):
        # Whoever worked on it is gone; what was sent is looked up like that of any ended run.
        return _again(run_id)
    run.held = None
    with Measured(run) as measure, lease:
        ctx: Context | None = None
        lease.measured = lambda: measure(ctx)
        ending: dict[str, Any] | None = None
        try:
            ctx = Context.open(run)
            ending = _slice(ctx, lease, timezone.now() + slice_length, progress)
        except LeaseLost:
            log.warning("run %s: overtaken by another worker", run.pk)
        except StopAsked:
            ending = {"status": Status.QUEUED}
        except Exception as error:  # noqa: BLE001 - sorted below; what is not known is logged
            ending = ending_of(run, error)
        finally:
            if ctx is not None:
                ctx.close()
        if ending is not None:
            _give_back(run, lease, ending)
    return _again(run_id)


def _again(run_id: int) -> SyncRun:
    return SyncRun.objects.select_related("setting__integration").get(pk=run_id)


def _give_back(run: SyncRun, lease: Lease, ending: dict[str, Any]) -> None:
    try:
        with transaction.atomic():
            lease.release(**{"held": None, "reason": "", "not_before": None, **ending})
            # In one commit with the lease: a stop asked for until now is seen here, one asked for
            # afterwards finds that nobody works on the run.
            end_if_asked(run)
            if ending["status"] == Status.DONE:
                end_overtaken(run)
    except LeaseLost:
        log.warning("run %s: overtaken by another worker at its end", run.pk)


def _slice(
    ctx: Context, lease: Lease, until: dt.datetime, progress: Callable[[SyncRun], None]
) -> dict[str, Any]:
    """Work until the run is finished or the slice is over; returns what to store on the run."""
    run = ctx.run
    if run.started_at is None:
        run.started_at = timezone.now()
        lease.keep(started_at=run.started_at)
    guards.check_enabled(run)
    if run.mode == Mode.LIVE:
        # What was sent is looked up even where writing is stopped by now: that only reads.
        if orphan(ctx):
            settle(ctx, lease)
        # A run that may not write waits before it reads anything else.
        guards.check_writing(ctx.setting.pk, run.pk)
        guards.check_way(ctx.setting.integration, into_ledger=ctx.target.connector.is_ledger)
    applier = Applier(ctx, lease)
    if run.phase == Phase.READ and not read_all(ctx, lease, applier, until, progress):
        return {"status": Status.QUEUED}
    if run.mode == Mode.LIVE:
        unfinished = _write(ctx, lease, applier, until)
        if unfinished is not None:
            return unfinished
        look_into(ctx, lease)
    return _finished(ctx)


def _write(
    ctx: Context, lease: Lease, applier: Applier, until: dt.datetime
) -> dict[str, Any] | None:
    """Write what is planned and settle what got no answer; None when nothing is left of either."""
    if ctx.run.recheck:
        note_approved(ctx, lease)
    while True:
        if not applier.apply_planned(until=until):
            return {"status": Status.QUEUED}
        again = settle(ctx, lease)
        if again is not None:
            reason = "Waiting to confirm."
            return {"status": Status.PAUSED, "reason": reason, "not_before": again}
        if not ctx.run.changes.filter(status=Change.Status.PLANNED).exists():
            return None


# Ending ------------------------------------------------------------------------------------------


def _left_any(run: SyncRun) -> bool:
    """Whether records were left to another run that was writing them, or were approved but not
    written. What the other one wrote may be older than what this one read, and what was dropped
    need not have changed at its source: the next run has to read from where this one began."""
    dropped = run.recheck and run.changes.filter(status=Change.Status.DROPPED).exists()
    return dropped or SyncRun.objects.filter(pk=run.pk, uncertain__gt=0).exists()


def _finished(ctx: Context) -> dict[str, Any]:
    run = ctx.run
    PlannedKey.objects.filter(run=run).delete()
    live_and_whole = run.mode == Mode.LIVE and run.only_ids is None
    if live_and_whole and run.remote_start is not None and not _left_any(run):
        full = run.full or changed_since(ctx) is None
        defaults: dict[str, Any] = {
            "cursor": run.remote_start - OVERLAP,
            "version": run.version,
        }
        if full:
            defaults["full_read_at"] = run.started_at or timezone.now()
            view_id, name = ctx.view
            if view_id:
                reason = f"It is not in the view {name}."
                ctx.links.out_of_scope(ctx.setting.version, reason)
        Checkpoint.objects.update_or_create(
            setting=run.setting,
            flow=ctx.flow.key,
            direction=run.direction,
            defaults=defaults,
            create_defaults={"full_read_at": timezone.now(), **defaults},
        )
    if live_and_whole and not registry.is_active(ctx.flow, run.setting):
        # A choice switched the flow off while the run was at work.
        unfollowed.bring_in_line(run.setting.integration_id)
    # One record fetched by hand is no first sync: the schedule begins with a whole one.
    if live_and_whole and run.setting.first_synced_at is None:
        FlowSetting.objects.filter(pk=run.setting_id).update(first_synced_at=run.started_at)
    return {"status": Status.DONE, "finished_at": timezone.now(), "held": None, "reason": ""}
