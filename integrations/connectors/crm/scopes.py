"""What is asked for in Zoho CRM, and why.

https://www.zoho.com/crm/developer/docs/api/v8/scopes.html
"""

from __future__ import annotations

SCOPES = {
    "ZohoCRM.modules.ALL": (
        "To read accounts and other records, and to write those a module is set to send to CRM."
    ),
    "ZohoCRM.settings.ALL": "To read which fields, layouts and views there are, for the field map.",
    "ZohoCRM.users.READ": "To see whose sign-in is used, and which owner records can be given.",
    "ZohoCRM.org.READ": "To read the organisation's name, plan and home currency.",
    "ZohoCRM.coql.READ": "To look many records up in one request.",
    "ZohoCRM.bulk.READ": "To read large modules in one go instead of page by page.",
    "ZohoCRM.notifications.ALL": "To be told by CRM when a record changes.",
    "ZohoSearch.securesearch.READ": "To find a record by one of its values.",
}
