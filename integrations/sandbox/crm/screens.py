"""What a person does in CRM's own screens: the same changes as by the API, under looser checks.

Lengths and types hold; the form of addresses and websites does not, as it does not for imports.
"""

from __future__ import annotations

from typing import Any

from . import changes, merging
from .access import acting_user
from .clock import stamp
from .metadata import ModuleInfo, module_info
from .organisation import present_user
from .rows import Projector
from .standard_fields import MODULES, PIPELINES
from .values import accept

_USER_FIELDS = ("first_name", "last_name", "email", "status", "confirm", "phone", "time_zone")


def collections() -> dict[str, tuple[str, str]]:
    """What can be read and changed from outside: each module, and the users."""
    return {name: (name, "id") for name in (*MODULES, "users")}


def present(world: Any, collection: str, record: dict[str, Any]) -> dict[str, Any]:
    """A record with every key of the answer for a single one."""
    zone = acting_user(world)["time_zone"]
    if collection == "users":
        return present_user(world, record, zone)
    return Projector(world, _info(world, collection), None, zone, single=True).row(record)


def screen_insert(world: Any, collection: str, record: dict[str, Any]) -> dict[str, Any]:
    """Raises ValueError with what is wrong."""
    if collection == "users":
        return _add_user(world, record)
    info = _info(world, collection)
    if collection == "Deals":
        record = {"Pipeline": PIPELINES[0][1], **record}
    values = _values(world, info, record, creating=True)
    user = values.get("Owner") or acting_user(world)["id"]
    return changes.insert(world, info, values, user)


def screen_update(
    world: Any, collection: str, record_id: str, changed: dict[str, Any]
) -> dict[str, Any]:
    if collection == "users":
        return _change_user(world, record_id, changed)
    info = _info(world, collection)
    values = _values(world, info, changed, creating=False)
    return changes.update(world, info, record_id, values, acting_user(world)["id"])


def screen_delete(world: Any, collection: str, record_id: str) -> None:
    if collection == "users":
        _change_user(world, record_id, {"status": "deleted"})
        return
    changes.delete(world, _info(world, collection), record_id, acting_user(world)["id"])


def screen_merge(world: Any, collection: str, record_id: str, others: list[str]) -> None:
    """Find and merge: the record keeps its own values, the others are gone for good."""
    user = acting_user(world)["id"]
    merging.merge(world, _info(world, collection), record_id, others, {}, user)


def _values(
    world: Any, info: ModuleInfo, given: dict[str, Any], *, creating: bool
) -> dict[str, Any]:
    unknown = [name for name in given if name not in info.fields and not name.startswith("$")]
    if unknown:
        raise ValueError(f"{info.name} has no field {', '.join(unknown)}")
    values, problems = accept(world, info, given, "$", creating=creating, patterns=False)
    if problems:
        told = "; ".join(
            f"{one['details']['api_name']}: {one['message']} {one['details']}" for one in problems
        )
        raise ValueError(told)
    return values


def _info(world: Any, collection: str) -> ModuleInfo:
    info = module_info(world, collection)
    if info is None:
        raise ValueError(f"there is no module {collection}")
    return info


def _add_user(world: Any, given: dict[str, Any]) -> dict[str, Any]:
    model = acting_user(world)
    now = stamp(world.clock.now())
    if not given.get("email") or not given.get("last_name"):
        raise ValueError("a user needs email and last_name")
    user = {
        **model,
        "id": world.store.new_id("crm"),
        "zuid": str(800_000_000 + len(world.store.collection("crm", "users"))),
        "status": "active",
        "confirm": True,
        "admin": False,
        "first_name": "",
        "reporting_to": model["id"],
        "created_time": now,
        "modified_time": now,
        **_user_values(world, given),
    }
    return world.store.collection("crm", "users").insert(_named(user))


def _change_user(world: Any, record_id: str, changed: dict[str, Any]) -> dict[str, Any]:
    users = world.store.collection("crm", "users")
    now = stamp(world.clock.now())
    user = {**users[record_id], **_user_values(world, changed), "modified_time": now}
    return users.replace(record_id, _named(user))


def _user_values(world: Any, given: dict[str, Any]) -> dict[str, Any]:
    values = {name: given[name] for name in _USER_FIELDS if name in given}
    for name in ("role", "profile"):
        if name in given:
            found = given[name]["id"] if isinstance(given[name], dict) else given[name]
            if found not in world.store.collection("crm", f"{name}s"):
                raise ValueError(f"there is no {name} {found}")
            values[name] = found
    if "Reporting_To" in given:
        values["reporting_to"] = given["Reporting_To"]
    return values


def _named(user: dict[str, Any]) -> dict[str, Any]:
    names = (user["first_name"], user["last_name"])
    return user | {"full_name": " ".join(name for name in names if name)}
