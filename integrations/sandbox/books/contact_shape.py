"""The stored shapes of contacts and contact persons, and how they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..store import Record
from .custom_values import promoted
from .organisation import ZERO, Organisation

ADDRESS = (
    "attention", "address", "street2", "city", "state", "state_code", "zip", "country",
    "country_code", "phone", "fax",
)  # fmt: skip
PERSON_ON_CONTACT = ("first_name", "last_name", "email", "phone", "mobile")

EMPTY_CONTACT: dict[str, Any] = {
    "contact_id": "",
    "contact_name": "",
    "company_name": "",
    "contact_type": "customer",
    "customer_sub_type": "business",
    "contact_number": "",
    "status": "active",
    "website": "",
    "language_code": "en",
    "credit_limit": ZERO,
    "pricebook_id": "",
    "currency_id": "",
    "currency_code": "",
    "currency_symbol": "",
    "payment_terms": 0,
    "payment_terms_label": "Due on Receipt",
    "notes": "",
    "owner_id": "",
    "is_portal_enabled": False,
    "payment_reminder_enabled": True,
    "facebook": "",
    "twitter": "",
    "track_1099": False,
    "tax_id_type": "",
    "tax_id_value": "",
    "is_taxable": True,
    "tax_id": "",
    "tax_name": "",
    "tax_percentage": ZERO,
    "tax_authority_id": "",
    "tax_authority_name": "",
    "tax_exemption_id": "",
    "tax_exemption_code": "",
    "tax_reg_no": "",
    "vat_reg_no": "",
    "vat_treatment": "",
    "tax_treatment": "",
    "tax_regime": "",
    "legal_name": "",
    "gst_no": "",
    "gst_treatment": "",
    "place_of_contact": "",
    "country_code": "",
    "opening_balances": [],
    "documents": [],
    "tags": [],
    "default_templates": {},
    "addresses": [],
    "primary_contact_id": "",
    "first_name": "",
    "last_name": "",
    "email": "",
    "phone": "",
    "mobile": "",
    "source": "api",
    "zcrm_account_id": "",
    "zcrm_contact_id": "",
    "zcrm_vendor_id": "",
    "crm_owner_id": "",
    "is_linked_with_zohocrm": False,
    "outstanding_receivable_amount": ZERO,
    "outstanding_receivable_amount_bcy": ZERO,
    "unused_credits_receivable_amount": ZERO,
    "unused_credits_receivable_amount_bcy": ZERO,
    "outstanding_payable_amount": ZERO,
    "unused_credits_payable_amount": ZERO,
}
EMPTY_PERSON: dict[str, Any] = {
    "contact_person_id": "",
    "contact_id": "",
    "salutation": "",
    "first_name": "",
    "last_name": "",
    "email": "",
    "phone": "",
    "mobile": "",
    "skype": "",
    "designation": "",
    "department": "",
    "is_primary_contact": False,
    "is_added_in_portal": False,
    "communication_preference": {"is_email_enabled": True, "is_whatsapp_enabled": False},
    "zcrm_contact_id": "",
}

ROW = (
    "contact_id", "contact_name", "company_name", "contact_type", "customer_sub_type",
    "contact_number", "status", "source", "language_code", "is_linked_with_zohocrm",
    "payment_terms", "payment_terms_label", "currency_id", "currency_code",
    "outstanding_receivable_amount", "unused_credits_receivable_amount",
    "outstanding_payable_amount", "unused_credits_payable_amount",
    "first_name", "last_name", "email", "phone", "mobile", "created_time", "last_modified_time",
)  # fmt: skip
HIDDEN = ("custom_values", "moved", "created", *PERSON_ON_CONTACT)


def new_contact(
    org: Organisation, values: Mapping[str, Any], *, at: datetime | None = None
) -> Record:
    """A stored contact from values in the API's names; addresses and currency filled up."""
    text, moved = org.now(at)
    record = {
        **EMPTY_CONTACT,
        "contact_id": org.new_id(),
        **values,
        "custom_values": dict(values.get("custom_values") or {}),
        "created_time": text,
        "last_modified_time": text,
        "created": moved,
        "moved": moved,
    }
    for name in ("billing_address", "shipping_address"):
        record[name] = new_address(org, values.get(name) or {})
    if "payment_terms_label" not in values:
        record["payment_terms_label"] = terms_label(record["payment_terms"])
    if any(record[name] for name in ("zcrm_account_id", "zcrm_contact_id", "zcrm_vendor_id")):
        record["is_linked_with_zohocrm"] = True
    return with_currency(org, record)


def with_currency(org: Organisation, record: Record) -> Record:
    currency_id = record["currency_id"] or org.record["currency_id"]
    currency = org.currencies[currency_id]
    return {
        **record,
        "currency_id": currency_id,
        "currency_code": currency["currency_code"],
        "currency_symbol": currency["currency_symbol"],
    }


def new_address(org: Organisation, values: Mapping[str, Any]) -> Record:
    """An address has an id even when it is empty."""
    return {"address_id": org.new_id(), **{name: values.get(name) or "" for name in ADDRESS}}


def new_person(
    org: Organisation, contact_id: str, values: Mapping[str, Any], *, is_primary: bool
) -> Record:
    return {
        **EMPTY_PERSON,
        "contact_person_id": org.new_id(),
        **values,
        "contact_id": contact_id,
        "is_primary_contact": is_primary,
    }


def terms_label(days: int) -> str:
    """Negative codes are rules, such as the end of the month; 0 is due at once."""
    rules = {0: "Due on Receipt", -2: "Due end of the month", -3: "Due end of next month"}
    return rules.get(days) or f"Net {days}"


def persons_of(org: Organisation, contact_id: str) -> list[Record]:
    return [org.persons[one] for one in org.persons.by("contact", contact_id)]


def row(org: Organisation, record: Record) -> dict[str, Any]:
    """A contact in a list: no website, addresses, notes, contact persons."""
    shown = {name: record[name] for name in ROW}
    shown["vendor_name" if record["contact_type"] == "vendor" else "customer_name"] = record[
        "contact_name"
    ]
    if record["custom_values"]:
        shown.update(promoted(org, "contact", record, empty=False))
    else:
        shown["custom_fields"] = []
        shown["custom_field_hash"] = {}
    return shown


def detail(org: Organisation, record: Record) -> dict[str, Any]:
    """A contact as GET /contacts/{id} answers it."""
    shown = {name: value for name, value in record.items() if name not in HIDDEN}
    shown["has_transaction"] = org.has_transactions(record["contact_id"])
    shown["contact_persons"] = [
        person_answer(one, with_contact=False) for one in persons_of(org, record["contact_id"])
    ]
    shown.update(promoted(org, "contact", record, empty=True))
    return shown


def person_answer(person: Record, *, with_contact: bool = True) -> dict[str, Any]:
    if with_contact:
        return dict(person)
    return {name: value for name, value in person.items() if name != "contact_id"}
