"""Conditions on stored records, as custom views, searches, COQL and bulk reads state them.

Each of them parses its own notation into `Condition`s; what a comparison means is here once.
Text compares without case. An empty field meets no condition but `is_empty` and the negative ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .clock import parse
from .metadata import FieldInfo

Predicate = Callable[[dict[str, Any]], bool]
NUMBERS = frozenset({"integer", "bigint", "double", "currency", "percent"})
IDS = frozenset({"lookup", "ownerlookup"})
ORDERED = NUMBERS | {"date", "datetime"}
COMPARATORS = frozenset(
    {"equal", "not_equal", "contains", "not_contains", "starts_with", "ends_with", "like",
     "not_like", "in", "not_in", "greater_than", "less_than", "greater_equal", "less_equal",
     "between", "not_between", "is_empty", "is_not_empty"}
)  # fmt: skip


class BadValueError(ValueError):
    """The value of a condition does not suit its field; `expected` is the field's data type."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


@dataclass(slots=True, frozen=True)
class Condition:
    field: FieldInfo
    comparator: str
    value: Any = None


def comparable(field: FieldInfo, stored: Any) -> Any:
    """A stored value as it is compared: text folded, numbers as numbers, times as UTC text."""
    if stored is None or stored == "":
        return None
    if field.kind in NUMBERS and field.name != "id":
        return float(stored)
    if isinstance(stored, str) and field.kind not in ("date", "datetime"):
        return stored.casefold()
    return stored


def operand(field: FieldInfo, given: Any) -> Any:
    """A condition's value in the form `comparable` gives. Raises BadValueError."""
    if given is None:
        return None
    if field.kind in NUMBERS and field.name != "id":
        return _number(field, given)
    if field.kind == "boolean":
        folded = str(given).casefold()
        if folded not in ("true", "false"):
            raise BadValueError("boolean")
        return folded == "true"
    if field.kind == "datetime":
        found = parse(str(given).replace(" ", "+"))
        if found is None:
            raise BadValueError("datetime")
        return found
    if field.kind == "date":
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(given)):
            raise BadValueError("date")
        return str(given)
    if isinstance(given, dict):
        given = given.get("id", "")
    return str(given).casefold()


def _number(field: FieldInfo, given: Any) -> float:
    try:
        return float("" if isinstance(given, bool) else given)
    except (TypeError, ValueError):
        raise BadValueError(field.kind) from None


def predicate(condition: Condition) -> Predicate:
    """The test of one condition. Raises BadValueError where the value does not suit the field."""
    field, comparator = condition.field, condition.comparator
    name = field.name
    if comparator in ("is_empty", "is_not_empty"):
        wanted = comparator == "is_empty"
        return lambda record: (record.get(name) in (None, "", [])) is wanted
    if field.kind == "multiselectpicklist":
        return _of_list(condition)
    if field.kind == "boolean":
        value = operand(field, condition.value)
        same = comparator in ("equal", "in")
        return lambda record: (bool(record.get(name)) == value) is same
    if comparator in ("in", "not_in"):
        values = {operand(field, one) for one in _listed(condition.value)}
        inside = comparator == "in"
        return lambda record: (comparable(field, record.get(name)) in values) is inside
    if comparator in ("between", "not_between"):
        low, high = (operand(field, one) for one in _listed(condition.value))
        inside = comparator == "between"
        return lambda record: _between(comparable(field, record.get(name)), low, high) is inside
    value = operand(field, condition.value)
    return _compare(field, comparator, value)


def _compare(field: FieldInfo, comparator: str, value: Any) -> Predicate:
    name = field.name
    if comparator in ("equal", "not_equal"):
        same = comparator == "equal"
        return lambda record: (comparable(field, record.get(name)) == value) is same
    tests: dict[str, Callable[[Any], bool]] = {
        "greater_than": lambda held: held > value,
        "less_than": lambda held: held < value,
        "greater_equal": lambda held: held >= value,
        "less_equal": lambda held: held <= value,
        "contains": lambda held: value in str(held),
        "not_contains": lambda held: value not in str(held),
        "starts_with": lambda held: str(held).startswith(value),
        "ends_with": lambda held: str(held).endswith(value),
    }
    if comparator in ("like", "not_like"):
        pattern = re.compile(re.escape(str(value)).replace("%", ".*"), re.DOTALL)
        wanted = comparator == "like"
        return lambda record: (
            bool(pattern.fullmatch(str(comparable(field, record.get(name)) or ""))) is wanted
        )
    test = tests[comparator]
    empty = comparator == "not_contains"

    def met(record: dict[str, Any]) -> bool:
        held = comparable(field, record.get(name))
        return empty if held is None else test(held)

    return met


def _of_list(condition: Condition) -> Predicate:
    name = condition.field.name
    wanted = {str(one).casefold() for one in _listed(condition.value)}
    positive = not condition.comparator.startswith("not")

    def met(record: dict[str, Any]) -> bool:
        held = {str(one).casefold() for one in record.get(name) or ()}
        return bool(held & wanted) is positive

    return met


def _between(held: Any, low: Any, high: Any) -> bool:
    return held is not None and low <= held <= high


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    return [part.strip() for part in str(value).split(",")]


def group(predicates: list[Predicate], operator: str) -> Predicate:
    """All of them, or one of them, as `operator` (and / or) says."""
    if operator.casefold() == "or":
        return lambda record: any(test(record) for test in predicates)
    return lambda record: all(test(record) for test in predicates)


def from_view(tree: dict[str, Any], fields: dict[str, FieldInfo], user_id: str) -> Predicate:
    """The criteria of a custom view: a condition, or `group_operator` over a `group` of them."""
    if "group" in tree:
        inner = [from_view(one, fields, user_id) for one in tree["group"]]
        return group(inner, tree["group_operator"])
    field, comparator, value = fields[tree["field"]["api_name"]], tree["comparator"], tree["value"]
    if value == "${EMPTY}":
        return predicate(Condition(field, "is_empty" if comparator == "equal" else "is_not_empty"))
    if value == "${CURRENTUSER}":
        value = user_id
    return predicate(Condition(field, comparator, value))
