"""Writing down what came of writes: rows, pairs, the index of known records, the counts."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from integrations.connector import Record, Written
from integrations.errors import FailRecord, Missing, SyncError, TryLater
from integrations.http import ANSWER_LOST_AFTER
from integrations.models import Change
from integrations.sync.case import gone_words
from integrations.sync.context import Context
from integrations.sync.lease import Lease
from integrations.sync.match import known_of
from integrations.sync.notes import WRITTEN_AS, bound, keep_counts, link_of
from integrations.sync.removals import REMOVALS, refused, removed
from mappings import known
from mappings.converters import FieldInfo
from mappings.fields import short
from mappings.models import RecordLink

Status, Action = Change.Status, Change.Action


def record_answers(
    ctx: Context,
    lease: Lease,
    answers: list[tuple[Change, Written]],
    links: dict[str, RecordLink],
    *,
    unsent: Sequence[Change] = (),
) -> None:
    if answers and answers[0][0].action in REMOVALS:
        _record_removals(ctx, lease, answers, links, unsent)
        return
    now = timezone.now()
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    saved: list[RecordLink] = []
    learned: list[Record] = []
    for row, outcome in answers:
        link = links.get(row.source_id)
        if outcome.error is None:
            row.status, row.final_at = Status.WRITTEN, now
            row.target_id = outcome.id or row.target_id
            counts[row.run_id][WRITTEN_AS[Action(row.action)]] += 1
            if row.state == RecordLink.State.FAILING:
                counts[row.run_id]["failing"] += 1
            saved.append(bound(ctx, row, link, outcome.record))
            if outcome.record is not None:
                learned.append(outcome.record)
        else:
            _failed(ctx, row, outcome.error, counts[row.run_id])
            if row.status == Status.FAILED:
                saved.append(_failing_link(ctx, row, link))
    rows = [row for row, _ in answers]
    with transaction.atomic():
        # Written records are headway, so the pauses for an app that stays away start over.
        if saved:
            ctx.run.attempts = 0
        keep_counts(ctx, lease, counts, attempts=ctx.run.attempts)
        _store(rows)
        _plan_unsent(unsent)
        ctx.links.save(saved)
        written = [
            one
            for row in rows
            if row.status == Status.WRITTEN
            for one in (row.source_id, row.target_id)
        ]
        if written:
            ctx.links.release_waiting(written)
        known.learn(
            ctx.target.connection_id,
            ctx.target.entity.name,
            [known_of(ctx.target, record) for record in learned],
        )


def _plan_unsent(rows: Sequence[Change]) -> None:
    Change.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=Status.PLANNED, sent_at=None, provable_at=None
    )


def _record_removals(
    ctx: Context,
    lease: Lease,
    answers: list[tuple[Change, Written]],
    links: dict[str, RecordLink],
    unsent: Sequence[Change],
) -> None:
    """Records taken out of use, or not: then the pair stays in the state it was in."""
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row, outcome in answers:
        state = row.state
        if outcome.error is None:
            row.status, row.final_at = Status.WRITTEN, timezone.now()
            counts[row.run_id][WRITTEN_AS[Action(row.action)]] += 1
        else:
            _failed(ctx, row, outcome.error, counts[row.run_id])
        row.state = state
    with transaction.atomic():
        keep_counts(ctx, lease, counts, attempts=ctx.run.attempts)
        _store([row for row, _ in answers])
        _plan_unsent(unsent)
        for row, outcome in answers:
            link = links.get(row.source_id)
            if row.status == Status.WRITTEN:
                removed(ctx, row, link)
            elif row.status == Status.FAILED and outcome.error is not None:
                refused(link, row.reason, row.remedy)


_STORED = (
    "status",
    "target_id",
    "state",
    "cause",
    "reason",
    "remedy",
    "provable_at",
    "final_at",
    "attempts",
)


def _store(rows: list[Change]) -> None:
    """All rows in one statement. As an upsert: the rows exist, and `bulk_update` would build an
    expression per row and column, at ten times the cost."""
    if rows:
        Change.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=_STORED
        )


def _failed(ctx: Context, row: Change, error: SyncError, counts: Counter[str]) -> None:
    now = timezone.now()
    if isinstance(error, TryLater):
        # Whether it was written is not known: looked up later, never written again blindly.
        row.status = Status.UNCERTAIN
        row.provable_at = now if error.finished else now + ANSWER_LOST_AFTER
        return
    row.status, row.final_at = Status.FAILED, now
    row.state = RecordLink.State.FAILING
    row.reason, row.remedy = _in_words(ctx, row, error), error.hint
    row.cause = error.cause if isinstance(error, FailRecord) else "rejected"
    if isinstance(error, Missing) and row.target_id:
        row.state, row.cause = RecordLink.State.GONE, f"gone_{ctx.links.far}"
        row.reason, row.remedy = gone_words(ctx.target.connector.label)
    counts["failing"] += 1


def _in_words(ctx: Context, row: Change, error: SyncError) -> str:
    """The app's sentence; where it names a field, its title and what was sent."""
    named = error.field if isinstance(error, FailRecord) else ""
    paths = [path for path in row.values if path.rpartition(".")[2] == named]
    if not named or len(paths) != 1:
        return error.message
    info = ctx.target.fields.get(paths[0], FieldInfo(paths[0]))
    return f"{info.title} “{short(row.values[paths[0]])}” was refused: {error.message}"


def _failing_link(ctx: Context, row: Change, link: RecordLink | None) -> RecordLink:
    """A refusal by the app may pass, for a reason only the app knows: tried again by time."""
    link = link_of(ctx, row, link)
    link.attempts += 1
    if link.state == RecordLink.State.FAILING:
        link.retry_at = timezone.now() + growing_pause(link.attempts)
    return link


def growing_pause(attempts: int) -> dt.timedelta:
    """An hour, then twice as long each time, up to two days."""
    return dt.timedelta(hours=min(2 ** (attempts - 1), 48))
