"""Where people enter documents in Books for a contact.

The vendor's documents do not tell these addresses; programs of others open the form of a new
invoice by the first of them. Where Books does not take the parameter its form opens empty.
"""

from __future__ import annotations

from integrations.connector import Form

APP = "https://books.{domain}/app/{organization}#"

FORMS = {
    "contacts": (
        Form(
            "New invoice",
            APP + "/invoices/new?customer_id={id}",
            where={"contact_type": "customer"},
        ),
        Form("New quote", APP + "/quotes/new?customer_id={id}", where={"contact_type": "customer"}),
        Form("New bill", APP + "/bills/new?vendor_id={id}", where={"contact_type": "vendor"}),
    ),
}
