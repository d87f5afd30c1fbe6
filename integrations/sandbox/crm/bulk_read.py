"""Bulk read: a job, its state, and its result, a ZIP with one CSV of up to 200,000 rows.

A job is ADDED when it is made, IN PROGRESS at the first look, COMPLETED at the next; the result
is kept for a day. https://www.zoho.com/crm/developer/docs/api/v8/bulk-read/overview.html
"""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

from ..wire import Answer, Request
from .access import caller_of
from .answers import refuse
from .clock import render, stamp
from .criteria import NUMBERS, BadValueError, Condition, Predicate, group, predicate
from .lists import Sorting, chosen_ids, in_order
from .metadata import DETAIL_ONLY, ModuleInfo, module_info

PAGE_ROWS, MOST_CRITERIA, KEPT_SECONDS, MOST_PAGES = 200_000, 25, 86_400, 500
_COMPARATORS = frozenset(
    {"equal", "not_equal", "in", "not_in", "less_than", "less_equal", "greater_than",
     "greater_equal", "between", "not_between", "contains", "not_contains", "starts_with",
     "ends_with"}
)  # fmt: skip
_ONLY_LISTS = DETAIL_ONLY | {"profileimage", "layout"}


def create_job(world: Any, request: Request) -> Answer:
    if not request.body.strip():
        raise refuse(400, "REQUEST_BODY_IS_EMPTY", "The request body is empty")
    body = request.json()
    caller = caller_of(world, request)
    query = _asked(world, body, caller)
    job = {
        "id": world.store.new_id("crm"),
        "module": query["module"]["api_name"],
        "query": query,
        "callback": body.get("callback"),
        "looks": 0,
        "created_by": caller.user["id"],
        "created_time": stamp(world.clock.now()),
        "started": world.clock.time(),
    }
    world.store.collection("crm", "bulk_jobs").insert(job)
    return Answer(
        201,
        {
            "data": [
                {
                    "status": "success",
                    "code": "ADDED_SUCCESSFULLY",
                    "message": "Added successfully.",
                    "details": {
                        "id": job["id"],
                        "operation": "read",
                        "state": "ADDED",
                        "created_by": {"id": caller.user["id"], "name": caller.user["full_name"]},
                        "created_time": render(job["created_time"], caller.zone),
                    },
                }
            ],
            "info": {},
        },
    )


def _asked(world: Any, body: Any, caller: Any) -> dict[str, Any]:
    """The job's query, with its page. Raises what the vendor refuses at once."""
    query = body.get("query") if isinstance(body, dict) else None
    name = ((query or {}).get("module") or {}).get("api_name")
    if not isinstance(query, dict) or not name:
        raise refuse(400, "INVALID_REQUEST", "the module is missing in the query")
    info = module_info(world, name)
    if info is None:
        raise refuse(400, "MODULE_NOT_AVAILABLE", "the module is not available", {"api_name": name})
    if body.get("file_type", "csv") != "csv":
        raise refuse(
            400,
            "INVALID_DATA",
            "invalid data",
            {"api_name": "file_type", "supported_values": ["csv"]},
        )
    known = {*info.fields, "Id"}
    if any(field.split(".")[0] not in known for field in query.get("fields") or ()):
        raise refuse(400, "FIELD_NOT_AVAILABLE", "the field is not available")
    if query.get("criteria"):
        bulk_criteria(info, query["criteria"])
    if query.get("cvid"):
        chosen_ids(world, info, Sorting(), caller=caller, view=str(query["cvid"]))
    page = query.get("page") or 1
    if not isinstance(page, int) or not 1 <= page <= MOST_PAGES:
        raise refuse(
            400, "PAGE_RANGE_EXCEEDED", "the page is out of range", {"max_limit": MOST_PAGES}
        )
    return {**query, "page": page}


def one_job(world: Any, request: Request, job_id: str) -> Answer:
    job, info = _job(world, job_id)
    caller = caller_of(world, request)
    state = "IN PROGRESS" if job["looks"] == 0 else "COMPLETED"
    world.store.collection("crm", "bulk_jobs").replace(job_id, {**job, "looks": job["looks"] + 1})
    query = job["query"]
    asked: dict[str, Any] = {
        "module": {"api_name": info.name, "id": info.id},
        "page": query["page"],
    }
    for name in ("fields", "cvid", "criteria"):
        if query.get(name):
            asked[name] = query[name]
    user = world.store.collection("crm", "users")[job["created_by"]]
    shown = {
        "id": job["id"],
        "operation": "read",
        "state": state,
        "query": asked,
        "created_by": {"id": user["id"], "name": user["full_name"]},
        "created_time": render(job["created_time"], caller.zone),
        "file_type": "csv",
    }
    if state == "COMPLETED":
        count = len(_ids(world, info, query, caller))
        start = (query["page"] - 1) * PAGE_ROWS
        shown["result"] = {
            "page": query["page"],
            "per_page": PAGE_ROWS,
            "count": max(0, min(count - start, PAGE_ROWS)),
            "download_url": f"/crm/bulk/v8/read/{job_id}/result",
            "more_records": count > start + PAGE_ROWS,
        }
    return Answer(200, {"data": [shown]})


