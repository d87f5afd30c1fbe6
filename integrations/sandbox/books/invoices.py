"""Invoices, as far as customers with transactions need them: /invoices."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from ..store import Record
from ..wire import Answer, Request
from . import custom_values, fields, locks
from .envelope import body_of, missing, object_of, ok, refuse, route
from .invoice_shape import (
    detail,
    new_invoice,
    next_number,
    reckoned,
    row,
    settle_customer,
    shown_status,
)
from .listing import Listing
from .organisation import Organisation, fold

INVOICE: dict[str, fields.Check] = {
    "customer_id": fields.record_id,
    "currency_id": fields.record_id,
    "contact_persons": fields.anything(list),
    "contact_persons_associated": fields.listed,
    "invoice_number": fields.text(100),
    "reference_number": fields.text(100),
    "template_id": fields.record_id,
    "date": fields.date,
    "due_date": fields.date,
    "payment_terms": fields.integer,
    "payment_terms_label": fields.text(100),
    "exchange_rate": fields.money,
    "is_discount_before_tax": fields.boolean,
    "discount_type": fields.choice("entity_level", "item_level"),
    "is_inclusive_tax": fields.boolean,
    "salesperson_name": fields.text(200),
    "line_items": fields.listed,
    "allow_partial_payments": fields.boolean,
    "notes": fields.text(),
    "terms": fields.text(),
    "shipping_charge": fields.money,
    "adjustment": fields.money,
    "adjustment_description": fields.text(),
    "zcrm_potential_id": fields.record_id,
}
OWN_SCREENS: dict[str, fields.Check] = {
    "status": fields.choice("draft", "sent", "overdue", "paid", "void", "partially_paid"),
    "payment_made": fields.money,
    "credits_applied": fields.money,
}
STATUSES = {
    "Draft": "draft",
    "Sent": "sent",
    "OverDue": "overdue",
    "Paid": "paid",
    "Void": "void",
    "Unpaid": "unpaid",
    "PartiallyPaid": "partially_paid",
    "Viewed": "viewed",
}
"""Words of filter_by and the statuses they stand for."""


def _status_test(word: str) -> Any:
    if word == "unpaid":
        return lambda org, invoice: (
            shown_status(org, invoice) in ("sent", "overdue", "partially_paid")
        )
    return lambda org, invoice: shown_status(org, invoice) == word


LISTING = Listing(
    key="invoices",
    report="Invoices",
    filters={
        "Status.All": None,
        **{f"Status.{_word}": _status_test(_status) for _word, _status in STATUSES.items()},
    },
    default_filter="Status.All",
    sorts={
        "customer_name": lambda invoice: fold(invoice["customer_name"]),
        "invoice_number": lambda invoice: fold(invoice["invoice_number"]),
        "date": lambda invoice: invoice["date"],
        "due_date": lambda invoice: invoice["due_date"],
        "total": lambda invoice: invoice["total"],
        "balance": lambda invoice: invoice["balance"],
        "created_time": lambda invoice: invoice["created"],
    },
    default_sort="created_time",
    default_order="D",
    texts={
        name: itemgetter(name)
        for name in ("invoice_number", "reference_number", "customer_name")
    },
    numbers={
        "total": lambda invoice: invoice["total"],
        "balance": lambda invoice: invoice["balance"],
    },
    dates={
        "date": lambda invoice: invoice["date"],
        "due_date": lambda invoice: invoice["due_date"],
        "created_date": lambda invoice: invoice["created_time"][:10],
    },
    exact={
        name: itemgetter(name)
        for name in ("customer_id", "zcrm_potential_id", "recurring_invoice_id")
    },
    search=lambda invoice: (
        invoice["invoice_number"], invoice["reference_number"], invoice["customer_name"]
    ),
    narrow={"customer_id": ("customer", str), "invoice_number": ("number", fold)},
    modified=True,
)  # fmt: skip


def held(org: Organisation, invoice_id: str) -> Record:
    found = org.invoices.get(invoice_id)
    if found is None:
        raise missing("Invoice")
    return found


def create(
    org: Organisation,
    given: Mapping[str, Any],
    *,
    own_number: bool = False,
    own_screen: bool = False,
) -> Record:
    """`own_number` is ignore_auto_number_generation: the body's number, and not the next one."""
    values = _checked(org, given, own_screen=own_screen)
    if values.get("customer_id", "") not in org.contacts:
        raise missing("Customer", 400)
    if not values.get("line_items"):
        raise refuse(4, "Invalid value passed for line_items")
    if own_number and not values.get("invoice_number"):
        raise refuse(4, "Invalid value passed for invoice_number")
    if not values.get("invoice_number"):
        values["invoice_number"] = next_number(org)
    _unused_number(org, values["invoice_number"], None)
    _open(org, values.get("date") or org.today())
    invoice = org.invoices.insert(new_invoice(org, values))
    settle_customer(org, invoice["customer_id"])
    return invoice


