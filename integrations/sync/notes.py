"""Writing down what was decided: change rows, the states of records, the counts of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from integrations.models import Change, PlannedKey, SyncRun
from integrations.sync import own_writes
from integrations.sync.context import Context
from integrations.sync.lease import Lease
from integrations.sync.match import plans_ahead
from integrations.sync.planned import COUNTED_AS, Planned, PlannedPage
from integrations.sync.sisters import hand_over
from mappings import links
from mappings.models import RecordLink
from mappings.values import read

State = RecordLink.State
WRITES = frozenset({Change.Action.CREATE, Change.Action.UPDATE, Change.Action.LINK})
WRITTEN_AS = {
    Change.Action.CREATE: "created",
    Change.Action.UPDATE: "updated",
    Change.Action.LINK: "linked",
    Change.Action.DELETE: "deleted",
    Change.Action.STEP: "updated",
}


def note(ctx: Context, lease: Lease, page: PlannedPage, **progress: Any) -> None:
    """Commit a planned page: its rows, the states of records that get no write, and the place.

    Nothing is written remotely before this is committed, so what a person sees is what happens.
    """
    counts = Counter(page.quiet)
    counts["read"] += page.read
    live = ctx.run.mode == SyncRun.Mode.LIVE
    rows, quiet_links = [], []
    for item in page.planned:
        if item.decision.left:
            counts[COUNTED_AS.get(item.decision.state, item.decision.state)] += 1
            continue
        row = change_of(ctx, item)
        if row.action not in WRITES:
            counts[_counted(row)] += 1
            # Asked before the link is brought to what the row says.
            known = _says_nothing_new(row, item.link)
            if live:
                quiet_links.append(link_of(ctx, row, item.link))
            if known:
                continue
        elif plans_ahead(ctx.run) and ctx.run.mode == SyncRun.Mode.PREVIEW:
            counts[WRITTEN_AS[Change.Action(row.action)]] += 1
            if row.state == State.FAILING:
                counts["failing"] += 1
        rows.append(row)
    # What is left to the other direction stays due until that one has planned it.
    due = [
        item.case.record_id
        for item in page.planned
        if item.link is not None and item.link.due and not item.decision.left
    ]
    with transaction.atomic():
        Change.objects.bulk_create(rows)
        if plans_ahead(ctx.run):
            PlannedKey.objects.bulk_create(
                PlannedKey(run=ctx.run, key=key, source_id=source_id, name=name)
                for key, source_id, name in page.new_keys
            )
        if live:
            _note_states(ctx, page, due, quiet_links)
        lease.keep(**bumped(counts), **progress)


def _note_states(
    ctx: Context, page: PlannedPage, due: list[str], quiet_links: list[RecordLink]
) -> None:
    if due:
        ctx.links.clear_due(due)
    ctx.links.save(quiet_links)
    ctx.links.forget(page.handed_back)
    hand_over(ctx, [(item.case, item.decision) for item in page.planned])


def keep_counts(
    ctx: Context, lease: Lease, counts: Mapping[int, Mapping[str, int]], **changes: Any
) -> None:
    """Store counts by the run whose rows they count: a run settles those of others as well."""
    lease.keep(**bumped(counts.get(ctx.run.pk, {})), **changes)
    for run_id, of_run in counts.items():
        if run_id != ctx.run.pk and (increments := bumped(of_run)):
            SyncRun.objects.filter(pk=run_id).update(**increments)


def bumped(counts: Mapping[str, int]) -> dict[str, Any]:
    """Increments of the run's count columns, for an UPDATE."""
    return {name: F(name) + number for name, number in counts.items() if number}


def _counted(row: Change) -> str:
    return COUNTED_AS.get(row.state, row.state)


def _says_nothing_new(row: Change, link: RecordLink | None) -> bool:
    """Whether the record already was in this state for this reason: then there is no new row."""
    if row.action != Change.Action.NOTHING:
        return False
    if row.state == State.IN_SYNC:
        return True
    return link is not None and (link.state, link.cause, link.reason) == (
        row.state,
        row.cause,
        row.reason,
    )


def change_of(ctx: Context, item: Planned) -> Change:
    """The row of a decision."""
    case, decision, now = item.case, item.decision, timezone.now()
    writes = decision.action in WRITES
    if writes:
        status = Change.Status.PLANNED
    elif decision.state == State.FAILING:
        status = Change.Status.FAILED
    else:
        status = Change.Status.NOTED
    return Change(
        run=ctx.run,
        setting=ctx.setting,
        flow=ctx.flow.key,
        action=decision.action,
        status=status,
        state=decision.state,
        source_id=case.record_id,
        target_id=decision.target_id,
        name=ctx.source.entity.name_of(case.record),
        before=decision.before,
        values=decision.values,
        keep=decision.keep,
        cause=decision.cause,
        reason=decision.reason,
        remedy=decision.remedy,
        details=decision.details,
        waiting_flow=decision.waiting_for[0],
        waiting_id=decision.waiting_for[1],
        agreed=decision.agreed,
        carry_back=decision.carry_back,
        source_digest=case.digest,
        source_modified=case.modified,
        target_digest=case.target_digest,
        target_modified=case.target_modified,
        amount=_amount(ctx, case.record),
        created_at=now,
        final_at=None if writes else now,
    )


