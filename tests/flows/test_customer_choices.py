"""Customers from accounts, from contacts, or from both (rules CRM-23 to CRM-30, CRM-47)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from integrations.models import SyncRun
from mappings.models import RecordLink
from tests.conftest import Office

PERSONS = "crm.contact_persons"


def contact(office: Office, first: str, last: str, **values: Any) -> str:
    row = {"First_Name": first, "Last_Name": last, **values}
    return office.add("crm", "Contacts", {k: v for k, v in row.items() if v is not None})[0]


def both(office: Office, **more: str) -> None:
    office.configure(module="accounts_contacts", **more)


def sync(office: Office) -> list[SyncRun]:
    """Customers, then contact persons: what a sync of the integration does."""
    runs = [office.sync()]
    if office.legs(PERSONS):
        runs.append(office.sync(PERSONS))
    return runs


def kinds(office: Office) -> dict[str, int]:
    rows = office.records("books", "contacts")
    return dict(Counter(row["customer_sub_type"] for row in rows))


def persons(office: Office) -> dict[str, str]:
    """Contact persons of business customers: name -> the customer's name."""
    names = {
        row["contact_id"]: row["contact_name"]
        for row in office.records("books", "contacts")
        if row["customer_sub_type"] == "business"
    }
    return {
        f"{row['first_name']} {row['last_name']}": names[row["contact_id"]]
        for row in office.records("books", "contactpersons")
        if row["contact_id"] in names
    }


@pytest.fixture
def settled(office: Office) -> Any:
    """The office; at the end a sync of both modules has nothing to do."""
    yield office
    office.assert_settled()
    if office.legs(PERSONS):
        office.assert_settled(PERSONS)


@pytest.mark.parametrize(
    ("module", "included", "customers", "people"),
    [
        ("accounts", "no", {"business": 2}, 0),
        ("accounts", "yes", {"business": 2}, 0),
        ("contacts", "no", {"individual": 4}, 0),
        ("contacts", "yes", {"individual": 4}, 0),
        ("accounts_contacts", "no", {"business": 2}, 3),
        ("accounts_contacts", "yes", {"business": 2, "individual": 1}, 3),
    ],
)
def test_three_choices_and_the_contacts_without_account(
    settled: Office, module: str, included: str, customers: dict[str, int], people: int
) -> None:
    office = settled
    acme, bolt = office.accounts("Acme Ltd", "Bolt Ltd")
    contact(office, "Ann", "Berg", Account_Name=acme, Email="ann@acme.example.org")
    contact(office, "Bo", "Dahl", Account_Name=acme)
    contact(office, "Cy", "Eide", Account_Name=bolt)
    contact(office, "Di", "Falk")
    office.configure(module=module, contacts_without_account=included)

    runs = sync(office)

    assert all(run.status == "done" for run in runs)
    assert kinds(office) == customers
    assert len(persons(office)) == people
    assert sum(run.failing + run.undecided for run in runs) == 0


def test_a_rename_after_linking_is_an_update_on_either_side(settled: Office) -> None:
    office = settled
    both(office, extent="both", contacts_without_account="yes")
    acme = office.accounts("Acme Ltd")[0]
    ann = contact(office, "Ann", "Berg", Account_Name=acme)
    di = contact(office, "Di", "Falk")
    sync(office)

    office.change("crm", "Accounts", acme, Account_Name="Acme AS")
    office.change("crm", "Contacts", ann, Last_Name="Dahl")
    office.change("crm", "Contacts", di, Last_Name="Falkner")
    sync(office)
    assert kinds(office) == {"business": 1, "individual": 1}
    assert set(office.customers()) == {"Acme AS", "Di Falkner"}
    assert persons(office) == {"Ann Dahl": "Acme AS"}

    office.change("books", "contacts", office.link(acme).target_id or "", contact_name="Acme ASA")
    office.change("books", "contactpersons", office.link(ann).target_id or "", first_name="Anna")
    sync(office)
    assert [row["Account_Name"] for row in office.records("crm", "Accounts")] == ["Acme ASA"]
    assert {row["Full_Name"] for row in office.records("crm", "Contacts")} == {
        "Anna Dahl",
        "Di Falkner",
    }


