"""Insert, update, upsert and delete, up to 100 records a call, each judged by itself.

https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html
"""

from __future__ import annotations

from typing import Any

from ..wire import Answer, Request
from . import changes
from .access import caller_of
from .answers import (
    BAD_ID,
    RESERVED,
    UNKNOWN_MODULE,
    batch,
    error,
    refuse,
    refuse_inside,
    unknown_module,
)
from .clock import render
from .duplicates import fields_compared, found_by, unique_problems
from .lists import since_of
from .metadata import ModuleInfo, module_info
from .rows import user_ref
from .values import Problem, accept, pipeline_problem

MOST_RECORDS = 100
_SUCCESS = {"insert": "record added", "update": "record updated"}


def insert_records(world: Any, request: Request, module: str) -> Answer:
    info, rows = _module(world, module), _rows(request)
    caller = caller_of(world, request)
    results = []
    for number, given in enumerate(rows):
        path = f"$.data[{number}]"
        values, problems = _checked(world, info, given, path, None)
        if problems:
            results.append(_failure(problems))
            continue
        record = changes.insert(world, info, values, caller.user["id"])
        results.append(_success(world, record, "insert", caller.zone))
    return batch("data", results, created=True)


def update_records(world: Any, request: Request, module: str) -> Answer:
    return _update(world, request, _module(world, module), _rows(request))


def update_record(world: Any, request: Request, module: str, record_id: str) -> Answer:
    info, rows = _module(world, module), _rows(request)
    return _update(world, request, info, [{**rows[0], "id": record_id}])


def _update(world: Any, request: Request, info: ModuleInfo, rows: list[dict]) -> Answer:
    caller = caller_of(world, request)
    unmodified = since_of(request.headers, "if-unmodified-since")
    collection = world.store.collection("crm", info.name)
    results = []
    for number, given in enumerate(rows):
        path = f"$.data[{number}]"
        record_id = given.get("id")
        if record_id in (None, ""):
            where = {"api_name": "id", "json_path": f"{path}.id"}
            results.append(error("MANDATORY_NOT_FOUND", "required field not found", where))
            continue
        record_id = str(record_id)
        old = collection.get(record_id)
        if old is None:
            where = {"id": record_id, "api_name": "id", "json_path": f"{path}.id"}
            results.append(error("INVALID_DATA", BAD_ID, where))
            continue
        results.append(
            _apply_update(world, info, old, given, path, caller, unmodified, upsert=False)
        )
    return _answer(results)


def upsert_records(world: Any, request: Request, module: str) -> Answer:
    """Update the record the duplicate check finds, insert where it finds none."""
    info, rows = _module(world, module), _rows(request)
    caller = caller_of(world, request)
    unmodified = since_of(request.headers, "if-unmodified-since")
    collection = world.store.collection("crm", info.name)
    checks = fields_compared(info, request.json().get("duplicate_check_fields"))
    results = []
    for number, given in enumerate(rows):
        path = f"$.data[{number}]"
        field: str | None = "id"
        if given.get("id"):
            old = collection.get(str(given["id"]))
            if old is None:
                where = {"id": str(given["id"]), "api_name": "id", "json_path": f"{path}.id"}
                results.append(error("INVALID_DATA", BAD_ID, where))
                continue
        else:
            old, field = found_by(world, info, checks, given)
        if old is not None:
            result = _apply_update(world, info, old, given, path, caller, unmodified, upsert=True)
            if result["status"] == "success":
                result |= {"action": "update", "duplicate_field": field}
            results.append(result)
            continue
        values, problems = _checked(world, info, given, path, None)
        if problems:
            results.append(_failure(problems))
            continue
        record = changes.insert(world, info, values, caller.user["id"])
        result = _success(world, record, "insert", caller.zone)
        results.append(result | {"action": "insert", "duplicate_field": None})
    return _answer(results)


def delete_records(world: Any, request: Request, module: str) -> Answer:
    info = _module_flat(world, module)
    ids = [
        record_id.strip()
        for record_id in request.query.get("ids", "").split(",")
        if record_id.strip()
    ]
    if not ids:
        raise refuse(
            400,
            "REQUIRED_PARAM_MISSING",
            "One of the expected parameter is missing",
            {"param_name": "ids"},
        )
    if len(ids) > MOST_RECORDS:
        raise refuse(
            400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": MOST_RECORDS, "param_name": "ids"}
        )
    return _delete(world, request, info, ids)


def delete_record(world: Any, request: Request, module: str, record_id: str) -> Answer:
    return _delete(world, request, _module_flat(world, module), [record_id])


