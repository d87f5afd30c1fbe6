"""Vendors: those of CRM and those of Books (rules CRM-64 to CRM-69)."""

from __future__ import annotations

from integrations.sync.flow import Endpoint, Flow, Match, Option, Rule, has
from mappings.fields import Field

vendors = Flow(
    key="crm.vendors",
    label="Vendors",
    source=Endpoint("crm", "Vendors"),
    target=Endpoint("books", "contacts", where={"contact_type": "vendor"}),
    fields=(
        Field("Vendor_Name", "contact_name"),
        Field("Vendor_Name", "company_name"),
        Field("Email", "primary_person.email", "email"),
        Field("Phone", "billing_address.phone"),
        Field("Website", "website", "website"),
        Field("Street", "billing_address.address"),
        Field("City", "billing_address.city"),
        Field("State", "billing_address.state"),
        Field("Zip_Code", "billing_address.zip"),
        Field("Country", "billing_address.country"),
        Field("Description", "notes"),
        Field("Currency", "currency_id", "choice"),
    ),
    required=("contact_name",),
    rules=(Rule(has("Vendor_Name"), "The vendor has no name."),),
    match=(
        Match("crm_vendor", "Zoho's own integration paired them", native=True),
        Match("name", "the same name", exact=True),
        Match("loose", "nearly the same name", 70, within="name"),
        Match("domain", "the same web or e-mail domain", 50),
        Match("phone", "the same phone number", 40),
    ),
    trace=("name",),
    options=(
        Option(
            "second_names",
            "Books takes two vendors of one name",
            ("no", "yes"),
            "no",
            "As set in Books under Settings > Customers and Vendors; Clone needs it.",
        ),
    ),
    second_name_option="second_names",
)
