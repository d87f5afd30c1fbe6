"""Every module that reads an app by itself follows what that app tells of."""

from __future__ import annotations

import pytest

from tests.conftest import Office
from tests.notifications.telling import deliver, post, syncs, told, waiting, work

pytestmark = pytest.mark.django_db


def test_a_vendor(office: Office) -> None:
    office.configure("crm.vendors", enabled="on")
    (bolt,) = office.add("crm", "Vendors", {"Vendor_Name": "Bolt Ltd"})
    office.sync("crm.vendors")
    told(office)
    office.change("crm", "Vendors", bolt, City="Bergen")

    deliver(office)
    work()

    assert office.customers()["Bolt Ltd"]["billing_address"]["city"] == "Bergen"
    assert [run.flow for run in syncs()] == ["crm.vendors"]


def test_an_item(office: Office) -> None:
    office.configure("crm.items", enabled="on", extent="fetch")
    (chair,) = office.add("crm", "Products", {"Product_Name": "Chair", "Unit_Price": 10})
    office.sync("crm.items")
    told(office)
    office.change("crm", "Products", chair, Unit_Price=12)

    deliver(office)
    work()

    assert [float(row["rate"]) for row in office.records("books", "items")] == [12.0]


def test_a_contact_with_its_account(office: Office) -> None:
    """CRM tells of both at once, in any order; the person waits for its customer if need be."""
    office.configure(module="accounts_contacts")
    office.sync()
    office.sync("crm.contact_persons")
    told(office)
    (acme,) = office.accounts("Acme Ltd")
    office.add(
        "crm", "Contacts", {"First_Name": "Ann", "Last_Name": "Berg", "Account_Name": {"id": acme}}
    )

    assert deliver(office) == 2
    work()

    (person,) = office.customers()["Acme Ltd"]["contact_persons"]
    assert person["last_name"] == "Berg"


def test_what_waited_for_a_record_follows_it(office: Office) -> None:
    """The person is told of first, and has no customer yet."""
    office.configure(module="accounts_contacts")
    office.sync()
    office.sync("crm.contact_persons")
    told(office)
    (acme,) = office.accounts("Acme Ltd")
    person = {"First_Name": "Ann", "Last_Name": "Berg", "Account_Name": {"id": acme}}
    (ann,) = office.add("crm", "Contacts", person)
    account, contact = waiting(office)

    post(contact["url"], contact["body"])
    work()
    assert office.link(ann).state == "waiting"
    post(account["url"], account["body"])
    work()

    assert office.link(ann).state == "in_sync"
    (person,) = office.customers()["Acme Ltd"]["contact_persons"]
    assert person["last_name"] == "Berg"
