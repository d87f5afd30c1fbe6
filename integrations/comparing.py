"""A record beside its look-alikes, read from both apps at the moment a person compares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations import registry
from integrations.connector import Connector, Entity, Record
from integrations.models import Connection
from integrations.sync.flow import Flow
from integrations.words import flow_of
from mappings import catalogue
from mappings.converters import FieldInfo
from mappings.fields import Field, Parents, equal, map_values
from mappings.models import RecordLink
from mappings.values import read

# A look-alike costs two requests of the day's allowance.
AT_ONCE = 4


@dataclass(frozen=True)
class Line:
    """One field of all records compared, the record itself first.

    `alike` says of each look-alike whether its value is what the record's would become.
    """

    label: str
    values: tuple[Any, ...]
    alike: tuple[bool, ...] = ()

    @property
    def cells(self) -> list[tuple[Any, bool | None]]:
        return list(zip(self.values, (None, *self.alike), strict=True))


@dataclass(frozen=True)
class Comparison:
    """`names` heads the columns; a look-alike that is not there any more has none."""

    names: tuple[str, ...]
    ids: tuple[str, ...]
    facts: list[Line]
    fields: list[Line]
    gone: tuple[str, ...]


@dataclass(frozen=True)
class Sides:
    """The module as it runs from the record's own app to the one that is searched."""

    flow: Flow
    near: Connection
    far: Connection

    @classmethod
    def of(cls, link: RecordLink, flow: Flow) -> Sides:
        fields = catalogue.pairs_in_force(link.setting_id, link.flow) or flow.fields
        flow = flow.with_fields(fields)
        # A record without a partner was read on the side whose id is known.
        if link.source_id is None:
            flow = flow.reversed()
        integration = link.setting.integration
        ends = (integration.side(end.app) for end in (flow.source, flow.target))
        return cls(flow, *ends)


def near_id(link: RecordLink) -> str:
    return link.source_id or link.target_id or ""


@dataclass(frozen=True)
class _Found:
    id: str
    name: str
    record: Record
    facts: Sequence[tuple[str, str]]


def compare(link: RecordLink, ids: Sequence[str]) -> Comparison:
    """The record and the first look-alikes, read now: up to two requests each. Raises SyncError.

    `ids` are those of the app that is searched; one that is not there any more is in `gone`.
    """
    flow = flow_of(link.flow)
    if flow is None:
        return Comparison((link.name,), (near_id(link),), [], [], tuple(ids))
    sides = Sides.of(link, flow)
    asked = list(ids[:AT_ONCE])
    with ExitStack() as stack:
        near, far = (
            stack.enter_context(closing(registry.connector_for(connection)))
            for connection in (sides.near, sides.far)
        )
        source, target = near.entity(sides.flow.source.entity), far.entity(sides.flow.target.entity)
        own = _read(near, source, [near_id(link)], [pair.source for pair in sides.flow.fields])
        others = _read(far, target, asked, [pair.target for pair in sides.flow.fields])
    mine = own[0] if own else _Found(near_id(link), link.name, {}, ())
    there = {item.id for item in others}
    return Comparison(
        names=(mine.name, *(item.name for item in others)),
        ids=(mine.id, *(item.id for item in others)),
        facts=_facts([mine, *others]),
        fields=_fields(mine.record, [item.record for item in others], sides),
        gone=tuple(record_id for record_id in asked if record_id not in there),
    )


def facts_of(link: RecordLink) -> list[tuple[str, str]]:
    """What the ledger knows of a pair's record there, such as its documents. Raises SyncError."""
    flow = flow_of(link.flow)
    integration = link.setting.integration
    if flow is None:
        return []
    forward = flow.target.app == integration.ledger.app
    end, record_id = (flow.target, link.target_id) if forward else (flow.source, link.source_id)
    with closing(registry.connector_for(integration.ledger)) as connector:
        found = _read(connector, connector.entity(end.entity), [record_id or ""], [])
    return list(found[0].facts) if found else []


def _read(
    connector: Connector, entity: Entity, ids: Sequence[str], paths: Sequence[str]
) -> list[_Found]:
    fields = list(dict.fromkeys([entity.name_field, *(path for path in paths if path)]))
    records = connector.get_many(entity, ids, fields=fields)
    return [
        _Found(
            record_id,
            entity.name_of(records[record_id]),
            records[record_id],
            connector.facts(entity, records[record_id]),
        )
        for record_id in ids
        if record_id in records
    ]


def _facts(columns: Sequence[_Found]) -> list[Line]:
    known = [dict(column.facts) for column in columns]
    labels = dict.fromkeys(label for column in columns for label, _ in column.facts)
    return [Line(label, tuple(column.get(label) for column in known)) for label in labels]


def _fields(own: Record, others: Sequence[Record], sides: Sides) -> list[Line]:
    """The mapped fields in which any of the records has a value."""
    near, _ = catalogue.load_fields(sides.near.pk, sides.flow.source.entity)
    far, _ = catalogue.load_fields(sides.far.pk, sides.flow.target.entity)
    pairs = [pair for pair in sides.flow.fields if type(pair) is Field]
    lines = lines_of(pairs, own, others, near, far)
    return [line for line in lines if any(value not in (None, "", []) for value in line.values)]


def lines_of(
    pairs: Sequence[Field],
    own: Record,
    others: Sequence[Record],
    near: Mapping[str, FieldInfo],
    far: Mapping[str, FieldInfo],
    parents: Parents | None = None,
) -> list[Line]:
    """One line for each pair: values as people read them, compared as a sync compares them.

    `near` and `far` are the catalogues of the record's own app and of the other one.
    """
    wanted = map_values(pairs, own, far, parents or {}, near).values
    lines = []
    for pair in pairs:
        info = far.get(pair.target, FieldInfo(pair.target))
        theirs = [read(record, pair.target) for record in others]
        alike = tuple(equal(pair, wanted.get(pair.target), value) for value in theirs)
        ours = _own(read(own, pair.source), wanted.get(pair.target), near.get(pair.source), info)
        lines.append(Line(info.title, (ours, *(_plain(info, value) for value in theirs)), alike))
    return lines


def _own(value: Any, wanted: Any, near: FieldInfo | None, far: FieldInfo) -> Any:
    """The record's own value; where the other app has a word for it, that word."""
    there = str(wanted) in far.choices.values()
    return _plain(far, wanted) if there else _plain(near, value)


def _plain(info: FieldInfo | None, value: Any) -> Any:
    """A choice or an id by its label, a number without the zeros that one app alone writes."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{Decimal(str(value)).normalize():f}"
    labels = {stored: label for label, stored in info.choices.items()} if info else {}
    return labels.get(str(value), value)
