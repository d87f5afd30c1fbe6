"""What was deleted at either side of a module: asked rarely, noted on the pairs, nothing written.

An app that lists its deletions is asked for those since the last time. Of one that does not, only
an absence can be noticed: the index of known records says how many there have to be, so one page,
the one where the list should end, proves that none is missing. Only when that proof fails is the
list read whole, and what it lacks is looked up by id before it counts as deleted. An empty or much
shorter list proves nothing (G-2): no pair is marked, and a person is told how many it would be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations import guards, registry
from integrations.connector import Deleted
from integrations.models import Change, DeletionsRead, FlowSetting, Integration, SyncRun
from integrations.sync import absences, merges, removals
from integrations.sync.absences import User
from integrations.sync.case import gone_words
from integrations.sync.context import RARELY, Context, Side
from integrations.sync.flow import ON_GONE, REMOVE
from integrations.sync.lease import Lease
from integrations.sync.match import Matcher, known_of
from integrations.sync.notes import bumped
from integrations.sync.sisters import look_below
from mappings import known
from mappings.models import RecordLink

State = RecordLink.State

# Read again from a little before: what was deleted at that very moment.
OVERLAP = dt.timedelta(minutes=5)
# So many absent records are looked up by id in one go; the others the next time.
LOOKED_UP = 200
PAGE = 200
DAILY = dt.timedelta(days=1)
NEWEST_FIRST = "newest_first"


def note_deletions(ctx: Context, lease: Lease) -> None:
    """Ask both sides of an unlimited live run, each once an hour at most, or now if it is full."""
    run = ctx.run
    if run.mode != SyncRun.Mode.LIVE or run.only_ids is not None or run.cursor is not None:
        return
    for place, side in ((ctx.links.near, ctx.source), (ctx.links.far, ctx.target)):
        if run.setting.first_synced_at is None:
            # There is no pair yet that could lose a side.
            _store(User(run.setting, ctx.flow.key, place), None)
            continue
        asked = DeletionsRead.objects.filter(
            setting=run.setting, flow=ctx.flow.key, place=place
        ).first()
        if asked is not None and not run.full and timezone.now() - asked.asked_at < _rarely(side):
            continue
        if side.entity.told:
            _told(ctx, lease, place, side, asked)
        else:
            _absent(ctx, lease, side, believed=asked is not None and asked.believed)


def _rarely(side: Side) -> dt.timedelta:
    """A list that has to be read whole every time is asked for once a day."""
    return RARELY if side.entity.told or side.entity.since == NEWEST_FIRST else DAILY


def _store(user: User, until: dt.datetime | None, doubtful: int = 0) -> None:
    DeletionsRead.objects.update_or_create(
        setting=user.setting,
        flow=user.flow,
        place=user.place,
        defaults={
            "read_until": until,
            "asked_at": timezone.now(),
            "doubtful": doubtful,
            "believed": False,
        },
    )


# Told by the app ---------------------------------------------------------------------------------


def _told(ctx: Context, lease: Lease, place: str, side: Side, asked: DeletionsRead | None) -> None:
    since: dt.datetime | None = None
    if not ctx.run.full:
        since = asked.read_until if asked is not None else None
        since = since or ctx.run.setting.first_synced_at
    start: dt.datetime | None = None
    for moment, rows in side.connector.deleted(side.entity, since and since - OVERLAP):
        start = start or moment
        _note(ctx, lease, place, side, rows)
    _store(User(ctx.run.setting, ctx.flow.key, place), start)
    if place == ctx.links.near and ctx.option(ON_GONE.name) == REMOVE:
        _remove_left(ctx, place)


def _remove_left(ctx: Context, place: str) -> None:
    """What the operator chose for the partners of records deleted at their source. Very many at
    once are left to a person, also in a sync that somebody started (G-2)."""
    noted = Change.objects.filter(run=ctx.run, cause=f"gone_{place}", state=State.GONE)
    ids = list(noted.values_list("source_id", flat=True))
    if len(ids) <= guards.believable(ctx.run.setting, ctx.flow.key):
        removals.plan_left(ctx, ids)


def _note(ctx: Context, lease: Lease, place: str, side: Side, rows: Sequence[Deleted]) -> None:
    gone = {row.id: row for row in rows}
    found = merges.find(ctx, place, side, gone)
    with transaction.atomic():
        for merge in found:
            merges.repoint(ctx, place, merge)
        pointed = {merge.dead_id for merge in found if merge.certain}
        survivors = {merge.dead_id: merge.survivors for merge in found if not merge.certain}
        rest = [one for one in gone if one not in pointed]
        user = User(ctx.run.setting, ctx.flow.key, place)
        number = _mark(ctx, user, side, rest, survivors)
        lease.keep(**bumped({"failing": number, "linked": len(pointed)}))


def mark(ctx: Context, side: Side, ids: Sequence[str]) -> int:
    """Note that these records of the source are gone; returns how many pairs lost a side by it."""
    return _mark(ctx, User(ctx.run.setting, ctx.flow.key, ctx.links.near), side, ids, {})


def _mark(
    ctx: Context,
    user: User,
    side: Side,
    ids: Sequence[str],
    survivors: Mapping[str, list[dict[str, str]]],
) -> int:
    """A record without a partner leaves the list of records: there is nothing to decide of it."""
    reason, remedy = gone_words(side.connector.label)
    place, now, number = user.place, timezone.now(), 0
    for start in range(0, len(ids), PAGE):
        some = list(ids[start : start + PAGE])
        known.forget(side.connection_id, side.entity.name, some)
        rows = RecordLink.objects.filter(
            setting=user.setting, flow=user.flow, **{f"{place}_id__among": some}
        ).exclude(state__in=(State.GONE, State.UNCERTAIN))
        pairs: list[RecordLink] = []
        alone: list[RecordLink] = []
        for row in rows:
            (pairs if row.paired else alone).append(row)
        RecordLink.objects.filter(pk__in=[row.pk for row in alone]).delete()
        for row in pairs:
            there = getattr(row, f"{place}_id")
            row.state, row.cause, row.since, row.updated_at = State.GONE, f"gone_{place}", now, now
            row.reason, row.remedy = reason, remedy
            row.details = {"survivors": survivors.get(there, [])}
            row.due, row.retry_at, row.decision = False, None, ""
        RecordLink.objects.bulk_update(
            pairs,
            ["state", "cause", "since", "updated_at", "reason", "remedy", "details", "due",
             "retry_at", "decision"],
        )  # fmt: skip
        Change.objects.bulk_create(_change(ctx, row, now) for row in pairs)
        look_below(ctx, [row for row in pairs if place == "source"])
        number += len(pairs)
    return number


def _change(ctx: Context, row: RecordLink, now: dt.datetime) -> Change:
    return Change(
        run=ctx.run,
        setting_id=row.setting_id,
        flow=row.flow,
        action=Change.Action.NOTHING,
        status=Change.Status.NOTED,
        state=State.GONE,
        source_id=ctx.links.near_id(row),
        target_id=ctx.links.far_id(row),
        name=row.name,
        cause=row.cause,
        reason=row.reason,
        remedy=row.remedy,
        details=row.details,
        created_at=now,
        final_at=now,
    )


# Found out by absence ----------------------------------------------------------------------------


def _absent(ctx: Context, lease: Lease, side: Side, *, believed: bool) -> None:
    """Ask for every module that has records of this entity: what one of them finds out, the index
    forgets, so the others would not notice."""
    users = _users(side)
    matcher = Matcher(ctx, side)
    timed = side.entity.since == NEWEST_FIRST
    unknown = known.read_until(side.connection_id, side.entity.name) is None
    if timed or unknown:
        matcher.refresh()
    missing, any_there = (
        (set(), True)
        if unknown or (timed and absences.complete(side))
        else absences.missing(side, matcher)
    )
    # A pair whose record the index does not hold, though it holds all there are, has lost it too.
    paired = {
        user: [*absences.paired(user, missing), *absences.some_unlisted(user, side)]
        for user in users
    }
    if not missing and not any(paired.values()):
        for user in users:
            _store(user, None)
        return
    too_many = any(
        len(ids) > guards.believable(user.setting, user.flow) for user, ids in paired.items()
    )
    if any(paired.values()) and (too_many or not any_there) and not believed:
        for user in users:
            doubtful = len(absences.paired(user, missing)) + absences.unlisted(user, side).count()
            _store(user, None, doubtful=doubtful)
        return
    first = dict.fromkeys(one for ids in paired.values() for one in ids)
    some = [*first, *sorted(missing - first.keys())][:LOOKED_UP]
    there = side.connector.get_many(side.entity, some)
    known.learn(side.connection_id, side.entity.name, [known_of(side, r) for r in there.values()])
    gone = [one for one in some if one not in there]
    with transaction.atomic():
        number = sum(_mark(ctx, user, side, gone, {}) for user in users)
        lease.keep(**bumped({"failing": number}))
        for user in users:
            _store(user, None)


def _users(side: Side) -> list[User]:
    connection = side.connector.connection
    # A disabled integration keeps its pairs, so it has to hear of it as well.
    settings = (
        FlowSetting.objects.filter(
            Q(integration__ledger=connection) | Q(integration__other=connection),
            first_synced_at__isnull=False,
        )
        .exclude(integration__status=Integration.Status.DELETED)
        .select_related("integration")
    )
    here = (connection.app, side.entity.name)
    return [
        User(setting, flow.key, place)
        for setting in settings.order_by("pk")
        for flow in registry.flows_of(setting.integration.kind)
        if flow.setting_key == setting.flow
        for place, end in (("source", flow.source), ("target", flow.target))
        if (end.app, end.entity) == here
    ]
