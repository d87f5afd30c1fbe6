"""The metadata calls: modules, fields, layouts, related lists, pipelines, roles, profiles."""

from __future__ import annotations

from typing import Any

from ..wire import Answer, Request
from .access import caller_of
from .answers import invalid_param, refuse
from .clock import render
from .metadata import ModuleInfo, module_info
from .rows import user_ref


def list_modules(world: Any, request: Request) -> Answer:
    held = world.store.collection("crm", "modules").values()
    return Answer(200, {"modules": [_module(one) for one in held]})


def one_module(world: Any, request: Request, name: str) -> Answer:
    for module in world.store.collection("crm", "modules").values():
        if name in (module["api_name"], module["id"]):
            break
    else:
        raise refuse(
            400,
            "INVALID_MODULE",
            "the module name given seems to be invalid",
            {"resource_path_index": 2},
        )
    detail = dict(module["detail"])
    layout = world.store.collection("crm", "layouts")[detail.pop("layout_id")]
    shown = _module(module) | detail
    shown["related_lists"] = [
        _bare(one, "parent", "lookup")
        for one in world.store.collection("crm", "related_lists").values()
        if one["parent"] == module["api_name"]
    ]
    shown["layouts"] = [_bare(layout, "module", "sections", "convert_mapping")]
    return Answer(200, {"modules": [shown]})


def list_fields(world: Any, request: Request) -> Answer:
    info = _required_module(world, request)
    if request.query.get("type", "all") not in ("all", "unused", "used"):
        raise invalid_param("type")
    if request.query.get("type") == "unused":
        return Answer(204)
    return Answer(200, {"fields": [shown_field(one) for one in _fields(world, info)]})


def one_field(world: Any, request: Request, name: str) -> Answer:
    info = _required_module(world, request)
    for field in _fields(world, info):
        if name in (field["id"], field["api_name"]):
            return Answer(200, {"fields": [shown_field(field)]})
    return Answer(204)


def list_layouts(world: Any, request: Request) -> Answer:
    info = _required_module(world, request)
    return Answer(200, {"layouts": [_bare(one, "module") for one in _layouts(world, info)]})


def one_layout(world: Any, request: Request, record_id: str) -> Answer:
    info = _required_module(world, request)
    found = [_bare(one, "module") for one in _layouts(world, info) if one["id"] == record_id]
    return Answer(200, {"layouts": found}) if found else Answer(204)


def list_related_lists(world: Any, request: Request) -> Answer:
    info = _required_module(world, request)
    found = [_bare(one, "parent", "lookup") for one in _related(world, info)]
    return Answer(200, {"related_lists": found}) if found else Answer(204)


def one_related_list(world: Any, request: Request, record_id: str) -> Answer:
    info = _required_module(world, request)
    found = [
        _bare(one, "parent", "lookup") for one in _related(world, info) if one["id"] == record_id
    ]
    return Answer(200, {"related_lists": found}) if found else Answer(204)


def list_pipelines(world: Any, request: Request) -> Answer:
    found = _pipelines(world, request)
    return Answer(200, {"pipeline": [_bare(one, "layout_id") for one in found]})


def one_pipeline(world: Any, request: Request, record_id: str) -> Answer:
    found = [
        _bare(one, "layout_id") for one in _pipelines(world, request) if one["id"] == record_id
    ]
    return Answer(200, {"pipeline": found}) if found else Answer(204)


def list_stages(world: Any, request: Request) -> Answer:
    """Not documented for v8, but answered there: each stage with its probability."""
    if request.query.get("module", "Deals") != "Deals":
        raise invalid_param("module")
    field = next(
        one
        for one in world.store.collection("crm", "fields").values()
        if one["module"] == "Deals" and one["api_name"] == "Stage"
    )
    return Answer(200, {"stages": [_bare(one, "type") for one in field["pick_list_values"]]})


def list_roles(world: Any, request: Request) -> Answer:
    zone = caller_of(world, request).zone
    held = world.store.collection("crm", "roles").values()
    return Answer(200, {"roles": [_role(world, one, zone) for one in held]})


