"""What a decision found, for a person: look-alikes, refused values, fields before and after."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString

from integrations.lists.html import NOTHING, id_text, shown, table
from integrations.models import Change
from integrations.words import flow_of, sides
from mappings.models import RemoteField


def field_titles(change: Change) -> dict[str, str]:
    """Titles of the written app's fields, by their name there."""
    flow = flow_of(change.flow, change.run.direction)
    if flow is None:
        return {}
    integration = change.setting.integration
    ids = {
        integration.ledger.app: integration.ledger_id,
        integration.other.app: integration.other_id,
    }
    rows = RemoteField.objects.filter(
        connection_id=ids.get(flow.target.app, 0),
        entity=flow.target.entity,
        name__in=list({*change.values, *change.before}),
    )
    return {name: label for name, label in rows.values_list("name", "label") if label}


def field_values(change: Change, titles: dict[str, str]) -> SafeString:
    """Each field before and after."""
    names = sorted({*change.values, *change.before})
    return table(
        ("Field", "Before", "After"),
        (
            (titles.get(name, name), shown(change.before.get(name)), shown(change.values.get(name)))
            for name in names
        ),
        empty="No field is written.",
    )


def found_in(details: dict[str, Any], flow: str, direction: str) -> SafeString | str:
    """Everything `details` of a change or a record holds, as tables."""
    parts = (
        _candidates(details.get("candidates") or ()),
        _problems(details.get("problems") or ()),
        both_sides(details.get("fields") or {}, *sides(flow, direction)),
    )
    return SafeString("".join(part for part in parts if part)) or NOTHING


def _candidates(found: Any) -> str:
    if not found:
        return ""
    return table(
        ("Looks like", "Id", "Alike", "Why", "Already paired with"),
        (
            (
                item.get("name") or NOTHING,
                id_text(item.get("id")),
                f"{item.get('score', 0)} %",
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


def both_sides(fields: dict[str, Any], first: str, second: str) -> SafeString | str:
    """Fields with the values of both apps."""
    if not fields:
        return ""
    return table(
        ("Field", f"In {first}", f"In {second}"),
        ((name, shown(pair[0]), shown(pair[-1])) for name, pair in sorted(fields.items()) if pair),
    )
