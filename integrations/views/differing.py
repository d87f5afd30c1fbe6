"""Records whose two sides differ: in which fields, by what values, and who asked for which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations import causes, second_looks
from integrations.lists.html import shown
from integrations.second_looks import Said
from integrations.views.chosen import Row, rows_of
from integrations.words import flow_of, sides
from mappings.models import RecordLink, RemoteField


@dataclass(frozen=True)
class Difference:
    """A field in which the two sides differ, by its title in the second app."""

    path: str
    title: str
    first: Any
    second: Any


@dataclass(frozen=True)
class Line:
    """A record of the list with what differs, the names of its two apps, and who asked for what."""

    row: Row
    differences: list[Difference]
    first: str
    second: str
    finance: bool
    asked: Said | None = None
    taken_over: bool = False


def lines_of(links: Iterable[RecordLink]) -> list[Line]:
    records = list(links)
    titles = titles_of(records)
    asked = second_looks.said([link for link in records if second_looks.is_asked(link)], "asked")
    return [_line(row, titles, asked.get(row.record.pk)) for row in rows_of(records)]


def _line(row: Row, titles: Mapping[tuple[int, str], str], asked: Said | None) -> Line:
    link = row.record
    first, second = sides(link.flow)
    ends = {link.setting.integration.ledger_id, link.setting.integration.other_id}
    named = {name: title for (connection, name), title in titles.items() if connection in ends}
    found = [
        Difference(name, named.get(name, name), shown(pair[0]), shown(pair[-1]))
        for name, pair in sorted((link.details.get("fields") or {}).items())
    ]
    finance, taken_over = link.cause in causes.LOOKED_AT_SINGLY, link.cause == causes.TAKEN_OVER.key
    return Line(row, found, first, second, finance, asked, taken_over)


def titles_of(links: Iterable[RecordLink]) -> dict[tuple[int, str], str]:
    """(connection, field) -> title on its app's screens; one statement for all the records."""
    names, entities, connections = set(), set(), set()
    for link in links:
        flow = flow_of(link.flow)
        if flow is not None:
            end = link.setting.integration.side(flow.target.app)
            connections.add(end.pk)
            entities.add(flow.target.entity)
            names |= set(link.details.get("fields") or {})
    rows = RemoteField.objects.filter(
        connection__in=connections, entity__in=entities, name__in=sorted(names)
    )
    found = rows.values_list("connection_id", "name", "label")
    return {(connection, name): label for connection, name, label in found if label}
