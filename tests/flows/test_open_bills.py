"""Vendors whose bills wait to be paid: who and where one pays is changed by two people (G-10)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from integrations import access, decisions
from tests.conftest import Office
from tests.flows.test_vendors import KEY, add, vendors
from tests.screens.people import person


@pytest.fixture
def owed(office: Office) -> tuple[Office, str, str]:
    """A vendor whose bill waits to be paid: the office, the vendor, the bill."""
    vendor = add(office, "Kanda Seimitsu", Email="sales@kanda.example", City="Tokyo")
    office.sync(KEY)
    bill = {
        "vendor_id": office.link(vendor).target_id,
        "bill_number": "B-1",
        "line_items": [{"name": "Lenses", "rate": 900, "quantity": 1}],
    }
    return office, vendor, office.add("books", "bills", bill)[0]


def mail(office: Office) -> str:
    (person,) = vendors(office)["Kanda Seimitsu"]["contact_persons"]
    return str(person["email"])


@pytest.mark.parametrize(
    "values", [{"Email": "new@fraud.example"}, {"Phone": "+1 555 0199"}, {"City": "Lagos"}]
)
def test_what_money_goes_by_waits_for_a_second_person(
    owed: tuple[Office, str, str], values: dict[str, str]
) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, Description="Optics", **values)
    office.reset()

    run = office.sync(KEY)

    assert run.failing == 1
    assert office.writes() == {}
    link = office.link(vendor)
    assert (link.state, link.cause) == ("failing", "second_look")
    assert link.remedy == "One person asks for the change, and another one approves it."
    office.assert_settled(KEY)


def test_one_asks_and_another_approves(owed: tuple[Office, str, str]) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, Email="office@kanda.example")
    office.sync(KEY)
    asks, approver = person(access.FINANCE), person(access.APPROVER)
    colleague = User.objects.create(username="finn")
    wanted = ["primary_person.email"]

    decisions.choose_values(asks, office.link(vendor), wanted)
    office.sync(KEY, full=True)
    assert mail(office) == "sales@kanda.example"
    with pytest.raises(ValueError, match="Nobody approves"):
        decisions.choose_values(asks, office.link(vendor), wanted)
    with pytest.raises(ValueError, match="may approve"):
        decisions.choose_values(colleague, office.link(vendor), wanted)

    decisions.choose_values(approver, office.link(vendor), wanted)
    office.sync(KEY)

    assert mail(office) == "office@kanda.example"
    assert office.link(vendor).state == "in_sync"
    office.assert_settled(KEY)


def test_another_value_than_the_approved_one_waits_again(owed: tuple[Office, str, str]) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, Email="office@kanda.example")
    office.sync(KEY)
    decisions.choose_values(person(access.FINANCE), office.link(vendor), ["primary_person.email"])
    decisions.choose_values(person(access.APPROVER), office.link(vendor), ["primary_person.email"])
    office.change("crm", "Vendors", vendor, Email="new@fraud.example")

    office.sync(KEY)

    assert mail(office) == "sales@kanda.example"
    assert office.link(vendor).cause == "second_look"


def test_a_vendor_whose_bills_are_paid_is_updated_at_once(owed: tuple[Office, str, str]) -> None:
    office, vendor, bill = owed
    office.change("books", "bills", bill, status="paid")
    office.change("crm", "Vendors", vendor, Email="office@kanda.example", Website="kanda.example")

    office.sync(KEY)

    assert mail(office) == "office@kanda.example"
    office.assert_settled(KEY)


def test_what_money_does_not_go_by_is_written_while_bills_are_open(
    owed: tuple[Office, str, str],
) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, Description="Optics")
    office.sync(KEY)
    assert vendors(office)["Kanda Seimitsu"]["notes"] == "Optics"
    office.assert_settled(KEY)
