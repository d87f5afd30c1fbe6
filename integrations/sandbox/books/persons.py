"""Contact persons: their rules, the list inside a contact's body, and their own calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..store import Record
from ..wire import Answer, Request
from . import fields
from .contact_shape import PERSON_ON_CONTACT, new_person, person_answer, persons_of
from .envelope import invalid, missing, object_of, ok, refuse, route
from .listing import Listing
from .organisation import Organisation

PERSON: dict[str, fields.Check] = {
    "salutation": fields.text(25),
    "first_name": fields.text(100),
    "last_name": fields.text(100),
    "email": fields.email(100),
    "phone": fields.text(50),
    "mobile": fields.text(50),
    "skype": fields.text(50),
    "designation": fields.text(100),
    "department": fields.text(50),
    "is_primary_contact": fields.boolean,
    "enable_portal": fields.boolean,
    "communication_preference": fields.anything(dict),
}
OWN_CALLS = {**PERSON, "designation": fields.text(50)}

LISTING = Listing(
    key="contact_persons",
    report="Contact Persons",
    filters={"Status.All": None},
    default_filter="Status.All",
    sorts={"contact_person_id": lambda person: person["contact_person_id"]},
    default_sort="contact_person_id",
)


def read(org: Organisation, given: Mapping[str, Any], table: dict[str, fields.Check]) -> Record:
    """A person's values of a body, checked. `is_primary_contact: false` is refused: which person
    is the primary one is changed by naming the new one."""
    values = fields.clean(given, table)
    if values.get("is_primary_contact") is False:
        raise invalid("is_primary_contact")
    if values.pop("enable_portal", False):
        values["is_added_in_portal"] = True
    return values


def put_list(org: Organisation, contact: Record, given: Any) -> Record:
    """Bring a contact's persons to those of a body, those left out being removed.

    Returns the contact with its primary person's particulars.
    """
    wanted = read_list(org, given)
    contact_id = contact["contact_id"]
    held = {person["contact_person_id"]: person for person in persons_of(org, contact_id)}
    if any(own and own not in held for own, _ in wanted):
        raise missing("Contact person", 400)
    for gone in set(held) - {own for own, _ in wanted}:
        org.persons.remove(gone)
    chosen = ""
    for own, values in wanted:
        primary = values.pop("is_primary_contact", False)
        if own:
            person = org.persons.replace(own, {**held[own], **values})
        else:
            person = org.persons.insert(new_person(org, contact_id, values, is_primary=False))
        _invite(org, held.get(own), person)
        if primary:
            chosen = person["contact_person_id"]
    return with_primary(org, contact, chosen)


def read_list(org: Organisation, given: Any) -> list[tuple[str, Record]]:
    """`contact_persons` of a body as (contact_person_id or "", values). Blank ones are dropped."""
    found = []
    for entry in fields.listed("contact_persons", given):
        values = read(org, entry, PERSON)
        own = fields.record_id("contact_person_id", entry.get("contact_person_id", ""))
        if own or any(values.get(name) for name in PERSON_ON_CONTACT):
            found.append((own, values))
    return found


def with_primary(org: Organisation, contact: Record, chosen: str = "") -> Record:
    """The contact with the particulars of its primary person: the chosen one, else the one it
    had, else the first. Marks that person and no other."""
    people = persons_of(org, contact["contact_id"])
    ids = [person["contact_person_id"] for person in people]
    before = contact["primary_contact_id"]
    primary = chosen or (before if before in ids else "") or (ids[0] if ids else "")
    for person in people:
        is_primary = person["contact_person_id"] == primary
        if person["is_primary_contact"] != is_primary:
            marked = {**person, "is_primary_contact": is_primary}
            org.persons.replace(person["contact_person_id"], marked)
    shown = org.persons.get(primary) or {}
    return {
        **contact,
        "primary_contact_id": primary,
        **{name: shown.get(name, "") for name in PERSON_ON_CONTACT},
    }


def _invite(org: Organisation, before: Record | None, person: Record) -> None:
    newly = person["is_added_in_portal"] and not (before and before["is_added_in_portal"])
    if newly and person["email"]:
        org.world.outbox.add(
            "books",
            person["email"],
            f"Invitation to the customer portal of {org.record['name']}",
            "portal access was given to a contact person",
        )


def _touch(org: Organisation, contact_id: str, chosen: str = "") -> None:
    contact = with_primary(org, org.contacts[contact_id], chosen)
    org.contacts.replace(contact_id, org.touched(contact))


def _held(org: Organisation, contact_person_id: str) -> Record:
    found = org.persons.get(contact_person_id)
    if found is None:
        raise missing("Contact person")
    return found


def save_person(org: Organisation, given: Mapping[str, Any], own: str = "") -> Record:
    """Make a person, or change the one of the id `own`; the contact's modified time moves."""
    values = read(org, given, OWN_CALLS)
    chosen = values.pop("is_primary_contact", False)
    before = org.persons[own] if own else None
    contact_id = before["contact_id"] if before else str(given.get("contact_id") or "")
    if contact_id not in org.contacts:
        raise missing("Contact", 400)
    merged = {**(before or {}), **values}
    if not merged.get("first_name"):
        raise refuse(4, "Invalid value passed for first_name")
    if before:
        person = org.persons.replace(own, merged)
    else:
        person = org.persons.insert(new_person(org, contact_id, values, is_primary=False))
    _invite(org, before, person)
    _touch(org, contact_id, person["contact_person_id"] if chosen else "")
    return org.persons[person["contact_person_id"]]


