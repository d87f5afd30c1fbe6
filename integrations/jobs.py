"""What django-q2 calls. Every job takes one primary key or nothing, and may run twice or never."""

from __future__ import annotations

import datetime as dt
import logging
import time

from django.db.models import Min, Q
from django.utils import timezone
from django_q.models import Schedule, Task
from django_q.tasks import async_task

from integrations import meter, notified, pair_files, watching
from integrations.following import released
from integrations.legs import legs
from integrations.models import (
    FlowSetting,
    Integration,
    PlannedKey,
    SyncRun,
    WebhookEvent,
    Writing,
    WritingSwitch,
    parse_interval,
)
from integrations.pacing import LONGEST_SLEEP
from integrations.sync import looking_up
from integrations.sync import run as pipeline
from mappings.links import Links

log = logging.getLogger(__name__)

WORK = "integrations.jobs.work"
LOOK_UP = "integrations.sync.looking_up.look_up"
HANDLE_EVENT = "integrations.jobs.handle_event"
RENEW_WATCHES = "integrations.jobs.renew_watches"
# The first syncs of many modules do not all start in the same minute.
SPREAD = dt.timedelta(minutes=2)
QUEUE_NOTES_KEPT = dt.timedelta(days=7)
EVENTS_KEPT = dt.timedelta(days=30)
# A notification that waits for longer has lost its message.
UNHEARD_AFTER = dt.timedelta(seconds=45)


def wake(run: SyncRun) -> None:
    """Ask a worker to look at the run; losing the message costs a minute, not the run."""
    async_task(WORK, run.pk)


def go_on(run: SyncRun) -> bool:
    """Put a paused run back in the queue, at once: its page no longer says why it stood still."""
    paused = SyncRun.objects.filter(pk=run.pk, status=SyncRun.Status.PAUSED)
    if not paused.update(status=SyncRun.Status.QUEUED, held=None, not_before=None, reason=""):
        return False
    wake(run)
    return True


def work(run_id: int) -> str:
    """One slice of a run; queues its own continuation."""
    run = pipeline.work(run_id)
    if run.status == SyncRun.Status.QUEUED:
        wake(run)
        return run.status
    _hear_waiting()
    if run.status == SyncRun.Status.DONE:
        follow(run)
        if run.only_ids is None and watching.behind(run.setting.integration):
            review_channels()
        for freed in released(run):
            wake(freed)
    elif run.status == SyncRun.Status.PAUSED:
        _sit_out(run)
    if not run.is_open:
        looking_up.look_up(run.pk)
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


def heard(event: WebhookEvent) -> None:
    """Ask a worker to handle a notification; losing the message costs a minute, not the record."""
    async_task(HANDLE_EVENT, event.pk)


def handle_event(event_id: int) -> int:
    """Start the syncs that read what the notifications waiting in this one's channel name."""
    runs = notified.hear(event_id)
    for run in runs:
        wake(run)
    # What came while these were being looked at sent no message of its own.
    left = notified.next_waiting(event_id)
    if left is not None:
        heard(left)
    return len(runs)


def handle_again(event: WebhookEvent) -> list[SyncRun]:
    """Have the records of a notification read once more; the new syncs that do it."""
    if event.status != WebhookEvent.Status.HANDLED:
        WebhookEvent.objects.filter(pk=event.pk).update(status=WebhookEvent.Status.RECEIVED)
        runs = notified.hear(event.pk)
    else:
        runs = notified.again(event)
    for run in runs:
        wake(run)
    return runs


def review_channels() -> None:
    """Have the channels looked after now: what is read by itself has just changed."""
    async_task(RENEW_WATCHES)


def renew_watches() -> int:
    """Every few minutes: make, renew or stop channels, and count what notifications missed."""
    meter.count_all()
    return watching.review_all()


def follow(run: SyncRun) -> SyncRun | None:
    """Start what comes after a finished leg of a sync."""
    if run.recheck:
        return None
    if run.only_ids is not None:
        return _follow_some(run)
    if run.mode == SyncRun.Mode.LIVE and not run.setting.enabled:
        return None  # paused in the meantime
    if run.setting.integration.status in Integration.OFF:
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
        group=run.group,
    )
    wake(following)
    return following


