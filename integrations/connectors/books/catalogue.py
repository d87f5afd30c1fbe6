"""Fields of Zoho Books that no call describes: https://www.zoho.com/books/api/v3/contacts/."""

from __future__ import annotations

from dataclasses import replace

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


def _person(prefix: str = "") -> tuple[FieldInfo, ...]:
    """A person at a customer or vendor; `prefix` where it stands inside the contact."""
    parts = (
        ("salutation", "Salutation", 25),
        ("first_name", "First name", 100),
        ("last_name", "Last name", 100),
        ("email", "E-mail", 100),
        ("phone", "Work phone", 50),
        ("mobile", "Mobile", 50),
        ("designation", "Designation", 50),
        ("department", "Department", 50),
    )
    whose = "Main contact: " if prefix else ""
    return tuple(
        FieldInfo(
            f"{prefix}{name}",
            f"{whose}{label.lower() if whose else label}",
            {"email": "email", "phone": "phone", "mobile": "phone"}.get(name, "text"),
            length=size,
        )
        for name, label, size in parts
    )


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
    *_person("primary_person."),
    _text("primary_person.contact_person_id", "Main contact: id", read_only=True),
    _text("zcrm_account_id", "Zoho CRM account", read_only=True),
    _text("zcrm_contact_id", "Zoho CRM contact", read_only=True),
    _text("zcrm_vendor_id", "Zoho CRM vendor", read_only=True),
)

PERSON_FIELDS: tuple[FieldInfo, ...] = (
    FieldInfo("contact_id", "Customer", "id", required=True),
    *(replace(info, required=info.name == "first_name") for info in _person()),
    _text("skype", "Skype", 50),
    _text("full_name", "Name", read_only=True),
    _text("zcrm_contact_id", "Zoho CRM contact", read_only=True),
)

ITEM_FIELDS: tuple[FieldInfo, ...] = (
    _text("name", "Name", 100, required=True, unique=True),
    _text("sku", "SKU", 100, unique=True),
    FieldInfo("rate", "Selling price", "money", required=True),
    _text("description", "Sales description", 2000),
    _text("unit", "Unit", 100),
    FieldInfo("status", "Status", "choice", choices={"Active": "active", "Inactive": "inactive"}),
    FieldInfo(
        "product_type",
        "Product type",
        "choice",
        choices={"Goods": "goods", "Service": "service", "Digital service": "digital_service"},
    ),
    FieldInfo(
        "item_type",
        "Item type",
        "choice",
        choices={
            "Sales": "sales",
            "Purchases": "purchases",
            "Sales and purchases": "sales_and_purchases",
            "Inventory": "inventory",
        },
    ),
    FieldInfo("is_taxable", "Taxable", "boolean"),
    FieldInfo("purchase_rate", "Cost price", "money"),
    _text("purchase_description", "Purchase description", 2000),
    _text("zcrm_product_id", "Zoho CRM product", read_only=True),
)

_REFUSED = "Bank details cannot be mapped: they are entered in Zoho Books only."
BANK_FIELDS: tuple[FieldInfo, ...] = (
    FieldInfo("bank_accounts", "Bank accounts", unmappable=_REFUSED),
    FieldInfo("cards", "Cards", unmappable=_REFUSED),
)
