"""Merging records: up to two others go into one, which keeps its id.

https://www.zoho.com/crm/developer/docs/api/v8/merge-records.html: the others are deleted for good;
no recycle bin holds them, and nothing of the API says into which record they went.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..wire import Answer, Request
from . import changes
from .access import caller_of
from .answers import refuse
from .metadata import ModuleInfo
from .records import module_or_refuse

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
        _point_to(world, one, record_id)
        changes.delete(world, info, one, user, merged=True)
    changes.update(world, info, record_id, values, user)


def _point_to(world: Any, old: str, new: str) -> None:
    """Records that pointed to the one merged away point to the one that stays."""
    for related, lookup in (("Contacts", "Account_Name"), ("Deals", "Account_Name")):
        collection = world.store.collection("crm", related)
        for record in list(collection.values()):
            if record.get(lookup) == old:
                collection.replace(record["id"], {**record, lookup: new})