def _follow_some(run: SyncRun) -> SyncRun | None:
    """After records synced by hand one way, their partners the other way, where both are chosen."""
    order = [direction for flow, direction in legs(run.setting) if flow == run.flow]
    by_hand = run.trigger == SyncRun.Trigger.RETRY and run.mode == SyncRun.Mode.LIVE
    if not by_hand or order[:1] != [run.direction] or len(order) == 1:
        return None
    links = Links(run.setting_id, run.flow, reverse=run.direction == SyncRun.Direction.REVERSE)
    partners = [links.far_id(row) for row in links.by_near(run.only_ids or []).values()]
    ids = sorted(filter(None, partners))
    same = SyncRun.objects.filter(
        setting=run.setting,
        flow=run.flow,
        direction=order[1],
        trigger=run.trigger,
        only_ids=ids,
        created_at__gte=run.finished_at,
    )
    if not ids or same.exists():
        return None
    following = pipeline.start(
        run.setting,
        run.flow,
        direction=order[1],
        trigger=run.trigger,
        only_ids=ids,
        user=run.requested_by,
        group=run.group,
    )
    wake(following)
    return following


def sync_due() -> int:
    """Every minute: queue what nobody works on, and start the modules whose time has come."""
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
    left_open = looking_up.left_open(now)
    for run_id in left_open:
        async_task(LOOK_UP, run_id)
    _hear_waiting(before=now - UNHEARD_AFTER)
    resumed = _resume_reconnected()
    started = 0
    for setting in due_settings(now):
        flow, direction = legs(setting)[0]
        FlowSetting.objects.filter(pk=setting.pk).update(last_started_at=now)
        trigger = SyncRun.Trigger.SCHEDULE
        wake(pipeline.start(setting, flow, direction=direction, trigger=trigger))
        started += 1
    return waiting.count() + len(left_open) + resumed + started + pair_files.wake_waiting()


def _hear_waiting(before: dt.datetime | None = None) -> None:
    """One message for each channel in which notifications wait: put off, or overlooked."""
    waiting = WebhookEvent.objects.filter(status=WebhookEvent.Status.RECEIVED)
    if before is not None:
        waiting = waiting.filter(received_at__lt=before)
    for channel in waiting.order_by().values("channel").annotate(first=Min("pk")):
        async_task(HANDLE_EVENT, channel["first"])


def _resume_reconnected() -> int:
    """Runs that stood still for a lost consent go on once the connection is there again."""
    lost = SyncRun.objects.filter(status=SyncRun.Status.PAUSED, held="reconnect")
    number = 0
    for run in lost.select_related("setting__integration__ledger", "setting__integration__other"):
        integration = run.setting.integration
        if {integration.ledger.status, integration.other.status} == {"connected"}:
            number += go_on(run)
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
    """Every night: forget the queue's own notes of jobs that went well, spent plans, and
    notifications that were handled long ago."""
    before = timezone.now() - QUEUE_NOTES_KEPT
    done, _ = Task.objects.filter(success=True, stopped__lt=before).delete()
    spent, _ = PlannedKey.objects.exclude(run__status__in=SyncRun.OPEN).delete()
    old, _ = WebhookEvent.objects.filter(
        status=WebhookEvent.Status.HANDLED, received_at__lt=timezone.now() - EVENTS_KEPT
    ).delete()
    return done + spent + old


def ensure_schedules() -> None:
    """A minute's beat, the channels' and a nightly clean-up; called after every migration."""
    for name, defaults in (
        ("sync_due", {"schedule_type": Schedule.MINUTES, "minutes": 1}),
        ("renew_watches", {"schedule_type": Schedule.MINUTES, "minutes": 5}),
        ("prune", {"schedule_type": Schedule.DAILY}),
    ):
        func = f"integrations.jobs.{name}"
        Schedule.objects.get_or_create(
            name=name, defaults={"func": func, "repeats": -1, **defaults}
        )
