"""The stored shape of items, and how they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..store import Record
from .custom_values import promoted
from .organisation import ZERO, Organisation

EMPTY_ITEM: dict[str, Any] = {
    "item_id": "",
    "name": "",
    "status": "active",
    "source": "api",
    "description": "",
    "rate": ZERO,
    "unit": "",
    "sku": "",
    "product_type": "goods",
    "item_type": "sales",
    "is_taxable": True,
    "tax_id": "",
    "tax_name": "",
    "tax_percentage": "",
    "tax_type": "",
    "tax_exemption_id": "",
    "account_id": "",
    "account_name": "",
    "purchase_description": "",
    "purchase_rate": ZERO,
    "purchase_account_id": "",
    "inventory_account_id": "",
    "vendor_id": "",
    "reorder_level": "",
    "hsn_or_sac": "",
    "item_tax_preferences": [],
    "locations": [],
    "zcrm_product_id": "",
    "is_linked_with_zohocrm": False,
}
ROW = (
    "item_id", "name", "status", "source", "description", "rate", "unit", "sku", "product_type",
    "item_type", "is_taxable", "tax_id", "tax_name", "tax_percentage", "tax_type", "account_id",
    "account_name", "purchase_description", "purchase_rate", "is_linked_with_zohocrm",
)  # fmt: skip
HIDDEN = ("custom_values", "moved", "created")


def new_item(org: Organisation, values: Mapping[str, Any], *, at: datetime | None = None) -> Record:
    text, moved = org.now(at)
    return with_names(
        org,
        {
            **EMPTY_ITEM,
            "item_id": org.new_id(),
            **values,
            "custom_values": dict(values.get("custom_values") or {}),
            "created_time": text,
            "last_modified_time": text,
            "created": moved,
            "moved": moved,
        },
    )


def with_names(org: Organisation, record: Record) -> Record:
    """The item with the names of its tax and account; the Sales account where it has none."""
    tax = org.taxes.get(record["tax_id"]) or {}
    accounts = org.accounts.values()
    account_id = record["account_id"] or next(
        (one["account_id"] for one in accounts if one["account_name"] == "Sales"), ""
    )
    return {
        **record,
        "tax_name": tax.get("tax_name", ""),
        "tax_percentage": str(tax["tax_percentage"]) if tax else "",
        "tax_type": tax.get("tax_type", ""),
        "account_id": account_id,
        "account_name": (org.accounts.get(account_id) or {}).get("account_name", ""),
    }


def row(org: Organisation, record: Record) -> dict[str, Any]:
    shown = {name: record[name] for name in ROW}
    return {**shown, **promoted(org, "item", record, empty=False)}


def detail(org: Organisation, record: Record) -> dict[str, Any]:
    shown = {name: value for name, value in record.items() if name not in HIDDEN}
    return {**shown, **promoted(org, "item", record, empty=True)}
