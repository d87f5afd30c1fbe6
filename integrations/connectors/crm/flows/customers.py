"""Customers: accounts, or contacts, or both, and what they are in Books (rules CRM-23 to CRM-63).

One module with three choices. Accounts become business customers, contacts either individual
customers or the contact persons of their account's customer.
"""

from __future__ import annotations

from integrations.sync.flow import (
    ON_GONE,
    Above,
    Endpoint,
    Flow,
    Match,
    Option,
    Options,
    Rule,
    chosen,
    has,
    is_,
    lacks,
)
from mappings.fields import Field


def _address(source: str, target: str, code: str = "Code") -> tuple[Field, ...]:
    # CRM calls the postal code of an account "Code", that of a contact "Zip".
    parts = (
        ("Street", "address"),
        ("City", "city"),
        ("State", "state"),
        (code, "zip"),
        ("Country", "country"),
    )
    return tuple(Field(f"{source}_{ours}", f"{target}.{theirs}") for ours, theirs in parts)


def _person(target: str = "") -> tuple[Field, ...]:
    """A contact as a contact person of Books; `target` where that one stands in a customer."""
    return (
        Field("Salutation", f"{target}salutation", "choice_label"),
        Field("First_Name", f"{target}first_name"),
        Field("Last_Name", f"{target}last_name"),
        Field("Email", f"{target}email", "email"),
        Field("Phone", f"{target}phone"),
        Field("Mobile", f"{target}mobile"),
        Field("Title", f"{target}designation"),
        Field("Department", f"{target}department"),
    )


def _customers(sort: str) -> dict[str, str]:
    return {"contact_type": "customer", "customer_sub_type": sort}


def _sort_of(sort: str, other: str, taken_by: str) -> Rule:
    """Only customers of a sort go back; the others are left to the module that takes them."""
    said = f"The customer is {other}."
    return Rule(is_("customer_sub_type", sort), said, unless=taken_by)


ACCOUNTS, CONTACTS, BOTH = "accounts", "contacts", "accounts_contacts"


def _with_individuals(options: Options) -> bool:
    included = options.get("module") == BOTH and options.get("contacts_without_account") == "yes"
    return included or options.get("module") == CONTACTS


customers = Flow(
    key="crm.customers",
    label="Customers",
    source=Endpoint("crm", "Accounts"),
    target=Endpoint(
        "books",
        "contacts",
        where=_customers("business"),
    ),
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
    back_rules=(_sort_of("business", "an individual, not a business", "crm.individuals"),),
    match=(
        Match("crm_account", "Zoho's own integration paired them", native=True),
        Match("name", "the same name", exact=True),
        Match("loose", "nearly the same name", 70, within="name"),
        Match("tax", "the same tax number", 90),
        Match("domain", "the same web or e-mail domain", 50),
        Match("phone", "the same phone number", 40),
    ),
    trace=("name",),
    active=chosen("module", ACCOUNTS, BOTH),
    options=(
        Option(
            "module",
            "CRM module",
            (ACCOUNTS, CONTACTS, BOTH),
            ACCOUNTS,
            "Accounts become business customers, contacts individual ones; with both, the contacts "
            "of an account become the contact persons of its customer.",
        ),
        Option(
            "contacts_without_account",
            "Include contacts that are not associated to any accounts in Zoho CRM",
            ("no", "yes"),
            "no",
            "With accounts and contacts only: such contacts become individual customers.",
        ),
        Option(
            "second_names",
            "Books takes two customers of one name",
            ("no", "yes"),
            "no",
            "As set in Books under Settings > Customers and Vendors; Clone needs it.",
        ),
        ON_GONE,
    ),
    second_name_option="second_names",
)

individuals = Flow(
    key="crm.individuals",
    label="Individual customers",
    becomes="an individual customer",
    sisters=("crm.contact_persons",),
    setting="crm.customers",
    active=_with_individuals,
    source=Endpoint("crm", "Contacts"),
    target=Endpoint(
        "books",
        "contacts",
        where=_customers("individual"),
    ),
    fields=(
        # CRM puts the full name together, so a customer's display name is never sent back.
        Field("Full_Name", "contact_name", "shown"),
        *_person("primary_person."),
        *_address("Mailing", "billing_address", "Zip"),
        Field("Fax", "billing_address.fax"),
        Field("Description", "notes"),
        Field("Currency", "currency_id", "choice"),
    ),
    required=("contact_name",),
    mandatory=("primary_person.last_name",),
    rules=(
        Rule(
            lacks("Account_Name"),
            "The contact belongs to an account, so it is a contact person there.",
            when=chosen("module", BOTH),
            unless="crm.contact_persons",
        ),
    ),
    back_rules=(_sort_of("individual", "a business, not an individual", "crm.customers"),),
    match=(
        Match("crm_contact", "Zoho's own integration paired them", native=True),
        Match("name", "the same name", exact=True),
        Match("mail", "the same e-mail address", 70),
        Match("phone", "the same phone number", 40),
    ),
    trace=("name",),
    second_name_option="second_names",
)

contact_persons = Flow(
    key="crm.contact_persons",
    label="Contact persons",
    becomes="a contact person",
    sisters=("crm.individuals",),
    options_of="crm.customers",
    active=chosen("module", BOTH),
    follows="crm.customers",
    needs=("crm.customers",),
    source=Endpoint("crm", "Contacts"),
    target=Endpoint(
        "books",
        "contactpersons",
        above=Above(
            "contact_id",
            "contacts",
            where=_customers("business"),
        ),
    ),
    fields=(Field("Account_Name", "contact_id", "linked:crm.customers"), *_person()),
    required=("contact_id", "first_name"),
    rules=(
        Rule(
            has("Account_Name"),
            "The contact belongs to no account.",
            unless="crm.individuals",
        ),
    ),
    match=(
        Match("crm_contact", "Zoho's own integration paired them", native=True),
        Match("person", "the same name at the same customer", exact=True),
        Match("person_mail", "the same e-mail address at the same customer", 70),
    ),
    apart=("person_mail",),
    trace=("person", "person_mail"),
)
