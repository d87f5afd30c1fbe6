"""What an approved preview still writes: rows that would be planned just so now. The others are
dropped, each with the true reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.connector import Record
from integrations.models import Change, SyncRun
from integrations.sync.context import Context
from integrations.sync.pages import PagePlanner
from integrations.sync.planned import Planned
from integrations.sync.removals import REMOVALS
from integrations.words import app_name

Status, Action = Change.Status, Change.Action

PREVIEW_AGAIN = "Preview again to see what would be written now."
DONE = {Action.DELETE: "deleted", Action.STEP: "made inactive"}


def set_up_changed(run: SyncRun) -> bool:
    """Whether the module's choices or field maps are others than those the run was planned by."""
    return run.version != run.setting.version


def written_since(run: SyncRun) -> QuerySet[Change]:
    """Writes that other syncs of the module made of records of a preview after it had planned
    them, in either direction."""
    return _touching(run, Q(status=Status.WRITTEN, final_at__gt=run.created_at))


def _touching(run: SyncRun, which: Q) -> QuerySet[Change]:
    same_way = Q(run__direction=run.direction)
    # A write without an answer has no end yet, only the moment it was sent.
    planned = Change.objects.filter(
        run=run,
        status=Status.PLANNED,
        created_at__lt=Coalesce(OuterRef("final_at"), OuterRef("sent_at")),
    )
    there = Exists(planned.filter(source_id=OuterRef("source_id")))
    back = Exists(planned.filter(source_id=OuterRef("target_id")))
    others = Change.objects.filter(which, setting=run.setting_id, flow=run.flow).exclude(run=run.pk)
    return others.filter(same_way & there | ~same_way & back)


def still_valid(ctx: Context, planner: PagePlanner, window: list[Change]) -> list[Change]:
    """Rows of an approved preview that would be planned just so now; the others are dropped.

    A removal is judged anew right before its call.
    """
    if window[0].action in REMOVALS:
        return window
    source = ctx.source
    records = source.connector.get_many(
        source.entity, [row.source_id for row in window], fields=ctx.read_from_source
    )
    page = planner.plan(list(records.values()), force=True)
    now_planned = {item.case.record_id: item for item in page.planned}
    valid: list[Change] = []
    moved: list[Change] = []
    for row in window:
        item = now_planned.get(row.source_id)
        (valid if item is not None and _is_the_same(row, item) else moved).append(row)
    if moved:
        _drop(ctx, moved, records, now_planned)
    return valid


def _is_the_same(row: Change, item: Planned) -> bool:
    now = item.decision
    planned = (row.action, row.target_id, row.values, row.before, row.keep)
    return planned == (now.action, now.target_id, now.values, now.before, now.keep)


def _drop(
    ctx: Context,
    moved: Sequence[Change],
    records: Mapping[str, Record],
    now_planned: Mapping[str, Planned],
) -> None:
    others = _by_record(ctx.run, moved)
    for row in moved:
        item, other = now_planned.get(row.source_id), others.get(row.source_id)
        if row.source_id not in records:
            app = app_name(ctx.source.connector.app)
            row.reason = f"The record is not in {app} any more."
        elif other is not None:
            row.reason = _touched(other, item)
        else:
            row.reason = _changed(ctx.run, row, item)
        done = other is not None and row.reason == _already(other)
        row.remedy = "" if done else PREVIEW_AGAIN
        row.status, row.final_at = Status.DROPPED, timezone.now()
    Change.objects.bulk_update(moved, ["status", "reason", "remedy", "final_at"])


def _by_record(run: SyncRun, rows: Sequence[Change]) -> dict[str, Change]:
    """The latest write another sync made of each of these records since they were planned."""
    ids = {row.source_id for row in rows}
    which = Q(status__in=(Status.WRITTEN, *Change.OPEN))
    found = _touching(run, which & (Q(source_id__in=ids) | Q(target_id__in=ids)))
    return {
        (one.source_id if one.run.direction == run.direction else one.target_id): one
        for one in found.select_related("run").order_by("sent_at", "pk")
    }


def _already(other: Change) -> str:
    paired = other.action == Action.LINK and not other.values
    return f"Already {'paired' if paired else 'written'} by Sync {other.run_id}."


def _touched(other: Change, item: Planned | None) -> str:
    """Why a record is not written that another sync has written since."""
    by = f"Sync {other.run_id}"
    if other.status in Change.OPEN:
        return f"{by} has sent a write of this record, and it is not confirmed yet."
    if other.action in DONE:
        return f"{by} has {DONE[Action(other.action)]} this record since the preview."
    if item is not None and item.decision.action == "none" and item.decision.state == "in_sync":
        return _already(other)
    return f"{by} has written this record since the preview, and now it would be written otherwise."


def _changed(run: SyncRun, row: Change, item: Planned | None) -> str:
    """Why a record that no other sync has written is not planned as it was."""
    if item is None:
        return "What it depends on was changed since the preview."
    case = item.case
    if set_up_changed(run):
        # What two field maps make of a record says nothing of the record: its own times do.
        edited = _differ(row.source_modified, case.modified) or _differ(
            row.target_modified, case.target_modified
        )
        if edited:
            return "The record and the set-up were both changed since the preview."
        return "The set-up was changed since the preview."
    now = item.decision
    # What an update repeats, or sends along unchanged, need not be among the mapped fields.
    there = now.action == row.action and (row.before, row.keep) != (now.before, now.keep)
    mapped = _differ(row.source_digest, case.digest) or _differ(
        row.target_digest, case.target_digest
    )
    if there or mapped:
        return "The record was changed since the preview."
    why = now.reason
    return f"What it depends on was changed since the preview. {why}".strip()


def _differ(then: str | bytes | memoryview | None, now: str | bytes | None) -> bool:
    """Whether both are known, and differ."""
    if not then or not now:
        return False
    # PostgreSQL hands a stored digest out as a view.
    return (then if isinstance(then, str) else bytes(then)) != now