def job_result(world: Any, request: Request, job_id: str) -> Answer:
    job, info = _job(world, job_id)
    if job["looks"] < 2:
        raise _not_found(job_id)
    query, caller = job["query"], caller_of(world, request)
    start = (query["page"] - 1) * PAGE_ROWS
    ids = _ids(world, info, query, caller)[start : start + PAGE_ROWS]
    collection = world.store.collection("crm", info.name)
    named = query.get("fields") or [
        field.name for field in info.fields.values() if field.kind not in _ONLY_LISTS
    ]
    columns = list(dict.fromkeys(["id" if name == "Id" else name for name in named]))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Id" if name == "id" else name for name in columns])
    for record_id in ids:
        record = collection[record_id]
        writer.writerow([_cell(world, info, record, name, caller.zone) for name in columns])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{job_id}.csv", text.getvalue())
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{job_id}.zip"',
    }
    return Answer(200, packed.getvalue(), headers)


def bulk_criteria(
    info: ModuleInfo, tree: dict[str, Any], count: list[int] | None = None
) -> Predicate:
    """A job's criteria as a test: a condition, or a `group` of them. Raises the refusals."""
    seen = count if count is not None else [0]
    if "group" in tree:
        operator = str(tree.get("group_operator", "")).casefold()
        if operator not in ("and", "or"):
            raise refuse(
                400, "GROUP_OPERATOR_NOT_SUPPORTED", "the group operator is not supported",
                {"supported": ["and", "or"]},
            )  # fmt: skip
        return group([bulk_criteria(info, one, seen) for one in tree["group"]], operator)
    seen[0] += 1
    if seen[0] > MOST_CRITERIA:
        raise refuse(
            400, "CRITERIA_LIMIT_EXCEEDED", "criteria limit exceeded", {"max_limit": MOST_CRITERIA}
        )
    name = (tree.get("field") or {}).get("api_name", tree.get("api_name"))
    field = info.fields.get(name or "")
    if field is None:
        raise refuse(
            400, "FIELD_IN_CRITERIA_NOT_SUPPORTED", "the field is not supported in criteria",
            {"api_name": str(name), "comparator": str(tree.get("comparator", ""))},
        )  # fmt: skip
    comparator, value = tree.get("comparator"), tree.get("value")
    if comparator not in _COMPARATORS:
        raise refuse(
            400, "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED", "the comparator is not supported",
            {"api_name": field.name, "supported": sorted(_COMPARATORS)},
        )  # fmt: skip
    if value == "${EMPTY}":
        return predicate(Condition(field, "is_empty" if comparator == "equal" else "is_not_empty"))
    if field.kind == "currency":
        return _in_home_currency(field, comparator, value)
    return _safely(field, comparator, value)


def _safely(field: Any, comparator: str, value: Any) -> Predicate:
    try:
        return predicate(Condition(field, comparator, value))
    except (BadValueError, ValueError) as bad:
        raise refuse(
            400, "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE",
            "the value does not suit the comparator",
            {"api_name": field.name, "comparator": comparator},
        ) from bad  # fmt: skip


def _in_home_currency(field: Any, comparator: str, value: Any) -> Predicate:
    """Amounts are compared in the home currency, whatever the record is in."""
    inner = _safely(field, comparator, value)

    def met(record: dict[str, Any]) -> bool:
        amount = record.get(field.name)
        if amount is None:
            return inner(record)
        return inner({field.name: amount / (record.get("Exchange_Rate") or 1)})

    return met


def _ids(world: Any, info: ModuleInfo, query: dict[str, Any], caller: Any) -> list[str]:
    collection = world.store.collection("crm", info.name)
    if query.get("cvid"):
        ids = chosen_ids(world, info, Sorting(), caller=caller, view=str(query["cvid"]))
    else:
        ids = in_order(collection, Sorting())
    if not query.get("criteria"):
        return list(ids)
    test = bulk_criteria(info, query["criteria"])
    return [record_id for record_id in ids if test(collection[record_id])]


def _cell(world: Any, info: ModuleInfo, record: dict[str, Any], name: str, zone: str) -> Any:
    first, _, rest = name.partition(".")
    value, field = record.get(first), info.fields[first]
    if rest and value is not None and first in info.lookups:
        target = module_info(world, info.lookups[first])
        other = world.store.collection("crm", info.lookups[first]).get(value)
        return _cell(world, target, other, rest, zone) if target and other else ""
    if value is None:
        return "false" if field.kind == "boolean" else ""
    if field.kind == "datetime":
        return render(value, zone)
    if field.kind == "boolean":
        return str(value).lower()
    if first == "Tag":
        return ";".join(tag["name"] for tag in value)
    if isinstance(value, list):
        return ";".join(str(one) for one in value)
    if field.kind in NUMBERS and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _job(world: Any, job_id: str) -> tuple[dict[str, Any], ModuleInfo]:
    job = world.store.collection("crm", "bulk_jobs").get(job_id)
    if job is None or world.clock.time() - job["started"] > KEPT_SECONDS:
        raise _not_found(job_id)
    info = module_info(world, job["module"])
    assert info is not None
    return job, info


def _not_found(job_id: str) -> Any:
    return refuse(
        404, "RESOURCE_NOT_FOUND", "The requested resource doesn't exist", {"resource": job_id}
    )