def one_role(world: Any, request: Request, record_id: str) -> Answer:
    role = world.store.collection("crm", "roles").get(record_id)
    if role is None:
        return Answer(204)
    return Answer(200, {"roles": [_role(world, role, caller_of(world, request).zone)]})


def list_profiles(world: Any, request: Request) -> Answer:
    zone = caller_of(world, request).zone
    held = world.store.collection("crm", "profiles").values()
    return Answer(200, {"profiles": [_profile(world, one, zone) for one in held]})


def one_profile(world: Any, request: Request, record_id: str) -> Answer:
    profile = world.store.collection("crm", "profiles").get(record_id)
    if profile is None:
        return Answer(204)
    shown = _profile(world, profile, caller_of(world, request).zone)
    return Answer(200, {"profiles": [shown | {"permissions_details": [], "sections": []}]})


def shown_field(field: dict[str, Any]) -> dict[str, Any]:
    return _bare(field, "module")


def _module(module: dict[str, Any]) -> dict[str, Any]:
    return _bare(module, "detail")


def _bare(held: dict[str, Any], *hidden: str) -> dict[str, Any]:
    """A stored object without what is only the stand-in's own."""
    return {key: value for key, value in held.items() if key not in hidden}


def _role(world: Any, role: dict[str, Any], zone: str) -> dict[str, Any]:
    roles = world.store.collection("crm", "roles")
    above = roles.get(role["reporting_to"]) if role["reporting_to"] else None
    made = render(role["created_time"], zone)
    return {
        "id": role["id"],
        "name": role["name"],
        "display_label": role["name"],
        "api_name": role["name"].replace(" ", "_"),
        "reporting_to": {"name": above["name"], "id": above["id"]} if above else None,
        "share_with_peers": role["share_with_peers"],
        "forecast_manager": None,
        "description": role["description"],
        "created_by__s": user_ref(world, role["created_by"], email=False),
        "modified_by__s": user_ref(world, role["created_by"], email=False),
        "created_time__s": made,
        "modified_time__s": made,
    }


def _profile(world: Any, profile: dict[str, Any], zone: str) -> dict[str, Any]:
    made = render(profile["created_time"], zone) if profile["custom"] else None
    author = user_ref(world, profile["created_by"], email=False) if profile["custom"] else None
    return {
        "id": profile["id"],
        "name": profile["name"],
        "display_label": profile["name"],
        "api_name": profile["name"].replace(" ", "_"),
        "type": "normal_profile",
        "custom": profile["custom"],
        "description": profile["description"],
        "created_by": author,
        "modified_by": author,
        "created_time": made,
        "modified_time": made,
    }


def _required_module(world: Any, request: Request) -> ModuleInfo:
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
        raise refuse(
            400,
            "INVALID_MODULE",
            "the module name given seems to be invalid",
            {"param_name": "module"},
        )
    return info


def _fields(world: Any, info: ModuleInfo) -> list[dict[str, Any]]:
    held = world.store.collection("crm", "fields").values()
    return [one for one in held if one["module"] == info.name]


def _layouts(world: Any, info: ModuleInfo) -> list[dict[str, Any]]:
    held = world.store.collection("crm", "layouts").values()
    return [one for one in held if one["module"] == info.name]


def _related(world: Any, info: ModuleInfo) -> list[dict[str, Any]]:
    held = world.store.collection("crm", "related_lists").values()
    return [one for one in held if one["parent"] == info.name]


def _pipelines(world: Any, request: Request) -> list[dict[str, Any]]:
    layout = request.query.get("layout_id")
    if not layout:
        raise refuse(
            400,
            "REQUIRED_PARAM_MISSING",
            "One of the expected parameter is missing",
            {"param_name": "layout_id"},
        )
    held = world.store.collection("crm", "pipelines").values()
    found = [one for one in held if one["layout_id"] == layout]
    if not found:
        raise invalid_param("layout_id", "the layout id given seems to be invalid")
    return found
