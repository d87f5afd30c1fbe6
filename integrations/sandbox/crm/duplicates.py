"""Records that are the same in a field: unique fields, and what an upsert compares."""

from __future__ import annotations

from typing import Any

from .answers import error, refuse_inside
from .metadata import ModuleInfo
from .values import Problem


def unique_problems(
    world: Any,
    info: ModuleInfo,
    values: dict[str, Any],
    path: str,
    old: dict[str, Any] | None,
) -> list[Problem]:
    """DUPLICATE_DATA for each unique field whose value another record has."""
    problems = []
    for name, value in values.items():
        if info.fields[name].unique and value is not None:
            held = _holders(world, info, name, value)
            found = [one for one in held if not old or one != old["id"]]
            if found:
                problems.append(_taken(world, info, name, path, found))
    return problems


def fields_compared(info: ModuleInfo, asked: Any) -> list[str]:
    """The fields an upsert compares, in order: those asked for first, then the unique ones."""
    unique = [field.name for field in info.fields.values() if field.unique]
    if not asked:
        return [info.duplicate_field, *unique]
    allowed = {info.duplicate_field, *unique}
    for number, name in enumerate(asked if isinstance(asked, list) else [asked]):
        if name not in allowed:
            raise refuse_inside(
                "data",
                400,
                error(
                    "INVALID_DATA",
                    "invalid data",
                    {
                        "api_name": "duplicate_check_fields",
                        "json_path": f"$.duplicate_check_fields[{number}]",
                        "supported_values": sorted(allowed),
                    },
                ),
            )
    return [*asked, *(name for name in unique if name not in asked)]


def found_by(
    world: Any, info: ModuleInfo, checks: list[str], given: dict[str, Any]
) -> tuple[dict[str, Any] | None, str | None]:
    """The record an upsert updates and the field it was found by; (None, None) for a new one."""
    for name in checks:
        value = given.get(name)
        if value in (None, "") or isinstance(value, (list, dict)):
            continue  # a value of the wrong form is refused when the record is judged
        found = _holders(world, info, name, value)
        if found:
            return world.store.collection("crm", info.name)[found[0]], name
    return None, None


def _holders(world: Any, info: ModuleInfo, name: str, value: Any) -> list[str]:
    """Ids of the records with this value in a field, without case."""
    collection = world.store.collection("crm", info.name)
    collection.index(f"same {name}", lambda record: _folded(record.get(name)))
    return collection.by(f"same {name}", _folded(value))


def _folded(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


def _taken(world: Any, info: ModuleInfo, name: str, path: str, found: list[str]) -> Problem:
    holder = world.store.collection("crm", info.name)[found[0]]
    owner = world.store.collection("crm", "users")[holder["Owner"]]
    return error(
        "DUPLICATE_DATA",
        "duplicate data",
        {
            "api_name": name,
            "json_path": f"{path}.{name}",
            "id": holder["id"],
            "more_records": len(found) > 1,
            "duplicate_record": {
                "id": holder["id"],
                "Owner": {"name": owner["full_name"], "id": owner["id"], "zuid": owner["zuid"]},
                "module": {"api_name": info.name, "id": info.id},
            },
        },
    )
