"""What is asked for in Zoho Books, and why: https://www.zoho.com/books/api/v3/oauth."""

from __future__ import annotations

SCOPES = {
    "ZohoBooks.contacts.ALL": "To read, create and change customers and vendors.",
    "ZohoBooks.settings.ALL": (
        "To read the organisation, its currencies, taxes and users, and to work with items."
    ),
    "ZohoBooks.estimates.ALL": "To read quotes, and create those a module is set up for.",
    "ZohoBooks.salesorders.ALL": "To read sales orders, and create those a module is set up for.",
    "ZohoBooks.invoices.ALL": "To read invoices and balances, and to create invoices as drafts.",
    "ZohoBooks.customerpayments.ALL": "To read payments, and record those a module is set up for.",
    "ZohoBooks.creditnotes.ALL": "To read credit notes, and to record refunds as credit notes.",
    "ZohoBooks.purchaseorders.ALL": (
        "To read purchase orders, and create those a module is set up for."
    ),
    "ZohoBooks.bills.READ": "To see whether a vendor has open bills before changing its details.",
    "ZohoBooks.expenses.ALL": "To read expenses, and to record fees as expenses.",
    "ZohoBooks.projects.ALL": "To read and create projects, tasks and time entries.",
    "ZohoBooks.banking.ALL": "To read bank accounts, and to record payouts as transfers.",
    "ZohoBooks.accountants.ALL": (
        "To read the lock dates, so that nothing is written into a closed period, and the accounts."
    ),
}
