"""Finding out what writes meant whose answer was lost, by looking the records up.

A create is looked for among the target's newest records under the key the app keeps unique; one
list read serves all of them. Not finding it proves its absence only when the app can no longer be
working on the request; until then the row stays uncertain.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from integrations.connector import Record, Written
from integrations.errors import Missing
from integrations.models import Change, SyncRun
from integrations.sync.answers import growing_pause, record_answers
from integrations.sync.context import Context
from integrations.sync.lease import Lease
from integrations.sync.notes import keep_counts, link_of, rows_by_source
from integrations.sync.removals import REMOVALS, is_done
from integrations.sync.stopping import drop
from mappings.keys import keys_of
from mappings.models import RecordLink
from mappings.values import expand, read, same

Status, Action = Change.Status, Change.Action

# The remote's clock and ours may differ by this beyond the offset measured at the start.
SKEW = dt.timedelta(minutes=2)
# A create that was looked for in vain so often is put aside for a person.
MOST_ATTEMPTS = 3
NOT_ARRIVED = "It had been sent when the sync ended, and was not written."


def orphan(ctx: Context) -> int:
    """Rows left `sending` by workers that are gone become uncertain; returns how many are open.

    The run's own rows count as orphaned at the start of a slice: whoever sent them is not here.
    """
    rows = _open_rows(ctx)
    sending = rows.filter(status=Status.SENDING)
    others = sending.exclude(run=ctx.run).values_list("run_id", flat=True)
    # A worker that was only asleep must not go on with rows that are settled by others.
    SyncRun.objects.filter(pk__in=set(others), lease_until__lt=timezone.now()).update(
        lease_token="", lease_until=None
    )
    ids = list(sending.values_list("pk", flat=True))
    if ids:
        Change.objects.filter(pk__in=ids, status=Status.SENDING).update(status=Status.UNCERTAIN)
    return int(rows.filter(status=Status.UNCERTAIN).count())


def _open_rows(ctx: Context) -> QuerySet[Change]:
    """Writes without an answer that are ours to settle: no living worker is waiting for them.

    A run that is only looked up, ended or held, settles its own: it can write none of others.
    """
    ours = Q(run=ctx.run)
    if ctx.run.status == SyncRun.Status.RUNNING:
        ours |= Q(run__lease_until=None) | Q(run__lease_until__lt=timezone.now())
    return Change.objects.filter(
        ours,
        setting=ctx.setting,
        flow=ctx.flow.key,
        run__direction=ctx.run.direction,
        status__in=Change.OPEN,
    )


def settle(ctx: Context, lease: Lease) -> dt.datetime | None:
    """Look up every uncertain row; returns when to look again, None when all are settled."""
    rows = list(
        _open_rows(ctx).filter(status=Status.UNCERTAIN).order_by("pk").select_related("run")
    )
    if not rows:
        return None
    creates = [row for row in rows if row.action == Action.CREATE]
    changes = [row for row in rows if row.action != Action.CREATE]
    if creates:
        _settle_creates(ctx, lease, creates)
    if changes:
        _settle_changes(ctx, lease, changes)
    return next_look(ctx)


def next_look(ctx: Context) -> dt.datetime | None:
    open_rows = _open_rows(ctx).filter(status=Status.UNCERTAIN)
    found: dt.datetime | None = open_rows.aggregate(at=Min("provable_at"))["at"]
    return found


# Creates -----------------------------------------------------------------------------------------


def _settle_creates(ctx: Context, lease: Lease, rows: list[Change]) -> None:
    since = min(row.sent_at + clock_offset(row.run) for row in rows if row.sent_at) - SKEW
    # The moment counts at which the look-up began: what the app finished before it, it shows.
    looked_at = timezone.now()
    standing = _newest_by_key(ctx, rows, since)
    free = _without_partner(ctx, standing)
    links = rows_by_source(ctx, rows)
    written, absent = [], []
    for row in rows:
        found = _same_values(ctx, row, free.get(_trace_key(ctx, row), []))
        if len(found) == 1:
            record = found[0]
            # A list row may lack fields, so it is no basis for a digest of all of them.
            whole = ctx.target.entity.row_has(path for path, _ in ctx.target_paths)
            row.target_modified = ctx.target.entity.modified_of(record)
            outcome = Written(ctx.target.entity.id_of(record), record if whole else None)
            written.append((row, outcome))
        elif len(found) > 1:
            _put_aside(ctx, lease, row, links.get(row.source_id), found)
        elif row.provable_at is not None and row.provable_at <= looked_at:
            absent.append(row)
    if written:
        record_answers(ctx, lease, written, links)
    _plan_again(ctx, lease, absent, links)


def clock_offset(run: SyncRun) -> dt.timedelta:
    """How far the remote's clock is ahead of ours, as measured when the run started reading."""
    if run.remote_start is None or run.started_at is None:
        return dt.timedelta(0)
    offset = run.remote_start - run.started_at
    # Within two minutes it is as well the time the first answer took.
    return offset if abs(offset) > SKEW else dt.timedelta(0)


def _trace_key(ctx: Context, row: Change) -> str:
    """The key under which the created record would stand in the target."""
    future = expand(row.values)
    for kind in ctx.flow.trace:
        for key in sorted(keys_of(future, ctx.target.entity.keys)):
            if key.startswith(f"{kind}:"):
                return key
    return ""


