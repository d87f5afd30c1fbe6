"""Customers and vendors: /contacts (https://www.zoho.com/books/api/v3/contacts/)."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from ..store import Record
from ..wire import Answer, Request
from . import contact_writes, fields
from .contact_shape import ADDRESS, detail, row
from .envelope import missing, object_of, ok, refuse, route
from .invoice_shape import row as invoice_row
from .invoice_shape import shown_status
from .listing import Listing
from .organisation import CRM_LINKS, Organisation, fold


def _addresses(contact: Record) -> tuple[str, ...]:
    places = (contact["billing_address"], contact["shipping_address"], *contact["addresses"])
    return tuple(place[part] for place in places for part in ADDRESS if place.get(part))


def _overdue(org: Organisation, contact: Record) -> bool:
    return any(
        shown_status(org, org.invoices[one]) == "overdue"
        for one in org.invoices.by("customer", contact["contact_id"])
    )


LISTING = Listing(
    key="contacts",
    report="Contacts",
    filters={
        "Status.All": None,
        "Status.Active": lambda _, contact: contact["status"] == "active",
        "Status.Inactive": lambda _, contact: contact["status"] == "inactive",
        "Status.Duplicate": lambda org, contact: (
            len(org.contacts.by("name", fold(contact["contact_name"]))) > 1
        ),
        "Status.PortalEnabled": lambda _, contact: contact["is_portal_enabled"],
        "Status.PortalDisabled": lambda _, contact: not contact["is_portal_enabled"],
        "Invoice.OverDue": _overdue,
        "Invoice.Unpaid": lambda _, contact: contact["outstanding_receivable_amount"] > 0,
        "Status.CreditLimitExceed": lambda _, contact: (
            0 < contact["credit_limit"] < contact["outstanding_receivable_amount"]
        ),
        "Status.Crm": lambda _, contact: contact["is_linked_with_zohocrm"],
    },
    default_filter="Status.Active",
    sorts={
        "contact_name": lambda contact: fold(contact["contact_name"]),
        "first_name": lambda contact: fold(contact["first_name"]),
        "last_name": lambda contact: fold(contact["last_name"]),
        "email": lambda contact: fold(contact["email"]),
        "outstanding_receivable_amount": lambda contact: contact["outstanding_receivable_amount"],
        "created_time": lambda contact: contact["created"],
        "last_modified_time": lambda contact: contact["moved"],
    },
    default_sort="contact_name",
    texts={
        **{
            name: itemgetter(name)
            for name in (
                "contact_name",
                "company_name",
                "first_name",
                "last_name",
                "email",
                "phone",
            )
        },
        "address": _addresses,
    },
    exact={name: itemgetter(name) for name in ("contact_type", *CRM_LINKS)},
    search=lambda contact: (contact["contact_name"], contact["notes"]),
    narrow={"contact_name": ("name", fold), **{name: (name, str) for name in CRM_LINKS}},
)


def held(org: Organisation, contact_id: str) -> Record:
    found = org.contacts.get(contact_id)
    if found is None:
        raise missing("Contact")
    return found


def several(org: Organisation, given: str) -> list[str]:
    """`contact_ids` of a bulk call: at most 200, all of them known."""
    ids = [one.strip() for one in given.split(",") if one.strip()]
    if not ids or len(ids) > 200:
        raise refuse(4, "Invalid value passed for contact_ids")
    for one in ids:
        held(org, one)
    return ids


def change(org: Organisation, contact_id: str, **values: Any) -> None:
    org.contacts.replace(contact_id, org.touched({**held(org, contact_id), **values}))


@route("GET", "/contacts")
def list_contacts(org: Organisation, request: Request) -> Answer:
    return LISTING.answer(org, request, org.contacts, row)


@route("POST", "/contacts")
def create(org: Organisation, request: Request) -> Answer:
    made = contact_writes.create(org, object_of(request))
    return ok("The contact has been added.", status=201, contact=detail(org, made))


@route("PUT", "/contacts")
def upsert(org: Organisation, request: Request) -> Answer:
    contact, is_new = contact_writes.upsert(
        org,
        request.headers.get("x-unique-identifier-key", ""),
        request.headers.get("x-unique-identifier-value", ""),
        request.headers.get("x-upsert", "").lower() == "true",
        object_of(request),
    )
    message = "The contact has been added." if is_new else "Contact information has been saved."
    return ok(message, status=201 if is_new else 200, contact=detail(org, contact))


@route("DELETE", "/contacts")
def delete_several(org: Organisation, request: Request) -> Answer:
    ids = several(org, request.query.get("contact_ids", ""))
    for one in ids:
        if org.has_transactions(one):
            raise refuse(3000, "The contact cannot be deleted as it has transactions.")
    for one in ids:
        contact_writes.delete(org, one)
    return ok("The contacts have been deleted.")


@route("GET", "/contacts/{contact_id}")
def get(org: Organisation, request: Request, contact_id: str) -> Answer:
    return ok(contact=detail(org, held(org, contact_id)))


@route("PUT", "/contacts/{contact_id}")
def update(org: Organisation, request: Request, contact_id: str) -> Answer:
    held(org, contact_id)
    changed = contact_writes.update(org, contact_id, object_of(request))
    return ok("Contact information has been saved.", contact=detail(org, changed))


@route("DELETE", "/contacts/{contact_id}")
def delete(org: Organisation, request: Request, contact_id: str) -> Answer:
    held(org, contact_id)
    contact_writes.delete(org, contact_id)
    return ok("The contact has been deleted.")


@route("POST", "/contacts/{contact_id}/active")
def mark_active(org: Organisation, request: Request, contact_id: str) -> Answer:
    change(org, contact_id, status="active")
    return ok("The contact has been marked as active.")


@route("POST", "/contacts/{contact_id}/inactive")
def mark_inactive(org: Organisation, request: Request, contact_id: str) -> Answer:
    change(org, contact_id, status="inactive")
    return ok("The contact has been marked as inactive.")


@route("POST", "/contacts/{contact_id}/paymentreminder/enable")
def enable_reminders(org: Organisation, request: Request, contact_id: str) -> Answer:
    change(org, contact_id, payment_reminder_enabled=True)
    return ok("All reminders associated with this contact have been enabled")


@route("POST", "/contacts/{contact_id}/paymentreminder/disable")
def disable_reminders(org: Organisation, request: Request, contact_id: str) -> Answer:
    change(org, contact_id, payment_reminder_enabled=False)
    return ok("All reminders associated with this contact have been stopped")


@route("POST", "/contacts/{contact_id}/portal/enable")
def enable_portal(org: Organisation, request: Request, contact_id: str) -> Answer:
    contact = held(org, contact_id)
    for entry in fields.listed("contact_persons", object_of(request).get("contact_persons")):
        person = org.persons.get(str(entry.get("contact_person_id")))
        if person is None or person["contact_id"] != contact_id:
            raise missing("Contact person", 400)
        org.persons.replace(person["contact_person_id"], {**person, "is_added_in_portal": True})
        org.world.outbox.add(
            "books",
            person["email"] or contact["email"],
            f"Invitation to the customer portal of {org.record['name']}",
            "the portal was enabled for a contact person",
        )
    change(org, contact_id, is_portal_enabled=True)
    return ok("Client Portal preferences have been updated")


@route("POST", "/contacts/{contact_id}/owner")
def give_owner(org: Organisation, request: Request, contact_id: str) -> Answer:
    change(org, contact_id, owner_id=_owner(org, request))
    return ok("The contact owner has been assigned.")


@route("POST", "/contacts/owner")
def give_owner_to_several(org: Organisation, request: Request) -> Answer:
    owner = _owner(org, request)
    for one in several(org, request.query.get("contact_ids", "")):
        change(org, one, owner_id=owner)
    return ok("The contact owner has been assigned.")


def _owner(org: Organisation, request: Request) -> str:
    owner = request.query.get("owner_id", "")
    if owner and owner not in org.users:
        raise missing("User", 400)
    return owner


@route("POST", "/contacts/{contact_id}/merge")
def merge(org: Organisation, request: Request, contact_id: str) -> Answer:
    """The specification names no parameter; `contact_ids` are the contacts merged into this."""
    held(org, contact_id)
    given = object_of(request).get("contact_ids") or request.query.get("contact_ids", "")
    others = several(org, ",".join(map(str, given)) if isinstance(given, list) else str(given))
    contact_writes.merge(org, contact_id, [one for one in others if one != contact_id])
    return ok("The contacts have been merged.")


@route("GET", "/contacts/{contact_id}/unpaidinvoices")
def unpaid_invoices(org: Organisation, request: Request, contact_id: str) -> Answer:
    held(org, contact_id)
    invoices = [org.invoices[one] for one in org.invoices.by("customer", contact_id)]
    owed = [
        one for one in invoices if one["balance"] > 0 and one["status"] not in ("draft", "void")
    ]
    return ok(invoices=[invoice_row(org, one) for one in owed])