def update(
    org: Organisation, invoice_id: str, given: Mapping[str, Any], *, own_screen: bool = False
) -> Record:
    before = held(org, invoice_id)
    values = _checked(org, given, own_screen=own_screen)
    customer_id = values.get("customer_id", before["customer_id"])
    if customer_id != before["customer_id"]:
        if customer_id not in org.contacts:
            raise missing("Customer", 400)
        if before["payment_made"]:
            raise refuse(3010, "The customer of an invoice with payments cannot be changed.")
    if "invoice_number" in values:
        _unused_number(org, values["invoice_number"], invoice_id)
    for day in (before["date"], values.get("date") or before["date"]):
        _open(org, day)
    custom = {**before["custom_values"], **values.pop("custom_values", {})}
    changed = reckoned(org, {**before, **values, "custom_values": custom})
    org.invoices.replace(invoice_id, org.touched(changed))
    for one in {before["customer_id"], customer_id}:
        settle_customer(org, one)
    return org.invoices[invoice_id]


def delete(org: Organisation, invoice_id: str) -> None:
    invoice = held(org, invoice_id)
    if invoice["payment_made"]:
        raise refuse(4001, "Invoices with payments cannot be deleted.")
    if invoice["credits_applied"]:
        raise refuse(12008, "Invoices with credits applied cannot be deleted.")
    _open(org, invoice["date"])
    org.invoices.remove(invoice_id)
    settle_customer(org, invoice["customer_id"])


def set_status(org: Organisation, invoice_id: str, status: str, allowed: tuple[str, ...]) -> None:
    """Move an invoice to another status. Raises Refused from any status not `allowed`."""
    invoice = held(org, invoice_id)
    if invoice["status"] not in allowed:
        raise refuse(4041, f"The status of the invoice cannot be changed to {status}.")
    _open(org, invoice["date"])
    changed = reckoned(org, {**invoice, "status": status})
    org.invoices.replace(invoice_id, org.touched(changed))
    settle_customer(org, invoice["customer_id"])


def _checked(org: Organisation, given: Mapping[str, Any], *, own_screen: bool) -> Record:
    values = fields.clean(given, INVOICE)
    if own_screen:
        values |= fields.clean(given, OWN_SCREENS)
    if "line_items" in values:
        values["line_items"] = [_checked_line(org, line) for line in values["line_items"]]
    if values.get("currency_id") and values["currency_id"] not in org.currencies:
        raise refuse(9004, "The currency does not exist.")
    if "custom_fields" in given:
        values["custom_values"] = custom_values.read(org, "invoice", given["custom_fields"] or [])
    return values


def _checked_line(org: Organisation, line: Record) -> Record:
    """A line that stands on an item of the catalogue, or on its own name and rate."""
    item_id = fields.record_id("item_id", line.get("item_id"))
    if item_id and item_id not in org.items:
        raise missing("Item", 400)
    amounts: dict[str, Any] = {
        name: fields.money(name, line[name]) for name in ("rate", "quantity") if name in line
    }
    return {**line, **amounts, "item_id": item_id, "tax_id": str(line.get("tax_id") or "")}