def _newest_by_key(
    ctx: Context, rows: Iterable[Change], since: dt.datetime
) -> dict[str, list[Record]]:
    wanted = {_trace_key(ctx, row) for row in rows} - {""}
    found: dict[str, list[Record]] = {}
    side = ctx.target
    for page in side.connector.list(
        side.entity, since=since, fields=ctx.read_from_target, order="created"
    ):
        for record in page.records:
            for key in keys_of(record, side.entity.keys) & wanted:
                found.setdefault(key, []).append(record)
    return found


def _without_partner(ctx: Context, standing: dict[str, list[Record]]) -> dict[str, list[Record]]:
    entity = ctx.target.entity
    ids = sorted({entity.id_of(record) for records in standing.values() for record in records})
    paired = {far_id for far_id, link in ctx.links.by_far(ids).items() if ctx.links.near_id(link)}
    return {
        key: [record for record in records if entity.id_of(record) not in paired]
        for key, records in standing.items()
    }


def _same_values(ctx: Context, row: Change, records: list[Record]) -> list[Record]:
    """Of the records found, those that hold what was sent, as far as a list row shows it."""
    kinds = dict(ctx.target_paths)
    return [
        record
        for record in records
        if all(
            same(value, read(record, path), kinds.get(path, "text"))
            for path, value in row.values.items()
            if path.split(".")[0] in record
        )
    ]


def _put_aside(
    ctx: Context, lease: Lease, row: Change, link: RecordLink | None, found: list[Record]
) -> None:
    """Several records could be the one written: a person says which."""
    entity = ctx.target.entity
    row.status, row.final_at = Status.FAILED, timezone.now()
    row.state, row.cause = RecordLink.State.UNDECIDED, "lost_answer"
    row.reason = "Its answer was lost, and several records could be the one that was created."
    row.remedy = "Say which one it is."
    row.details = {
        "candidates": [{"id": entity.id_of(r), "name": entity.name_of(r)} for r in found[:10]]
    }
    with transaction.atomic():
        keep_counts(ctx, lease, {row.run_id: {"undecided": 1}})
        row.save()
        ctx.links.save([link_of(ctx, row, link)])


def _plan_again(
    ctx: Context, lease: Lease, rows: list[Change], links: dict[str, RecordLink]
) -> None:
    """Proven absent: the rows are written again, unless they have failed too often. Of a run that
    has ended nothing is written; the next sync plans the records anew."""
    if not ctx.run.is_open:
        absent = Change.objects.filter(pk__in=[row.pk for row in rows], status=Status.UNCERTAIN)
        with transaction.atomic():
            lease.keep()
            drop(ctx.run, absent, NOT_ARRIVED)
        return
    again = [row.pk for row in rows if row.attempts + 1 < MOST_ATTEMPTS]
    spent = [row for row in rows if row.attempts + 1 >= MOST_ATTEMPTS]
    now = timezone.now()
    failing = Counter(row.run_id for row in spent)
    with transaction.atomic():
        keep_counts(ctx, lease, {run_id: {"failing": n} for run_id, n in failing.items()})
        for row in rows:
            row.attempts += 1
        if rows:
            Change.objects.bulk_update(rows, ["attempts"])
        # The row's own run may be over; then it belongs to the one that looked it up.
        Change.objects.filter(pk__in=again, status=Status.UNCERTAIN).update(
            status=Status.PLANNED, sent_at=None, provable_at=None, run=ctx.run
        )
        saved = []
        for row in spent:
            row.status, row.final_at = Status.FAILED, now
            row.state, row.cause = RecordLink.State.FAILING, "no_answer"
            row.reason = f"{ctx.target.connector.label} gave no answer {MOST_ATTEMPTS} times."
            row.remedy = "It is tried again by itself; write to support of the app if it stays so."
            row.save()
            link = link_of(ctx, row, links.get(row.source_id))
            link.attempts += 1
            link.retry_at = now + growing_pause(link.attempts)
            saved.append(link)
        ctx.links.save(saved)


# Updates -----------------------------------------------------------------------------------------


def _settle_changes(ctx: Context, lease: Lease, rows: list[Change]) -> None:
    """An update is known to have happened when the record holds its values."""
    side, kinds = ctx.target, dict(ctx.target_paths)
    looked_at = timezone.now()
    now_there = side.connector.get_many(
        side.entity, [row.target_id for row in rows], fields=ctx.read_from_target
    )
    links = rows_by_source(ctx, rows)
    answers: list[tuple[Change, Written]] = []
    absent = []
    for row in rows:
        record = now_there.get(row.target_id)
        if row.action in REMOVALS:
            if is_done(ctx, row, record):
                answers.append((row, Written(row.target_id)))
            elif row.provable_at is not None and row.provable_at <= looked_at:
                absent.append(row)
        elif record is None:
            gone = Missing("Its partner was deleted.", cause="missing")
            answers.append((row, Written(error=gone)))
        elif all(
            same(value, read(record, path), kinds.get(path, "text"))
            for path, value in row.values.items()
        ):
            answers.append((row, Written(row.target_id, record)))
        elif row.provable_at is not None and row.provable_at <= looked_at:
            absent.append(row)
    if answers:
        record_answers(ctx, lease, answers, links)
    _plan_again(ctx, lease, absent, links)
