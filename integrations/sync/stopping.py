"""Ending a sync before its time: asked for, read by its worker, or at once where there is none."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.models import Change, SyncRun
from mappings.models import RecordLink

Status = SyncRun.Status
OVERTAKEN = "A later sync has read these records."
BY_HAND = "The sync was stopped."


def ask(run: SyncRun, reason: str) -> bool:
    """Whether somebody works on the run, and now ends it before the next record."""
    at_work = SyncRun.objects.filter(
        pk=run.pk,
        status__in=SyncRun.OPEN,
        lease_until__gte=timezone.now(),
        stop_asked_at__isnull=True,
    )
    return bool(at_work.update(stop_asked_at=timezone.now(), stop_reason=reason))


def end_if_asked(run: SyncRun) -> bool:
    """End the run if that was asked for; called by whoever holds or has just given back its lease.

    What was written meanwhile stands in its rows and counts; what is planned is dropped.
    """
    asked = SyncRun.objects.filter(pk=run.pk, stop_asked_at__isnull=False)
    reason = asked.values_list("stop_reason", flat=True).first()
    return reason is not None and end(asked, run, BY_HAND, reason=reason)


@transaction.atomic
def end(which: QuerySet[SyncRun], run: SyncRun, why: str, **changes: Any) -> bool:
    """Make an open run that is still among `which` a cancelled one; False where it is not.

    `why` is said of each row that was planned. Rows that were sent stay open to be looked up.
    """
    now = timezone.now()
    ended = which.filter(pk=run.pk, status__in=SyncRun.OPEN).update(
        status=Status.CANCELLED,
        finished_at=now,
        lease_token="",
        lease_until=None,
        not_before=None,
        held=None,
        **changes,
    )
    if not ended:
        return False
    drop(run, Change.objects.filter(run=run, status=Change.Status.PLANNED), why)
    return True


def end_idle(run: SyncRun, reason: str) -> bool:
    """End a run that nobody works on at once; False where somebody does, or it has ended."""
    idle = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    return end(SyncRun.objects.filter(idle), run, BY_HAND, reason=reason)


def end_overtaken(by: SyncRun) -> int:
    """End what waited for a person to approve it (G-2), once a later sync of the same leg has read
    all records and done its work: nobody is to approve what is written already."""
    whole = by.mode == SyncRun.Mode.LIVE and by.only_ids is None and not by.act
    if not whole:
        return 0
    waiting = SyncRun.objects.filter(
        setting=by.setting_id,
        flow=by.flow,
        direction=by.direction,
        act=SyncRun.Act.SYNC,
        status=Status.PAUSED,
        held="limits",
        created_at__lt=by.created_at,
    )
    return sum(end(waiting, run, OVERTAKEN, reason=OVERTAKEN) for run in list(waiting))


def drop(run: SyncRun, rows: QuerySet[Change], why: str) -> None:
    """Rows of a run that has ended are not written; the next sync plans their records anew."""
    _due_again(run, rows)
    rows.update(status=Change.Status.DROPPED, reason=why, final_at=timezone.now())


def _due_again(run: SyncRun, planned: QuerySet[Change]) -> None:
    """Records that were planned because they were due, not because they had changed, would not be
    read again by themselves. Those that changed are: the run has moved no checkpoint."""
    if run.mode != SyncRun.Mode.LIVE or run.act:
        return
    forward = run.direction == SyncRun.Direction.FORWARD
    near = "source" if forward else "target"
    unsettled = ~Q(state=RecordLink.State.IN_SYNC) | Q(source_digest=None) | Q(target_digest=None)
    RecordLink.objects.filter(
        unsettled,
        setting=run.setting_id,
        flow=run.flow,
        **{f"{near}_id__in": planned.values("source_id")},
    ).update(due=True)
