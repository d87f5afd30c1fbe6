"""What is known of the modules: built once for a company, kept in the store, asked by everyone.

`install` writes the collections `modules`, `fields`, `layouts`, `related_lists`, `pipelines`.
`Schema` is the quick reading side: one per world, of the fields as the store holds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from .field_objects import field_objects
from .module_objects import layout_object, module_object, related_list_objects
from .standard_fields import FIELDS, MODULES, PIPELINES, STAGES

SYSTEM_DATE_FIELDS = ("Created_Time", "Modified_Time", "Last_Activity_Time")
DETAIL_ONLY = frozenset({"subform", "multiselectlookup", "multiuserlookup"})
"""Data types that come only when one record is fetched."""


@dataclass(slots=True, frozen=True)
class FieldInfo:
    """A field as reading and writing need it."""

    name: str
    kind: str
    length: int
    mandatory: bool
    unique: bool
    read_only: bool
    target: str
    values: frozenset[str]
    id: str


@dataclass(slots=True, frozen=True)
class ModuleInfo:
    """A module: its fields by api name, and the field that names a record."""

    name: str
    id: str
    fields: dict[str, FieldInfo]
    name_field: str
    duplicate_field: str
    time_fields: frozenset[str]
    lookups: dict[str, str]
    user_fields: frozenset[str]


class Schema:
    """All modules of a world, by api name."""

    def __init__(self, world: Any) -> None:
        self.modules: dict[str, ModuleInfo] = {}
        by_module: dict[str, list[dict]] = {}
        for stored in world.store.collection("crm", "fields").values():
            by_module.setdefault(stored["module"], []).append(stored)
        for module in world.store.collection("crm", "modules").values():
            name = module["api_name"]
            self.modules[name] = _module_info(module, by_module.get(name, []))


_schemas: WeakKeyDictionary[Any, Schema] = WeakKeyDictionary()


def schema_of(world: Any) -> Schema:
    found = _schemas.get(world)
    if found is None or not found.modules:
        found = _schemas[world] = Schema(world)
    return found


def module_info(world: Any, name: str) -> ModuleInfo | None:
    return schema_of(world).modules.get(name)


def install(world: Any, *, currencies: list[str], profiles: list[dict], user: dict) -> None:
    """Write the metadata of all modules; `currencies` are the codes a record may carry."""
    store = world.store

    def new_id() -> str:
        return store.new_id("crm")

    ids = {name: new_id() for name in MODULES}
    modules, fields = store.collection("crm", "modules"), store.collection("crm", "fields")
    for number, name in enumerate(FIELDS, 1):
        made = field_objects(name, new_id, ids, currencies, profiles)
        for found in made:
            fields.insert(found)
        layout = layout_object(name, new_id, made, profiles)
        for found in made:
            fields.replace(
                found["id"],
                {
                    **found,
                    "layout_associations": [{k: layout[k] for k in ("api_name", "name", "id")}],
                },
            )
        store.collection("crm", "layouts").insert(layout)
        modules.insert(module_object(name, ids[name], number, made, profiles, layout))
        for related in related_list_objects(name, new_id, ids):
            store.collection("crm", "related_lists").insert(related)
        if name == "Deals":
            _install_pipelines(store, new_id, layout["id"], made)
    _schemas.pop(world, None)


def _install_pipelines(store: Any, new_id: Any, layout_id: str, fields: list[dict]) -> None:
    stage = next(f for f in fields if f["api_name"] == "Stage")
    values = {value["actual_value"]: value for value in stage["pick_list_values"]}
    for display, actual, default, stages in PIPELINES:
        maps = []
        for number, name in enumerate(stages, 1):
            value = values[name]
            maps.append(
                {
                    "id": value["id"],
                    "display_value": value["display_value"],
                    "actual_value": value["actual_value"],
                    "sequence_number": number,
                    "forecast_type": value["forecast_type"],
                    "forecast_category": value["forecast_category"],
                }
            )
        store.collection("crm", "pipelines").insert(
            {
                "id": new_id(),
                "layout_id": layout_id,
                "display_value": display,
                "actual_value": actual,
                "default": default,
                "maps": maps,
            }
        )


def _module_info(module: dict, stored: list[dict]) -> ModuleInfo:
    name = module["api_name"]
    fields = {}
    for field in stored:
        target = (field["lookup"].get("module") or {}).get("api_name", "")
        if field["data_type"] == "multiselectlookup":
            target = "Accounts"
        fields[field["api_name"]] = FieldInfo(
            name=field["api_name"],
            kind=field["data_type"],
            length=field["length"],
            mandatory=field["system_mandatory"],
            unique=bool(field["unique"]),
            read_only=field["read_only"],
            target=target,
            values=frozenset(value["actual_value"] for value in field["pick_list_values"]),
            id=field["id"],
        )
    return ModuleInfo(
        name=name,
        id=module["id"],
        fields=fields,
        name_field=next(f["api_name"] for f in stored if f["display_field"]),
        duplicate_field=MODULES[name][1],
        time_fields=frozenset(f.name for f in fields.values() if f.kind == "datetime"),
        lookups={f.name: f.target for f in fields.values() if f.kind == "lookup"},
        user_fields=frozenset(f.name for f in fields.values() if f.kind == "ownerlookup"),
    )


def stage_of(actual: str) -> tuple[str, str, int, str, str] | None:
    """(display, actual, probability, forecast type, forecast category) of a deal stage."""
    return next((stage for stage in STAGES if stage[1] == actual), None)