def _delete(world: Any, request: Request, info: ModuleInfo, ids: list[str]) -> Answer:
    user = caller_of(world, request).user["id"]
    collection = world.store.collection("crm", info.name)
    results = []
    for record_id in ids:
        if record_id not in collection:
            results.append(error("INVALID_DATA", "record not deleted", {"id": record_id}))
            continue
        changes.delete(world, info, record_id, user)
        results.append(
            {
                "code": "SUCCESS",
                "details": {"id": record_id},
                "message": "record deleted",
                "status": "success",
            }
        )
    return batch("data", results)


def _apply_update(
    world: Any,
    info: ModuleInfo,
    old: dict[str, Any],
    given: dict[str, Any],
    path: str,
    caller: Any,
    unmodified: str | None,
    *,
    upsert: bool,
) -> dict[str, Any]:
    if unmodified is not None and old["Modified_Time"] > unmodified:
        return error(
            "ALREADY_MODIFIED",
            "record updated time has already passed if-unmodified-since time",
            _stamps(world, old, caller.zone),
        )
    values, problems = _checked(world, info, given, path, old)
    if problems:
        failure = _failure(problems)
        if upsert:
            failure["details"] = {**failure["details"], "id": old["id"]}
        return failure
    record = changes.update(world, info, old["id"], values, caller.user["id"])
    return _success(world, record, "update", caller.zone)


def _checked(
    world: Any, info: ModuleInfo, given: dict[str, Any], path: str, old: dict[str, Any] | None
) -> tuple[dict[str, Any], list[Problem]]:
    values, problems = accept(world, info, given, path, creating=old is None)
    if info.name == "Deals" and not problems and {"Stage", "Pipeline"} & set(values):
        mismatch = pipeline_problem({**(old or {}), **values}, path)
        if mismatch:
            problems.append(mismatch)
    problems += unique_problems(world, info, values, path, old)
    return values, problems


def _module(world: Any, name: str) -> ModuleInfo:
    info = module_info(world, name)
    if info is None:
        if name in RESERVED:
            raise unknown_module(name)
        raise refuse_inside(
            "data", 400, error("INVALID_MODULE", UNKNOWN_MODULE, {"resource_path_index": 0})
        )
    return info


def _module_flat(world: Any, name: str) -> ModuleInfo:
    info = module_info(world, name)
    if info is None:
        raise unknown_module(name)
    return info


def _rows(request: Request) -> list[dict[str, Any]]:
    body = request.json()
    where = {"api_name": "data", "json_path": "$.data"}
    if not isinstance(body, dict):
        raise refuse(400, "INVALID_DATA", "body", {"expected_data_type": "jsonobject"})
    if "data" not in body:
        raise refuse(400, "MANDATORY_NOT_FOUND", "required field not found", where)
    rows = body["data"]
    if not isinstance(rows, list) or not rows or not all(isinstance(one, dict) for one in rows):
        raise refuse(
            400, "INVALID_DATA", "invalid data", {"expected_data_type": "jsonarray", **where}
        )
    if len(rows) > MOST_RECORDS:
        raise refuse_inside(
            "data",
            400,
            error(
                "LIMIT_EXCEEDED",
                "count of records in your request exceeds the limit",
                {"maximum_length": MOST_RECORDS, "api_name": "data"},
            ),
        )
    return rows


def _answer(results: list[dict[str, Any]]) -> Answer:
    stale = all(row["code"] == "ALREADY_MODIFIED" for row in results)
    return batch("data", results, failed=412 if stale else 400)


def _failure(problems: list[Problem]) -> dict[str, Any]:
    if len(problems) == 1:
        return problems[0]
    return error("MULTIPLE_OR_MULTI_ERRORS", "Multiple errors in the request", {"errors": problems})


def _success(world: Any, record: dict[str, Any], action: str, zone: str) -> dict[str, Any]:
    return {
        "code": "SUCCESS",
        "details": {**_stamps(world, record, zone), "$approval_state": "approved"},
        "message": _SUCCESS[action],
        "status": "success",
    }


def _stamps(world: Any, record: dict[str, Any], zone: str) -> dict[str, Any]:
    return {
        "Modified_Time": render(record["Modified_Time"], zone),
        "Modified_By": user_ref(world, record["Modified_By"], email=False),
        "Created_Time": render(record["Created_Time"], zone),
        "id": record["id"],
        "Created_By": user_ref(world, record["Created_By"], email=False),
    }