def _amount(ctx: Context, record: Mapping[str, Any]) -> Decimal | None:
    if not ctx.flow.amount:
        return None
    try:
        return Decimal(str(read(record, ctx.flow.amount)))
    except InvalidOperation:
        return None


def link_of(ctx: Context, row: Change, link: RecordLink | None) -> RecordLink:
    """The link as it stands once the row is final.

    Digests move only where both sides are known to agree: a link that keeps an old digest is
    one whose difference is still to be carried.
    """
    now = timezone.now()
    link = link or ctx.links.new(row.source_id)
    before = link.state if link.since else ""
    own_writes.note_edits(ctx, link, row.source_modified, row.target_modified)
    near_digest = bytes(row.source_digest) if row.source_digest else None
    far_digest = bytes(row.target_digest) if row.target_digest else None
    links.mark(link, row.state, now)
    link.name = row.name or link.name
    same = bool(row.cause) and row.cause == link.cause
    # What was said of these values by hand stays for as long as they are these.
    if not (same and row.details.get("fields") == link.details.get("fields")):
        lapsed = link.details.get("asked") or link.details.get("lapsed") if same else None
        link.details = {"lapsed": lapsed} if lapsed else {}
    link.cause, link.reason, link.remedy = row.cause, row.reason, row.remedy
    link.details = {**link.details, **row.details}
    link.waiting_flow, link.waiting_id = row.waiting_flow, row.waiting_id
    link.due, link.retry_at = False, None
    link.planned_version = ctx.setting.version
    if row.state != State.FAILING or before != State.FAILING:
        link.attempts = 0
    if row.agreed or row.carry_back:
        ctx.links.set_near(link, near_digest, row.source_modified)
        link.version = ctx.setting.map_version
    elif row.state not in {State.IN_SYNC, State.CONFLICT}:
        _stand_still(ctx, row, link, near_digest)
    if row.agreed:
        ctx.links.set_far(link, row.target_id, far_digest, row.target_modified)
        link.decision, link.decided_target, link.decided_fields = "", "", []
    if row.carry_back:
        ctx.links.set_far(link, row.target_id, None, row.target_modified)
        link.due = True
    return link


def _stand_still(ctx: Context, row: Change, link: RecordLink, near_digest: bytes | None) -> None:
    """Remember what was looked at, so that it is not looked at again unchanged.

    A pair keeps the digests both sides agreed on: what could not be carried has moved all the
    same, and a change of the other side does not undo it.
    """
    far_id = ctx.links.far_id(link)
    if far_id and link.version == ctx.setting.map_version:
        near_digest = ctx.links.near_digest(link)
    elif far_id:
        near_digest = None
        ctx.links.set_far(link, far_id, None, ctx.links.far_modified(link))
    ctx.links.set_near(link, near_digest, row.source_modified)
    link.version = ctx.setting.map_version


def bound(
    ctx: Context, row: Change, link: RecordLink | None, target: Mapping[str, Any] | None
) -> RecordLink:
    """The link after a write that is known to have happened; `target` as the app has it now."""
    link = link_of(ctx, row, link)
    entity = ctx.target.entity
    digest = ctx.target_print(target) if target is not None else None
    modified = entity.modified_of(target) if target is not None else row.target_modified
    if row.carry_back:
        digest = None
    near_digest = bytes(row.source_digest) if row.source_digest else None
    if row.details.get("then"):
        # Part of it is still to be carried, by an update that this run or the next one plans.
        near_digest, link.due = None, True
    ctx.links.set_near(link, near_digest, row.source_modified)
    ctx.links.set_far(link, row.target_id, digest, modified)
    link.version = ctx.setting.map_version
    link.decision, link.decided_target, link.decided_fields = "", "", []
    if not link.origin:
        created = row.action == Change.Action.CREATE
        link.origin = RecordLink.Origin.CREATE if created else RecordLink.Origin.MATCH
    return link


def rows_by_source(ctx: Context, rows: Iterable[Change]) -> dict[str, RecordLink]:
    return ctx.links.by_near([row.source_id for row in rows])


def note_approved(ctx: Context, lease: Lease) -> None:
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
