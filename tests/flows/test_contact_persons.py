"""Contact persons live inside their customer and are never lost (rules CRM-25, CRM-29)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, both, contact, persons, settled, sync

__all__ = ["settled"]


def test_contact_persons_carry_what_crm_says_of_them(settled: Office) -> None:
    office = settled
    both(office)
    acme = office.accounts("Acme Ltd")[0]
    made = contact(
        office,
        "Ann",
        "Berg",
        Account_Name=acme,
        Email="ann@acme.example.org",
        Phone="+47 22 33 44 55",
        Title="Buyer",
        Salutation="Dr.",
    )
    sync(office)

    (row,) = office.records("books", "contactpersons")
    assert (row["first_name"], row["email"], row["phone"]) == (
        "Ann",
        "ann@acme.example.org",
        "+47 22 33 44 55",
    )
    assert (row["designation"], row["salutation"]) == ("Buyer", "Dr.")
    assert row["contact_id"] == office.link(acme).target_id
    assert office.link(made).target_id == row["contact_person_id"]


def test_an_update_of_the_customer_loses_no_person(settled: Office) -> None:
    office = settled
    both(office)
    acme = office.accounts("Acme Ltd", Billing_City="Oslo")[0]
    contact(office, "Ann", "Berg", Account_Name=acme)
    sync(office)
    office.add(
        "books",
        "contactpersons",
        {"contact_id": office.link(acme).target_id, "first_name": "Known", "last_name": "Here"},
    )
    office.change("crm", "Accounts", acme, Billing_City="Bergen", Account_Name="Acme AS")
    office.reset()

    sync(office)

    assert office.writes() == {"books PUT /contacts/{id}": 1}
    assert persons(office) == {"Ann Berg": "Acme AS", "Known Here": "Acme AS"}


def test_two_persons_of_one_name_at_two_customers_are_two(settled: Office) -> None:
    office = settled
    both(office)
    acme, bolt = office.accounts("Acme Ltd", "Bolt Ltd")
    contact(office, "John", "Smith", Account_Name=acme)
    contact(office, "John", "Smith", Account_Name=bolt)

    _, people = sync(office)

    assert (people.created, people.undecided) == (2, 0)
    assert len(office.records("books", "contactpersons")) == 2


@pytest.mark.parametrize(("choice", "here"), [("ask", 1), ("overwrite", 1), ("skip", 1)])
def test_a_person_that_is_there_already(settled: Office, choice: str, here: int) -> None:
    office = settled
    both(office)
    office.configure(PERSONS, duplicates=choice)
    acme = office.accounts("Acme Ltd")[0]
    office.sync()
    row = {"contact_id": office.link(acme).target_id, "first_name": "ann", "last_name": "berg"}
    office.add("books", "contactpersons", row)
    made = contact(office, "Ann", "Berg", Account_Name=acme, Email="ann@acme.example.org")

    sync(office)

    there = office.records("books", "contactpersons")
    assert len(there) == here
    state = {"ask": "undecided", "overwrite": "in_sync", "skip": "excluded"}[choice]
    assert office.link(made).state == state
    assert there[0]["email"] == ("ann@acme.example.org" if choice == "overwrite" else "")


def test_a_mail_that_a_colleague_has_says_so(settled: Office) -> None:
    office = settled
    both(office)
    acme = office.accounts("Acme Ltd")[0]
    contact(office, "Ann", "Berg", Account_Name=acme, Email="office@acme.example.org")
    sync(office)
    second = contact(office, "Bo", "Dahl", Account_Name=acme, Email="Office@acme.example.org")

    sync(office)

    link = office.link(second)
    assert (link.state, link.cause) == ("failing", "value_taken")
    assert "is already used by Ann Berg" in link.reason
    assert "Change one of the two" in link.remedy


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        ({"Email": "ann(at)acme"}, "invalid"),
        ({"Department": "D" * 51}, "too_long"),
        ({"First_Name": None}, "required"),
    ],
)
def test_what_a_person_cannot_have(settled: Office, values: dict[str, Any], cause: str) -> None:
    office = settled
    both(office)
    acme = office.accounts("Acme Ltd")[0]
    row = {"First_Name": "Ann", "Last_Name": "Berg", "Account_Name": acme, **values}
    if cause == "too_long":
        row["Department"] = "D" * 50
        row["Title"] = "T" * 51
    made = office.add("crm", "Contacts", {k: v for k, v in row.items() if v})[0]

    sync(office)

    link = office.link(made)
    assert (link.state, link.cause) == ("failing", cause)
    assert link.reason
    assert link.remedy
    assert office.records("books", "contactpersons") == []


def test_a_person_waits_for_its_customer_and_goes_with_it(settled: Office) -> None:
    office = settled
    both(office)
    bad = office.accounts("Acme Ltd", Website="none at all")[0]
    made = contact(office, "Ann", "Berg", Account_Name=bad)
    _, people = sync(office)
    assert (people.waiting, office.link(made).state) == (1, "waiting")
    assert "Acme Ltd" in office.link(made).reason

    office.change("crm", "Accounts", bad, Website="www.acme.example.org")
    sync(office)

    assert persons(office) == {"Ann Berg": "Acme Ltd"}


def test_a_person_does_not_move_to_another_company_by_itself(settled: Office) -> None:
    office = settled
    both(office)
    acme, bolt = office.accounts("Acme Ltd", "Bolt Ltd")
    made = contact(office, "Ann", "Berg", Account_Name=acme)
    sync(office)
    office.change("crm", "Contacts", made, Account_Name=bolt)
    office.reset()

    sync(office)

    assert office.writes() == {}
    link = office.link(made)
    assert (link.state, link.cause) == ("failing", "moved")
    assert "Customer cannot be changed" in link.reason
    assert link.remedy
