"""Reading records: lists, one record, counts, the deleted, and related lists.

https://www.zoho.com/crm/developer/docs/api/v8/get-records.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ..wire import Answer, Request
from .access import caller_of
from .answers import (
    BAD_ID,
    invalid_param,
    invalid_url,
    refuse,
    unknown_module,
)
from .clock import render, stamp
from .lists import chosen_ids, cut, fields_of, ids_of, since_of, sorting_of
from .metadata import ModuleInfo, module_info
from .paging import place_of, whole
from .rows import Projector, user_ref

RECYCLED_DAYS, PERMANENT_DAYS = 60, 120
_ID_DIGITS = range(15, 20)
_RELATED_INFO = (
    "page",
    "per_page",
    "count",
    "more_records",
    "next_page_token",
    "page_token_expiry",
    "previous_page_token",
)


def module_or_refuse(world: Any, name: str) -> ModuleInfo:
    info = module_info(world, name)
    if info is None:
        raise unknown_module(name)
    return info


def list_records(world: Any, request: Request, module: str) -> Answer:
    info = module_or_refuse(world, module)
    caller = caller_of(world, request)
    query = request.query
    names = fields_of(query)
    sorting = sorting_of(query)
    ids = ids_of(query)
    since = since_of(request.headers)
    bound = f"{module} {caller.user['id']} {since}"
    place = place_of(world, query, bound)
    chosen = chosen_ids(
        world, info, sorting, caller=caller, view=query.get("cvid"), since=since, ids=ids
    )
    if not chosen:
        return Answer(304 if since is not None else 204)
    collection = world.store.collection("crm", module)
    page = cut(world, collection, chosen, sorting, place, query, bound, caller.zone)
    if not page.records:
        return Answer(204)
    rows = Projector(world, info, names, caller.zone).rows(page.records)
    return Answer(200, {"data": rows, "info": page.info})


def one_record(world: Any, request: Request, module: str, record_id: str) -> Answer:
    """A record with everything it has. Unknown: 204; an id of another form: an error."""
    info = module_or_refuse(world, module)
    if not record_id.isdigit():
        return invalid_url()
    if len(record_id) not in _ID_DIGITS:
        raise refuse(400, "INVALID_DATA", BAD_ID, {"id": record_id})
    record = world.store.collection("crm", module).get(record_id)
    if record is None:
        return Answer(204)
    since = since_of(request.headers)
    if since is not None and record["Modified_Time"] <= since:
        return Answer(304)
    caller = caller_of(world, request)
    names = fields_of(request.query, required=False)
    projector = Projector(world, info, names, caller.zone, single=True)
    return Answer(200, {"data": [projector.row(record)]})


def deleted_records(world: Any, request: Request, module: str) -> Answer:
    module_or_refuse(world, module)
    kind = request.query.get("type", "all")
    if kind not in ("all", "recycle", "permanent"):
        raise refuse(
            400,
            "PATTERN_NOT_MATCHED",
            "Please check whether the input values are correct",
            {"param_name": "type"},
        )
    page = whole(request.query, "page", 1, 1)
    per_page = whole(request.query, "per_page", 200, 1)
    if per_page > 200:
        raise invalid_param("per_page")
    since = since_of(request.headers)
    caller = caller_of(world, request)
    rows = _deleted_rows(world, module, kind, since, caller.zone)
    shown = rows[(page - 1) * per_page : page * per_page]
    if not shown:
        return Answer(204)
    info = {
        "per_page": per_page,
        "count": len(shown),
        "page": page,
        "more_records": page * per_page < len(rows),
    }
    return Answer(200, {"data": shown, "info": info})


def _deleted_rows(
    world: Any, module: str, kind: str, since: str | None, zone: str
) -> list[dict[str, Any]]:
    """Newest first. After 60 days in the recycle bin a record is gone for good, without names."""
    now = world.clock.now()
    recycled_until = stamp(now - timedelta(days=RECYCLED_DAYS))
    listed_until = stamp(now - timedelta(days=RECYCLED_DAYS + PERMANENT_DAYS))
    deleted = world.store.collection("crm", "deleted")
    rows = []
    for record_id in reversed(deleted.ordered("deleted_time", lambda row: row["deleted_time"])):
        row = deleted[record_id]
        if row["module"] != module or row["deleted_time"] < listed_until:
            continue
        # What was merged into another record never was in the recycle bin.
        recycled = not row.get("merged")
        permanent = not recycled or row["deleted_time"] < recycled_until
        if kind != "all" and permanent is (kind == "recycle"):
            continue
        moment = row["deleted_time"]
        if permanent and recycled:
            moment = stamp(datetime.fromisoformat(moment) + timedelta(days=RECYCLED_DAYS))
        if since is not None and moment <= since:
            continue
        rows.append(
            {
                "deleted_by": None
                if permanent
                else user_ref(world, row["deleted_by"], email=False),
                "id": row["id"],
                "display_name": None if permanent else row["display_name"],
                "type": "permanent" if permanent else "recycle",
                "created_by": None
                if permanent
                else user_ref(world, row["created_by"], email=False),
                "deleted_time": render(moment, zone),
            }
        )
    return rows


def related_records(
    world: Any, request: Request, module: str, record_id: str, related_list: str
) -> Answer:
    """The records of a related list: those whose lookup points here. `fields` is mandatory."""
    module_or_refuse(world, module)
    if not record_id.isdigit():
        return invalid_url()
    found = next(
        (
            held
            for held in world.store.collection("crm", "related_lists").values()
            if held["parent"] == module and held["api_name"] == related_list
        ),
        None,
    )
    if found is None or found["status"] != "visible":
        raise refuse(
            400,
            "INVALID_DATA",
            "the relation name given seems to be invalid",
            {"resource_path_index": 2},
        )
    if record_id not in world.store.collection("crm", module):
        raise refuse(400, "INVALID_DATA", BAD_ID, {"resource_path_index": 1})
    target = module_or_refuse(world, found["module"]["api_name"])
    caller = caller_of(world, request)
    query = request.query
    names = fields_of(query)
    sorting = sorting_of(query)
    since = since_of(request.headers)
    bound = f"{module} {record_id} {related_list} {caller.user['id']} {since}"
    place = place_of(world, query, bound)
    collection = world.store.collection("crm", target.name)
    lookup = found["lookup"]
    collection.index(lookup, lambda record: record.get(lookup))
    wanted = ids_of(query)
    chosen = [
        one
        for one in collection.by(lookup, record_id)
        if (since is None or collection[one]["Modified_Time"] > since)
        and (wanted is None or one in wanted)
    ]
    chosen.sort(key=sorting.key(collection))
    if not chosen:
        return Answer(304 if since is not None else 204)
    page = cut(world, collection, chosen, sorting, place, query, bound, caller.zone)
    if not page.records:
        return Answer(204)
    rows = Projector(world, target, names, caller.zone).rows(page.records)
    info = {name: page.info[name] for name in _RELATED_INFO}
    return Answer(200, {"data": rows, "info": info})
