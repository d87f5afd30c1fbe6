"""Vendors whose bills wait to be paid: who and where one pays is changed by two people (G-10)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from integrations import access, attention, decisions, second_looks
from integrations.models import Decision
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


WANTED = ["primary_person.email"]


def ask(office: Office, vendor: str, fields: list[str] = WANTED) -> None:
    decisions.choose_values(person(access.FINANCE), office.link(vendor), fields)


def approve(office: Office, vendor: str) -> None:
    link = office.link(vendor)
    second_looks.approve(person(access.APPROVER), link, second_looks.stamp(link))


def kinds() -> list[str]:
    return list(Decision.objects.order_by("pk").values_list("kind", flat=True))


def test_one_asks_and_another_approves(owed: tuple[Office, str, str]) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, Email="office@kanda.example")
    office.sync(KEY)
    asks, colleague = person(access.FINANCE), User.objects.create(username="finn")

    ask(office, vendor)
    assert [link.pk for link in second_looks.waiting()] == [office.link(vendor).pk]
    office.sync(KEY, full=True)
    assert mail(office) == "sales@kanda.example"
    link = office.link(vendor)
    with pytest.raises(ValueError, match="Approver may approve it"):
        second_looks.approve(colleague, link, second_looks.stamp(link))
    with pytest.raises(ValueError, match="Approver may approve it"):
        second_looks.approve(asks, link, second_looks.stamp(link))
    asks.groups.add(Group.objects.get(name=access.APPROVER))
    with pytest.raises(ValueError, match="Nobody approves"):
        second_looks.approve(
            User.objects.get(pk=asks.pk), office.link(vendor), second_looks.stamp(link)
        )

    approve(office, vendor)
    assert list(second_looks.waiting()) == []
    assert attention.decided("failing").count() == 1
    assert attention.differences().count() == 0
    office.sync(KEY)

    assert mail(office) == "office@kanda.example"
    assert office.link(vendor).state == "in_sync"
    assert kinds() == ["ask_approval", "approve"]
    office.assert_settled(KEY)


def test_who_may_not_decide_makes_no_request(owed: tuple[Office, str, str]) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, Email="office@kanda.example", City="Lagos")
    office.sync(KEY)
    ask(office, vendor)
    before = office.link(vendor).details
    with pytest.raises(ValueError, match="Finance staff and Integration admin may choose"):
        decisions.choose_values(person(access.APPROVER), office.link(vendor), [])
    with pytest.raises(ValueError, match="asked for already"):
        ask(office, vendor)
    assert office.link(vendor).details == before
    assert kinds() == ["ask_approval"]


def test_a_new_choice_is_a_new_request(owed: tuple[Office, str, str]) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, Email="office@kanda.example", City="Lagos")
    office.sync(KEY)
    ask(office, vendor)
    seen = second_looks.stamp(office.link(vendor))
    admin, fields = person(access.ADMIN), sorted(office.link(vendor).details["fields"])
    decisions.choose_values(admin, office.link(vendor), fields)

    with pytest.raises(ValueError, match="has changed since"):
        second_looks.approve(person(access.APPROVER), office.link(vendor), seen)
    with pytest.raises(ValueError, match="Only who asked"):
        second_looks.withdraw(person(access.FINANCE), office.link(vendor))
    row = Decision.objects.order_by("-pk")[0]
    assert row.details["instead_of"]["by"] == person(access.FINANCE).pk
    approve(office, vendor)
    office.sync(KEY)
    city = vendors(office)["Kanda Seimitsu"]["billing_address"]["city"]
    assert (mail(office), city) == ("office@kanda.example", "Lagos")
    office.assert_settled(KEY)


def test_of_what_differs_only_the_approved_is_written(owed: tuple[Office, str, str]) -> None:
    """What is to stay stays; the rest of the update, which had to wait for the answer, is made."""
    office, vendor, _ = owed
    values = {"Email": "office@kanda.example", "City": "Lagos", "Description": "Optics"}
    office.change("crm", "Vendors", vendor, **values)
    office.sync(KEY)
    ask(office, vendor)
    approve(office, vendor)
    office.sync(KEY)

    there = vendors(office)["Kanda Seimitsu"]
    assert there["billing_address"]["city"] == "Tokyo"
    assert (mail(office), there["notes"]) == ("office@kanda.example", "Optics")
    assert office.link(vendor).state == "in_sync"
    office.assert_settled(KEY)


@pytest.mark.parametrize("more", [{}, {"Description": "Optics"}])
def test_keeping_what_is_there_needs_nobody_else(
    owed: tuple[Office, str, str], more: dict[str, str]
) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, Email="office@kanda.example", **more)
    office.sync(KEY)
    ask(office, vendor)
    ask(office, vendor, [])
    assert list(second_looks.waiting()) == []
    office.sync(KEY)

    assert mail(office) == "sales@kanda.example"
    assert vendors(office)["Kanda Seimitsu"]["notes"] == more.get("Description", "")
    assert office.link(vendor).state == "in_sync"
    assert kinds() == ["ask_approval", "keep_target"]
    office.assert_settled(KEY)


def test_what_is_kept_is_carried_back_where_a_module_goes_both_ways(
    owed: tuple[Office, str, str],
) -> None:
    office, vendor, _ = owed
    office.configure(KEY, extent="both")
    office.sync(KEY)
    office.change(
        "crm", "Vendors", vendor, Email="office@kanda.example", City="Lagos", Description="Optics"
    )
    office.sync(KEY)
    assert office.link(vendor).cause == "second_look"
    ask(office, vendor)
    approve(office, vendor)
    office.sync(KEY)

    assert mail(office) == "office@kanda.example"
    (there,) = (row for row in office.records("crm", "Vendors") if row["id"] == vendor)
    assert (there["Email"], there["City"]) == ("office@kanda.example", "Tokyo")
    assert vendors(office)["Kanda Seimitsu"]["notes"] == "Optics"
    office.assert_settled(KEY)


def test_not_approved_needs_a_reason_and_ends_the_request(owed: tuple[Office, str, str]) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, Email="office@kanda.example")
    office.sync(KEY)
    ask(office, vendor)
    link, approver = office.link(vendor), person(access.APPROVER)
    with pytest.raises(ValueError, match="Say why"):
        second_looks.refuse(approver, link, second_looks.stamp(link), " ")
    second_looks.refuse(approver, link, second_looks.stamp(link), "Nobody there knows of it")
    with pytest.raises(ValueError, match="nothing is asked for"):
        second_looks.approve(approver, link, second_looks.stamp(link))
    office.sync(KEY, full=True)

    assert mail(office) == "sales@kanda.example"
    assert (kinds()[-1], Decision.objects.order_by("-pk")[0].reason) == (
        "reject",
        "Nobody there knows of it",
    )
    assert office.link(vendor).details["refused"]["reason"] == "Nobody there knows of it"
    ask(office, vendor)
    second_looks.withdraw(person(access.FINANCE), office.link(vendor))
    assert list(second_looks.waiting()) == []
    assert kinds()[-2:] == ["ask_approval", "withdraw"]
    office.assert_settled(KEY)


def test_a_request_for_other_values_lapses(owed: tuple[Office, str, str]) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, Email="office@kanda.example")
    office.sync(KEY)
    ask(office, vendor)
    seen = second_looks.stamp(office.link(vendor))
    office.change("crm", "Vendors", vendor, Email="new@fraud.example")
    office.sync(KEY)

    assert list(second_looks.waiting()) == []
    link = office.link(vendor)
    assert link.details["lapsed"]["by"] == person(access.FINANCE).pk
    with pytest.raises(ValueError, match="the request has lapsed"):
        second_looks.approve(person(access.APPROVER), link, seen)
    assert mail(office) == "sales@kanda.example"
    office.assert_settled(KEY)


@pytest.mark.parametrize("side", ["crm", "books"])
def test_another_value_than_the_approved_one_waits_again(
    owed: tuple[Office, str, str], side: str
) -> None:
    office, vendor, _ = owed
    office.change("crm", "Vendors", vendor, City="Kyoto")
    office.sync(KEY)
    ask(office, vendor, ["billing_address.city"])
    approve(office, vendor)
    if side == "crm":
        office.change("crm", "Vendors", vendor, City="Lagos")
    else:
        partner = office.link(vendor).target_id or ""
        office.change("books", "contacts", partner, billing_address={"city": "Osaka"})

    office.sync(KEY)

    city = vendors(office)["Kanda Seimitsu"]["billing_address"]["city"]
    assert city == ("Tokyo" if side == "crm" else "Osaka")
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
