"""Fields of Zoho Books that no call describes: https://www.zoho.com/books/api/v3/contacts/."""

from __future__ import annotations

from mappings.converters import FieldInfo


def _text(name: str, label: str, length: int | None = None, **more: bool) -> FieldInfo:
    return FieldInfo(name, label, "text", length=length, **more)  # type: ignore[arg-type]


def _address(prefix: str, label: str) -> tuple[FieldInfo, ...]:
    parts = (
        ("attention", "attention", 100),
        ("address", "street", 500),
        ("street2", "street 2", 255),
        ("city", "city", 100),
        ("state", "state", 100),
        ("state_code", "state code", 100),
        ("zip", "postal code", 50),
        ("country", "country", 100),
        ("phone", "phone", 50),
        ("fax", "fax", 50),
    )
    return tuple(_text(f"{prefix}.{name}", f"{label} {text}", size) for name, text, size in parts)


CONTACT_FIELDS: tuple[FieldInfo, ...] = (
    _text("contact_name", "Display name", 200, required=True, unique=True),
    _text("company_name", "Company name", 200),
    FieldInfo("website", "Website", "url"),
    _text("contact_number", "Customer number", 200),
    _text("notes", "Remarks"),
    _text("facebook", "Facebook", 100),
    _text("twitter", "X (Twitter)", 100),
    FieldInfo("credit_limit", "Credit limit", "money"),
    FieldInfo("payment_terms", "Payment terms (days)", "number"),
    _text("payment_terms_label", "Payment terms", 200),
    _text("tax_id_value", "Tax number"),
    FieldInfo("is_taxable", "Taxable", "boolean"),
    _text("language_code", "Language"),
    *_address("billing_address", "Billing"),
    *_address("shipping_address", "Shipping"),
    _text("zcrm_account_id", "Zoho CRM account", read_only=True),
    _text("zcrm_contact_id", "Zoho CRM contact", read_only=True),
)

_REFUSED = "Bank details cannot be mapped: they are entered in Zoho Books only."
BANK_FIELDS: tuple[FieldInfo, ...] = (
    FieldInfo("bank_accounts", "Bank accounts", unmappable=_REFUSED),
    FieldInfo("cards", "Cards", unmappable=_REFUSED),
)
