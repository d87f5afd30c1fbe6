"""The one place where records change, whoever changes them: the API, or a person in a screen.

A change moves the modified time, keeps calculated fields right, fills the recycle bin and tells
the notification channels.
"""

from __future__ import annotations

from typing import Any

from .clock import stamp
from .metadata import ModuleInfo, stage_of
from .notifications import tell
from .values import active_currencies


def insert(world: Any, info: ModuleInfo, values: dict[str, Any], user: str) -> dict[str, Any]:
    """Add a record of checked values and return it as stored."""
    now = stamp(world.clock.now())
    record = {
        "id": world.store.new_id("crm"),
        "Owner": user,
        "Created_By": user,
        "Modified_By": user,
        "Created_Time": now,
        "Modified_Time": now,
        **{name: value for name, value in values.items() if value is not None},
    }
    _calculate(world, info, record, values)
    world.store.collection("crm", info.name).insert(record)
    tell(world, info, "insert", [(record["id"], list(values))])
    return record


def update(
    world: Any, info: ModuleInfo, record_id: str, values: dict[str, Any], user: str
) -> dict[str, Any]:
    """Change a record's fields (None empties one) and return it as stored."""
    collection = world.store.collection("crm", info.name)
    old = collection[record_id]
    record = {**old, **values, "Modified_By": user, "Modified_Time": stamp(world.clock.now())}
    _calculate(world, info, record, values)
    record = {name: value for name, value in record.items() if value is not None}
    collection.replace(record_id, record)
    changed = [name for name in values if old.get(name) != record.get(name)]
    tell(world, info, "update", [(record_id, changed)])
    return record


def delete(
    world: Any, info: ModuleInfo, record_id: str, user: str, *, merged: bool = False
) -> None:
    """Move a record to the recycle bin; one that was merged into another is gone for good."""
    record = world.store.collection("crm", info.name).remove(record_id)
    world.store.collection("crm", "deleted").insert(
        {
            "id": record_id,
            "module": info.name,
            "display_name": record.get(info.name_field),
            "deleted_by": user,
            "created_by": record["Created_By"],
            "deleted_time": stamp(world.clock.now()),
            "merged": merged,
        }
    )
    tell(world, info, "delete", [(record_id, [])])


def _calculate(
    world: Any, info: ModuleInfo, record: dict[str, Any], values: dict[str, Any]
) -> None:
    if info.name == "Contacts":
        names = (record.get("First_Name"), record.get("Last_Name"))
        record["Full_Name"] = " ".join(name for name in names if name) or None
    if info.name == "Deals":
        stage = stage_of(record.get("Stage", ""))
        if stage is not None and "Stage" in values and values.get("Probability") is None:
            record["Probability"] = stage[2]
        if record.get("Amount") is not None:
            expected = record["Amount"] * (record.get("Probability") or 0) / 100
            record["Expected_Revenue"] = round(expected, 2)
        else:
            record["Expected_Revenue"] = None
    if "Currency" in info.fields:
        known = active_currencies(world)
        code = record.setdefault("Currency", world.company["base_currency"])
        if "Exchange_Rate" not in values and (
            "Currency" in values or "Exchange_Rate" not in record
        ):
            record["Exchange_Rate"] = float(known[code]["exchange_rate"]) if code in known else 1
