"""The objects of `/settings/modules`, `/settings/layouts` and `/settings/related_lists`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .standard_fields import MODULES, RELATED


def module_object(
    name: str,
    record_id: str,
    number: int,
    fields: list[dict[str, Any]],
    profiles: list[dict[str, Any]],
    layout: dict[str, Any],
) -> dict[str, Any]:
    singular = MODULES[name][0]
    return {
        "id": record_id,
        "api_name": name,
        "module_name": name,
        "singular_label": singular,
        "plural_label": name,
        "actual_singular_label": singular,
        "actual_plural_label": name,
        "generated_type": "default",
        "module_type": "ENTITIES",
        "access_type": "org_based",
        "status": "visible",
        "visibility": 1,
        "sequence_number": number,
        "api_supported": True,
        "creatable": True,
        "editable": True,
        "viewable": True,
        "deletable": True,
        "lookupable": True,
        "convertable": False,
        "quick_create": True,
        "show_as_tab": True,
        "filter_supported": True,
        "feeds_required": False,
        "scoring_supported": True,
        "webform_supported": name in ("Contacts", "Deals"),
        "triggers_supported": True,
        "emailTemplate_support": True,
        "email_parser_supported": True,
        "inventory_template_supported": False,
        "isBlueprintSupported": True,
        "presence_sub_menu": True,
        "cc_enabled": False,
        "track_current_data": False,
        "global_search_supported": True,
        "public_fields_configured": False,
        "recycle_bin_on_delete": True,
        "has_more_profiles": False,
        "sub_menu_available": True,
        "profile_count": len(profiles),
        "business_card_field_limit": 5,
        "profiles": [{"name": p["name"], "id": p["id"]} for p in profiles],
        "arguments": [],
        "description": None,
        "web_link": None,
        "private_profile": None,
        "modified_by": None,
        "modified_time": None,
        "territory": None,
        "parent_module": {},
        # Only the single module's answer carries these.
        "detail": {
            "display_field": next(f["api_name"] for f in fields if f["display_field"]),
            "business_card_fields": [],
            "per_page": 10,
            "search_layout_fields": [f["api_name"] for f in fields if f["display_field"]],
            "kanban_view": False,
            "kanban_view_supported": True,
            "filter_status": True,
            "layout_id": layout["id"],
        },
    }


def layout_object(
    name: str,
    new_id: Callable[[], str],
    fields: list[dict[str, Any]],
    profiles: list[dict[str, Any]],
) -> dict[str, Any]:
    """The standard layout. A deal's account and closing day are mandatory by layout only."""
    layout_id, default_id = new_id(), new_id()
    by_layout = {"Account_Name", "Closing_Date"} if name == "Deals" else set()
    shown = []
    for number, field in enumerate((f for f in fields if f["api_name"] != "id"), 1):
        kept = {key: value for key, value in field.items() if key not in _NOT_IN_LAYOUTS}
        required = field["system_mandatory"] or field["api_name"] in by_layout
        kept["pick_list_values"] = [{**one, "maps": []} for one in field["pick_list_values"]]
        shown.append({**kept, "required": required, "sequence_number": number})
    return {
        "id": layout_id,
        "module": name,
        "api_name": "Standard__s",
        "name": "Standard",
        "display_label": "Standard",
        "generated_type": "system",
        "status": "active",
        "source": "crm",
        "visible": True,
        "has_more_profiles": False,
        "show_business_card": True,
        "created_for": None,
        "created_time": None,
        "modified_time": None,
        "created_by": None,
        "modified_by": None,
        "convert_mapping": None,
        "profiles": [
            {
                "default": True,
                "name": p["name"],
                "id": p["id"],
                "_default_view": {"name": "Standard View", "id": default_id, "type": "layout"},
                "_default_assignment_view": {
                    "name": "Standard View",
                    "id": default_id,
                    "type": "layout",
                },
            }
            for p in profiles
        ],
        "actions_allowed": {
            "edit": True,
            "rename": False,
            "clone": True,
            "downgrade": False,
            "delete": False,
            "deactivate": False,
            "set_layout_permissions": True,
        },
        "sections": [_section(name, new_id(), shown)],
    }


_NOT_IN_LAYOUTS = ("module", "layout_associations", "profiles", "email_parser")


def _section(name: str, record_id: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": record_id,
        "name": f"{MODULES[name][0]} Information",
        "api_name": f"{MODULES[name][0]}_Information",
        "display_label": f"{MODULES[name][0]} Information",
        "generated_type": "default",
        "mode": "all",
        "type": "used",
        "sequence_number": 1,
        "column_count": 2,
        "tab_traversal": "left_to_right",
        "isSubformSection": False,
        "parent_section": None,
        "properties": None,
        "actions_allowed": {
            "add_field": True,
            "rename": True,
            "change_tab_traversal": True,
            "reorder": True,
            "delete": False,
            "remove_field": True,
            "change_column_count": True,
        },
        "fields": fields,
    }


def related_list_objects(
    name: str, new_id: Callable[[], str], ids: dict[str, str]
) -> list[dict[str, Any]]:
    """The lists on a module's record page, with `parent` and `lookup` beside the answer's keys."""
    return [
        {
            "id": new_id(),
            "parent": name,
            "lookup": lookup,
            "api_name": api_name,
            "name": label,
            "display_label": label,
            "sequence_number": str(number),
            "module": {"api_name": target, "id": ids[target]},
            "action": None,
            "href": f"{name}/{{ENTITYID}}/{api_name}",
            "type": "default",
            "connectedmodule": None,
            "linkingmodule": None,
            "customize_sort": True,
            "customize_fields": True,
            "customize_display_label": True,
            "status": "visible",
            "visibility": 1,
        }
        for number, (api_name, label, target, lookup) in enumerate(RELATED[name], 1)
    ]
