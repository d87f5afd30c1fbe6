"""First syncs of a whole company while everything that can go wrong does, now and then.

Time moves only by waiting, so the pauses cost nothing. Whatever befalls the calls, each account
ends with one customer or with a reason, nothing is there twice, and a further sync is quiet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Change, SyncRun
from mappings.models import RecordLink
from tests.conftest import Office

ACCOUNTS = 250
MakeOffice = Callable[..., Office]
Fault = dict[str, Any]

POST = {"service": "books", "method": "POST", "path": "/contacts"}
LIST_BOOKS = {"service": "books", "method": "GET", "path": "/contacts"}
LIST_CRM = {"service": "crm", "method": "GET", "path": "/Accounts"}
TOKENS = {"service": "oauth", "method": "POST", "path": "/token"}

KINDS: dict[str, Fault] = {
    "error 500": {"kind": "status", "status": 500, "body": {"code": 1000, "message": "Oops"}},
    "error 502": {"kind": "status", "status": 502},
    "error 503": {"kind": "status", "status": 503, "headers": {"Retry-After": "20"}},
    "error 429": {"kind": "status", "status": 429, "headers": {"Retry-After": "30"}},
    "slow": {"kind": "delay", "seconds": 20},
    "too slow": {"kind": "delay", "seconds": 90},
    "hang-up": {"kind": "close"},
    "lost answer": {"kind": "drop_answer"},
    "garbage": {"kind": "garbage"},
}


def at(place: Fault, kind: str, rate: float) -> Fault:
    return {**place, **KINDS[kind], "rate": rate}


def planned(office: Office) -> set[str]:
    """Accounts that get a customer when nothing goes wrong, by a preview."""
    run = office.sync(preview=True)
    assert run.status == SyncRun.Status.DONE
    rows = run.changes.filter(action=Change.Action.CREATE)
    return set(rows.values_list("source_id", flat=True))


def sync_until_done(office: Office, faults: list[Fault]) -> int:
    """Sync as the minute's beat would, reconnecting when asked to; how many attempts it took."""
    office.faults(*faults)
    for attempt in range(1, 300):
        run = office.sync()
        if run.status == SyncRun.Status.DONE:
            return attempt
        assert run.status == SyncRun.Status.PAUSED, run.reason
        assert run.reason
        if run.held == "reconnect":
            faults = [fault for fault in faults if fault["kind"] != "revoke"]
            office.faults()
            office.reconnect()
            office.faults(*faults)
        else:
            assert run.held is None, run.reason
        if run.not_before is not None:
            office.pass_time(max((run.not_before - timezone.now()).total_seconds(), 0))
    raise AssertionError("the sync does not come to an end")


def assert_everything_once(office: Office, expected: set[str]) -> None:
    """One customer for each account that is in sync, and a reason for each that is not."""
    sent = [
        row
        for row in office.control("GET", "requests?since=0")
        if row["service"] == "books" and row["method"] == "POST"
    ]
    made = Counter(row["body"]["contact_name"] for row in sent if row["status"] == 201)
    assert [name for name, number in made.items() if number > 1] == []
    assert [row for row in sent if row["status"] == 400] == [], "a create that had to be refused"
    accounts = {row["id"]: row for row in office.records("crm", "Accounts")}
    customers = {row["contact_id"]: row for row in office.records("books", "contacts")}
    links = {link.source_id: link for link in RecordLink.objects.all()}

    assert set(links) == set(accounts)
    created = {key for key, link in links.items() if link.origin == RecordLink.Origin.CREATE}
    assert created <= expected
    assert len(created) == sum(made.values())
    for key in created:
        assert links[key].state == RecordLink.State.IN_SYNC
        name = customers[links[key].target_id or ""]["contact_name"]
        assert name == accounts[key]["Account_Name"].strip()
    for key in set(links) - created:
        assert links[key].state != RecordLink.State.UNCERTAIN
        assert links[key].reason, links[key].name
    for key in expected - created:
        assert (links[key].state, links[key].cause) == ("failing", "no_answer")
    assert not Change.objects.filter(status__in=Change.OPEN).exists()


def assert_quiet_and_complete(office: Office, expected: set[str]) -> None:
    """Nothing more to write, but for what got no answer three times; that comes a while later."""
    assert_everything_once(office, expected)
    office.assert_settled()
    for _ in range(3):
        office.pass_time(24 * 3600)
        assert office.sync().status == SyncRun.Status.DONE
    assert_everything_once(office, expected)
    made = RecordLink.objects.filter(origin=RecordLink.Origin.CREATE)
    assert set(made.values_list("source_id", flat=True)) == expected
    office.assert_settled()


@pytest.mark.parametrize("kind", list(KINDS))
def test_one_thing_goes_wrong_everywhere(kind: str, make_office: MakeOffice) -> None:
    office = make_office(company="demo", accounts=ACCOUNTS)
    expected = planned(office)
    assert len(expected) > 0.8 * ACCOUNTS

    lists = [at(place, kind, 0.3) for place in (LIST_BOOKS, LIST_CRM, TOKENS)]
    sync_until_done(office, [at(POST, kind, 0.15), *lists])

    assert_quiet_and_complete(office, expected)


@pytest.mark.parametrize("place", [POST, LIST_BOOKS, LIST_CRM, TOKENS], ids=lambda p: p["path"])
def test_everything_goes_wrong_in_one_place(place: Fault, make_office: MakeOffice) -> None:
    office = make_office(company="demo", accounts=ACCOUNTS)
    expected = planned(office)
    # Now and then a token is refused before its time, so that token requests are made in mid run.
    short = {"service": "books", "kind": "status", "status": 401, "rate": 0.02}
    short["body"] = {"code": 57, "message": "You are not authorized"}

    sync_until_done(office, [at(place, kind, 0.04) for kind in KINDS] + [short])

    assert_quiet_and_complete(office, expected)


@pytest.mark.parametrize("place", [POST, LIST_BOOKS, LIST_CRM, TOKENS], ids=lambda p: p["path"])
def test_the_consent_is_lost_in_the_middle(place: Fault, make_office: MakeOffice) -> None:
    office = make_office(company="demo", accounts=ACCOUNTS)
    expected = planned(office)
    office.pass_time(7200)  # so that a token is asked for

    rate = 0.05 if place is POST else 1  # of the others there are few, and the first will do
    attempts = sync_until_done(office, [{**place, "kind": "revoke", "times": 1, "rate": rate}])

    assert attempts == 2
    assert_quiet_and_complete(office, expected)
