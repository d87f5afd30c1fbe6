"""CRM's envelope: request-level errors, and the per-record rows of a write.

https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html
"""

from __future__ import annotations

from typing import Any

from ..wire import Answer, Refused

UNKNOWN_MODULE = "the module name given seems to be invalid"
BAD_ID = "the id given seems to be invalid"


def error(code: str, message: str, details: dict | None = None) -> dict[str, Any]:
    """One error object, the same whether it stands alone or inside `data[]`."""
    return {"code": code, "details": details or {}, "message": message, "status": "error"}


def refuse(status: int, code: str, message: str, details: dict | None = None) -> Refused:
    """A request-level error, to be raised."""
    return Refused(Answer(status, error(code, message, details)))


def refuse_inside(key: str, status: int, row: dict) -> Refused:
    """The error of a write call: inside the list that would hold the results."""
    return Refused(Answer(status, {key: [row]}))


def invalid_param(name: str, message: str = "invalid data") -> Refused:
    return refuse(400, "INVALID_DATA", message, {"param_name": name})


def missing_param(name: str) -> Refused:
    return refuse(400, "REQUIRED_PARAM_MISSING", "required param is missing", {"param_name": name})


RESERVED = frozenset({"settings", "users", "org", "actions", "coql", "bulk", "__apis"})
"""First segments of other calls: below them an unknown path is no module's."""


def unknown_module(name: str = "") -> Refused:
    if name in RESERVED:
        return Refused(invalid_url())
    return refuse(400, "INVALID_MODULE", UNKNOWN_MODULE, {"resource_path_index": 0})


def invalid_url(world: Any = None, request: Any = None) -> Answer:
    return Answer(
        404,
        error("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"),
    )


def wrong_method(world: Any = None, request: Any = None) -> Answer:
    return Answer(
        400,
        error("INVALID_REQUEST_METHOD", "The http request method type is not a valid one"),
    )


def bad_json(request: Any, cause: Exception) -> Refused:
    return refuse(400, "INVALID_DATA", "body", {"expected_data_type": "jsonobject"})


def batch(key: str, rows: list[dict], *, created: bool = False, failed: int = 400) -> Answer:
    """The answer of a write: 200 (or 201), 207 when part of the rows failed, `failed` when all."""
    bad = sum(1 for row in rows if row["status"] == "error")
    if not bad:
        return Answer(201 if created else 200, {key: rows})
    return Answer(207 if bad < len(rows) else failed, {key: rows})
