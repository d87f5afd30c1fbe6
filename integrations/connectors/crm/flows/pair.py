"""What it means to join Zoho CRM and Zoho Books."""

from __future__ import annotations

from integrations.sync.flow import Pair

TO_CRM = """The details of all contacts: names, e-mail addresses, phone and fax numbers, web
sites, billing and shipping addresses, currency and notes of your customers and vendors; and your
items with their prices. They are written to CRM only by a module that you set to go from Books to
CRM, or both ways."""
TO_BOOKS = """The details of your accounts, contacts and vendors: names, e-mail addresses, phone
and fax numbers, web sites, addresses, currency and description; and your products with their
prices."""
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
    # https://zohohelp.com/books/kb/integrations/integrate-more-the-one-org-crm.html
    one_both_ways=True,
    one_way=(
        "crm.customers",
        "crm.individuals",
        "crm.contact_persons",
        "crm.vendors",
        "crm.items",
    ),
    same_currency=("crm.items",),
)