def test_both_ways_each_sort_goes_where_it_belongs(settled: Office) -> None:
    office = settled
    both(office, extent="both", contacts_without_account="yes")
    assert office.setting(PERSONS).extent == "both"
    firm, person, vendor = office.add(
        "books",
        "contacts",
        {
            "contact_name": "Acme Ltd",
            "contact_type": "customer",
            "customer_sub_type": "business",
            "contact_persons": [{"first_name": "Ann", "last_name": "Berg"}],
        },
        {
            "contact_name": "Di Falk",
            "contact_type": "customer",
            "customer_sub_type": "individual",
            "contact_persons": [{"first_name": "Di", "last_name": "Falk"}],
        },
        {
            "contact_name": "Paper Co",
            "contact_type": "vendor",
            "contact_persons": [{"first_name": "Vic", "last_name": "Gran"}],
        },
    )

    runs = sync(office)

    (account,) = office.records("crm", "Accounts")
    assert account["Account_Name"] == "Acme Ltd"
    rows = {row["Full_Name"]: row for row in office.records("crm", "Contacts")}
    assert set(rows) == {"Ann Berg", "Di Falk"}
    assert rows["Ann Berg"]["Account_Name"]["id"] == account["id"]
    assert rows["Di Falk"].get("Account_Name") is None
    assert runs[-1].waiting == 0
    assert not RecordLink.objects.filter(target_id=vendor).exists()
    assert RecordLink.objects.get(target_id=firm).flow == "crm.customers"
    assert RecordLink.objects.get(target_id=person).flow == "crm.individuals"


@pytest.mark.parametrize(
    ("module", "goes", "stays"),
    [("accounts", "business", "individual"), ("contacts", "individual", "business")],
)
def test_what_is_out_of_scope_is_counted_and_no_failure(
    settled: Office, module: str, goes: str, stays: str
) -> None:
    office = settled
    office.configure(module=module, extent="both")
    rows = (
        {
            "contact_name": kind.title(),
            "contact_type": "customer",
            "customer_sub_type": kind,
            "contact_persons": [{"first_name": "Ann", "last_name": kind.title()}],
        }
        for kind in (goes, stays)
    )
    office.add("books", "contacts", *rows)

    run = office.sync()

    assert (run.created, run.excluded, run.failing) == (1, 1, 0)
    assert RecordLink.objects.get(name=stays.title()).state == "excluded"


def test_a_contact_in_its_view_whose_account_is_not_in_its_own_is_not_synced(
    settled: Office,
) -> None:
    office = settled
    both(office, view="Key accounts")
    office.configure(PERSONS, view="Without e-mail")
    key, other = office.accounts("Key Ltd", Key_Account=True)[0], office.accounts("Other Ltd")[0]
    contact(office, "Ann", "Key", Account_Name=key)
    contact(office, "Bo", "Key", Account_Name=key, Email="bo@key.example.org")
    contact(office, "Cy", "Other", Account_Name=other)

    _, people = sync(office)

    assert set(office.customers()) == {"Key Ltd"}
    assert persons(office) == {"Ann Key": "Key Ltd"}
    assert (people.created, people.failing) == (1, 0)


def test_contacts_have_a_view_of_their_own_in_each_choice(settled: Office) -> None:
    office = settled
    office.configure(module="contacts", view="Without e-mail")
    contact(office, "Ann", "Berg", Email="ann@acme.example.org")
    contact(office, "Bo", "Dahl")

    office.sync()

    assert set(office.customers()) == {"Bo Dahl"}


def test_an_individual_without_a_last_name_is_incomplete(settled: Office) -> None:
    office = settled
    office.configure(module="contacts")
    made = contact(office, "Ann", "Berg")
    collection = office.world.store.collection("crm", "Contacts")
    held = {k: v for k, v in collection[made].items() if k != "Last_Name"}
    collection.replace(made, {**held, "Full_Name": "Ann"})

    office.sync()

    link = office.link(made)
    assert (link.state, link.cause) == ("failing", "required")
    assert "last name" in link.reason


def test_individuals_keep_mail_and_phones_with_their_main_person(settled: Office) -> None:
    office = settled
    office.configure(module="contacts", extent="both")
    made = contact(
        office, "Ann", "Berg", Email="ann@berg.example.org", Mobile="+47 900 00 000",
        Mailing_City="Oslo", Mailing_Zip="0150", Fax="+47 22 33 44 56",
    )  # fmt: skip
    office.sync()
    row = office.customers()["Ann Berg"]
    (person,) = row["contact_persons"]
    assert (person["email"], person["mobile"]) == ("ann@berg.example.org", "+47 900 00 000")
    assert (row["billing_address"]["city"], row["billing_address"]["zip"]) == ("Oslo", "0150")
    assert row["billing_address"]["fax"] == "+47 22 33 44 56"

    office.change("crm", "Contacts", made, Email="ann.berg@berg.example.org")
    office.sync()
    (person,) = office.customers()["Ann Berg"]["contact_persons"]
    assert person["email"] == "ann.berg@berg.example.org"

    office.change("books", "contactpersons", person["contact_person_id"], mobile="+47 911 11 111")
    office.sync()
    (back,) = office.records("crm", "Contacts")
    assert back["Mobile"] == "+47 911 11 111"
