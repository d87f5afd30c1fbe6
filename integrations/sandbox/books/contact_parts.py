"""What hangs on a contact: further addresses and comments."""

from __future__ import annotations

from ..store import Record
from ..wire import Answer, Request
from . import contact_writes, fields
from .contacts import held
from .envelope import missing, object_of, ok, refuse, route
from .listing import Listing
from .organisation import Organisation

COMMENTS = Listing(
    key="contact_comments",
    report="Contact Comments",
    filters={"Status.All": None},
    default_filter="Status.All",
    sorts={"date": lambda comment: comment["comment_id"]},
    default_sort="date",
    default_order="D",
)


def _address(org: Organisation, contact_id: str, address_id: str) -> Record:
    for address in held(org, contact_id)["addresses"]:
        if address["address_id"] == address_id:
            return address
    raise missing("Address")


@route("GET", "/contacts/{contact_id}/address")
def list_addresses(org: Organisation, request: Request, contact_id: str) -> Answer:
    contact = held(org, contact_id)
    main = [contact["billing_address"], contact["shipping_address"]]
    return ok(addresses=[*main, *contact["addresses"]])


@route("POST", "/contacts/{contact_id}/address")
def add_address(org: Organisation, request: Request, contact_id: str) -> Answer:
    """Answers 200, unlike most other creates."""
    held(org, contact_id)
    made = contact_writes.add_address(org, contact_id, object_of(request))
    return ok("The address has been created", address_info=made)


@route("PUT", "/contacts/{contact_id}/address/{address_id}")
def update_address(org: Organisation, request: Request, contact_id: str, address_id: str) -> Answer:
    address = _address(org, contact_id, address_id)
    changed = {**address, **contact_writes.read_address(object_of(request))}
    kept = held(org, contact_id)["addresses"]
    placed = [changed if one["address_id"] == address_id else one for one in kept]
    contact_writes.put_addresses(org, contact_id, placed)
    return ok("The address has been updated", address_info=changed)


@route("DELETE", "/contacts/{contact_id}/address/{address_id}")
def delete_address(org: Organisation, request: Request, contact_id: str, address_id: str) -> Answer:
    _address(org, contact_id, address_id)
    kept = [a for a in held(org, contact_id)["addresses"] if a["address_id"] != address_id]
    contact_writes.put_addresses(org, contact_id, kept)
    return ok("The address has been deleted")


@route("GET", "/contacts/{contact_id}/comments")
def list_comments(org: Organisation, request: Request, contact_id: str) -> Answer:
    held(org, contact_id)
    return COMMENTS.answer(
        org,
        request,
        org.comments,
        lambda _, comment: comment,
        among=org.comments.by("contact", contact_id),
    )


@route("POST", "/contacts/{contact_id}/comments")
def add_comment(org: Organisation, request: Request, contact_id: str) -> Answer:
    contact = held(org, contact_id)
    description = fields.text()("description", object_of(request).get("description"))
    if not description:
        raise refuse(4, "Invalid value passed for description")
    author = next(iter(org.users.values()))
    moment = org.world.clock.now().astimezone(org.zone)
    org.comments.insert(
        {
            "comment_id": org.new_id(),
            "contact_id": contact_id,
            "contact_name": contact["contact_name"],
            "description": description,
            "commented_by_id": author["user_id"],
            "commented_by": author["name"],
            "date": moment.date().isoformat(),
            "date_description": "",
            "time": moment.strftime("%I:%M %p").lstrip("0"),
            "transaction_id": "",
            "transaction_type": "contact",
            "is_entity_deleted": False,
            "operation_type": "added",
        }
    )
    return ok("The comment has been added.")


@route("DELETE", "/contacts/{contact_id}/comments/{comment_id}")
def delete_comment(org: Organisation, request: Request, contact_id: str, comment_id: str) -> Answer:
    comment = org.comments.get(comment_id)
    if comment is None or comment["contact_id"] != contact_id:
        raise missing("Comment")
    org.comments.remove(comment_id)
    return ok("The comment has been deleted.")
