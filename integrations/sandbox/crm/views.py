"""Custom views: what they hold, and the settings calls that list them.

A stored view has `criteria` in CRM's own notation, or `predefined`: `mine` or `recent`, for the
two that CRM computes itself. https://www.zoho.com/crm/developer/docs/api/v8/custom-view-meta.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..wire import Answer, Request
from .access import Caller, caller_of
from .answers import invalid_param, refuse
from .clock import render, stamp
from .criteria import Predicate, from_view
from .metadata import ModuleInfo, module_info
from .paging import whole
from .rows import user_ref

RECENT_DAYS = 30
_TITLES = {
    "public_views": "Public Views",
    "other_users_views": "Other User's Views",
    "shared_with_me": "Shared With Me",
    "created_by_me": "Created By Me",
}


def view_predicate(world: Any, info: ModuleInfo, record_id: str, caller: Caller) -> Predicate:
    """The test of a view. Raises INVALID_DATA for a view that is not the module's."""
    view = world.store.collection("crm", "custom_views").get(record_id)
    if view is None or view["module"] != info.name:
        raise invalid_param("cvid")
    tests: list[Predicate] = []
    if view.get("criteria"):
        tests.append(from_view(view["criteria"], info.fields, caller.user["id"]))
    if view.get("predefined") == "mine":
        owner = caller.user["id"]
        tests.append(lambda record: record.get("Owner") == owner)
    if view.get("predefined") == "recent":
        since = stamp(world.clock.now() - timedelta(days=RECENT_DAYS))
        tests.append(lambda record: record["Created_Time"] >= since)
    return lambda record: all(test(record) for test in tests)


def view_hour(world: Any, view_id: str | None) -> str:
    """Until when a view's records may be remembered: a recent one's change with the hour."""
    view = world.store.collection("crm", "custom_views").get(view_id or "")
    return stamp(world.clock.now())[:13] if view and view["predefined"] == "recent" else ""


def list_views(world: Any, request: Request) -> Answer:
    info = _module_of(world, request)
    caller = caller_of(world, request)
    held = [
        view
        for view in world.store.collection("crm", "custom_views").values()
        if view["module"] == info.name
    ]
    page = whole(request.query, "page", 1, 1)
    per_page = min(whole(request.query, "per_page", 200, 1), 200)
    shown = held[(page - 1) * per_page : page * per_page]
    if not shown:
        return Answer(204)
    default = next(view["id"] for view in held if view["default"])
    return Answer(
        200,
        {
            "custom_views": [
                _object(world, info, view, caller, whole_view=False) for view in shown
            ],
            "info": {
                "per_page": per_page,
                "default": default,
                "count": len(shown),
                "page": page,
                "more_records": page * per_page < len(held),
                "translation": _TITLES,
            },
        },
    )


def one_view(world: Any, request: Request, record_id: str) -> Answer:
    info = _module_of(world, request)
    view = world.store.collection("crm", "custom_views").get(record_id)
    if view is None or view["module"] != info.name:
        return Answer(204)
    caller = caller_of(world, request)
    shown = _object(world, info, view, caller, whole_view=True)
    return Answer(200, {"custom_views": [shown], "info": {"translation": _TITLES}})


def _module_of(world: Any, request: Request) -> ModuleInfo:
    name = request.query.get("module")
    if not name:
        raise refuse(
            400,
            "REQUIRED_PARAM_MISSING",
            "One of the expected parameter is missing",
            {"param_name": "module"},
        )
    info = module_info(world, name)
    if info is None:
        raise refuse(400, "INVALID_MODULE", "the module name given seems to be invalid")
    return info


def _object(
    world: Any, info: ModuleInfo, view: dict[str, Any], caller: Caller, *, whole_view: bool
) -> dict[str, Any]:
    category = view["category"]
    if category == "created_by_me" and view["created_by"] != caller.user["id"]:
        category = "other_users_views" if view["access_type"] == "only_to_me" else "shared_with_me"
    shown = {
        "id": view["id"],
        "name": view["name"],
        "display_value": view["name"],
        "system_name": view["system_name"],
        "system_defined": view["system_defined"],
        "category": category,
        "access_type": view["access_type"],
        "default": view["default"],
        "locked": False,
        "favorite": None,
        "created_time": render(view["created_time"], caller.zone),
        "modified_time": render(view["modified_time"], caller.zone),
        "last_accessed_time": render(view["modified_time"], caller.zone),
        "created_by": user_ref(world, view["created_by"], email=False),
        "modified_by": user_ref(world, view["created_by"], email=False),
        "module": {"api_name": info.name, "id": info.id},
    }
    if whole_view:
        shown |= {
            "fields": [
                {"api_name": name, "id": info.fields[name].id, "_pin": False}
                for name in view["fields"]
            ],
            "sort_by": None,
            "sort_order": None,
            "shared_to": None,
        }
        if view.get("criteria"):
            shown["criteria"] = view["criteria"]
    return shown
