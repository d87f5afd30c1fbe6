"""Every Books call: who asks, for which organisation, how often; and the envelope of answers.

Success is `{"code": 0, "message": ..., <resource>: ...}`, failure `{"code": N, "message": ...}`
(https://www.zoho.com/books/api/v3/errors/).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import Any

from ..wire import Answer, Refused, Request, Router
from . import organisation
from .organisation import Organisation

router = Router("books", "/books/v3")

SCOPE_GROUPS = {
    "contacts": "contacts",
    "invoices": "invoices",
    "invoice": "invoices",
    "bills": "bills",
    "transactionlock": "accountants",
    "transactionlocks": "accountants",
    "accountingperiods": "accountants",
    "chartofaccounts": "accountants",
}
VERBS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "DELETE": "DELETE"}

CALLS_A_MINUTE = 100
CALLS_A_DAY = {"FREE": 1000, "STANDARD": 2000, "PROFESSIONAL": 5000}
CALLS_A_DAY_ABOVE = 10_000
IN_PROCESS = {"FREE": 5}
IN_PROCESS_PAID = 10

NOT_AUTHORISED = "You are not authorized to perform this operation"
BLOCKED = (
    "For security reasons your organization has been blocked as it have exceeded the maximum"
    " number of requests per minute that can originate from an organization."
)
TOO_MANY_IN_PROCESS = (
    "You have reached the maximum number of in process requests allowed."
    " Kindly try again after some time."
)


def ok(message: str = "success", *, status: int = 200, **resource: Any) -> Answer:
    return Answer(status, {"code": 0, "message": message, **resource})


def refuse(code: int, message: str, status: int = 400, **headers: str) -> Refused:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refused(Answer(status, {"code": code, "message": message}, named))


def invalid(field: str) -> Refused:
    return refuse(2, f"Invalid value passed for {field}")


def missing(resource: str, status: int = 404) -> Refused:
    """1002: the record of the path (404), or one that a body refers to (400)."""
    return refuse(1002, f"{resource} does not exist.", status)


def route(method: str, template: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Register a handler called with the organisation in place of the world."""

    def register(handler: Callable[..., Answer]) -> Callable[..., Answer]:
        def handle(world: Any, request: Request, **params: str) -> Answer:
            return handler(request.context, request, **params)

        router.route(method, template)(handle)
        return handler

    return register


def body_of(request: Request) -> Any:
    """The body: JSON, or the older form with `JSONString`. Fractions come as Decimal."""
    if request.body[:1] in (b"{", b"["):
        return request.json(decimals=True)
    text = request.form().get("JSONString") or request.query.get("JSONString")
    if text:
        return request.parse(text, decimals=True)
    return request.json(decimals=True)


def object_of(request: Request) -> dict[str, Any]:
    """The body as an object. Raises Refused for any other JSON."""
    found = body_of(request)
    if not isinstance(found, dict):
        raise refuse(4, "Invalid value passed for JSONString")
    return found


def _before(world: Any, request: Request, template: str) -> None:
    grant = world.oauth.grant_for(request.bearer())
    if grant is None or not _in_scope(world, grant, request.method, template):
        raise refuse(57, NOT_AUTHORISED, 401)
    org = _organisation(world, request, template)
    if world.limits == "real" and org is not None:
        _limits(world, org)
    request.context = org or world


def _in_scope(world: Any, grant: dict[str, Any], method: str, template: str) -> bool:
    segments = template.strip("/").split("/")
    group = SCOPE_GROUPS.get(segments[0], "settings")
    if segments[0] == "crm" and segments[1] != "item":
        group = "contacts"
    return world.oauth.allows(
        grant,
        f"ZohoBooks.{group}.{VERBS[method]}",
        f"ZohoBooks.{group}.ALL",
        "ZohoBooks.fullaccess.ALL",
    )


def _organisation(world: Any, request: Request, template: str) -> Organisation | None:
    """The organisation asked for; only the list of organisations goes without."""
    wanted = _organization_id(request)
    org = organisation.of(world, wanted)
    if org is None and template not in ("/organizations", "/organizations/user"):
        raise refuse(6041, f"This user is not associated with the CompanyID/CompanyName:{wanted}.")
    return org


def _organization_id(request: Request) -> str:
    header = request.headers.get("x-com-zoho-books-organizationid", "")
    given = request.query.get("organization_id") or header
    if not given and request.path.startswith("/books/v3/organizations/"):
        return request.path.split("/")[4]
    return given


def _limits(world: Any, org: Organisation) -> None:
    """Per organisation: calls in process, a minute and a day. Refused calls are not counted."""
    plan = org.record["plan_name"].upper()
    now = world.clock.now()
    if world.counters.in_flight(("books", org.id)) > IN_PROCESS.get(plan, IN_PROCESS_PAID):
        raise refuse(1070, TOO_MANY_IN_PROCESS, 429)
    local = now.astimezone(org.zone)
    a_day = CALLS_A_DAY.get(plan, CALLS_A_DAY_ABOVE)
    day = ("books", org.id, local.date().isoformat())
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if world.counters.spent(day, now.timestamp(), 2 * 86_400) >= a_day:
        raise refuse(
            45,
            "The API call for this organization has exceeded the maximum call rate limit of"
            f" {a_day}.",
            429,
            Retry_After=str(ceil((midnight - local).total_seconds())),
        )
    wait = world.counters.allow(("books", org.id), now.timestamp(), CALLS_A_MINUTE, 60)
    if wait is not None:
        raise refuse(44, BLOCKED, 429, Retry_After=str(max(1, ceil(wait))))
    world.counters.take(day, now.timestamp())


def _unknown(world: Any, request: Request) -> Answer:
    return Answer(404, {"code": 5, "message": "Invalid URL Passed"})


def _wrong_method(world: Any, request: Request) -> Answer:
    return Answer(405, {"code": 5, "message": "Invalid URL Passed"})


def _bad_json(request: Request, error: Exception) -> Refused:
    return refuse(4, "Invalid value passed for JSONString")


def _flight_key(request: Request) -> tuple[str, str]:
    return "books", _organization_id(request)


router.before = _before
router.unknown = _unknown
router.wrong_method = _wrong_method
router.on_bad_json = _bad_json
router.flight_key = _flight_key
