"""What moves between Zoho CRM and Zoho Books, module by module."""

from __future__ import annotations

from integrations.sync.flow import Endpoint, Flow, Match, Option, Pair, Rule, has, is_
from mappings.fields import Field

TO_CRM = """The details of all contacts: names, phone and fax numbers, web sites, billing and
shipping addresses, currency and notes of your customers. They are written to CRM only by a module
that you set to go from Books to CRM, or both ways."""
TO_BOOKS = """The details of your accounts: names, phone and fax numbers, web sites, billing and
shipping addresses, currency and description."""
TO_US = """The organisations' names, currencies, plans and time zones, the address of who signs in,
and the records as read, so that previews and the history can show them. They stay in this
installation's own database."""

with_books = Pair(
    kind="crm",
    shares=(
        ("Zoho CRM", "The name, e-mail address and country of your Books organisation."),
        ("Zoho CRM", " ".join(TO_CRM.split())),
        ("Zoho Books", " ".join(TO_BOOKS.split())),
        ("This office", " ".join(TO_US.split())),
    ),
    # https://www.zoho.com/uk/books/help/integrations/crm-integration.html
    plans={"crm": ("professional", "enterprise", "ultimate", "zohoone", "crmplus")},
    one_currency=True,
)


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
