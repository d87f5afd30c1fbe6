"""What is not there any more, of apps that tell of no deletions: lists beside what is known."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import QuerySet

from integrations import guards
from integrations.models import FlowSetting
from integrations.sync.context import Side
from integrations.sync.match import Matcher, known_of
from mappings import known
from mappings.models import KnownRecord, RecordLink

PAGE = 200
State = RecordLink.State


class User(NamedTuple):
    """A module that has records of an entity on one of its sides."""

    setting: FlowSetting
    flow: str
    place: str


def complete(side: Side) -> bool:
    """Whether the list ends where it has to, with as many records as are known."""
    entity = side.entity
    number = KnownRecord.objects.filter(
        connection_id=side.connection_id, entity=entity.name
    ).count()
    last = max(1, -(-number // entity.per_page))
    page = side.connector.page(entity, at=last, order="created")
    ends = page.following is None
    return ends and len(page.records) == number - entity.per_page * (last - 1)


def missing(side: Side, matcher: Matcher) -> tuple[set[str], bool]:
    """Known records that the whole list lacks, and whether it lists any at all. What it has and
    the index lacks is learned, so that the next proof takes one page again."""
    entity = side.entity
    left = set(
        KnownRecord.objects.filter(
            connection_id=side.connection_id, entity=entity.name
        ).values_list("record_id", flat=True)
    )
    known_ids, any_there = frozenset(left), False
    for page in side.connector.list(entity, order="created"):
        any_there = any_there or bool(page.records)
        new = [row for row in page.records if entity.id_of(row) not in known_ids]
        records = matcher.with_native_ids(new)
        known.learn(side.connection_id, entity.name, [known_of(side, row) for row in records])
        left -= {entity.id_of(row) for row in page.records}
    return left, any_there


def some_unlisted(user: User, side: Side) -> list[str]:
    """No more of them than it takes to know that they are too many to be believed."""
    return list(unlisted(user, side)[: guards.believable(user.setting, user.flow) + 1])


def unlisted(user: User, side: Side) -> QuerySet[Any, str]:
    """Records that a pair of the module names and the index of the side does not hold.

    The difference of two lists, not a search for each pair: a database without statistics, as
    after a first sync, may take every search through the whole index.
    """
    held = KnownRecord.objects.filter(connection_id=side.connection_id, entity=side.entity.name)
    there = held.order_by().values_list("record_id", flat=True)
    pairs = RecordLink.objects.filter(
        setting=user.setting, flow=user.flow, source_id__isnull=False, target_id__isnull=False
    ).exclude(state=State.GONE)
    # SQLite orders no part of a compound.
    named: QuerySet[Any, str] = pairs.order_by().values_list(f"{user.place}_id", flat=True)
    return named.difference(there)


def paired(user: User, ids: set[str]) -> list[str]:
    """Those of the ids that are one side of a pair of the module."""
    place = user.place
    other = "target" if place == "source" else "source"
    wanted = sorted(ids)
    found: list[str] = []
    for start in range(0, len(wanted), PAGE):
        rows = RecordLink.objects.filter(
            setting=user.setting,
            flow=user.flow,
            **{f"{place}_id__among": wanted[start : start + PAGE], f"{other}_id__isnull": False},
        ).exclude(state=State.GONE)
        found += rows.values_list(f"{place}_id", flat=True)
    return found
