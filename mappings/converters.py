"""Converters: how a value of one side becomes a value of the other.

A converter is a name, a kind and a function; the operator picks one by name in the field map. Its
inverse is another converter's name, or none: then the field is one-way and drops out of a reversed
flow. A converter raises `Unusable` for a value the target could not mean anything by.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from mappings.values import moment


class Unusable(Exception):
    """A value that cannot be converted; the message says why, the remedy what to do."""

    def __init__(self, message: str, remedy: str, *, cause: str = "invalid") -> None:
        super().__init__(message)
        self.remedy = remedy
        self.cause = cause


@dataclass(frozen=True)
class FieldInfo:
    """What a remote app says of one of its fields: a row of the catalogue.

    `choices` maps what people read to what the app stores; empty where the field is free.
    """

    name: str
    label: str = ""
    kind: str = "text"
    required: bool = False
    length: int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    custom: bool = False
    read_only: bool = False
    unique: bool = False
    remote_id: str = ""
    unmappable: str = ""

    @property
    def title(self) -> str:
        return self.label or self.name.replace("_", " ").replace(".", " ").capitalize()


@dataclass(frozen=True)
class Converter:
    name: str
    label: str
    kind: str
    convert: Callable[[Any, FieldInfo], Any]
    inverse: str | None
    # Kinds of source fields it understands though the target field takes other values.
    takes: frozenset[str] = frozenset()


CONVERTERS: dict[str, Converter] = {}


def _converter(
    name: str, label: str, kind: str, inverse: str | None, *takes: str
) -> Callable[[Callable[[Any, FieldInfo], Any]], Callable[[Any, FieldInfo], Any]]:
    def register(function: Callable[[Any, FieldInfo], Any]) -> Callable[[Any, FieldInfo], Any]:
        CONVERTERS[name] = Converter(name, label, kind, function, inverse, frozenset(takes))
        return function

    return register


@_converter("text", "Text as it is", "text", "text")
def text(value: Any, info: FieldInfo) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, list | tuple):
        # Several values of one field, as a multi-select list has them.
        return "; ".join(filter(None, (text(part, info) for part in value))) or None
    cleaned = str(value).strip() if value is not None else ""
    return cleaned or None


@_converter("shown", "Text, one way only", "text", None)
def shown(value: Any, info: FieldInfo) -> str | None:
    """For what an app puts together by itself, such as a full name: nothing is written back."""
    return text(value, info)


@_converter("website", "Web address", "url", "website")
def website(value: Any, info: FieldInfo) -> str | None:
    cleaned = text(value, info)
    if cleaned is None:
        return None
    if not re.fullmatch(r"(?i)(https?://)?[\w-]+(\.[\w-]+)+(:\d+)?([/?#]\S*)?", cleaned):
        raise Unusable("is not a web address", "Correct it, for example www.example.com.")
    return cleaned


@_converter("email", "E-mail address", "email", "email")
def email(value: Any, info: FieldInfo) -> str | None:
    cleaned = text(value, info)
    if cleaned is None:
        return None
    if not re.fullmatch(r"[^\s@,;<>]+@[^\s@,;<>.]+(\.[^\s@,;<>.]+)+", cleaned):
        raise Unusable("is not an e-mail address", "Correct it, for example name@example.com.")
    return cleaned


@_converter("money", "Amount", "money", "money")
def money(value: Any, info: FieldInfo) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise Unusable("is not a number", "Enter digits only.") from error
    if not amount.is_finite():
        raise Unusable("is not a number", "Enter digits only.")
    return amount


@_converter("number", "Number", "number", "number")
def number(value: Any, info: FieldInfo) -> Decimal | None:
    return money(value, info)


@_converter("boolean", "Yes or no", "boolean", "boolean")
def boolean(value: Any, info: FieldInfo) -> bool | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in {"true", "yes", "1", "on"}:
        return True
    if word in {"false", "no", "0", "off"}:
        return False
    raise Unusable("is neither yes nor no", "Choose yes or no.")


@_converter("active", "Yes or no as active or inactive", "choice", "is_active", "boolean")
def active(value: Any, info: FieldInfo) -> str | None:
    held = boolean(value, info)
    return None if held is None else "active" if held else "inactive"


@_converter("is_active", "Active or inactive as yes or no", "boolean", "active", "choice")
def is_active(value: Any, info: FieldInfo) -> bool | None:
    word = str(value or "").strip().casefold()
    if word not in {"", "active", "inactive"}:
        raise Unusable("is neither active nor inactive", "Choose one of the two.")
    return word == "active" if word else None


@_converter("date", "Day", "date", "date")
def date(value: Any, info: FieldInfo) -> str | None:
    if value is None or value == "":
        return None
    try:
        return dt.date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError as error:
        raise Unusable("is not a day", "Enter it as year-month-day.") from error


@_converter("datetime", "Day and time", "datetime", "datetime")
def date_time(value: Any, info: FieldInfo) -> str | None:
    try:
        parsed = moment(value)
    except ValueError as error:
        raise Unusable("is not a time with a time zone", "Correct it.") from error
    return parsed.isoformat() if parsed else None


@_converter("choice", "Value of a drop-down list", "choice", "choice_label")
def choice(value: Any, info: FieldInfo) -> str | None:
    """What people read -> what the target stores, by the target's own list."""
    word = text(value, info)
    if word is None or not info.choices:
        return word
    folded = {label.casefold(): stored for label, stored in info.choices.items()}
    stored = folded.get(word.casefold())
    if stored is None and word in info.choices.values():
        return word
    if stored is None:
        raise Unusable(
            f"is not among the values of {info.title}",
            f"Add it to {info.title} in the receiving app, or choose another value.",
            cause="unknown_choice",
        )
    return stored


@_converter("choice_label", "Label of a drop-down value", "choice", "choice")
def choice_label(value: Any, info: FieldInfo) -> str | None:
    """What the source stores -> what people read; `info` is the source's field here."""
    word = text(value, info)
    labels = {stored: label for label, stored in info.choices.items()}
    return labels.get(word, word) if word is not None else None


def converter(name: str) -> Converter:
    """The converter of that name; `linked:FLOW` stands for the other side's id of a paired record.

    Raises KeyError with the known names.
    """
    if name.startswith("linked:"):
        return Converter(name, "The paired record", "id", lambda value, info: value, name)
    try:
        return CONVERTERS[name]
    except KeyError:
        known = ", ".join(sorted(CONVERTERS))
        raise KeyError(f"No converter is called {name!r}; there are {known}.") from None
