"""Unfolds the field tables into the field objects of `/settings/fields`.

https://www.zoho.com/crm/developer/docs/api/v8/field-meta.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .standard_fields import FIELDS, STAGES, Row

JSON_TYPES = {
    "ownerlookup": "jsonobject", "lookup": "jsonobject", "layout": "jsonobject",
    "integer": "integer", "double": "double", "currency": "double", "boolean": "boolean",
    "multiselectpicklist": "jsonarray", "multiselectlookup": "jsonarray", "subform": "jsonarray",
}  # fmt: skip
_UI_TYPES = {
    "text": 1, "textarea": 3, "phone": 33, "website": 21, "email": 25, "picklist": 2,
    "multiselectpicklist": 100, "date": 24, "datetime": 200, "integer": 32, "bigint": 34,
    "double": 38, "currency": 36, "boolean": 301, "lookup": 133, "ownerlookup": 8,
    "layout": 125, "profileimage": 20, "subform": 800, "multiselectlookup": 444,
}  # fmt: skip
_FORECAST_IDS = {"Pipeline": "1", "Closed": "4", "Omitted": "5"}


def field_objects(
    module: str,
    new_id: Callable[[], str],
    module_ids: dict[str, str],
    currencies: list[str],
    profiles: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """All fields of a module, in order, with `module` (not part of the answers) beside them.

    The first is the record id itself, which CRM lists among the fields too.
    """
    rows: list[Row] = [("id", "Record Id", "bigint", 20, "r"), *FIELDS[module]]
    made = []
    for row in rows:
        found = _field(row, new_id, module_ids, currencies, profiles)
        made.append({"module": module, **found})
    return made


def _field(
    row: Row,
    new_id: Callable[[], str],
    module_ids: dict[str, str],
    currencies: list[str],
    profiles: list[dict[str, Any]],
) -> dict[str, Any]:
    name, label, kind, extra, flags = row
    read_only, custom = "r" in flags, "c" in flags
    listed = kind not in ("subform", "multiselectlookup", "profileimage", "layout")
    permission = "read_only" if read_only else "read_write"
    values: list[dict[str, Any]] = []
    if kind in ("picklist", "multiselectpicklist"):
        values = _pick_list(extra, new_id, currencies)
    return {
        "id": new_id(),
        "api_name": name,
        "field_label": label,
        "display_label": label,
        "data_type": kind,
        "json_type": JSON_TYPES.get(kind, "string"),
        "length": extra if isinstance(extra, int) else (2000 if name == "Tag" else 120),
        "decimal_place": 2 if kind in ("currency", "double") else None,
        "system_mandatory": "m" in flags,
        "custom_field": custom,
        "created_source": "default",
        "read_only": read_only,
        "field_read_only": read_only,
        "visible": True,
        "type": "used",
        "unique": {"casesensitive": "false"} if "u" in flags else {},
        "external": None,
        "pick_list_values": values,
        "pick_list_values_sorted_lexically": False,
        "lookup": _lookup(label, extra, new_id, module_ids) if kind == "lookup" else {},
        "multiselectlookup": _multi(label, extra, new_id, module_ids)
        if kind == "multiselectlookup"
        else {},
        "operation_type": {
            "web_update": not read_only,
            "api_create": not read_only,
            "web_create": not read_only,
            "api_update": not read_only,
        },
        "view_type": {"view": True, "edit": not read_only, "quick_create": "m" in flags,
                      "create": not read_only},
        "profiles": [
            {"permission_type": permission, "name": p["name"], "id": p["id"]} for p in profiles
        ],
        "formula": {},
        "auto_number": {},
        "rollup_summary": {},
        "multi_module_lookup": {},
        "association_details": None,
        "currency": {"rounding_option": "normal", "precision": 2} if kind == "currency" else {},
        "convert_mapping": {"Contacts": None, "Deals": None, "Accounts": None},
        "email_parser": {"fields_update_supported": True, "record_operations_supported": True},
        "tooltip": None,
        "display_format_properties": None,
        "customizable_properties": None,
        "created_time": None,
        "modified_time": None,
        "parent_field": None,
        "child_fields": None,
        "private": None,
        "crypt": None,
        "range": None,
        "address": None,
        "global_picklist": None,
        "display_format": None,
        "history_tracking": None,
        "history_tracking_enabled": False,
        "additional_column": None,
        "hipaa_compliance": None,
        "hipaa_compliance_enabled": False,
        "businesscard_supported": listed,
        "blueprint_supported": listed,
        "webhook": listed,
        "filterable": listed,
        "searchable": listed,
        "sortable": listed,
        "mass_update": listed and not read_only,
        "separator": False,
        "colour_code_enabled_by_system": False,
        "enable_colour_code": False,
        "virtual_field": False,
        "display_field": "n" in flags,
        "display_type": -1,
        "ui_type": _UI_TYPES[kind],
        "public": False,
        **({"textarea": {"type": "large" if extra == 32000 else "small"}}
           if kind == "textarea" else {}),
    }  # fmt: skip


def _pick_list(
    extra: object, new_id: Callable[[], str], currencies: list[str]
) -> list[dict[str, Any]]:
    if extra == "stages":
        return [
            {
                **_value(number, display, actual, new_id),
                "probability": probability,
                "forecast_type": forecast,
                "forecast_category": {"name": category, "id": _FORECAST_IDS[category]},
                "deal_category": forecast.replace("Open", "Open Deals"),
            }
            for number, (display, actual, probability, forecast, category) in enumerate(STAGES, 1)
        ]
    names = currencies if extra == "currencies" else extra
    head = [] if extra == "currencies" else ["-None-"]
    assert isinstance(names, tuple | list)
    return [_value(number, name, name, new_id) for number, name in enumerate([*head, *names], 1)]


def _value(number: int, display: str, actual: str, new_id: Callable[[], str]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "display_value": display,
        "actual_value": actual,
        "reference_value": actual,
        "sequence_number": number,
        "type": "used",
    }


def _lookup(
    label: str, extra: object, new_id: Callable[[], str], module_ids: dict[str, str]
) -> dict[str, Any]:
    target = str(extra)
    return {
        "display_label": label,
        "api_name": label.replace(" ", "_"),
        "module": {"api_name": target, "crypt": False, "id": module_ids[target]},
        "id": new_id(),
        "revalidate_filter_during_edit": False,
    }


def _multi(
    label: str, extra: object, new_id: Callable[[], str], module_ids: dict[str, str]
) -> dict[str, Any]:
    """Only the list the link appears in: the linking module itself is not part of the stand-in."""
    return {"related_list": {"display_label": label, "api_name": label.replace(" ", "_"),
                             "id": new_id()}}  # fmt: skip
