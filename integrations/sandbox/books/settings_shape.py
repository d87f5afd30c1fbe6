"""The stored shapes of what an organisation sets up: currencies, users, taxes, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..store import Record
from .organisation import Organisation

ROLES = {"admin": "1", "staff": "2", "timesheetstaff": "3"}


def role_id(org: Organisation, user_role: str) -> str:
    """The default roles' ids: the organisation's own id with a digit behind it."""
    return org.id + ROLES.get(user_role, "9")


def new_currency(
    org: Organisation,
    currency_code: str,
    currency_symbol: str,
    currency_name: str,
    price_precision: int,
    is_base_currency: bool,
) -> Record:
    return {
        "currency_id": org.new_id(),
        "currency_code": currency_code,
        "currency_name": f"{currency_code}- {currency_name}".rstrip("- "),
        "currency_symbol": currency_symbol,
        "price_precision": price_precision,
        "currency_format": "1,234,567.89" if price_precision else "1,234,567",
        "is_base_currency": is_base_currency,
    }


def new_user(
    org: Organisation, name: str, email: str, user_role: str, status: str, is_owner: bool
) -> Record:
    return {
        "user_id": org.new_id(),
        "role_id": role_id(org, user_role),
        "name": name,
        "email": email,
        "user_role": user_role,
        "status": status,
        "user_type": "zoho",
        "is_owner": is_owner,
        "is_customer_segmented": False,
        "is_vendor_segmented": False,
        "is_employee": True,
        "photo_url": "",
        "cost_rate": 0,
        "created_time": org.now()[0],
    }


def new_tax(org: Organisation, values: Mapping[str, Any]) -> Record:
    return {
        "tax_id": org.new_id(),
        "tax_name": "",
        "tax_percentage": 0,
        "tax_type": "tax",
        "tax_factor": "rate",
        "tax_specific_type": "",
        "tax_authority_id": "",
        "tax_authority_name": "",
        "country": "",
        "country_code": "",
        "purchase_tax_expense_account_id": "",
        "is_value_added": False,
        "is_default_tax": False,
        "is_editable": True,
        **values,
    }


def new_account(
    org: Organisation, account_name: str, account_type: str, *, is_system_account: bool = False
) -> Record:
    text, moved = org.now()
    return {
        "account_id": org.new_id(),
        "account_name": account_name,
        "account_code": "",
        "account_type": account_type,
        "currency_id": org.record["currency_id"],
        "currency_code": org.record["currency_code"],
        "description": "",
        "is_active": True,
        "is_system_account": is_system_account,
        "is_user_created": not is_system_account,
        "is_involved_in_transaction": False,
        "can_show_in_ze": False,
        "parent_account_id": "",
        "documents": [],
        "custom_fields": [],
        "created_time": text,
        "last_modified_time": text,
        "moved": moved,
    }
