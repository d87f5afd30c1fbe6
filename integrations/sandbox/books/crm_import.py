"""Import calls of Books' own CRM integration: the only calls that set `zcrm_*`.

https://www.zoho.com/books/api/v3/integration/. What a second import of the same record answers
is not documented; here it answers the record made by the first.
"""

from __future__ import annotations

from typing import Any

from ..store import Record
from ..wire import Answer, Request
from . import contact_writes, items
from .envelope import missing, ok, route
from .organisation import Organisation


def _crm(org: Organisation, module: str, record_id: str) -> Record:
    found = org.world.store.collection("crm", module).get(record_id)
    if found is None:
        raise missing(module.rstrip("s"))
    return found


def _contact(org: Organisation, link: str, record_id: str, values: dict[str, Any]) -> Answer:
    held = org.contacts.by(link, record_id)
    if held:
        return ok(data={"contact_id": held[0]})
    made = contact_writes.create(
        org, {**values, link: record_id, "source": "zoho_crm"}, own_screen=True
    )
    return ok(data={"contact_id": made["contact_id"]})


@route("POST", "/crm/account/{crm_account_id}/import")
def import_account(org: Organisation, request: Request, crm_account_id: str) -> Answer:
    found = _crm(org, "Accounts", crm_account_id)
    name = found.get("Account_Name") or ""
    return _contact(
        org, "zcrm_account_id", crm_account_id, {"contact_name": name, "company_name": name}
    )


@route("POST", "/crm/contact/{crm_contact_id}/import")
def import_contact(org: Organisation, request: Request, crm_contact_id: str) -> Answer:
    found = _crm(org, "Contacts", crm_contact_id)
    person = {
        "first_name": found.get("First_Name") or "",
        "last_name": found.get("Last_Name") or "",
        "email": found.get("Email") or "",
    }
    values = {
        "contact_name": f"{person['first_name']} {person['last_name']}".strip(),
        "customer_sub_type": "individual",
        "contact_persons": [person],
    }
    return _contact(org, "zcrm_contact_id", crm_contact_id, values)


@route("POST", "/crm/vendor/{crm_vendor_id}/import")
def import_vendor(org: Organisation, request: Request, crm_vendor_id: str) -> Answer:
    found = _crm(org, "Vendors", crm_vendor_id)
    values = {"contact_name": found.get("Vendor_Name") or "", "contact_type": "vendor"}
    return _contact(org, "zcrm_vendor_id", crm_vendor_id, values)


@route("POST", "/crm/item/{crm_product_id}/import")
def import_item(org: Organisation, request: Request, crm_product_id: str) -> Answer:
    found = _crm(org, "Products", crm_product_id)
    held = org.items.by("zcrm_product_id", crm_product_id)
    if held:
        return ok(data={"item_id": held[0]})
    values = {
        "name": found.get("Product_Name") or "",
        "rate": str(found.get("Unit_Price") or 0),
        "description": found.get("Description") or "",
        "zcrm_product_id": crm_product_id,
    }
    made = items.create(org, values, own_screen=True)
    return ok(data={"item_id": made["item_id"]})
