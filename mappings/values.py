"""Values of records: reading them by path, bringing them to one form, comparing them.

A record is a plain dict as a remote app sent it. A path is a key, or keys joined by dots
(``billing_address.city``). A *kind* names how two values are compared; the kinds are `KINDS`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal
from typing import Any

import orjson

Record = Mapping[str, Any]

# More digits than any amount or id has: the usual 28 would round long ids together.
_EXACT = Context(prec=200)


def read(record: Record, path: str) -> Any:
    """The value at `path`, or None where any step of it is missing."""
    value: Any = record
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def id_in(value: Any) -> str:
    """The id in a lookup, which apps send as an object or as the bare id; '' for none."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return str(value) if value else ""


def getter(path: str) -> Callable[[Record], Any]:
    """`read` for one path, prepared: a full re-read calls it for every field of every record."""
    if "." not in path:
        return lambda record: record.get(path)
    return lambda record: read(record, path)


def expand(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn ``{"billing_address.city": "Oslo"}`` into ``{"billing_address": {"city": "Oslo"}}``."""
    body: dict[str, Any] = {}
    for path, value in values.items():
        *parents, last = path.split(".")
        level = body
        for step in parents:
            level = level.setdefault(step, {})
        level[last] = value
    return body


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip().replace("\r\n", "\n") or None
    if isinstance(value, Mapping):
        # A lookup, which some calls answer as an object and others as the bare id.
        return _text(value.get("id") or value.get("name"))
    if isinstance(value, (list, tuple)):
        return [part for part in map(_text, value) if part is not None] or None
    return None if value is None else str(value)


def _lines(value: Any) -> Any:
    """Lists and objects below a record, part by part; empty parts count as missing ones."""
    if isinstance(value, Mapping):
        parts = {str(name): _lines(part) for name, part in sorted(value.items())}
        return {name: part for name, part in parts.items() if part is not None} or None
    if isinstance(value, (list, tuple)):
        return [_lines(part) for part in value] or None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _number(value)
    return _text(value)


def _number(value: Any) -> Any:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value)).normalize(_EXACT)
    except ArithmeticError:
        return _text(value)
    # 5, 5.0 and 5.00 are one amount; Decimal would hash them alike but print them apart.
    return str(number) if number else "0"


def _date(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)[:10] if value else None


def _moment(value: Any) -> Any:
    try:
        parsed = moment(value)
    except ValueError:
        # Text in a field that ought to hold a time: compared as what it is.
        return _text(value)
    return parsed.isoformat() if parsed else None


def _boolean(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip().lower() in {"true", "1", "yes", "on"} if value.strip() else None
    return None if value is None else bool(value)


KINDS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "id": _text,
    "choice": _text,
    "email": _text,
    "phone": _text,
    "url": _text,
    "number": _number,
    "money": _number,
    "date": _date,
    "datetime": _moment,
    "boolean": _boolean,
    "lines": _lines,
}


def normal(value: Any, kind: str) -> Any:
    """The one form of `value` that comparing and fingerprinting use; None for anything empty."""
    return KINDS[kind](value)


def same(a: Any, b: Any, kind: str) -> bool:
    """True when the two sides mean the same: empty text is null, 5 is 5.00, dates are days."""
    return bool(normal(a, kind) == normal(b, kind))


def moment(value: Any) -> dt.datetime | None:
    """An aware time from what the apps send (``+05:30``, ``-0800`` or ``Z`` at the end).

    Raises ValueError for text that is no time, or that names no zone.
    """
    if value is None or value == "":
        return None
    parsed = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
    if parsed.tzinfo is None:
        raise ValueError(f"The time {value!r} names no time zone.")
    try:
        return parsed.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError(f"The time {value!r} lies outside the calendar.") from error


class Fingerprint:
    """Digest of the mapped fields of a record: 16 bytes, equal when all of them mean the same.

    It is taken over paths in a fixed order, so digests are comparable only between fingerprints
    made of the same paths; the version of the flow setting guards that.
    """

    def __init__(self, paths: Iterable[tuple[str, str]]) -> None:
        unique = dict(sorted(paths))
        self._parts = [
            ("" if "." in path else path, getter(path), KINDS[kind])
            for path, kind in unique.items()
        ]

    def __call__(self, record: Record) -> bytes:
        values = []
        for name, reader, kind in self._parts:
            value = record.get(name) if name else reader(record)
            # Most fields are text at the top of the record, and a full re-read comes by here for
            # every one of them: `_text` without calling it.
            if value.__class__ is str and kind is _text:
                value = value.strip() or None
                if value and "\r" in value:
                    value = value.replace("\r\n", "\n")
            elif value is not None:
                value = kind(value)
            values.append(value)
        return hashlib.blake2b(orjson.dumps(values), digest_size=16).digest()
