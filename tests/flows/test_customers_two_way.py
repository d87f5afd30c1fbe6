"""Both directions: what crosses, what does not come back as an echo, who wins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations import configuring, trials
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens.attention.conftest import conflict


def two_way(office: Office, **choices: str) -> None:
    office.configure(extent="both", **choices)


def accounts(office: Office) -> dict[str, dict[str, object]]:
    return {row["Account_Name"]: row for row in office.records("crm", "Accounts")}


def customer(office: Office, name: str, **values: object) -> str:
    row = {"contact_name": name, "contact_type": "customer", "customer_sub_type": "business"}
    return office.add("books", "contacts", {**row, **values})[0]


def test_both_sides_get_what_the_other_has(office: Office) -> None:
    two_way(office)
    office.accounts("Acme Ltd", Billing_City="Oslo")
    customer(office, "Bolt Ltd", website="www.bolt.example.org", billing_address={"city": "Turku"})

    run = office.sync()

    assert (run.direction, run.created) == ("reverse", 1)
    assert set(accounts(office)) == set(office.customers()) == {"Acme Ltd", "Bolt Ltd"}
    assert accounts(office)["Bolt Ltd"]["Billing_City"] == "Turku"
    assert accounts(office)["Bolt Ltd"]["Website"] == "www.bolt.example.org"


def test_individuals_and_vendors_stay_in_books(office: Office) -> None:
    two_way(office)
    customer(office, "Ida Berg", customer_sub_type="individual")
    office.add("books", "contacts", {"contact_name": "Paper Co", "contact_type": "vendor"})

    run = office.sync()

    assert (run.created, run.excluded) == (0, 1)
    assert accounts(office) == {}


def test_a_change_on_either_side_crosses_once_and_makes_no_echo(office: Office) -> None:
    two_way(office)
    first, second = office.accounts("Acme Ltd", "Bolt Ltd", Billing_City="Oslo")
    office.sync()
    office.change("crm", "Accounts", first, Billing_City="Bergen")
    contact = office.link(second).target_id or ""
    office.change("books", "contacts", contact, billing_address={"city": "Turku"})
    office.reset()

    office.sync()

    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Bergen"
    assert accounts(office)["Bolt Ltd"]["Billing_City"] == "Turku"
    assert office.writes() == {"books PUT /contacts/{id}": 1, "crm PUT /Accounts": 1}
    for _ in range(2):
        office.reset()
        office.sync()
        assert office.writes() == {}


def both_moved(office: Office, **choices: str) -> str:
    two_way(office, **choices)
    account = office.accounts("Acme Ltd", Billing_City="Oslo", Fax="+47 22 33 44 50")[0]
    office.sync()
    contact = office.link(account).target_id or ""
    office.change("books", "contacts", contact, billing_address={"city": "Turku"})
    office.change("crm", "Accounts", account, Billing_City="Bergen")
    office.sync()
    return account


def cities(office: Office) -> tuple[object, object]:
    return (
        accounts(office)["Acme Ltd"]["Billing_City"],
        office.customers()["Acme Ltd"]["billing_address"]["city"],
    )


def test_both_moved_and_the_source_wins(office: Office) -> None:
    both_moved(office, winner="source")
    assert cities(office) == ("Bergen", "Bergen")


def test_both_moved_and_books_wins(office: Office) -> None:
    both_moved(office, winner="books")
    assert cities(office) == ("Turku", "Turku")


def test_both_moved_and_the_newest_wins(office: Office) -> None:
    both_moved(office, winner="newest")
    assert cities(office) == ("Bergen", "Bergen")


def test_both_moved_and_a_person_is_asked(office: Office) -> None:
    account = both_moved(office, winner="ask")
    assert cities(office) == ("Bergen", "Turku")
    link = office.link(account)
    assert link.state == "conflict"
    assert link.details["fields"] == {"billing_address.city": ["Bergen", "Turku"]}

    RecordLink.objects.filter(pk=link.pk).update(decision="keep_source", due=True)
    office.sync()

    assert cities(office) == ("Bergen", "Bergen")
    assert office.link(account).state == "in_sync"


def test_both_moved_and_each_field_has_its_own_winner(office: Office) -> None:
    two_way(office, winner="ask")
    winners = {"billing_address.city": "source", "billing_address.fax": "target"}
    pairs = [
        replace(p, wins=winners.get(p.target, ""))
        for p in trials.default_pairs(office.setting())[0]
    ]
    configuring.change_map(office.setting(), pairs)
    account = office.accounts("Acme Ltd", Billing_City="Oslo", Fax="+47 22 33 44 50")[0]
    office.sync()
    address = {"city": "Turku", "fax": "+47 22 33 44 51"}
    office.change(
        "books", "contacts", office.link(account).target_id or "", billing_address=address
    )
    office.change("crm", "Accounts", account, Billing_City="Bergen", Fax="+47 22 33 44 52")
    office.reset()

    office.sync()

    assert cities(office) == ("Bergen", "Bergen")
    assert accounts(office)["Acme Ltd"]["Fax"] == "+47 22 33 44 51"
    assert office.customers()["Acme Ltd"]["billing_address"]["fax"] == "+47 22 33 44 51"
    assert office.writes() == {"books PUT /contacts/{id}": 1, "crm PUT /Accounts": 1}
    assert office.link(account).state == "in_sync"


def test_a_conflict_decided_for_the_other_side_writes_its_values_back(office: Office) -> None:
    account = both_moved(office, winner="ask")
    RecordLink.objects.filter(source_id=account).update(decision="keep_target", due=True)

    office.sync()

    assert cities(office) == ("Turku", "Turku")
    assert office.link(account).state == "in_sync"


def test_finance_owned_fields_go_back_to_crm(office: Office) -> None:
    two_way(office)
    account = office.accounts("Acme Ltd", Billing_Country="Norway", Billing_City="Oslo")[0]
    office.sync()
    invoice = {
        "customer_id": office.link(account).target_id,
        "date": "2026-10-01",
        "line_items": [{"name": "Work", "rate": 100, "quantity": 1}],
    }
    office.add("books", "invoices", invoice)
    office.change("crm", "Accounts", account, Billing_Country="Sweden", Billing_City="Malmö")

    office.sync()

    address = office.customers()["Acme Ltd"]["billing_address"]
    assert (address["country"], address["city"]) == ("Norway", "Malmö")
    row = accounts(office)["Acme Ltd"]
    assert (row["Billing_Country"], row["Billing_City"]) == ("Norway", "Malmö")
    assert office.link(account).state == "in_sync"


def test_a_new_account_in_crm_gets_no_second_customer_from_its_own_push(office: Office) -> None:
    two_way(office)
    for number in range(5):
        customer(office, f"Company of place {number}")
        office.accounts(f"Firm of town {number}")
    office.sync()
    office.sync(full=True)

    assert len(accounts(office)) == len(office.customers()) == 10
    assert RecordLink.objects.filter(state="in_sync").count() == 10


@pytest.mark.parametrize("back", ["crm", "books"])
def test_a_conflict_is_over_once_one_side_is_changed_back(office: Office, back: str) -> None:
    link = conflict(office)
    assert link.state == "conflict"
    if back == "crm":
        place = {"Billing_City": "Oslo", "Billing_State": "East"}
        office.change("crm", "Accounts", link.source_id or "", **place)
    else:
        place = {"city": "Oslo", "state": "East"}
        office.change("books", "contacts", link.target_id or "", billing_address=place)

    office.sync()
    office.sync()

    stays = "Turku" if back == "crm" else "Bergen"
    assert office.link(link.source_id or "").state == "in_sync"
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == stays
    assert [row["Billing_City"] for row in office.records("crm", "Accounts")] == [stays]
