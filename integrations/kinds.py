"""Which kinds of fields may be mapped to which (rule CRM-56)."""

from __future__ import annotations

from integrations.words import KINDS
from mappings.converters import FieldInfo

# What is wrong with a pair: the part of it, and why.
Problem = tuple[str, str]
FREE_TEXT = frozenset({"text", "email", "phone", "url"})
# Kinds of fields that take no free text, and the kinds of fields that may be mapped to them.
TAKES = {
    "money": {"money", "number"},
    "number": {"money", "number"},
    "boolean": {"boolean"},
    "date": {"date", "datetime"},
    "datetime": {"datetime"},
    "choice": {"choice"},
}
# The kinds of values that go in (CRM-56).
KEEPS_TO = {
    "money": {"money", "number"},
    "number": {"money", "number"},
    "boolean": {"boolean"},
    "date": {"date"},
    "datetime": {"datetime"},
}


def kind_problems(
    source: FieldInfo, target: FieldInfo, understood: frozenset[str]
) -> list[Problem]:
    """Pairs of kinds that make no sense whatever the value (CRM-56)."""
    if target.kind not in FREE_TEXT and source.kind == "id":
        return [("source", f"{source.title} points to another record; it goes into text only.")]
    if target.kind in TAKES and source.kind not in TAKES[target.kind] | understood:
        return [
            (
                "source",
                (
                    f"{source.title} holds: {KINDS[source.kind]}. "
                    f"{target.title} takes: {KINDS[target.kind]}."
                ),
            )
        ]
    if target.choices and source.choices:
        known = {word.casefold() for word in (*target.choices, *target.choices.values())}
        if not known & {word.casefold() for word in source.choices}:
            return [("source", f"{target.title} has none of the values of {source.title}.")]
    return []
