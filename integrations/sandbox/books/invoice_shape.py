"""The stored shape of invoices: as much as customers with transactions need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..store import Record
from .custom_values import promoted
from .organisation import ZERO, Organisation

EMPTY_INVOICE: dict[str, Any] = {
    "invoice_id": "",
    "invoice_number": "",
    "reference_number": "",
    "date": "",
    "due_date": "",
    "status": "draft",
    "payment_terms": 0,
    "payment_terms_label": "Due on Receipt",
    "payment_expected_date": "",
    "last_payment_date": "",
    "customer_id": "",
    "customer_name": "",
    "contact_persons": [],
    "contact_persons_associated": [],
    "currency_id": "",
    "currency_code": "",
    "exchange_rate": Decimal(1),
    "discount": ZERO,
    "is_discount_before_tax": True,
    "discount_type": "entity_level",
    "is_inclusive_tax": False,
    "recurring_invoice_id": "",
    "is_viewed_by_client": False,
    "client_viewed_time": "",
    "has_attachment": False,
    "ach_payment_initiated": False,
    "line_items": [],
    "shipping_charge": ZERO,
    "adjustment": ZERO,
    "adjustment_description": "",
    "sub_total": ZERO,
    "tax_total": ZERO,
    "total": ZERO,
    "taxes": [],
    "payment_reminder_enabled": True,
    "payment_made": ZERO,
    "credits_applied": ZERO,
    "tax_amount_withheld": ZERO,
    "balance": ZERO,
    "write_off_amount": ZERO,
    "allow_partial_payments": False,
    "price_precision": 2,
    "is_emailed": False,
    "reminders_sent": 0,
    "last_reminder_sent_date": "",
    "billing_address": {},
    "shipping_address": {},
    "notes": "",
    "terms": "",
    "template_id": "",
    "template_name": "",
    "salesperson_id": "",
    "salesperson_name": "",
    "zcrm_potential_id": "",
    "zcrm_potential_name": "",
    "estimate_id": "",
    "salesorder_id": "",
    "attachment_name": "",
    "can_send_in_mail": False,
    "invoice_url": "",
}
ROW = (
    "invoice_id", "ach_payment_initiated", "customer_name", "customer_id", "status",
    "invoice_number", "reference_number", "date", "due_date", "currency_id", "currency_code",
    "is_viewed_by_client", "has_attachment", "client_viewed_time", "total", "balance",
    "created_time", "last_modified_time", "is_emailed", "reminders_sent",
    "last_reminder_sent_date", "payment_expected_date", "last_payment_date", "salesperson_id",
    "salesperson_name", "shipping_charge", "adjustment", "write_off_amount", "exchange_rate",
)  # fmt: skip
HIDDEN = ("custom_values", "moved", "created")


def new_invoice(
    org: Organisation, values: Mapping[str, Any], *, at: datetime | None = None
) -> Record:
    text, moved = org.now(at)
    record = {
        **EMPTY_INVOICE,
        "invoice_id": org.new_id(),
        **values,
        "custom_values": dict(values.get("custom_values") or {}),
        "created_time": text,
        "last_modified_time": text,
        "created": moved,
        "moved": moved,
    }
    record["date"] = record["date"] or text[:10]
    record["invoice_number"] = record["invoice_number"] or next_number(org)
    return reckoned(org, record)


def next_number(org: Organisation) -> str:
    """The next free automatic number, INV-000001 upwards."""
    number = len(org.invoices) + 1
    while org.invoices.by("number", f"inv-{number:06}"):
        number += 1
    return f"INV-{number:06}"


def reckoned(org: Organisation, record: Record) -> Record:
    """The invoice with its customer's particulars, lines and totals worked out."""
    customer = org.contacts[record["customer_id"]]
    currency = org.currencies[record["currency_id"] or customer["currency_id"]]
    precision = currency["price_precision"]
    lines = [
        _line(org, number, line, precision) for number, line in enumerate(record["line_items"])
    ]
    sub_total = sum((line["item_total"] for line in lines), ZERO)
    taxes = _taxes(lines, precision)
    tax_total = sum((tax["tax_amount"] for tax in taxes), ZERO)
    extra = Decimal(record["shipping_charge"]) + Decimal(record["adjustment"])
    total = sub_total + tax_total + extra
    paid = Decimal(record["payment_made"]) + Decimal(record["credits_applied"])
    issued = date.fromisoformat(record["date"])
    due = record["due_date"] or (issued + timedelta(max(record["payment_terms"], 0))).isoformat()
    void = record["status"] == "void"
    return {
        **record,
        "customer_name": customer["contact_name"],
        "currency_id": currency["currency_id"],
        "currency_code": currency["currency_code"],
        "price_precision": precision,
        "line_items": lines,
        "sub_total": rounded(sub_total, precision),
        "tax_total": rounded(tax_total, precision),
        "taxes": taxes,
        "total": rounded(total, precision),
        "balance": ZERO if void else rounded(total - paid, precision),
        "due_date": due,
        "billing_address": record["billing_address"] or dict(customer["billing_address"]),
        "shipping_address": record["shipping_address"] or dict(customer["shipping_address"]),
    }


