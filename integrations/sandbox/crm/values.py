"""What a client sends for a record: checked field by field, and turned into what is stored.

Names that are no field, and fields the API may not write, are passed over in silence, as the
vendor does. Values longer than the field are refused, never cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from .answers import error
from .clock import parse
from .metadata import FieldInfo, ModuleInfo
from .standard_fields import PIPELINES

_EMAIL = re.compile(r"^[\w+\-][\w!#$%&'*+\-/=?^`{|}~.]*@(?=.{4,256}$)([\w]+[\w\-]*\.)+\w{2,22}$")
_PHONE = re.compile(r"^[\w+()./\-,;:#*\s]+$")
_WEBSITE = re.compile(
    r"^(https?://|ftp://)?([\w\-]+\.)+[\w\-]{2,}(:\d+)?(/\S*)?(\?\S*)?(#\S*)?$", re.IGNORECASE
)
_WHOLE = re.compile(r"-?\d+")
_TEXT = frozenset({"text", "textarea", "phone", "email", "website", "picklist"})
_PATTERNS = {"email": _EMAIL, "phone": _PHONE, "website": _WEBSITE}
Problem = dict[str, Any]


class WrongValueError(Exception):
    """A value that is refused; `details` are added to the api name and the path."""

    def __init__(self, details: dict[str, Any] | None = None, message: str = "invalid data"):
        super().__init__(message)
        self.details, self.message = details or {}, message


def accept(
    world: Any,
    info: ModuleInfo,
    given: dict[str, Any],
    path: str,
    *,
    creating: bool,
    patterns: bool = True,
) -> tuple[dict[str, Any], list[Problem]]:
    """Stored values of the fields sent (None: emptied), and what is wrong with the others.

    `path` is the JSON path of the record, such as `$.data[0]`. Without `patterns` the form of
    addresses, phones and websites is not judged, as for data that came in by import.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, raw in given.items():
        field = info.fields.get(name)
        if field is None or field.read_only or name == "id":
            continue
        where = {"api_name": name, "json_path": f"{path}.{name}"}
        try:
            values[name] = _stored(world, field, raw, patterns=patterns)
        except WrongValueError as wrong:
            problems.append(error("INVALID_DATA", wrong.message, {**wrong.details, **where}))
            continue
        if field.mandatory and values[name] in (None, ""):
            del values[name]
            problems.append(error("MANDATORY_NOT_FOUND", "required field not found", where))
    if creating:
        for field in info.fields.values():
            if field.mandatory and field.name not in given:
                where = {"api_name": field.name, "json_path": f"{path}.{field.name}"}
                problems.append(error("MANDATORY_NOT_FOUND", "required field not found", where))
    return values, problems


def pipeline_problem(merged: dict[str, Any], path: str) -> Problem | None:
    """A deal's stage must be one of its pipeline's."""
    stages = next((p[3] for p in PIPELINES if p[1] == merged.get("Pipeline")), None)
    if stages is None or merged.get("Stage") in stages:
        return None
    return error(
        "DEPENDENT_MISMATCH",
        "Pipeline doesn't contain the Stage",
        {
            "api_name": "Stage",
            "json_path": f"{path}.Stage",
            "dependee": {"api_name": "Pipeline", "json_path": f"{path}.Pipeline"},
        },
    )


def _stored(world: Any, field: FieldInfo, raw: Any, *, patterns: bool) -> Any:
    if raw is None or raw == "":
        return None
    kind = field.kind
    if kind in _TEXT and field.name != "Tag":
        return _text(world, field, raw, patterns=patterns)
    return _READERS.get(kind, _tags)(world, field, raw)


def _text(world: Any, field: FieldInfo, raw: Any, *, patterns: bool) -> str:
    expected = field.kind if field.kind in _PATTERNS else "text"
    if not isinstance(raw, str):
        raise WrongValueError({"expected_data_type": expected})
    if len(raw) > field.length:
        raise WrongValueError({"maximum_length": field.length})
    pattern = _PATTERNS.get(field.kind) if patterns else None
    if pattern is not None and not pattern.match(raw):
        raise WrongValueError({"expected_data_type": expected})
    if field.name == "Currency" and raw not in active_currencies(world):
        raise WrongValueError({"supported_values": sorted(active_currencies(world))})
    if field.name in ("Stage", "Pipeline") and raw not in field.values:
        raise WrongValueError({"supported_values": sorted(field.values - {"-None-"})})
    return raw if field.kind == "textarea" else raw.strip()


