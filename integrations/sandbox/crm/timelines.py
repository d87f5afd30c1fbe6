"""The history of one record: when it was made, changed last, and what was merged into it.

https://www.zoho.com/crm/developer/docs/api/v8/timeline-of-a-record.html and `timelines.json` of
the vendor's files. An entry of a merge stands at the record that stayed. Whether it names the one
that went is documented nowhere, so it does not; of the changes between the first and the last
nothing is kept here.
"""

from __future__ import annotations

from typing import Any

from ..wire import Answer, Request
from .access import caller_of
from .answers import invalid_url, refuse
from .clock import render, stamp
from .metadata import ModuleInfo
from .paging import whole
from .records import module_or_refuse
from .rows import user_ref

MOST = 200


def note_merge(world: Any, info: ModuleInfo, record_id: str, user: str) -> None:
    world.store.collection("crm", "merges").insert(
        {
            "id": world.store.new_id("crm"),
            "module": info.name,
            "record": record_id,
            "at": stamp(world.clock.now()),
            "by": user,
        }
    )


def timeline(world: Any, request: Request, module: str, record_id: str) -> Answer:
    """Newest first unless asked otherwise."""
    info = module_or_refuse(world, module)
    if not record_id.isdigit():
        return invalid_url()
    record = world.store.collection("crm", module).get(record_id)
    if record is None:
        said = "the related id given seems to be invalid"
        raise refuse(400, "INVALID_DATA", said, {"resource_path_index": 1})
    page, per_page = whole(request.query, "page", 1, 1), whole(request.query, "per_page", MOST, 1)
    entries = _entries(world, info, record, caller_of(world, request).zone)
    if request.query.get("sort_order") == "asc":
        entries.reverse()
    shown = entries[(page - 1) * per_page : page * per_page]
    told = {
        "per_page": per_page,
        "page": page,
        "count": len(shown),
        "more_records": page * per_page < len(entries),
        "next_page_token": None,
        "previous_page_token": None,
    }
    return Answer(200, {"__timeline": shown, "info": told}) if shown else Answer(204)


def _entries(
    world: Any, info: ModuleInfo, record: dict[str, Any], zone: str
) -> list[dict[str, Any]]:
    merges = [
        (row["at"], "find_and_merge_duplicate", "findandmerge", row["by"], row["id"])
        for row in world.store.collection("crm", "merges").values()
        if (row["module"], row["record"]) == (info.name, record["id"])
    ]
    own = [(record["Created_Time"], "added", "crm_ui", record["Created_By"], f"{record['id']}1")]
    last = record["Modified_Time"]
    if last != record["Created_Time"] and last not in {at for at, *_ in merges}:
        own.append((last, "updated", "crm_ui", record["Modified_By"], f"{record['id']}2"))
    return [
        {
            "audited_time": render(at, zone),
            "action": action,
            "id": entry_id,
            "source": source,
            "extension": None,
            "type": "timeline",
            "done_by": user_ref(world, by, email=False),
            "related_record": None,
            "automation_details": None,
            "record": {
                "name": record.get(info.name_field),
                "id": record["id"],
                "module": {"api_name": info.name, "id": info.id},
            },
            "field_history": None,
        }
        for at, action, source, by, entry_id in sorted(own + merges, reverse=True)
    ]
