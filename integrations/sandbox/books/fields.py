"""What a body's fields may hold: small checks, put together into one table for each resource.

A check takes the field's name and value and returns the value to store, or raises the Refused
Books would answer. Names not in a table are ignored, as Books ignores what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from .envelope import invalid, refuse

Check = Callable[[str, Any], Any]

EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s.,;<>()]+(\.[^@\s.,;<>()]+)*\.([^\W\d_]{2,}|xn--[\w-]+)")
WEBSITE = re.compile(
    r"(https?://)?[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+(:\d+)?([/?#]\S*)?", re.IGNORECASE
)
DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
IDS = re.compile(r"\d*")


def clean(values: Mapping[str, Any], table: Mapping[str, Check]) -> dict[str, Any]:
    """The fields of `values` that the table knows, each as its check returned it."""
    return {name: check(name, values[name]) for name, check in table.items() if name in values}


def text(maximum: int | None = None) -> Check:
    def check(name: str, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            raise invalid(name)
        found = str(value)
        if maximum is not None and len(found) > maximum:
            raise refuse(
                15, f'Please ensure that the "{name}" has less than {maximum + 1} characters.'
            )
        return found

    return check


def email(maximum: int = 100) -> Check:
    length = text(maximum)

    def check(name: str, value: Any) -> str:
        found = length(name, value).strip()
        if found and not EMAIL.fullmatch(found):
            raise invalid(name)
        return found

    return check


def website(name: str, value: Any) -> str:
    found = text()(name, value).strip()
    if found and not WEBSITE.fullmatch(found):
        raise invalid(name)
    return found


def choice(*allowed: str) -> Check:
    def check(name: str, value: Any) -> str:
        if value not in allowed:
            raise invalid(name)
        return value

    return check


def boolean(name: str, value: Any) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false", "", None):
        return False
    raise invalid(name)


def integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,9}", str(value)):
        raise invalid(name)
    return int(value)


def money(name: str, value: Any) -> Decimal:
    if value in (None, ""):
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise invalid(name)
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise invalid(name) from None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 15:
        raise invalid(name)
    return found


def record_id(name: str, value: Any) -> str:
    """An id, taken as a string or a number, kept as a string."""
    if value is None:
        return ""
    found = str(value)
    if isinstance(value, bool) or not IDS.fullmatch(found):
        raise invalid(name)
    return found


def date(name: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or not DATE.fullmatch(value):
        raise invalid(name)
    return value


def anything(*kinds: type) -> Check:
    """JSON of these types, kept as it came."""

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, kinds):
            raise invalid(name)
        return value

    return check


def listed(name: str, value: Any) -> list[dict[str, Any]]:
    """A list of objects."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise invalid(name)
    return value