def active_currencies(world: Any) -> dict[str, dict[str, Any]]:
    """Currencies a record may be in, by code."""
    held = world.store.collection("crm", "currencies")
    return held.cached(
        "active", lambda: {row["iso_code"]: row for row in held.values() if row["is_active"]}
    )


def _integer(world: Any, field: FieldInfo, raw: Any) -> int | str:
    if isinstance(raw, bool) or not _WHOLE.fullmatch(str(raw)):
        raise WrongValueError({"expected_data_type": field.kind})
    if len(str(raw).lstrip("-")) > field.length:
        raise WrongValueError({"maximum_length": field.length})
    if field.name == "Probability" and not 0 <= int(raw) <= 100:
        raise WrongValueError(message="Given Probability is not valid")
    return str(raw) if field.kind == "bigint" else int(raw)


def _number(world: Any, field: FieldInfo, raw: Any) -> float | int:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise WrongValueError({"expected_data_type": "double"})
    if abs(raw) >= 10**16:
        raise WrongValueError({"maximum_length": 16})
    return raw


def _boolean(world: Any, field: FieldInfo, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise WrongValueError({"expected_data_type": "boolean"})
    return raw


def _date(world: Any, field: FieldInfo, raw: Any) -> str:
    try:
        if not isinstance(raw, str) or len(raw) != 10:
            raise ValueError(raw)
        return date.fromisoformat(raw).isoformat()
    except ValueError:
        raise WrongValueError({"expected_data_type": "date"}) from None


def _datetime(world: Any, field: FieldInfo, raw: Any) -> str:
    found = parse(raw)
    if found is None:
        raise WrongValueError({"expected_data_type": "datetime"})
    return found


def _id_of(raw: Any) -> str:
    found = raw.get("id") if isinstance(raw, dict) else raw
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str) or not found.isdigit():
        raise WrongValueError({"expected_data_type": "jsonobject"})
    return found


def _lookup(world: Any, field: FieldInfo, raw: Any) -> str:
    record_id = _id_of(raw)
    if record_id not in world.store.collection("crm", field.target):
        raise WrongValueError({"id": record_id}, "the id given seems to be invalid")
    return record_id


def _owner(world: Any, field: FieldInfo, raw: Any) -> str:
    record_id = _id_of(raw)
    user = world.store.collection("crm", "users").get(record_id)
    if user is None or user["status"] != "active":
        raise WrongValueError({"id": record_id}, "the id given seems to be invalid")
    return record_id


def _many(world: Any, field: FieldInfo, raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise WrongValueError({"expected_data_type": "jsonarray"})
    if field.kind == "multiselectlookup":
        return [_lookup(world, field, one.get(field.name, one)) for one in raw]
    if field.kind == "multiselectpicklist" and not all(isinstance(one, str) for one in raw):
        raise WrongValueError({"expected_data_type": "jsonarray"})
    if field.kind == "subform":
        return [{"id": world.store.new_id("crm"), **one} for one in raw if isinstance(one, dict)]
    return raw


def _layout(world: Any, field: FieldInfo, raw: Any) -> None:
    """There is one layout; naming it changes nothing."""
    if _id_of(raw) not in world.store.collection("crm", "layouts"):
        raise WrongValueError({"id": _id_of(raw)}, "the id given seems to be invalid")


def _tags(world: Any, field: FieldInfo, raw: Any) -> list[dict[str, Any]]:
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise WrongValueError({"expected_data_type": "jsonarray"})
    held = world.store.collection("crm", "tags")
    held.index("name", lambda tag: tag["name"])
    found = []
    for one in raw:
        name = str(one.get("name", ""))[:25]
        known = held.by("name", name)
        if not known:
            known = [held.insert({"id": world.store.new_id("crm"), "name": name})["id"]]
        found.append({"name": name, "id": known[0], "color_code": None})
    return found


_READERS: dict[str, Callable[[Any, FieldInfo, Any], Any]] = {
    "integer": _integer,
    "bigint": _integer,
    "double": _number,
    "currency": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "lookup": _lookup,
    "ownerlookup": _owner,
    "multiselectpicklist": _many,
    "multiselectlookup": _many,
    "subform": _many,
    "layout": _layout,
}
