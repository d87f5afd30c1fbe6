"""Writes go out in the largest batch an app takes, and two-way syncs write each change once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from integrations.models import SyncRun
from tests.conftest import Office


def push(office: Office, number: int, **more: Any) -> None:
    rows = (
        {
            "contact_name": f"Company of place {n}",
            "contact_type": "customer",
            "customer_sub_type": "individual" if n % 7 == 6 and more.get("mixed") else "business",
        }
        for n in range(number)
    )
    office.add("books", "contacts", *rows)


@pytest.mark.parametrize("mixed", [False, True])
def test_new_customers_reach_crm_a_hundred_a_call(office: Office, mixed: bool) -> None:
    office.configure(extent="push")
    push(office, 430, mixed=mixed)
    goes = 430 if not mixed else 430 - len(range(6, 430, 7))
    office.reset()

    run = office.sync()

    assert (run.status, run.created) == ("done", goes)
    calls = Counter(office.calls("crm"))
    assert calls.pop("POST /Accounts") == -(-goes // 100)
    reads = calls.pop("GET /Accounts")
    # A read-back for each write, and the list that tells what is there already.
    assert reads <= -(-goes // 100) + 1
    assert sum(calls.values()) <= 4


def test_what_waits_for_its_batch_is_known_to_the_pages_after_it(office: Office) -> None:
    office.configure(extent="push", duplicates="overwrite")
    push(office, 230)
    # Looks like one of the first page, and is read with the last.
    office.accounts("Company of place 3", "Company of place 225")

    run = office.sync()

    assert (run.created, run.linked, run.status) == (228, 2, "done")
    names = Counter(row["Account_Name"] for row in office.records("crm", "Accounts"))
    assert len(names) == 230
    assert set(names.values()) == {1}


def test_two_way_writes_every_change_once_and_hears_no_echo(office: Office) -> None:
    """As with 5,000 records in the bench: changed there, here, and on both sides."""
    office.configure(extent="both", winner="ask")
    ids = office.accounts(*(f"Company of place {n}" for n in range(120)), Billing_City="Oslo")
    office.sync()
    contacts = {row: office.link(row).target_id or "" for row in ids}
    there, here, both = ids[:20], ids[20:40], ids[40:44]
    office.pass_time(60)
    for row in (*there, *both):
        office.control("PATCH", f"records/crm/Accounts/{row}", {"Billing_City": "Bergen"})
    for row in (*here, *both):
        city = {"billing_address": {"city": "Turku"}}
        office.control("PATCH", f"records/books/contacts/{contacts[row]}", city)
    office.reset()

    run = office.sync()

    assert office.writes() == {"books PUT /contacts/{id}": 20, "crm PUT /Accounts": 1}
    rows = {row["id"]: row["Billing_City"] for row in office.records("crm", "Accounts")}
    assert {rows[row] for row in here} == {"Turku"}
    assert run.conflicts == 4
    assert [office.link(row).state for row in both] == ["conflict"] * 4
    for _ in range(2):
        office.reset()
        again = office.sync()
        assert (again.status, office.writes()) == ("done", {})
        assert not again.changes.exclude(status="noted").exists()


@pytest.mark.parametrize(("winner", "city"), [("source", "Bergen"), ("books", "Turku")])
def test_a_winner_settles_what_changed_on_both_sides(
    office: Office, winner: str, city: str
) -> None:
    office.configure(extent="both", winner=winner)
    ids = office.accounts(*(f"Company of place {n}" for n in range(5)), Billing_City="Oslo")
    office.sync()
    for row in ids:
        office.change("crm", "Accounts", row, Billing_City="Bergen")
        target = office.link(row).target_id or ""
        office.change("books", "contacts", target, billing_address={"city": "Turku"})

    run = office.sync()

    assert run.status == SyncRun.Status.DONE
    cities = {row["Billing_City"] for row in office.records("crm", "Accounts")}
    there = {row["billing_address"]["city"] for row in office.customers().values()}
    assert cities == there == {city}
