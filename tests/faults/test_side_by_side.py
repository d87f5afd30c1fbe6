"""A sync of a few chosen records beside one of everything, and answers lost on the way back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from integrations.connectors.books.connector import Books
from integrations.connectors.crm.connector import Crm
from integrations.models import Change, SyncRun
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office

POST = {"service": "books", "method": "POST", "path": "/contacts"}


class Killed(BaseException):
    """The process is gone between two instructions."""


def names(office: Office) -> list[str]:
    return sorted(row["contact_name"] for row in office.records("books", "contacts"))


def at_create(
    monkeypatch: pytest.MonkeyPatch, number: int, do: Callable[[], Any], *, after: bool = False
) -> None:
    """Have something happen just before or after the so-manieth create is sent."""
    create = Books.create
    made = 0

    def create_and_do(self: Books, *args: Any) -> Any:
        nonlocal made
        made += 1
        mine = made == number
        if mine and not after:
            do()
        written = create(self, *args)
        if mine and after:
            do()
        return written

    monkeypatch.setattr(Books, "create", create_and_do)


@pytest.mark.parametrize("asleep", [0, 60, 200])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", [1, 13, 40])
def test_a_limited_sync_in_the_middle_of_a_full_one_doubles_nothing(
    number: int, after: bool, asleep: int, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the full one has slept so long that it is taken for dead, and then wakes up."""
    wanted = [f"Company {n:02}" for n in range(60)]
    ids = office.accounts(*wanted)
    inner: list[SyncRun] = []

    def limited() -> None:
        office.pass_time(asleep)
        one = pipeline.start(office.setting(), "crm.customers", only_ids=ids[5:50])
        inner.append(pipeline.drive(one, sleep=office.sleep))

    at_create(monkeypatch, number, limited, after=after)

    run = office.sync()

    assert (run.status, inner[0].status) == ("done", "done")
    assert names(office) == wanted
    assert office.calls("books")["POST /contacts"] == 60
    run.refresh_from_db()
    assert run.created + inner[0].created == 60
    assert (run.uncertain == 0) or not asleep
    assert {link.state for link in RecordLink.objects.all()} == {"in_sync"}


def test_a_limited_sync_that_died_is_settled_by_the_next_full_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = office.accounts("Acme Ltd", "Bolt Ltd", "Crane Ltd", "Dune Ltd")

    def die() -> None:
        raise Killed

    at_create(monkeypatch, 2, die, after=True)
    with pytest.raises(Killed):
        office.sync(only_ids=ids[:3])
    office.pass_time(20)

    run = office.sync()

    assert run.status == "done"
    assert names(office) == ["Acme Ltd", "Bolt Ltd", "Crane Ltd", "Dune Ltd"]
    assert office.calls("books")["POST /contacts"] == 4
    assert not Change.objects.filter(status__in=Change.OPEN).exists()