def remove_person(org: Organisation, contact_person_id: str) -> None:
    contact_id = org.persons.remove(contact_person_id)["contact_id"]
    _touch(org, contact_id)


@route("GET", "/contacts/contactpersons")
def list_all(org: Organisation, request: Request) -> Answer:
    return LISTING.answer(org, request, org.persons, lambda _, person: person_answer(person))


@route("POST", "/contacts/contactpersons")
def create(org: Organisation, request: Request) -> Answer:
    person = save_person(org, object_of(request))
    message = "The contactperson has been Created"
    return ok(message, status=201, contact_person=[person_answer(person)])


@route("GET", "/contacts/contactpersons/{contact_person_id}")
def get(org: Organisation, request: Request, contact_person_id: str) -> Answer:
    return ok(contact_person=person_answer(_held(org, contact_person_id)))


@route("PUT", "/contacts/contactpersons/{contact_person_id}")
def update(org: Organisation, request: Request, contact_person_id: str) -> Answer:
    _held(org, contact_person_id)
    person = save_person(org, object_of(request), contact_person_id)
    message = "The contactperson details has been updated."
    return ok(message, contact_person=[person_answer(person)])


@route("DELETE", "/contacts/contactpersons/{contact_person_id}")
def delete(org: Organisation, request: Request, contact_person_id: str) -> Answer:
    _held(org, contact_person_id)
    remove_person(org, contact_person_id)
    return ok("The contact person has been deleted.")


@route("POST", "/contacts/contactpersons/{contact_person_id}/primary")
def mark_primary(org: Organisation, request: Request, contact_person_id: str) -> Answer:
    person = _held(org, contact_person_id)
    _touch(org, person["contact_id"], contact_person_id)
    return ok("This contact person has been marked as your primary contact person.")


@route("GET", "/contacts/{contact_id}/contactpersons")
def list_of_contact(org: Organisation, request: Request, contact_id: str) -> Answer:
    if contact_id not in org.contacts:
        raise missing("Contact")
    among = org.persons.by("contact", contact_id)
    return LISTING.answer(
        org,
        request,
        org.persons,
        lambda _, person: person_answer(person, with_contact=False),
        among=among,
    )


@route("GET", "/contacts/{contact_id}/contactpersons/{contact_person_id}")
def get_of_contact(
    org: Organisation, request: Request, contact_id: str, contact_person_id: str
) -> Answer:
    person = _held(org, contact_person_id)
    if person["contact_id"] != contact_id:
        raise missing("Contact person")
    return ok(contact_person=person_answer(person))
