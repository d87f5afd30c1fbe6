"""What a company builder calls to fill an organisation: no validation, no limits, no outbox.

Values are named as in the API. Everything not given gets the value an empty field has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..store import Record
from .contact_shape import new_contact, new_person
from .invoice_shape import new_invoice, settle_customer
from .item_shape import new_item
from .organisation import Organisation, of
from .settings_shape import new_account, new_currency, new_tax, new_user

STANDARD_ACCOUNTS = (
    ("Sales", "income"),
    ("General Income", "income"),
    ("Other Charges", "income"),
    ("Discount", "income"),
    ("Accounts Receivable", "accounts_receivable"),
    ("Accounts Payable", "accounts_payable"),
    ("Undeposited Funds", "cash"),
    ("Petty Cash", "cash"),
    ("Bank", "bank"),
    ("Tax Payable", "other_current_liability"),
    ("Cost of Goods Sold", "cost_of_goods_sold"),
    ("Bank Fees and Charges", "expense"),
    ("Travel Expense", "expense"),
    ("Retained Earnings", "equity"),
)


def found(
    world: Any,
    *,
    organization_id: str,
    name: str,
    email: str,
    contact_name: str = "",
    currency: tuple[str, str, str] = ("USD", "$", "US Dollar"),
    price_precision: int = 2,
    time_zone: str = "America/Los_Angeles",
    plan_name: str = "PREMIUM",
    is_default_org: bool = True,
    **more: Any,
) -> Organisation:
    """Make an organisation with its base currency, first user, chart of accounts, `cf_crm_id`."""
    code, symbol, _ = currency
    created = world.clock.now().date()
    held = world.store.collection("books", "organizations", "organization_id")
    held.insert(
        {
            "organization_id": organization_id,
            "name": name,
            "contact_name": contact_name,
            "email": email,
            "is_default_org": is_default_org,
            "plan_type": 130,
            "plan_name": plan_name,
            "plan_period": "Yearly",
            "language_code": "en",
            "fiscal_year_start_month": 0,
            "account_created_date": created.isoformat(),
            "account_created_date_formatted": created.strftime("%d %b %Y"),
            "time_zone": time_zone,
            "is_org_active": True,
            "tax_group_enabled": True,
            "currency_id": "",
            "currency_code": code,
            "currency_symbol": symbol,
            "currency_format": "###,##0.00",
            "price_precision": price_precision,
            **more,
        }
    )
    org = of(world, organization_id)
    if org is None:
        raise LookupError(organization_id)
    base = add_currency(org, *currency, price_precision=price_precision, is_base_currency=True)
    held.replace(organization_id, {**org.record, "currency_id": base["currency_id"]})
    add_user(org, name=contact_name or name, email=email, user_role="admin", is_owner=True)
    for account_name, account_type in STANDARD_ACCOUNTS:
        org.accounts.insert(new_account(org, account_name, account_type, is_system_account=True))
    add_custom_field(org, "contact", "cf_crm_id", "CRM ID", is_unique=True)
    return org


def add_currency(
    org: Organisation,
    currency_code: str,
    currency_symbol: str,
    currency_name: str,
    *,
    price_precision: int = 2,
    is_base_currency: bool = False,
) -> Record:
    record = new_currency(
        org, currency_code, currency_symbol, currency_name, price_precision, is_base_currency
    )
    return org.currencies.insert(record)


def add_user(
    org: Organisation,
    *,
    name: str,
    email: str,
    user_role: str = "staff",
    status: str = "active",
    is_owner: bool = False,
) -> Record:
    return org.users.insert(new_user(org, name, email, user_role, status, is_owner))


def add_tax(org: Organisation, tax_name: str, tax_percentage: Any) -> Record:
    return org.taxes.insert(new_tax(org, {"tax_name": tax_name, "tax_percentage": tax_percentage}))


def add_custom_field(
    org: Organisation,
    entity: str,
    api_name: str,
    label: str,
    *,
    data_type: str = "string",
    is_unique: bool = False,
    values: Iterable[str] = (),
) -> Record:
    """Define a custom field of `contact`, `item` or `invoice`; `values` for a `dropdown`.

    Data types: string, multiline, number, decimal, date, check_box, dropdown, email, url, phone.
    """
    return org.customfields.insert(
        {
            "customfield_id": org.new_id(),
            "entity": entity,
            "api_name": api_name,
            "label": label,
            "data_type": data_type,
            "is_unique": is_unique,
            "values": list(values),
            "index": len(org.customfields.by("entity", entity)) + 1,
        }
    )


def add_contact(
    org: Organisation, values: Mapping[str, Any], *, at: datetime | None = None
) -> Record:
    """Add a customer or vendor.

    `values` are the API's own (contact_name, billing_address, contact_persons, ...), and
    besides: `custom_values` ({api_name: value}), `status`, `zcrm_account_id` and its like.
    The name is not checked for being taken.
    """
    given = dict(values)
    persons = given.pop("contact_persons", ())
    record = new_contact(org, given, at=at)
    made = [
        new_person(org, record["contact_id"], person, is_primary=number == 0)
        for number, person in enumerate(persons)
    ]
    for person in made:
        org.persons.insert(person)
    if made:
        first = made[0]
        record["primary_contact_id"] = first["contact_person_id"]
        for name in ("first_name", "last_name", "email", "phone", "mobile"):
            record[name] = first[name]
    return org.contacts.insert(record)


def add_item(org: Organisation, values: Mapping[str, Any], *, at: datetime | None = None) -> Record:
    return org.items.insert(new_item(org, dict(values), at=at))


def add_invoice(
    org: Organisation, values: Mapping[str, Any], *, at: datetime | None = None
) -> Record:
    """Add an invoice: `customer_id`, `line_items` and what else POST /invoices takes, `status`."""
    record = org.invoices.insert(new_invoice(org, dict(values), at=at))
    settle_customer(org, record["customer_id"])
    return record
