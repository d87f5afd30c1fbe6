"""The organisation, its currencies and its users.

https://www.zoho.com/crm/developer/docs/api/v8/get-users.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..wire import Answer, Request
from .access import caller_of
from .answers import invalid_param, refuse
from .clock import render
from .lists import since_of
from .paging import whole
from .rows import user_ref

_User = dict[str, Any]
_TYPES: dict[str, Callable[[_User], bool]] = {
    "AllUsers": lambda user: bool(user),
    "ActiveUsers": lambda user: user["status"] == "active",
    "DeactiveUsers": lambda user: user["status"] == "disabled",
    "ConfirmedUsers": lambda user: user["confirm"] and user["status"] != "deleted",
    "ConfirmedReportingUsers": lambda user: user["confirm"] and bool(user["reporting_to"]),
    "NotConfirmedUsers": lambda user: not user["confirm"] and user["status"] != "deleted",
    "DeletedUsers": lambda user: user["status"] == "deleted",
    "ActiveConfirmedUsers": lambda user: user["confirm"] and user["status"] == "active",
    "AdminUsers": lambda user: user["admin"] and user["status"] != "deleted",
    "ActiveConfirmedAdmins": lambda user: (
        user["admin"] and user["confirm"] and user["status"] == "active"
    ),
}


def get_org(world: Any, request: Request) -> Answer:
    zone = caller_of(world, request).zone
    org = next(iter(world.store.collection("crm", "org").values()))
    return Answer(200, {"org": [org | {"created_time": render(org["created_time"], zone)}]})


def list_currencies(world: Any, request: Request) -> Answer:
    _multi_currency(world)
    zone = caller_of(world, request).zone
    held = world.store.collection("crm", "currencies").values()
    return Answer(200, {"currencies": [_currency(world, one, zone) for one in held]})


def one_currency(world: Any, request: Request, record_id: str) -> Answer:
    _multi_currency(world)
    currency = world.store.collection("crm", "currencies").get(record_id)
    if currency is None:
        return Answer(204)
    zone = caller_of(world, request).zone
    return Answer(200, {"currencies": [_currency(world, currency, zone)]})


def list_users(world: Any, request: Request) -> Answer:
    caller = caller_of(world, request)
    since = since_of(request.headers)
    found = _of_type(world, request, caller.user["id"])
    if since is not None:
        found = [user for user in found if user["modified_time"] > since]
        if not found:
            return Answer(304)
    if "ids" in request.query:
        wanted = request.query["ids"].split(",")
        found = [user for user in found if user["id"] in wanted]
    page = whole(request.query, "page", 1, 1)
    per_page = whole(request.query, "per_page", 200, 1)
    if per_page > 200:
        raise invalid_param("per_page")
    shown = found[(page - 1) * per_page : page * per_page]
    if not shown:
        return Answer(204)
    info = {
        "per_page": per_page,
        "count": len(shown),
        "page": page,
        "more_records": page * per_page < len(found),
    }
    users = [present_user(world, user, caller.zone) for user in shown]
    return Answer(200, {"users": users, "info": info})


def one_user(world: Any, request: Request, record_id: str) -> Answer:
    user = world.store.collection("crm", "users").get(record_id)
    if user is None:
        return Answer(204)
    zone = caller_of(world, request).zone
    return Answer(200, {"users": [present_user(world, user, zone)]})


def count_users(world: Any, request: Request) -> Answer:
    found = _of_type(world, request, caller_of(world, request).user["id"])
    return Answer(200, {"count": len(found)})


def present_user(world: Any, user: _User, zone: str) -> dict[str, Any]:
    """A user with every key of an answer."""
    roles, profiles = (world.store.collection("crm", name) for name in ("roles", "profiles"))
    role, profile = roles[user["role"]], profiles[user["profile"]]
    author = user_ref(world, user["created_by"], email=False)
    return {
        "id": user["id"],
        "zuid": user["zuid"],
        "email": user["email"],
        "first_name": user["first_name"],
        "last_name": user["last_name"],
        "full_name": user["full_name"],
        "status": user["status"],
        "status_reason__s": None,
        "confirm": user["confirm"],
        "type__s": "Regular User",
        "role": {"name": role["name"], "id": role["id"]},
        "profile": {"name": profile["name"], "id": profile["id"]},
        "Reporting_To": user["reporting_to"],
        "alias": None,
        "phone": user["phone"],
        "mobile": None,
        "fax": None,
        "website": None,
        "street": None,
        "city": None,
        "state": None,
        "zip": None,
        "country": None,
        "dob": None,
        "signature": None,
        "language": "en_US",
        "locale": "en_US",
        "country_locale": "en_US",
        "time_zone": user["time_zone"],
        "time_format": "HH:mm",
        "date_format": "MM/dd/yyyy",
        "decimal_separator": "Period",
        "number_separator": "Comma",
        "name_format__s": "Salutation,First Name,Last Name",
        "sort_order_preference__s": "First Name,Last Name",
        "microsoft": False,
        "personal_account": False,
        "imap_status": False,
        "sandboxDeveloper": False,
        "$current_shift": None,
        "$next_shift": None,
        "$shift_effective_from": None,
        "created_by": author,
        "Modified_By": author,
        "created_time": render(user["created_time"], zone),
        "Modified_Time": render(user["modified_time"], zone),
    }


def _of_type(world: Any, request: Request, caller_id: str) -> list[_User]:
    kind = request.query.get("type", "AllUsers")
    users = world.store.collection("crm", "users").values()
    if kind == "CurrentUser":
        return [user for user in users if user["id"] == caller_id]
    if kind not in _TYPES:
        raise invalid_param("type")
    return [user for user in users if _TYPES[kind](user)]


def _currency(world: Any, currency: dict[str, Any], zone: str) -> dict[str, Any]:
    moments = {name: render(currency[name], zone) for name in ("created_time", "modified_time")}
    authors = {
        name: user_ref(world, currency[name], email=False) for name in ("created_by", "modified_by")
    }
    return currency | moments | authors


def _multi_currency(world: Any) -> None:
    org = next(iter(world.store.collection("crm", "org").values()))
    if not org["mc_status"]:
        raise refuse(
            403, "CURRENCIES_NOT_ENABLED", "currencies are not enabled for this organisation"
        )
