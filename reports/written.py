"""What was written, as the integration report shows it: each change with its fields by title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.safestring import SafeString

from integrations.lists.details import (
    End,
    Titles,
    field_list,
    field_values,
    titles_by_end,
    written_to,
)
from integrations.models import Change
from integrations.words import direction_words, module_name, sides
from mappings.models import RecordLink

SHOWN_IN_LINE = 3


@dataclass(frozen=True)
class Line:
    """A change: words for it, its fields before and after, the page of its record if it has one."""

    change: Change
    module: str
    way: str
    ids: tuple[tuple[str, str], ...]
    fields: str
    values: SafeString
    record: int | None


def lines_of(rows: Iterable[Change]) -> list[Line]:
    """Two statements whatever the number of rows: titles of fields, pages of records."""
    changes = list(rows)
    titles = titles_by_end(changes)
    pages = _pages(changes)
    return [_line(change, titles, pages) for change in changes]


def _line(
    change: Change,
    titles: Mapping[End, Titles],
    pages: Mapping[tuple[int, str], int],
) -> Line:
    own = titles.get(written_to(change), {})
    ids = zip(sides(change.flow, change.run.direction), _ids(change), strict=True)
    return Line(
        change=change,
        module=module_name(change.flow),
        way=direction_words(change.flow, change.run.direction),
        ids=tuple((app, record_id) for app, record_id in ids if record_id),
        fields=field_list(sorted(change.values), own, SHOWN_IN_LINE),
        values=field_values(change, own),
        record=pages.get((change.setting_id, change.source_id)),
    )


def _ids(change: Change) -> tuple[str, str]:
    return change.source_id, change.target_id


def _pages(changes: Sequence[Change]) -> dict[tuple[int, str], int]:
    """Keys of the records' pages, by setting and the id that was read."""
    ids = {change.source_id for change in changes if change.source_id}
    settings = {change.setting_id for change in changes}
    rows = RecordLink.objects.filter(Q(source_id__in=ids) | Q(target_id__in=ids))
    found: dict[tuple[int, str], int] = {}
    for key, setting, source, target in rows.filter(setting__in=settings).values_list(
        "pk", "setting_id", "source_id", "target_id"
    ):
        for record_id in (source, target):
            if record_id:
                found.setdefault((setting, record_id), key)
    return found
