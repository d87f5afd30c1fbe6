"""Merging records: up to two others go into one, which keeps its id.

https://www.zoho.com/crm/developer/docs/api/v8/merge-records.html: the others are deleted for good;
no recycle bin holds them, and the list of what was deleted does not say into which record they
went. The timeline of the one that stays tells that something was merged into it, not what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..wire import Answer, Request
from . import changes, timelines
from .access import caller_of
from .answers import refuse
from .metadata import ModuleInfo
from .records import module_or_refuse
from .standard_fields import MODULES

MERGEABLE = ("Leads", "Contacts", "Accounts", "Deals", "Vendors")
MOST_OTHERS = 2


def merge_records(world: Any, request: Request, module: str, record_id: str) -> Answer:
    """`{"merge": [{"data": [{"id": .., "_fields": [{"api_name": ..}]}]}]}`."""
    info = module_or_refuse(world, module)
    held = world.store.collection("crm", module)
    if module not in MERGEABLE or record_id not in held:
        raise refuse(400, "INVALID_DATA", "Specified master record ID is invalid", {})
    rows = (request.json().get("merge") or [{}])[0].get("data") or []
    ids = [str(row.get("id")) for row in rows]
    if not 1 <= len(ids) <= MOST_OTHERS or record_id in ids or any(one not in held for one in ids):
        raise refuse(400, "INVALID_DATA", "invalid data", {"api_name": "data"})
    chosen = {
        field["api_name"]: str(row["id"]) for row in rows for field in row.get("_fields") or []
    }
    merge(world, info, record_id, ids, chosen, caller_of(world, request).user["id"])
    done = {"code": "SUCCESS", "details": {}, "message": "records merged", "status": "success"}
    return Answer(200, {"merge": [done]})


def merge(
    world: Any,
    info: ModuleInfo,
    record_id: str,
    others: Iterable[str],
    chosen: Mapping[str, str],
    user: str,
) -> None:
    """Give the record the chosen fields of the others, move what points to them, delete them."""
    held = world.store.collection("crm", info.name)
    values = {name: held[one].get(name) for name, one in chosen.items() if name in info.fields}
    for one in others:
        _point_to(world, info, one, record_id)
        changes.delete(world, info, one, user, merged=True)
    changes.update(world, info, record_id, values, user)
    timelines.note_merge(world, info, record_id, user)


def _point_to(world: Any, merged: ModuleInfo, old: str, new: str) -> None:
    """Records that pointed to the one merged away point to the one that stays. Whether they count
    as modified by that is not documented; here they do not."""
    for module in MODULES:
        info = module_or_refuse(world, module)
        collection = world.store.collection("crm", module)
        for lookup in [name for name, to in info.lookups.items() if to == merged.name]:
            for record in [one for one in collection.values() if one.get(lookup) == old]:
                collection.replace(record["id"], {**record, lookup: new})
