"""Users: /users (scope settings). Inviting answers 200 and no user: list them to learn the id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..store import Record
from ..wire import Answer, Request
from . import fields
from .envelope import missing, object_of, ok, refuse, route
from .listing import Listing, folded
from .organisation import Organisation, fold
from .settings_shape import ROLES, new_user, role_id

USER: dict[str, fields.Check] = {
    "name": fields.text(200),
    "email": fields.email(100),
    "role_id": fields.record_id,
    "cost_rate": fields.money,
}
ROW = (
    "user_id", "role_id", "name", "email", "user_role", "status", "photo_url", "user_type",
    "is_customer_segmented", "is_vendor_segmented",
)  # fmt: skip


def _has_status(word: str) -> Callable[[Organisation, Record], bool]:
    return lambda _, user: user["status"] == word


LISTING = Listing(
    key="users",
    report="Users",
    filters={
        "Status.All": lambda _, user: user["status"] != "deleted",
        **{
            f"Status.{word.capitalize()}": (_has_status(word))
            for word in ("active", "inactive", "invited", "deleted")
        },
    },
    default_filter="Status.All",
    sorts={name: folded(name) for name in ("name", "email", "user_role", "status")},
    default_sort="name",
)


def held(org: Organisation, user_id: str) -> Record:
    found = org.users.get(user_id)
    if found is None or found["status"] == "deleted":
        raise missing("User")
    return found


def current(org: Organisation, request: Request) -> Record:
    """The user whose token the call carries; the owner where the token names nobody."""
    grant = org.world.oauth.grant_for(request.bearer()) or {}
    found = org.users.by("email", fold(grant.get("user") or ""))
    if found:
        return org.users[found[0]]
    return next(user for user in org.users.values() if user["is_owner"])


def row(user: Record, me: Record) -> dict[str, Any]:
    shown = {name: user[name] for name in ROW}
    return {**shown, "is_current_user": user["user_id"] == me["user_id"]}


def detail(user: Record) -> dict[str, Any]:
    shown = {name: value for name, value in user.items() if name not in ("email", "is_owner")}
    return {**shown, "email_ids": [{"email": user["email"], "is_selected": True}]}


def invite(org: Organisation, given: Mapping[str, Any]) -> Record:
    values = _checked(org, given, None)
    role = _role(org, values.get("role_id", ""))
    made = new_user(org, values["name"], values["email"], role, "invited", False)
    made["cost_rate"] = values.get("cost_rate", 0)
    org.users.insert(made)
    _mail(org, made)
    return made


def update(org: Organisation, user_id: str, given: Mapping[str, Any]) -> Record:
    before = held(org, user_id)
    values = _checked(org, given, user_id)
    if values.get("role_id"):
        values["user_role"] = _role(org, values["role_id"])
    return org.users.replace(user_id, {**before, **values})


def set_status(org: Organisation, user_id: str, status: str) -> None:
    user = held(org, user_id)
    if user["is_owner"] and status != "active":
        raise refuse(4, "The owner of the organization stays active.")
    org.users.replace(user_id, {**user, "status": status})


def _checked(org: Organisation, given: Mapping[str, Any], own_id: str | None) -> Record:
    values = fields.clean(given, USER)
    for name in ("name", "email"):
        if not values.get(name, "").strip():
            raise refuse(4, f"Invalid value passed for {name}")
    taken = [one for one in org.users.by("email", fold(values["email"])) if one != own_id]
    if any(org.users[one]["status"] != "deleted" for one in taken):
        raise refuse(1001, "A user with this email address already exists.")
    return values


def _role(org: Organisation, wanted: str) -> str:
    if not wanted:
        return "staff"
    for word in ROLES:
        if role_id(org, word) == wanted:
            return word
    raise missing("Role", 400)


def _mail(org: Organisation, user: Record) -> None:
    org.world.outbox.add(
        "books",
        user["email"],
        f"Invitation to join {org.record['name']}",
        "a user was invited to the organisation",
    )


@route("GET", "/users")
def list_users(org: Organisation, request: Request) -> Answer:
    me = current(org, request)
    return LISTING.answer(org, request, org.users, lambda _, user: row(user, me))


@route("POST", "/users")
def post(org: Organisation, request: Request) -> Answer:
    invite(org, object_of(request))
    return ok("Your invitation has been sent.")


@route("GET", "/users/me")
def get_me(org: Organisation, request: Request) -> Answer:
    return ok(user=detail(current(org, request)))


@route("GET", "/users/{user_id}")
def get(org: Organisation, request: Request, user_id: str) -> Answer:
    return ok(user=detail(held(org, user_id)))


@route("PUT", "/users/{user_id}")
def put(org: Organisation, request: Request, user_id: str) -> Answer:
    update(org, user_id, object_of(request))
    return ok("The user information has been updated.")


@route("DELETE", "/users/{user_id}")
def remove(org: Organisation, request: Request, user_id: str) -> Answer:
    set_status(org, user_id, "deleted")
    return ok("The user has been removed from your organization.")


@route("POST", "/users/{user_id}/invite")
def invite_again(org: Organisation, request: Request, user_id: str) -> Answer:
    _mail(org, held(org, user_id))
    return ok("Your invitation has been sent.")


@route("POST", "/users/{user_id}/active")
def mark_active(org: Organisation, request: Request, user_id: str) -> Answer:
    set_status(org, user_id, "active")
    return ok("The user has been marked as active.")


@route("POST", "/users/{user_id}/inactive")
def mark_inactive(org: Organisation, request: Request, user_id: str) -> Answer:
    set_status(org, user_id, "inactive")
    return ok("The user has been marked as inactive.")
