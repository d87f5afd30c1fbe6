"""Taking records out of use on one side: what stands against it, doing it, what becomes of pairs.

A record is deleted only when this product made it and nothing hangs on it (G-6). That is judged
when the rows are planned, so that a person sees it, and again right before each call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from integrations.connector import Record, Written
from integrations.errors import FailRecord, Rejected, StopRun, TryLater
from integrations.models import Change, SyncRun
from integrations.sync import own_writes
from integrations.sync.case import KEPT_ALONE
from integrations.sync.context import Context
from integrations.sync.lease import Lease
from integrations.sync.notes import WRITTEN_AS, bumped
from mappings import known
from mappings.fields import storable
from mappings.models import RecordLink
from mappings.values import moment, read

Action, Status, State = Change.Action, Change.Status, RecordLink.State

PAGE = 25
ACTION_OF = {SyncRun.Act.DELETE: Action.DELETE, SyncRun.Act.INACTIVE: Action.STEP}
REMOVALS = frozenset(ACTION_OF.values())
INACTIVE = {"step": "inactive"}


# Planning ----------------------------------------------------------------------------------------


def plan_removals(ctx: Context, lease: Lease) -> None:
    """Plan a removal run: a row for each pair it is about, with what stands against it.

    Where no records are named the run is about every pair: those that may not be deleted stay.
    """
    run = ctx.run
    after = int((run.cursor or {}).get("link", 0))
    while links := _pairs(ctx, after):
        after = links[-1].pk
        ids = [ctx.links.far_id(link) for link in links]
        records = ctx.target.connector.get_many(ctx.target.entity, ids)
        ours = made_here(ctx, ids)
        action = ACTION_OF[SyncRun.Act(run.act)]
        rows = [
            _row(ctx, action, link, records.get(ctx.links.far_id(link)), ours) for link in links
        ]
        counts = Counter(
            WRITTEN_AS[Action(row.action)] if row.status == Status.PLANNED else "failing"
            for row in rows
            if row.status != Status.PLANNED or run.mode == SyncRun.Mode.PREVIEW
        )
        counts["read"] += len(rows)
        with transaction.atomic():
            Change.objects.bulk_create(rows)
            if run.mode == SyncRun.Mode.LIVE:
                for link, row in zip(links, rows, strict=True):
                    if row.status == Status.FAILED:
                        refused(link, row.reason, row.remedy)
            run.cursor = {"link": after}
            lease.keep(**bumped(counts), cursor=run.cursor)


def plan_left(ctx: Context, near_ids: Sequence[str]) -> None:
    """Plan that what is left of these pairs is deleted as well, as the operator chose;
    what G-6 does not allow stays a person's to decide, with the reason."""
    links = list(ctx.links.by_near(near_ids).values())
    for start in range(0, len(links), PAGE):
        # What may have been merged is no deletion before a person says so.
        some = [
            link
            for link in links[start : start + PAGE]
            if link.state == State.GONE and not link.details.get("survivors")
        ]
        ids = [ctx.links.far_id(link) for link in some]
        records = ctx.target.connector.get_many(ctx.target.entity, ids)
        ours = made_here(ctx, ids)
        rows = []
        for link in some:
            record = records.get(ctx.links.far_id(link))
            row = _row(ctx, Action.DELETE, link, record, ours)
            if row.status == Status.PLANNED:
                rows.append(row)
            else:
                refused(link, row.reason, row.remedy)
        Change.objects.bulk_create(rows)


def _pairs(ctx: Context, after: int) -> list[RecordLink]:
    rows = RecordLink.objects.filter(
        setting=ctx.run.setting,
        flow=ctx.flow.key,
        pk__gt=after,
        source_id__isnull=False,
        target_id__isnull=False,
    )
    if ctx.run.only_ids is not None:
        rows = rows.filter(**{f"{ctx.links.near}_id__among": [str(i) for i in ctx.run.only_ids]})
    return list(rows.order_by("pk")[:PAGE])


def made_here(ctx: Context, ids: Iterable[str]) -> frozenset[str]:
    """Of these records of the target, those that a sync created: by the proof of its write."""
    rows = Change.objects.filter(
        setting=ctx.run.setting,
        run__direction=ctx.run.direction,
        action=Action.CREATE,
        status=Status.WRITTEN,
        target_id__in=list(ids),
    )
    return frozenset(rows.values_list("target_id", flat=True))


def _row(
    ctx: Context,
    action: str,
    link: RecordLink,
    record: Record | None,
    ours: frozenset[str],
) -> Change:
    now = timezone.now()
    row = Change(
        run=ctx.run,
        setting=ctx.run.setting,
        flow=ctx.flow.key,
        action=action,
        status=Status.PLANNED,
        state=link.state,
        source_id=ctx.links.near_id(link),
        target_id=ctx.links.far_id(link),
        name=link.name,
        values=INACTIVE if action == Action.STEP else {},
        before=_as_it_was(ctx, record),
        created_at=now,
    )
    against = stands_against(ctx, row, link, record, made=row.target_id in ours)
    if against is not None:
        row.status, row.final_at = Status.FAILED, now
        row.cause, row.reason, row.remedy = against.cause, against.message, against.hint
    return row


