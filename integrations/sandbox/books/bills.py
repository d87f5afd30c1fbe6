"""Bills, as far as vendors with open ones need them: https://www.zoho.com/books/api/v3/bills/."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from ..store import Record
from ..wire import Answer, Request
from . import fields
from .envelope import missing, object_of, ok, refuse, route
from .listing import Listing
from .organisation import ZERO, Organisation, fold

BILL: dict[str, fields.Check] = {
    "vendor_id": fields.record_id,
    "bill_number": fields.text(100),
    "reference_number": fields.text(100),
    "date": fields.date,
    "due_date": fields.date,
    "line_items": fields.listed,
}
OWN_SCREENS: dict[str, fields.Check] = {
    "status": fields.choice("open", "overdue", "partially_paid", "paid", "void"),
    "payment_made": fields.money,
}
ROW = (
    "bill_id", "vendor_id", "vendor_name", "status", "bill_number", "reference_number", "date",
    "due_date", "currency_id", "currency_code", "exchange_rate", "total", "balance",
    "created_time", "last_modified_time",
)  # fmt: skip
HIDDEN = ("created", "moved", "payment_made")


def shown_status(org: Organisation, bill: Record) -> str:
    """`open` becomes `overdue` by itself once the due date has passed."""
    late = bill["status"] == "open" and bill["due_date"] < org.today()
    return "overdue" if late else bill["status"]


def _is(status: str) -> Any:
    return lambda org, bill: shown_status(org, bill) == status


LISTING = Listing(
    key="bills",
    report="Bills",
    filters={
        "Status.All": None,
        "Status.PartiallyPaid": _is("partially_paid"),
        "Status.Paid": _is("paid"),
        "Status.Overdue": _is("overdue"),
        "Status.Void": _is("void"),
        "Status.Open": _is("open"),
    },
    default_filter="Status.All",
    sorts={
        "vendor_name": lambda bill: fold(bill["vendor_name"]),
        "bill_number": lambda bill: fold(bill["bill_number"]),
        "date": itemgetter("date"),
        "due_date": itemgetter("due_date"),
        "total": itemgetter("total"),
        "balance": itemgetter("balance"),
        "created_time": itemgetter("created"),
    },
    default_sort="created_time",
    default_order="D",
    texts={name: itemgetter(name) for name in ("bill_number", "reference_number", "vendor_name")},
    numbers={"total": itemgetter("total")},
    dates={"date": itemgetter("date"), "due_date": itemgetter("due_date")},
    exact={"vendor_id": itemgetter("vendor_id")},
    search=lambda bill: (bill["bill_number"], bill["reference_number"], bill["vendor_name"]),
    narrow={"vendor_id": ("vendor", str)},
    modified=True,
)


def create(org: Organisation, given: Mapping[str, Any], *, own_screen: bool = False) -> Record:
    values = fields.clean(given, BILL)
    if own_screen:
        values |= fields.clean(given, OWN_SCREENS)
    vendor = org.contacts.get(values.get("vendor_id", ""))
    if vendor is None or vendor["contact_type"] != "vendor":
        raise missing("Vendor", 400)
    if not values.get("bill_number"):
        raise refuse(4, "Invalid value passed for bill_number")
    text, moved = org.now()
    day = values.get("date") or org.today()
    record = {
        "reference_number": "",
        "status": "open",
        "payment_made": ZERO,
        **values,
        "bill_id": org.new_id(),
        "vendor_name": vendor["contact_name"],
        "date": day,
        "due_date": values.get("due_date") or day,
        "currency_id": vendor["currency_id"],
        "currency_code": vendor["currency_code"],
        "exchange_rate": 1,
        "line_items": [_line(line) for line in values.get("line_items") or ()],
        "created_time": text,
        "last_modified_time": text,
        "created": moved,
        "moved": moved,
    }
    made = org.bills.insert(_reckoned(record))
    settle_vendor(org, made["vendor_id"])
    return made


def change(org: Organisation, bill_id: str, given: Mapping[str, Any]) -> Record:
    """What its own people do to a bill: pay it, void it."""
    values = fields.clean(given, {**BILL, **OWN_SCREENS})
    changed = org.bills.replace(bill_id, org.touched(_reckoned({**org.bills[bill_id], **values})))
    settle_vendor(org, changed["vendor_id"])
    return changed


def settle_vendor(org: Organisation, contact_id: str) -> None:
    """Bring what is owed to a vendor up to date; the contact's own modified time stays."""
    held = (org.bills[one] for one in org.bills.by("vendor", contact_id))
    owed = sum((one["balance"] for one in held if one["status"] != "void"), ZERO)
    contact = {**org.contacts[contact_id], "outstanding_payable_amount": owed}
    org.contacts.replace(contact_id, contact)


def _line(line: Record) -> Record:
    amounts = {name: fields.money(name, line.get(name, 1)) for name in ("rate", "quantity")}
    return {**line, **amounts}


def _reckoned(bill: Record) -> Record:
    total = sum((line["rate"] * line["quantity"] for line in bill["line_items"]), ZERO)
    paid = total if bill["status"] == "paid" else bill["payment_made"]
    return {**bill, "total": total, "balance": total - paid}


def row(org: Organisation, bill: Record) -> dict[str, Any]:
    return {**{name: bill[name] for name in ROW}, "status": shown_status(org, bill)}


def detail(org: Organisation, bill: Record) -> dict[str, Any]:
    shown = {name: value for name, value in bill.items() if name not in HIDDEN}
    return {**shown, "status": shown_status(org, bill)}


@route("GET", "/bills")
def list_bills(org: Organisation, request: Request) -> Answer:
    return LISTING.answer_by_status(org, request, org.bills, row, shown_status)


@route("POST", "/bills")
def post(org: Organisation, request: Request) -> Answer:
    made = create(org, object_of(request))
    return ok("The bill has been created.", status=201, bill=detail(org, made))


@route("GET", "/bills/{bill_id}")
def get(org: Organisation, request: Request, bill_id: str) -> Answer:
    if bill_id not in org.bills:
        raise missing("Bill")
    return ok(bill=detail(org, org.bills[bill_id]))
