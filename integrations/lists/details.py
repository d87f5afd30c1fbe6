"""What a decision found, for a person: look-alikes, refused values, fields before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations.lists.html import NOTHING, id_text, shown, table
from integrations.models import Change, FlowSetting
from integrations.sync.flow import LEDGERS
from integrations.words import flow_of, likeness, sides
from mappings.converters import FieldInfo
from mappings.models import FieldMap, RemoteField

Titles = Mapping[str, str]
End = tuple[int, str]


def written_to(change: Change) -> End:
    """(connection, entity) that a change was written to."""
    flow = flow_of(change.flow, change.run.direction)
    if flow is None:
        return 0, ""
    integration = change.setting.integration
    into_ledger = flow.target.app in LEDGERS
    return (integration.ledger_id if into_ledger else integration.other_id), flow.target.entity


def titles_by_end(changes: Iterable[Change]) -> dict[End, dict[str, str]]:
    """Titles of the fields that changes name, as the written app has them; one statement."""
    rows = list(changes)
    names = {name for change in rows for name in _names(change)}
    ends = {written_to(change) for change in rows}
    found: dict[End, dict[str, str]] = {}
    if not names:
        return found
    known = RemoteField.objects.filter(
        connection__in={key for key, _ in ends},
        entity__in={entity for _, entity in ends},
        name__in=sorted(names),
    )
    columns = ("connection_id", "entity", "name", "label")
    for connection, entity, name, label in known.values_list(*columns):
        if label:
            found.setdefault((connection, entity), {})[name] = label
    return found


def titles_of(change: Change) -> Titles:
    """Titles of the written app's fields, by their name there."""
    return titles_by_end([change]).get(written_to(change), {})


def _names(change: Change) -> Iterable[str]:
    return (*change.values, *change.before, *(change.details.get("fields") or ()))


def titled(name: str, titles: Titles) -> str:
    """A field as people call it; one that no catalogue knows by its name in plain letters."""
    return titles.get(name) or FieldInfo(name).title


def field_list(names: Iterable[str], titles: Titles, most: int) -> str:
    """The first fields by title: "Company name, Website and 3 more"."""
    said = [titled(name, titles) for name in names]
    more = f" and {len(said) - most} more" if len(said) > most else ""
    return ", ".join(said[:most]) + more


def _field(name: str, titles: Titles) -> SafeString:
    """The title; whoever looks for it in an interface or a file finds its name behind it."""
    return format_html('<span title="{}">{}</span>', name, titled(name, titles))


def field_values(change: Change, titles: Titles) -> SafeString:
    """Each field before and after."""
    names = sorted({*change.values, *change.before})
    return table(
        ("Field", "Before", "After"),
        (
            (_field(name, titles), shown(change.before.get(name)), shown(change.values.get(name)))
            for name in names
        ),
        empty="No field is written.",
    )


def found_in(
    details: dict[str, Any], flow: str, direction: str, titles: Titles
) -> SafeString | str:
    """Everything `details` of a change or a record holds, as tables."""
    parts = (
        _candidates(details.get("candidates") or ()),
        _problems(details.get("problems") or ()),
        both_sides(details.get("fields") or {}, *sides(flow, direction), titles),
    )
    return SafeString("".join(part for part in parts if part)) or NOTHING


def _candidates(found: Any) -> str:
    if not found:
        return ""
    return table(
        ("Looks like", "Id", "The same?", "Why", "Already paired with"),
        (
            (
                item.get("name") or NOTHING,
                id_text(item.get("id")),
                likeness(item.get("score") or 0) or NOTHING,
                ", ".join(item.get("why") or ()) or NOTHING,
                id_text(item.get("paired_with")),
            )
            for item in found
        ),
    )


def _problems(found: Any) -> str:
    if not found:
        return ""
    return table(
        ("Field", "Value", "Would be refused because it", "What to do"),
        (
            (
                item.get("field") or NOTHING,
                shown(item.get("value")),
                item.get("message") or NOTHING,
                item.get("remedy") or NOTHING,
            )
            for item in found
        ),
    )


def both_sides(fields: dict[str, Any], first: str, second: str, titles: Titles) -> SafeString | str:
    """Fields with the values of both apps."""
    if not fields:
        return ""
    return table(
        ("Field", f"In {first}", f"In {second}"),
        (
            (_field(name, titles), shown(pair[0]), shown(pair[-1]))
            for name, pair in sorted(fields.items())
            if pair
        ),
    )


def known_titles(setting: FlowSetting, key: str, names: Iterable[str]) -> Titles:
    """Titles of fields in which the sides of a record differ, as the second app has them."""
    flow = flow_of(key)
    if flow is None or not names:
        return {}
    rows = RemoteField.objects.filter(
        connection=setting.integration.side(flow.target.app),
        entity=flow.target.entity,
        name__in=sorted(names),
    )
    return dict(rows.values_list("name", "label"))


def map_titles(rows: Iterable[FieldMap]) -> dict[int, tuple[str, str]]:
    """By key, what the two fields of each field pair are called in their apps; one statement."""
    pairs = list(rows)
    ends: dict[int, tuple[End, End]] = {}
    for pair in pairs:
        flow = flow_of(pair.flow)
        if flow is not None:
            first, second = (
                (pair.setting.integration.side(end.app).pk, end.entity)
                for end in (flow.source, flow.target)
            )
            ends[pair.pk] = first, second
    known = RemoteField.objects.filter(
        connection__in={key for both in ends.values() for key, _ in both},
        name__in={name for pair in pairs for name in (pair.source, pair.target)},
    )
    columns = ("connection_id", "entity", "name", "label")
    labels = {tuple(row[:3]): row[3] for row in known.values_list(*columns)}
    nowhere: End = (0, "")
    found: dict[int, tuple[str, str]] = {}
    for pair in pairs:
        first, second = ends.get(pair.pk, (nowhere, nowhere))
        found[pair.pk] = (
            FieldInfo(pair.source, labels.get((*first, pair.source), "")).title,
            FieldInfo(pair.target, labels.get((*second, pair.target), "")).title,
        )
    return found