def _as_it_was(ctx: Context, record: Record | None) -> dict[str, object]:
    """What the record held, so that it can be made again by hand."""
    if record is None:
        return {}
    return {path: storable(read(record, path)) for path, _ in ctx.target_paths}


def stands_against(
    ctx: Context, row: Change, link: RecordLink | None, record: Record | None, *, made: bool
) -> FailRecord | None:
    """Why the record may not be taken out of use so; None when nothing is known against it."""
    label = ctx.target.connector.label
    way = "delete" if row.action == Action.DELETE else "inactive"
    if record is None:
        return Rejected(f"It is not in {label} any more.", "Nothing.", cause="missing")
    if way not in ctx.target.entity.removes:
        return Rejected(
            f"That is not done in {label} from here.", f"Do it in {label}.", cause="not_offered"
        )
    if row.action == Action.STEP:
        return None
    held = [] if made else ["it was there before, or was made by somebody else"]
    if link is not None and link.state == State.GONE and link.details.get("survivors"):
        held.append("its partner may have been merged into another record")
    if link is None or _edited(ctx, link, record):
        held.append("it was edited there later")
    held += [f"it has {what}" for what in ctx.target.connector.held_by(ctx.target.entity, record)]
    if not held:
        return None
    return Rejected(
        f"It is not deleted in {label}: {'; '.join(held)}.",
        "It stays. Make it inactive instead, or keep it.",
        cause="in_use",
    )


def _edited(ctx: Context, link: RecordLink, record: Record) -> bool:
    """Whether anybody but a sync changed it since the pair was made, as far as can be known."""
    modified = ctx.target.entity.modified_of(record)
    if getattr(link, f"{ctx.links.far}_edited"):
        return True
    if modified == ctx.links.far_modified(link):
        return False
    at = moment(modified)
    if at is None or not own_writes.explain(ctx.target, ctx.links.far_id(link), at):
        return True
    # Its time is ours; what it holds must be as well.
    digest = ctx.links.far_digest(link)
    by_this_map = link.version == ctx.setting.map_version
    return digest is not None and by_this_map and digest != ctx.target_print(record)


# Doing it ----------------------------------------------------------------------------------------


def carry_out(
    ctx: Context, rows: Sequence[Change], links: Mapping[str, RecordLink]
) -> list[Written]:
    """Judge each record once more, then take it out of use. One by one."""
    side = ctx.target
    done: list[Written] = []
    for number, row in enumerate(rows):
        try:
            record = side.connector.get_many(side.entity, [row.target_id]).get(row.target_id)
            made = row.target_id in made_here(ctx, [row.target_id])
            against = stands_against(ctx, row, links.get(row.source_id), record, made=made)
            if against is not None:
                done.append(Written(error=against))
            elif row.action == Action.DELETE:
                done.append(side.connector.delete(side.entity, row.target_id))
            elif record is not None and side.entity.is_inactive(record):
                done.append(Written(id=row.target_id))
            else:
                done.append(side.connector.deactivate(side.entity, row.target_id))
        except (StopRun, TryLater) as error:
            if number == 0:
                raise
            done.append(Written(error=error))
            break
        except FailRecord as error:
            done.append(Written(error=error))
    return done


def is_done(ctx: Context, row: Change, record: Record | None) -> bool:
    """Whether a removal whose answer was lost has happened, by the record as it is now."""
    if row.action == Action.DELETE or record is None:
        return record is None
    return ctx.target.entity.is_inactive(record)


# Afterwards --------------------------------------------------------------------------------------


def removed(ctx: Context, row: Change, link: RecordLink | None) -> None:
    """What is left of a pair once its record is out of use. Call it inside the transaction."""
    if row.action == Action.DELETE:
        known.forget(ctx.target.connection_id, ctx.target.entity.name, [row.target_id])
    if link is None:
        return
    if row.action == Action.DELETE and link.state == State.GONE:
        RecordLink.objects.filter(pk=link.pk).delete()
    elif row.action == Action.DELETE:
        _alone(link, ctx.links.far, f"It was deleted in {ctx.target.connector.label} from here.")
    elif link.state == State.GONE:
        _alone(link, ctx.links.near, f"Made inactive in {ctx.target.connector.label}.")


def _alone(link: RecordLink, without: str, reason: str) -> None:
    keep_alone(link, without, reason)
    link.save()


def keep_alone(link: RecordLink, without: str, reason: str) -> None:
    """Let one record of a pair stand by itself: no sync makes the other again. Not stored yet."""
    now = timezone.now()
    link.details = {"was": getattr(link, f"{without}_id")}
    setattr(link, f"{without}_id", None)
    setattr(link, f"{without}_digest", None)
    setattr(link, f"{without}_modified", "")
    link.state, link.cause, link.reason = State.EXCLUDED, KEPT_ALONE, reason
    link.remedy, link.decision, link.decided_target = "", "", ""
    link.due, link.retry_at, link.since, link.updated_at = False, None, now, now


def refused(link: RecordLink | None, reason: str, remedy: str) -> None:
    """The pair stays as it is and says why nothing was done."""
    if link is not None and link.state == State.GONE:
        RecordLink.objects.filter(pk=link.pk).update(
            reason=reason, remedy=remedy, updated_at=timezone.now()
        )
