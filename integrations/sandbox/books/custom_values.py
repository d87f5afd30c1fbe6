"""Custom fields: read from a body, checked, and answered in the three ways Books does at once.

Stored as `custom_values`, a dict of api_name to value. Definitions are records of `customfields`;
Books has no call that lists or makes them.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from ..store import Collection, Record
from ..wire import Refused
from .envelope import refuse
from .organisation import Organisation

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def read(org: Organisation, entity: str, given: Any) -> dict[str, Any]:
    """`custom_fields` of a body as {api_name: value}. Each names its field by customfield_id or
    api_name; index and label are the older forms. Raises Refused for what does not fit."""
    if not isinstance(given, list):
        raise refuse(2, "Invalid value passed for custom_fields")
    known = org.fields_of(entity)
    found: dict[str, Any] = {}
    for entry in given:
        field = _named(known, entry)
        if field is None:
            raise refuse(2, "Invalid value passed for custom_fields")
        found[field["api_name"]] = _checked(field, entry.get("value"))
    return found


def check_unique(
    org: Organisation, entity: str, held: Collection, values: dict[str, Any], own_id: str | None
) -> None:
    """Refuse a value of a unique field that another record has. Blanks are nobody's."""
    for field in org.fields_of(entity):
        value = values.get(field["api_name"])
        if field["is_unique"] and value not in (None, ""):
            taken = [i for i in held.by("custom", (field["api_name"], value)) if i != own_id]
            if taken:
                raise refuse(
                    120303,
                    f'The value "{value}" is already in use for the field {field["label"]}.',
                )


def unique_field(org: Organisation, entity: str, api_name: str) -> Record:
    """The unique field of that name, for an upsert. Raises Refused for any other."""
    for field in org.fields_of(entity):
        if field["api_name"] == api_name and field["is_unique"]:
            return field
    raise refuse(2, "Invalid value passed for X-Unique-Identifier-Key")


def answered(org: Organisation, entity: str, record: Record, *, empty: bool) -> list[Record]:
    """`custom_fields` of an answer; `empty` shows fields without a value too."""
    values = record["custom_values"]
    return [
        {
            "field_id": field["customfield_id"],
            "customfield_id": field["customfield_id"],
            "api_name": field["api_name"],
            "label": field["label"],
            "data_type": field["data_type"],
            "index": field["index"],
            "placeholder": field["api_name"],
            "is_active": True,
            "show_on_pdf": False,
            "search_entity": field["entity"],
            "is_dependent_field": False,
            "value": values.get(field["api_name"], ""),
            "value_formatted": str(values.get(field["api_name"], "")),
        }
        for field in org.fields_of(entity)
        if empty or field["api_name"] in values
    ]


def promoted(org: Organisation, entity: str, record: Record, *, empty: bool) -> dict[str, Any]:
    """The same values as `custom_fields`, as `custom_field_hash` and as keys of the record."""
    values = record["custom_values"]
    top: dict[str, Any] = {}
    grouped: dict[str, Any] = {}
    for field in org.fields_of(entity):
        name = field["api_name"]
        if not empty and name not in values:
            continue
        value = values.get(name, "")
        top[name] = grouped[name] = grouped[name + "_formatted"] = str(value)
        top[name + "_unformatted"] = grouped[name + "_unformatted"] = value
    return {
        "custom_fields": answered(org, entity, record, empty=empty),
        "custom_field_hash": grouped,
        **top,
    }


def _named(known: list[Record], entry: Any) -> Record | None:
    if not isinstance(entry, dict):
        return None
    for name in ("customfield_id", "api_name", "index", "label"):
        if name in entry:
            wanted = str(entry[name])
            return next((field for field in known if str(field[name]) == wanted), None)
    return None


def _checked(field: Record, value: Any) -> Any:
    if value is None or value == "":
        return ""
    wrong = refuse(2, f"Invalid value passed for {field['label']}")
    if isinstance(value, (dict, list)):
        raise wrong
    return _TYPES.get(field["data_type"], _text)(field, value, wrong)


def _text(field: Record, value: Any, wrong: Refused) -> str:
    text = str(value)
    if len(text) > (36_000 if field["data_type"] == "multiline" else 255):
        raise wrong
    return text


def _choice(field: Record, value: Any, wrong: Refused) -> str:
    if value not in field["values"]:
        raise wrong
    return value


def _number(field: Record, value: Any, wrong: Refused) -> Decimal | int:
    if isinstance(value, bool):
        raise wrong
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise wrong from None
    if field["data_type"] == "number":
        if number != int(number):
            raise wrong
        return int(number)
    return number


def _date(field: Record, value: Any, wrong: Refused) -> str:
    if not isinstance(value, str) or not DATE.fullmatch(value):
        raise wrong
    return value


def _check_box(field: Record, value: Any, wrong: Refused) -> bool:
    if value not in (True, False, "true", "false"):
        raise wrong
    return value in (True, "true")


_TYPES = {
    "dropdown": _choice,
    "number": _number,
    "decimal": _number,
    "date": _date,
    "check_box": _check_box,
}
