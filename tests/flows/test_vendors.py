"""Vendors, the same engine by another declaration (rules CRM-64 to CRM-69)."""

from __future__ import annotations

from typing import Any

from mappings.models import RecordLink
from tests.conftest import Office

KEY = "crm.vendors"


def vendors(office: Office) -> dict[str, dict[str, Any]]:
    rows = office.records("books", "contacts")
    return {row["contact_name"]: row for row in rows if row["contact_type"] == "vendor"}


def add(office: Office, name: str, **values: Any) -> str:
    return office.add("crm", "Vendors", {"Vendor_Name": name, **values})[0]


def test_a_vendor_is_created_with_its_address_and_its_mail(office: Office) -> None:
    add(
        office,
        "Kanda Seimitsu",
        Email="sales@kanda.example",
        Phone="+81 3 5555 0100",
        City="Tokyo",
        Zip_Code="101-0051",
        Country="Japan",
        Description="Optics",
    )

    run = office.sync(KEY)

    assert (run.status, run.created) == ("done", 1)
    row = vendors(office)["Kanda Seimitsu"]
    assert row["company_name"] == "Kanda Seimitsu"
    assert row["notes"] == "Optics"
    assert (row["billing_address"]["city"], row["billing_address"]["zip"]) == ("Tokyo", "101-0051")
    (person,) = row["contact_persons"]
    assert (person["email"], person["is_primary_contact"]) == ("sales@kanda.example", True)
    office.assert_settled(KEY)


def test_a_change_of_the_mail_leaves_every_person_of_the_vendor(office: Office) -> None:
    vendor = add(office, "Kanda Seimitsu", Email="sales@kanda.example")
    office.sync(KEY)
    contact = office.link(vendor).target_id
    office.add(
        "books",
        "contactpersons",
        {"contact_id": contact, "first_name": "Aoi", "email": "aoi@kanda.example"},
    )
    office.change("crm", "Vendors", vendor, Email="office@kanda.example", City="Osaka")

    run = office.sync(KEY)

    assert run.updated == 1
    row = vendors(office)["Kanda Seimitsu"]
    assert row["billing_address"]["city"] == "Osaka"
    assert {p["email"] for p in row["contact_persons"]} == {
        "office@kanda.example",
        "aoi@kanda.example",
    }
    office.assert_settled(KEY)


def test_a_named_person_is_changed_by_a_call_of_its_own(office: Office) -> None:
    vendor = add(office, "Kanda Seimitsu", Email="sales@kanda.example")
    office.sync(KEY)
    (person,) = vendors(office)["Kanda Seimitsu"]["contact_persons"]
    office.change("books", "contactpersons", person["contact_person_id"], first_name="Aoi")
    office.change("crm", "Vendors", vendor, Email="office@kanda.example")
    office.reset()

    office.sync(KEY)

    assert office.writes() == {"books PUT /contacts/contactpersons/{id}": 1}
    (person,) = vendors(office)["Kanda Seimitsu"]["contact_persons"]
    assert (person["first_name"], person["email"]) == ("Aoi", "office@kanda.example")
    office.assert_settled(KEY)


def test_a_vendor_and_a_customer_of_one_name_are_no_pair(office: Office) -> None:
    office.accounts("Kanda Seimitsu")
    office.sync()
    add(office, "Kanda Seimitsu")
    office.configure(KEY, duplicates="overwrite")

    run = office.sync(KEY)

    assert (run.linked, run.failing) == (0, 1)
    assert RecordLink.objects.get(flow=KEY).cause == "name_taken"
    assert vendors(office) == {}


def test_both_ways_without_an_echo(office: Office) -> None:
    office.configure(KEY, extent="both")
    here = add(office, "Kanda Seimitsu", City="Tokyo", Email="sales@kanda.example")
    there = office.add(
        "books",
        "contacts",
        {
            "contact_name": "Ostsee Halbleiter",
            "contact_type": "vendor",
            "contact_persons": [{"first_name": "Jette", "email": "jette@ostsee.example"}],
        },
    )[0]
    office.sync(KEY)
    pushed = RecordLink.objects.get(target_id=there)
    row = next(r for r in office.records("crm", "Vendors") if r["id"] == pushed.source_id)
    assert (row["Vendor_Name"], row["Email"]) == ("Ostsee Halbleiter", "jette@ostsee.example")
    office.assert_settled(KEY)

    office.change("crm", "Vendors", here, City="Osaka")
    (person,) = vendors(office)["Ostsee Halbleiter"]["contact_persons"]
    office.change(
        "books", "contactpersons", person["contact_person_id"], email="buchhaltung@ostsee.example"
    )
    office.reset()
    office.sync(KEY)

    assert office.writes() == {"books PUT /contacts/{id}": 1, "crm PUT /Vendors": 1}
    row = next(r for r in office.records("crm", "Vendors") if r["id"] == pushed.source_id)
    assert row["Email"] == "buchhaltung@ostsee.example"
    office.assert_settled(KEY)


def test_the_mail_of_an_unnamed_person_is_cleared_of_no_other_value(office: Office) -> None:
    vendor = add(office, "Kanda Seimitsu", Email="sales@kanda.example")
    office.sync(KEY)
    (person,) = vendors(office)["Kanda Seimitsu"]["contact_persons"]
    office.control(
        "PATCH",
        f"records/books/contacts/{office.link(vendor).target_id}",
        {
            "contact_persons": [
                {"contact_person_id": person["contact_person_id"], "last_name": "Mori"}
            ]
        },
    )
    office.change("crm", "Vendors", vendor, Email="office@kanda.example")

    office.sync(KEY)

    (person,) = vendors(office)["Kanda Seimitsu"]["contact_persons"]
    assert (person["last_name"], person["email"]) == ("Mori", "office@kanda.example")
    office.assert_settled(KEY)