def _unused_number(org: Organisation, number: str, own_id: str | None) -> None:
    if any(one != own_id for one in org.invoices.by("number", fold(number))):
        raise refuse(1001, f'Invoice number "{number}" already exists.')


def _open(org: Organisation, day: str) -> None:
    """The fact sheets do not say which code a locked period answers."""
    if locks.is_locked(org, "sales", day):
        raise refuse(4, f"Transactions of {day} are locked for sales.")


def _mail(org: Organisation, invoice: Record, why: str) -> None:
    to = org.contacts[invoice["customer_id"]]["email"]
    subject = f"Invoice {invoice['invoice_number']} from {org.record['name']}"
    org.world.outbox.add("books", to, subject, why)


@route("GET", "/invoices")
def list_invoices(org: Organisation, request: Request) -> Answer:
    return LISTING.answer_by_status(org, request, org.invoices, row, shown_status)


@route("POST", "/invoices")
def post(org: Organisation, request: Request) -> Answer:
    own_number = request.query.get("ignore_auto_number_generation") == "true"
    made = create(org, object_of(request), own_number=own_number)
    if request.query.get("send") == "true":
        set_status(org, made["invoice_id"], "sent", ("draft",))
        _mail(org, made, "an invoice was created with send=true")
    shown = detail(org, org.invoices[made["invoice_id"]])
    return ok("The invoice has been created.", status=201, invoice=shown)


@route("GET", "/invoices/{invoice_id}")
def get(org: Organisation, request: Request, invoice_id: str) -> Answer:
    return ok(invoice=detail(org, held(org, invoice_id)))


@route("PUT", "/invoices/{invoice_id}")
def put(org: Organisation, request: Request, invoice_id: str) -> Answer:
    changed = update(org, invoice_id, object_of(request))
    return ok("Invoice information has been updated.", invoice=detail(org, changed))


@route("DELETE", "/invoices/{invoice_id}")
def remove(org: Organisation, request: Request, invoice_id: str) -> Answer:
    delete(org, invoice_id)
    return ok("The invoice has been deleted.")


@route("POST", "/invoices/{invoice_id}/status/sent")
def mark_sent(org: Organisation, request: Request, invoice_id: str) -> Answer:
    set_status(org, invoice_id, "sent", ("draft", "sent"))
    return ok("Invoice status has been changed to Sent.")


@route("POST", "/invoices/{invoice_id}/status/void")
def mark_void(org: Organisation, request: Request, invoice_id: str) -> Answer:
    set_status(org, invoice_id, "void", ("draft", "sent", "overdue", "partially_paid"))
    return ok("Invoice status has been changed to Void.")


@route("POST", "/invoices/{invoice_id}/status/draft")
def mark_draft(org: Organisation, request: Request, invoice_id: str) -> Answer:
    set_status(org, invoice_id, "draft", ("void",))
    return ok("Status of invoice changed from void to draft")


@route("POST", "/invoices/{invoice_id}/email")
def mail(org: Organisation, request: Request, invoice_id: str) -> Answer:
    invoice = held(org, invoice_id)
    if invoice["status"] == "draft":
        set_status(org, invoice_id, "sent", ("draft",))
    emailed = {**org.invoices[invoice_id], "is_emailed": True}
    org.invoices.replace(invoice_id, org.touched(emailed))
    _mail(org, invoice, "an invoice was e-mailed")
    return ok("Your invoice has been sent.")


@route("PUT", "/invoice/{invoice_id}/customfields")
def put_custom_fields(org: Organisation, request: Request, invoice_id: str) -> Answer:
    update(org, invoice_id, {"custom_fields": body_of(request)})
    return ok("Custom Fields Updated Successfully")