def test_a_record_edited_while_another_sync_is_unsure_of_it_is_not_forgotten(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The full sync leaves it to the other, which read it before the edit; the next one mends it,
    though by then the edit is older than the place the full sync has read up to."""
    (acme,) = office.accounts("Acme Ltd", Billing_City="Oslo")
    office.sync()
    limited = pipeline.start(office.setting(), "crm.customers", only_ids=[acme])
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    update = Books.update

    def edited_meanwhile(self: Books, *args: Any) -> Any:
        monkeypatch.setattr(Books, "update", update)
        written = update(self, *args)
        # The thread that renews its lease goes by real seconds, of which none pass here.
        SyncRun.objects.filter(pk=limited.pk).update(
            lease_until=timezone.now() + dt.timedelta(hours=1)
        )
        office.change("crm", "Accounts", acme, Billing_City="Turku")
        for _ in range(3):
            assert office.sync().status == "done"
        return written

    monkeypatch.setattr(Books, "update", edited_meanwhile)
    assert pipeline.drive(limited, sleep=office.sleep).status == "done"
    office.pass_time(600)

    assert office.sync().status == "done"

    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Turku"


def test_two_full_syncs_started_at_once_are_one(office: Office) -> None:
    office.accounts("Acme Ltd")
    first = pipeline.start(office.setting(), "crm.customers")
    second = pipeline.start(office.setting(), "crm.customers")

    assert first.pk == second.pk
    assert pipeline.drive(second, sleep=office.sleep).created == 1


@pytest.mark.parametrize("kind", ["close", "drop_answer", "garbage", "429"])
def test_a_batch_that_was_written_and_cannot_be_read_back_is_not_written_again(
    kind: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CRM answers a write with ids only; what comes after it may fail, the write has happened."""
    office.configure(extent="push")
    wanted = [f"Customer {n:02}" for n in range(30)]
    office.add(
        "books", "contacts", *({"contact_name": n, "contact_type": "customer"} for n in wanted)
    )
    status = {"kind": "status", "status": 429, "headers": {"Retry-After": "20"}}
    fault = status if kind == "429" else {"kind": kind}
    fault |= {"service": "crm", "method": "GET", "path": "/Accounts", "times": 3}
    write_many = Crm.write_many

    def write_and_stumble(self: Crm, *args: Any) -> Any:
        written = write_many(self, *args)
        monkeypatch.setattr(Crm, "write_many", write_many)
        office.faults(fault)
        return written

    monkeypatch.setattr(Crm, "write_many", write_and_stumble)

    run = office.sync()

    assert run.status == "done", run.reason
    assert office.calls("crm")["POST /Accounts"] == 1
    assert sorted(row["Account_Name"] for row in office.records("crm", "Accounts")) == wanted


@pytest.mark.parametrize("kind", ["drop_answer", "close"])
@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize("way", ["fetch", "push"])
def test_lost_answers_both_ways(way: str, verb: str, kind: str, office: Office) -> None:
    office.configure(extent=way)
    service = "books" if way == "fetch" else "crm"
    path = "/contacts" if way == "fetch" else "/Accounts"
    wanted = [f"Company {n:02}" for n in range(8)]
    if way == "fetch":
        ids = office.accounts(*wanted)
    else:
        rows = ({"contact_name": n, "contact_type": "customer"} for n in wanted)
        ids = office.add("books", "contacts", *rows)
    method = "POST"
    if verb == "update":
        assert office.sync().status == "done"
        for number, key in enumerate(ids):
            value = {"Website": f"www.n{number}.example.org"}
            if way == "fetch":
                office.change("crm", "Accounts", key, **value)
            else:
                office.change("books", "contacts", key, website=value["Website"])
        method = "PUT"
        path += "/{id}" if way == "fetch" else ""
    office.faults(
        {"service": service, "method": method, "path": path, "kind": kind, "rate": 0.5, "times": 4}
    )

    run = office.sync()

    assert run.status == "done", run.reason
    assert (run.created, run.updated) == ((8, 0) if verb == "create" else (0, 8))
    customers = office.records("books", "contacts")
    accounts = office.records("crm", "Accounts")
    assert sorted(row["contact_name"] for row in customers) == wanted
    assert sorted(row["Account_Name"] for row in accounts) == wanted
    if verb == "update":
        sites = [f"www.n{number}.example.org" for number in range(8)]
        assert sorted(row["website"] for row in customers) == sites
        assert sorted(row["Website"] for row in accounts) == sites


def test_the_name_of_a_record_whose_answer_was_lost_is_taken(office: Office) -> None:
    """Until it is settled nobody knows it as a customer; its namesake pages later must not
    be sent, since Books would refuse it."""
    office.accounts("Acme Ltd", *(f"Company {n:03}" for n in range(250)), "Acme Ltd")
    office.faults({**POST, "kind": "drop_answer", "times": 1})

    run = office.sync()

    assert (run.status, run.created, run.undecided) == ("done", 251, 1)
    answers = office.control("GET", "stats")["calls"]["books"]["POST /contacts"]["by_status"]
    assert answers == {"201": 251}
