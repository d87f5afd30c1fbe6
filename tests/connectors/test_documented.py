"""Every request of every module is one that the vendors' own OpenAPI files describe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integrations import registry
from tests.conftest import Office
from tests.sandbox.openapi import MISSING, load

# The file names no parameters for the persons of all contacts, and pages for those of one; an
# item's unit is in its answers and in the attributes of the page, and missing from the bodies.
UNDOCUMENTED = {
    "/books/v3/contacts/contactpersons": ("page", "per_page"),
    "/books/v3/items": ("unit",),
}
CHANGES: dict[str, dict[str, Any]] = {
    "Accounts": {"Billing_City": "Bergen", "Phone": "+47 2233445"},
    "Contacts": {"Email": "new@sample.example.org", "Title": "Buyer"},
    "Vendors": {"City": "Bergen", "Email": "new@vendor.example.org"},
    "Products": {"Description": "New", "Product_Active": False},
}


def _everything(office: Office) -> None:
    for key in registry.discover().flows:
        if registry.flow(key).setting_key == key:
            office.sync(key)


@pytest.mark.parametrize("app", sorted(registry.discover().connectors))
def test_every_request_is_one_the_vendor_documents(
    app: str, make_office: Callable[..., Office]
) -> None:
    """All requests of two-way syncs with changes, against the vendor's OpenAPI files."""
    api = load(app)
    if api is None:
        pytest.skip(MISSING)
    office = make_office(company="demo", accounts=120)
    office.configure(
        module="accounts_contacts",
        contacts_without_account="yes",
        extent="both",
        duplicates="overwrite",
        view="Key accounts",
    )
    for key in ("crm.contact_persons", "crm.vendors", "crm.items"):
        office.configure(key, extent="both", duplicates="overwrite")
    office.sync()
    office.configure(view="")
    _everything(office)
    for module, values in CHANGES.items():
        for row in office.records("crm", module)[:5]:
            office.change("crm", module, row["id"], **values)
    _everything(office)

    roots = {"books": "/books/v3", "crm": "/crm/v8"}
    checked = 0
    for request in office.control("GET", "requests?since=0"):
        if request["service"] != app:
            continue
        assert request["path"].startswith(roots[app])
        problems = api.request_problems(
            request["method"], request["path"], request["query"], request["body"] or None
        )
        left = {
            n for path, ns in UNDOCUMENTED.items() if request["path"].startswith(path) for n in ns
        }
        problems = [p for p in problems if p.rpartition(" ")[2] not in left]
        assert not problems, (request, problems)
        checked += 1
    assert checked > 10
