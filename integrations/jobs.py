"""What django-q2 calls. Every job takes one primary key or nothing, and may run twice or never."""

from __future__ import annotations

import datetime as dt
import logging
import time

from django.db.models import Q
from django.utils import timezone
from django_q.models import Schedule, Task
from django_q.tasks import async_task

from integrations import registry
from integrations.models import (
    FlowSetting,
    Integration,
    PlannedKey,
    SyncRun,
    Writing,
    WritingSwitch,
    parse_interval,
)
from integrations.pacing import LONGEST_SLEEP
from integrations.sync import run as pipeline
from integrations.sync.flow import Flow

log = logging.getLogger(__name__)

WORK = "integrations.jobs.work"
# The first syncs of many modules do not all start in the same minute.
SPREAD = dt.timedelta(minutes=2)
QUEUE_NOTES_KEPT = dt.timedelta(days=7)


def wake(run: SyncRun) -> None:
    """Ask a worker to look at the run; losing the message costs a minute, not the run."""
    async_task(WORK, run.pk)


def work(run_id: int) -> str:
    """One slice of a run; queues its own continuation."""
    run = pipeline.work(run_id)
    if run.status == SyncRun.Status.QUEUED:
        wake(run)
    elif run.status == SyncRun.Status.DONE:
        follow(run)
    elif run.status == SyncRun.Status.PAUSED:
        _sit_out(run)
    return run.status


def _sit_out(run: SyncRun) -> None:
    """Wait for a run that stands still for less than a minute, a bite at a time.

    Waiting for `sync_due` would leave a paced app unused for half of the time. Between the bites
    the run goes to the end of the queue, so others have their turn.
    """
    if run.held or run.not_before is None:
        return
    left = run.not_before - timezone.now()
    if left <= pipeline.SAT_OUT:
        time.sleep(min(max(left.total_seconds(), 0.0) + 0.01, LONGEST_SLEEP))
        wake(run)


def directions(setting: FlowSetting, flow: Flow) -> list[str]:
    """Directions in which the module runs, in order; `first` of the flow says which leads."""
    forward, reverse = SyncRun.Direction.FORWARD, SyncRun.Direction.REVERSE
    if setting.extent == FlowSetting.Extent.BOTH:
        return [forward, reverse] if flow.first == "source" else [reverse, forward]
    into_ledger = setting.extent == FlowSetting.Extent.FETCH
    return [forward] if into_ledger == flow.fetches_forward else [reverse]


def legs(setting: FlowSetting) -> list[tuple[str, str]]:
    """(flow, direction) of everything a sync of the module does, in order."""
    flows = [
        flow
        for flow in registry.flows_of(setting.integration.kind)
        if flow.setting_key == setting.flow and flow.active(setting.options)
    ]
    return [(flow.key, direction) for flow in flows for direction in directions(setting, flow)]


def follow(run: SyncRun) -> SyncRun | None:
    """Start what comes after a finished leg of an unlimited sync."""
    if run.only_ids is not None or run.recheck:
        return None
    order = legs(run.setting_in_use)
    here = (run.flow, run.direction)
    if here not in order or here == order[-1]:
        return None
    flow, direction = order[order.index(here) + 1]
    if SyncRun.objects.filter(
        setting=run.setting,
        flow=flow,
        direction=direction,
        mode=run.mode,
        only_ids__isnull=True,
        created_at__gte=run.finished_at,
    ).exists():
        # The queue may hand out the job of a finished run a second time.
        return None
    following = pipeline.start(
        run.setting,
        flow,
        direction=direction,
        mode=run.mode,
        trigger=run.trigger,
        full=run.full,
        user=run.requested_by,
        trial=run.trial,
    )
    wake(following)
    return following


def sync_due() -> int:
    """Every minute: queue runs that nobody works on, and start the modules whose time has come."""
    now = timezone.now()
    waiting = SyncRun.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=now),
        Q(not_before=None) | Q(not_before__lte=now),
        # A used-up quota is the one reason to stand still that ends by itself.
        Q(held=None) | Q(held="quota"),
        status__in=SyncRun.OPEN,
    )
    for run in waiting:
        wake(run)
    resumed = _resume_reconnected()
    started = 0
    for setting in due_settings(now):
        flow, direction = legs(setting)[0]
        FlowSetting.objects.filter(pk=setting.pk).update(last_started_at=now)
        trigger = SyncRun.Trigger.SCHEDULE
        wake(pipeline.start(setting, flow, direction=direction, trigger=trigger))
        started += 1
    return waiting.count() + resumed + started


def _resume_reconnected() -> int:
    """Runs that stood still for a lost consent go on once the connection is there again."""
    lost = SyncRun.objects.filter(status=SyncRun.Status.PAUSED, held="reconnect")
    number = 0
    for run in lost.select_related("setting__integration__ledger", "setting__integration__other"):
        integration = run.setting.integration
        if {integration.ledger.status, integration.other.status} == {"connected"}:
            SyncRun.objects.filter(pk=run.pk).update(held=None, not_before=None)
            wake(run)
            number += 1
    return number


def due_settings(now: dt.datetime) -> list[FlowSetting]:
    """Modules whose interval has passed; those never started by a person are left alone."""
    latest = WritingSwitch.objects.first()
    if latest is not None and latest.stopped:
        return []
    candidates = (
        FlowSetting.objects.filter(
            enabled=True,
            first_synced_at__isnull=False,
            integration__status=Integration.Status.ACTIVE,
        )
        .exclude(writing=Writing.STOPPED)
        .exclude(integration__writing=Writing.STOPPED)
        .exclude(every="off")
        .select_related("integration")
    )
    due = []
    for number, setting in enumerate(candidates):
        every = parse_interval(setting.every)
        last = setting.last_started_at or setting.first_synced_at
        if every is None or last is None or not legs(setting):
            continue
        spread = SPREAD * number if setting.last_started_at is None else dt.timedelta(0)
        if last + every + spread <= now and not _open_run(setting):
            due.append(setting)
    return due


def _open_run(setting: FlowSetting) -> bool:
    return SyncRun.objects.filter(
        setting=setting,
        mode=SyncRun.Mode.LIVE,
        only_ids__isnull=True,
        status__in=SyncRun.OPEN,
    ).exists()


def prune() -> int:
    """Every night: forget the queue's own notes of jobs that went well, and spent plans."""
    before = timezone.now() - QUEUE_NOTES_KEPT
    done, _ = Task.objects.filter(success=True, stopped__lt=before).delete()
    spent, _ = PlannedKey.objects.exclude(run__status__in=SyncRun.OPEN).delete()
    return done + spent


def ensure_schedules() -> None:
    """A minute's beat and a nightly clean-up; called after every migration."""
    for name, defaults in (
        ("sync_due", {"schedule_type": Schedule.MINUTES, "minutes": 1}),
        ("prune", {"schedule_type": Schedule.DAILY}),
    ):
        func = f"integrations.jobs.{name}"
        Schedule.objects.get_or_create(
            name=name, defaults={"func": func, "repeats": -1, **defaults}
        )
