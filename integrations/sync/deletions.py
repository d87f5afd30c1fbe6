"""What was deleted at either side of a module: asked rarely, noted on the pairs, nothing written.

An app that lists its deletions is asked for those since the last time. Of one that does not, only
an absence can be noticed: the index of known records says how many there have to be, so one page,
the one where the list should end, proves that none is missing. Only when that proof fails is the
list read whole, and what it lacks is looked up by id before it counts as deleted. An empty or much
shorter list proves nothing (G-2): no pair is marked, and a person is told how many it would be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations import guards, registry
from integrations.connector import Deleted
from integrations.models import Change, DeletionsRead, FlowSetting, Integration, SyncRun
from integrations.sync import absences, marking, merges, removals
from integrations.sync.absences import User
from integrations.sync.context import RARELY, Context, Side
from integrations.sync.flow import ON_GONE, REMOVE
from integrations.sync.lease import Lease
from integrations.sync.match import Matcher, known_of
from integrations.sync.notes import bumped
from mappings import known
from mappings.models import RecordLink

State = RecordLink.State

# Read again from a little before: what was deleted at that very moment.
OVERLAP = dt.timedelta(minutes=5)
# So many absent records are looked up by id in one go; the others the next time.
LOOKED_UP = 200
# Pages of deletions read to learn how single records went.
LISTED = 3
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
        asked = _asked(ctx, place)
        if asked is not None and not run.full and timezone.now() - asked.asked_at < _rarely(side):
            continue
        if side.entity.told:
            _told(ctx, lease, place, side, asked)
        else:
            _absent(ctx, lease, side, believed=asked is not None and asked.believed)


def _asked(ctx: Context, place: str) -> DeletionsRead | None:
    asked = DeletionsRead.objects.filter(setting=ctx.setting, flow=ctx.flow.key, place=place)
    return asked.first()


def _told_until(setting: FlowSetting, asked: DeletionsRead | None) -> dt.datetime | None:
    return (asked and asked.read_until) or setting.first_synced_at


def _listed(
    side: Side, since: dt.datetime | None
) -> Iterator[tuple[dt.datetime, Sequence[Deleted]]]:
    """What the app tells to be deleted, page by page with its time."""
    return iter(side.connector.deleted(side.entity, since and since - OVERLAP))


def told_anew(ctx: Context) -> dict[str, Deleted]:
    """What the app tells of the source's records since the flow itself asked; that is not noted, so
    the flow asks for the same when it is due."""
    since = _told_until(ctx.setting, _asked(ctx, "source"))
    return {row.id: row for _, rows in _listed(ctx.source, since) for row in rows}


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
    pages = list(_listed(side, None if ctx.run.full else _told_until(ctx.setting, asked)))
    gone = {row.id: row for _, rows in pages for row in rows}
    for _, rows in pages:
        marking.note_told(ctx, lease, place, side, [row.id for row in rows], gone)
    _store(User(ctx.run.setting, ctx.flow.key, place), pages[0][0] if pages else None)
    if place == ctx.links.near and ctx.option(ON_GONE.name) == REMOVE:
        _remove_left(ctx, place)


def look_into(ctx: Context, lease: Lease) -> None:
    """Ask how records went that this run found missing: one that was merged into another is not
    told as deleted until the list of deletions is read the next time. Few calls, so many pages of
    that list at most."""
    if ctx.run.mode != SyncRun.Mode.LIVE or ctx.run.act:
        return
    for place, side in ((ctx.links.near, ctx.source), (ctx.links.far, ctx.target)):
        found = list(_untold(ctx, place)[:LOOKED_UP]) if side.entity.told else []
        if not found:
            continue
        since = _told_until(ctx.setting, _asked(ctx, place))
        gone: dict[str, Deleted] = {}
        for number, (_, rows) in enumerate(_listed(side, since), start=1):
            gone |= {row.id: row for row in rows}
            if number == LISTED or all(one in gone for one in found):
                break
        marking.note_told(ctx, lease, place, side, found, gone)


def _untold(ctx: Context, place: str) -> QuerySet[Any, str]:
    """Records of pairs of the flow that are missing without the app having told how they went."""
    rows = RecordLink.objects.filter(
        setting=ctx.run.setting, flow=ctx.flow.key, state=State.GONE, cause=f"gone_{place}"
    ).exclude(details__has_key=merges.TOLD)
    return rows.order_by("pk").values_list(f"{place}_id", flat=True)


def _remove_left(ctx: Context, place: str) -> None:
    """What the operator chose for the partners of records deleted at their source. Very many at
    once are left to a person, also in a sync that somebody started (G-2)."""
    noted = Change.objects.filter(run=ctx.run, cause=f"gone_{place}", state=State.GONE)
    ids = list(noted.values_list("source_id", flat=True))
    if len(ids) <= guards.believable(ctx.run.setting, ctx.flow.key):
        removals.plan_left(ctx, ids)


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
        number = sum(marking.mark_by(ctx, user, side, gone, None, {}) for user in users)
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
