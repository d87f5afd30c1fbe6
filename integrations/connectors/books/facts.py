"""What tells one Books contact from another when a person compares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mappings.values import read

Facts = list[tuple[str, str]]


def of_contact(record: Mapping[str, Any]) -> Facts:
    """Kind, place, address and balance of a contact as its own page has them."""
    currency = str(record.get("currency_code") or "")
    person = _primary(record.get("contact_persons") or ())
    return [
        ("Kind", str(record.get("contact_type") or "")),
        ("Status", str(record.get("status") or "")),
        ("City", str(read(record, "billing_address.city") or "")),
        ("E-mail", str(record.get("email") or person.get("email") or "")),
        ("Phone", str(read(record, "billing_address.phone") or person.get("phone") or "")),
        _owed(record, currency),
        ("Has documents", "yes" if record.get("has_transaction") else "no"),
    ]


def _owed(record: Mapping[str, Any], currency: str) -> tuple[str, str]:
    """What a customer owes, or what a vendor is owed."""
    if record.get("contact_type") == "vendor":
        return "Payable", _amount(record.get("outstanding_payable_amount"), currency)
    return "Receivable", _amount(record.get("outstanding_receivable_amount"), currency)


def of_invoices(rows: Sequence[Mapping[str, Any]], *, more: bool) -> Facts:
    """The newest of a contact's invoices, and how many there are; `rows` are newest first."""
    if not rows:
        return [("Invoices", "none"), ("Last invoice", "")]
    last = rows[0]
    amount = _amount(last.get("total"), str(last.get("currency_code") or ""))
    return [
        ("Invoices", f"{len(rows)} or more" if more else str(len(rows))),
        ("Last invoice", f"{last.get('invoice_number', '')} of {last.get('date', '')}, {amount}"),
    ]


def _primary(persons: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Books keeps the e-mail address with the contact's primary person."""
    return next((one for one in persons if one.get("is_primary_contact")), {})


def _amount(value: Any, currency: str) -> str:
    return f"{value} {currency}".strip() if value is not None else ""
