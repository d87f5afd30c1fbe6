"""What moves between Zoho CRM and Zoho Books, module by module."""

from __future__ import annotations

from integrations.sync.flow import Endpoint, Flow, Match, Option, Rule, has, is_
from mappings.fields import Field


def _address(source: str, target: str) -> tuple[Field, ...]:
    # CRM calls the postal code of an account "Code".
    parts = (
        ("Street", "address"),
        ("City", "city"),
        ("State", "state"),
        ("Code", "zip"),
        ("Country", "country"),
    )
    return tuple(Field(f"{source}_{ours}", f"{target}.{theirs}") for ours, theirs in parts)


customers = Flow(
    key="crm.customers",
    label="Customers",
    source=Endpoint("crm", "Accounts"),
    target=Endpoint("books", "contacts", where={"contact_type": "customer"}),
    fields=(
        Field("Account_Name", "contact_name"),
        Field("Account_Name", "company_name"),
        # A Books customer has no phone or fax of its own; its billing address has.
        Field("Phone", "billing_address.phone"),
        Field("Fax", "billing_address.fax"),
        Field("Website", "website", "website"),
        *_address("Billing", "billing_address"),
        *_address("Shipping", "shipping_address"),
        Field("Description", "notes"),
        Field("Currency", "currency_id", "choice"),
    ),
    required=("contact_name",),
    rules=(Rule(has("Account_Name"), "The account has no name."),),
    back_rules=(
        Rule(
            is_("customer_sub_type", "business"), "The customer is an individual, not a business."
        ),
    ),
    match=(
        Match("account", "Zoho's own integration paired them", native=True),
        Match("name", "the same name", exact=True),
        Match("loose", "nearly the same name", 70),
        Match("tax", "the same tax number", 90),
        Match("domain", "the same web or e-mail domain", 50),
        Match("phone", "the same phone number", 40),
    ),
    trace=("name",),
    fixed={"contact_type": "customer", "customer_sub_type": "business"},
    options=(
        Option(
            "module",
            "CRM module",
            ("accounts",),
            "accounts",
            "Which CRM records become customers.",
        ),
        Option(
            "second_names",
            "Books takes two customers of one name",
            ("no", "yes"),
            "no",
            "As set in Books under Settings > Customers and Vendors; Clone needs it.",
        ),
    ),
    second_name_option="second_names",
)
