"""What moves between Zoho CRM and Zoho Books."""

from integrations.connectors.crm.flows import customers, items, vendors
from integrations.connectors.crm.flows.pair import with_books

# In the order in which the modules run.
FLOWS = (
    customers.customers,
    customers.individuals,
    customers.contact_persons,
    vendors.vendors,
    items.items,
)

__all__ = ["FLOWS", "with_books"]
