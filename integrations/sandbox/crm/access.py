"""Who calls, what they may, and what it costs: everything that is checked before a handler runs.

Credits are counted over a rolling 24 hours for the organisation, calls in process for the
organisation and for a dearer sub-set of calls. Both are off with `limits off`.

https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson

from ..wire import Request
from .answers import refuse

DAY = 86_400
CONCURRENT, SUB_CONCURRENT = 20, 10
"""Enterprise edition; the lower figure holds for every edition."""

_PLAIN, _HEAVY = ("crm", "plain"), ("crm", "heavy")
_CREDITS = ("crm", "credits")
_VERB_OF = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "PATCH": "UPDATE", "DELETE": "DELETE"}
_ROOTS = re.compile(r"^/crm/(bulk/)?v8")
_MODULE_CALL = re.compile(r"^/(?!settings|users|org|actions|coql|read|__apis)([A-Za-z]\w*)")


@dataclass(slots=True, frozen=True)
class Caller:
    """The CRM user behind the token, and the time zone answers are written in."""

    user: dict[str, Any]
    zone: str
    grant: dict[str, Any]


def caller_of(world: Any, request: Request) -> Caller:
    """Raises 401 where the request carries no live token of Zoho's own scheme."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Zoho-oauthtoken" or not token.strip():
        raise refuse(401, "AUTHENTICATION_FAILURE", "Authentication failed")
    grant = world.oauth.grant_for(token.strip())
    if grant is None:
        raise refuse(401, "INVALID_TOKEN", "invalid oauth token")
    user = acting_user(world, grant.get("user") or "")
    return Caller(user, user["time_zone"], grant)


def acting_user(world: Any, email: str = "") -> dict[str, Any]:
    """The user of an address; without one, the administrator who connected the organisation."""
    users = world.store.collection("crm", "users")
    if email:
        for user in users.values():
            if user["email"] == email:
                return user
    return users[world.company["crm_user"]]


def before(world: Any, request: Request, template: str) -> None:
    caller = caller_of(world, request)
    path = _ROOTS.sub("", request.path)
    for wanted in _scopes(request.method, path, bulk="/bulk/" in request.path):
        if not world.oauth.allows(caller.grant, *wanted):
            raise refuse(401, "OAUTH_SCOPE_MISMATCH", "Unauthorized")
    if world.limits == "real":
        _spend(world, request, path)


def flight_key(request: Request) -> tuple[str, str]:
    """Under what a call is counted while it is in process."""
    return _HEAVY if _is_heavy(request, _ROOTS.sub("", request.path)) else _PLAIN


def credit_headers(world: Any) -> dict[str, str]:
    """What is left of the day's credits, told only once half of them are spent."""
    total = day_credits(world)
    spent = world.counters.spent(_CREDITS, world.clock.time(), DAY)
    return {"X-API-CREDITS-REMAINING": str(total - spent)} if spent * 2 > total else {}


def day_credits(world: Any) -> int:
    users = world.store.collection("crm", "users").values()
    active = sum(1 for user in users if user["status"] == "active")
    return world.company.get("crm_credits") or min(50_000 + 1_000 * active, 5_000_000)


def _spend(world: Any, request: Request, path: str) -> None:
    counters = world.counters
    heavy = counters.in_flight(_HEAVY)
    too_many = refuse(
        429,
        "TOO_MANY_REQUESTS",
        "Too many requests fired in concurrency. Please try again later",
    )
    if heavy + counters.in_flight(_PLAIN) > CONCURRENT:
        raise too_many
    if heavy > SUB_CONCURRENT and _is_heavy(request, path):
        raise too_many
    cost = _cost(request, path)
    if counters.allow(_CREDITS, world.clock.time(), day_credits(world), DAY, cost) is not None:
        raise refuse(429, "TOO_MANY_REQUESTS", "You have reached the maximum credits of the day")


def _is_heavy(request: Request, path: str) -> bool:
    if path == "/coql":
        return True
    if not _MODULE_CALL.match(path):
        return False
    if request.method == "GET":
        return "cvid" in request.query or "sort_by" in request.query
    return request.method in ("POST", "PUT") and _batch_size(request) > 10


def _cost(request: Request, path: str) -> int:
    if path == "/coql":
        found = re.search(r"limit\s+(\d+)(?:\s*,\s*(\d+))?", _text(request), re.IGNORECASE)
        count = int(found[2] or found[1]) if found else 200
        return 1 if count <= 200 else 2 if count <= 1_000 else 3
    if path == "/read":
        return 50 if request.method == "POST" else 1
    if not _MODULE_CALL.match(path):
        return 1
    if path.endswith("/deleted"):
        return 2
    if request.method == "GET":
        return 3 if "cvid" in request.query else 1
    if request.method == "DELETE":
        return 1
    return max(1, -(-_batch_size(request) // 10))


def _batch_size(request: Request) -> int:
    try:
        found = orjson.loads(request.body)
    except ValueError:
        return 1
    rows = found.get("data") if isinstance(found, dict) else None
    return len(rows) if isinstance(rows, list) else 1


def _text(request: Request) -> str:
    return request.body.decode("utf-8", "replace")


def _scopes(method: str, path: str, *, bulk: bool) -> list[tuple[str, ...]]:
    """The scopes a call needs: of each tuple, one."""
    verb = _VERB_OF.get(method, "READ")
    parts = [*path.strip("/").split("/"), ""]
    head, second = parts[0], parts[1]
    if bulk:
        return [_any("bulk", "", "READ" if method == "GET" else "CREATE", "READ")]
    if (head, second) == ("org", "currencies"):
        return [(*_any("settings", "currencies", verb), *_any("org", "", verb))]
    fixed = {
        "settings": [_any("settings", second, verb)],
        "users": [_any("users", "", verb)],
        "org": [_any("org", "", verb)],
        "coql": [_any("coql", "", "READ"), _any("modules", "*", "READ")],
        "actions": [_any("notifications", "", verb)],
        "__apis": [("ZohoCRM.apis.READ", *_any("settings", "", "READ"))],
    }
    return fixed.get(head) or _record_scopes(verb, head, second)


def _record_scopes(verb: str, module: str, action: str) -> list[tuple[str, ...]]:
    if action == "upsert":
        return [_any("modules", module, "CREATE"), _any("modules", module, "UPDATE")]
    needed = [_any("modules", module, verb)]
    if action == "search":
        needed.append(("ZohoSearch.securesearch.READ", "ZohoSearch.securesearch.ALL"))
    return needed


def _any(group: str, part: str, *verbs: str) -> tuple[str, ...]:
    """Every spelling that grants one of the verbs on a part of a group."""
    words = {*verbs, "ALL"} | ({"WRITE"} if {"CREATE", "UPDATE"} & {*verbs} else set())
    plain = [f"ZohoCRM.{group}.{word}" for word in sorted(words)]
    if part == "*":
        parts = ["accounts", "contacts", "deals", "products", "vendors"]
    else:
        parts = [part] if part else []
    return (*plain, *(f"ZohoCRM.{group}.{one}.{word}" for one in parts for word in sorted(words)))