def rounded(amount: Decimal, precision: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP)


def _line(org: Organisation, number: int, line: Mapping[str, Any], precision: int) -> Record:
    item = org.items.get(line.get("item_id", "")) or {}
    rate = Decimal(str(line.get("rate", item.get("rate", 0))))
    quantity = Decimal(str(line.get("quantity", 1)))
    tax = org.taxes.get(line.get("tax_id", "")) or {}
    return {
        "line_item_id": line.get("line_item_id") or org.new_id(),
        "item_id": line.get("item_id", ""),
        "name": line.get("name") or item.get("name", ""),
        "description": line.get("description") or item.get("description", ""),
        "item_order": number,
        "rate": rate,
        "quantity": quantity,
        "unit": line.get("unit") or item.get("unit", ""),
        "discount": ZERO,
        "discount_amount": ZERO,
        "tax_id": line.get("tax_id", ""),
        "tax_name": tax.get("tax_name", ""),
        "tax_type": tax.get("tax_type", ""),
        "tax_percentage": tax.get("tax_percentage", 0),
        "project_id": line.get("project_id", ""),
        "time_entry_ids": line.get("time_entry_ids", []),
        "line_item_category": line.get("line_item_category", "line_item"),
        "item_total": rounded(rate * quantity, precision),
    }


def _taxes(lines: list[Record], precision: int) -> list[dict[str, Any]]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        if line["tax_id"]:
            amount = line["item_total"] * Decimal(str(line["tax_percentage"])) / 100
            sums[line["tax_name"]] = sums.get(line["tax_name"], ZERO) + rounded(amount, precision)
    return [{"tax_name": name, "tax_amount": amount} for name, amount in sums.items()]


def settle_customer(org: Organisation, contact_id: str) -> None:
    """Bring what a customer owes up to date. The contact's own modified time stays."""
    owed, owed_base = org.balances(contact_id)
    org.contacts.replace(
        contact_id,
        {
            **org.contacts[contact_id],
            "outstanding_receivable_amount": owed,
            "outstanding_receivable_amount_bcy": rounded(owed_base, org.record["price_precision"]),
        },
    )


def shown_status(org: Organisation, record: Record) -> str:
    """`sent` becomes `overdue` by itself once the due date has passed."""
    if record["status"] == "sent" and record["due_date"] < org.today():
        return "overdue"
    return record["status"]


def row(org: Organisation, record: Record) -> dict[str, Any]:
    shown = {name: record[name] for name in ROW}
    shown["status"] = shown_status(org, record)
    return {**shown, **promoted(org, "invoice", record, empty=False)}


def detail(org: Organisation, record: Record) -> dict[str, Any]:
    shown = {name: value for name, value in record.items() if name not in HIDDEN}
    shown["status"] = shown_status(org, record)
    return {**shown, **promoted(org, "invoice", record, empty=True)}
