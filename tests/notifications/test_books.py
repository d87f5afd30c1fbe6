"""Webhooks of Books: made by rules, signed, carried into CRM."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import orjson
import pytest
from django.utils import timezone

from integrations import jobs, watching
from integrations.connectors.books.watch import Webhooks
from integrations.models import (
    Channel,
    Connection,
    FlowSetting,
    Integration,
    SyncRun,
    WebhookEvent,
)
from integrations.sandbox import delivery
from integrations.sync import run as pipeline
from integrations.watch import Call
from tests.conftest import Office
from tests.notifications.telling import channel, outcomes, post, syncs, told, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def both_ways(office: Office) -> Channel:
    """An office that reads both apps, with one pair; nothing is waiting anywhere."""
    office.configure(extent="both")
    office.accounts("Acme Ltd")
    told(office)
    delivery.take(office.world, "books")
    return channel("books")


def send(office: Office) -> int:
    calls = delivery.take(office.world, "books")
    for call in calls:
        assert post(call["url"], call["body"], **call["headers"]) == 200
    return len(calls)


def held(office: Office, name: str) -> list[dict[str, Any]]:
    return list(office.world.store.collection("books", name, f"{name[:-1]}_id").values())


def customer(office: Office) -> str:
    return str(office.customers()["Acme Ltd"]["contact_id"])


def test_webhooks_and_rules_are_made_once(both_ways: Channel, office: Office) -> None:
    hooks = held(office, "webhooks")
    there = f"/hooks/{both_ways.address}/?what="
    assert [hook["url"].partition("office.test")[2] for hook in hooks] == [
        f"{there}changed",
        f"{there}deleted",
    ]
    assert {hook["secret"] for hook in hooks} == {both_ways.secret}
    rules = [(rule["entity"], rule["rule_type"]) for rule in held(office, "workflows")]
    assert rules == [("contact", "created_or_edited"), ("contact", "deleted")]
    assert (both_ways.status, both_ways.expires_at) == ("active", None)

    watching.renew(both_ways)
    Channel.objects.filter(pk=both_ways.pk).update(remote={})
    watching.renew(channel("books"))

    assert [len(held(office, name)) for name in ("webhooks", "workflows")] == [2, 2]
    assert channel("books").remote == both_ways.remote


def test_a_change_in_books_reaches_crm(both_ways: Channel, office: Office) -> None:
    office.change("books", "contacts", customer(office), website="www.acme.example")

    assert send(office) == 1
    work()

    (account,) = office.records("crm", "Accounts")
    assert account["Website"] == "www.acme.example"
    (run,) = syncs()
    assert (run.direction, run.status, run.updated) == ("reverse", "done", 1)
    # The call brought the whole customer; of that nothing is kept but its id.
    event = WebhookEvent.objects.get()
    assert (event.body, event.records.get().record_id) == ("", customer(office))


def test_a_new_customer_becomes_an_account(both_ways: Channel, office: Office) -> None:
    office.add("books", "contacts", {"contact_name": "Bolt Ltd", "contact_type": "customer"})

    send(office)
    work()

    names = sorted(row["Account_Name"] for row in office.records("crm", "Accounts"))
    assert names == ["Acme Ltd", "Bolt Ltd"]


def test_a_vendor_is_no_customer(both_ways: Channel, office: Office) -> None:
    office.add("books", "contacts", {"contact_name": "Bolt Ltd", "contact_type": "vendor"})

    send(office)
    work()

    assert [row["Account_Name"] for row in office.records("crm", "Accounts")] == ["Acme Ltd"]


def test_a_deleted_customer(both_ways: Channel, office: Office) -> None:
    office.remove("books", "contacts", customer(office))

    assert send(office) == 1
    work()

    assert office.states() == {"Acme Ltd": "gone"}


def test_what_we_wrote_ourselves_is_not_even_read(both_ways: Channel, office: Office) -> None:
    (account,) = office.records("crm", "Accounts")
    office.change("crm", "Accounts", account["id"], Billing_City="Bergen")
    office.sync()
    office.reset()

    assert send(office) > 0
    work()

    assert (office.calls("crm"), office.calls("books")) == ({}, {})
    assert outcomes() == ["They are as the last sync left them."]


def test_a_contact_is_read_by_its_own_module_only(office: Office) -> None:
    """Three modules read the contacts of Books; each look costs a request."""
    office.accounts("Acme Ltd")
    office.add("crm", "Vendors", {"Vendor_Name": "Bolt Ltd"})
    for key in ("crm.customers", "crm.vendors"):
        office.configure(key, enabled="on", extent="both")
        office.sync(key)
    jobs.renew_watches()
    delivery.take(office.world, "books")
    vendor = str(office.customers()["Bolt Ltd"]["contact_id"])
    office.change("books", "contacts", vendor, notes="Closed on Mondays")

    assert send(office) == 1
    work()

    assert [(run.flow, run.only_ids) for run in syncs()] == [("crm.vendors", [vendor])]
    assert [row["Description"] for row in office.records("crm", "Vendors")] == ["Closed on Mondays"]


def test_kinds_that_books_tells_nothing_of_are_not_asked_for(office: Office) -> None:
    office.configure(module="accounts_contacts", extent="both")
    office.sync()
    office.sync("crm.contact_persons")
    jobs.renew_watches()
    assert (channel("books").status, channel("books").entities) == ("active", ["contacts"])
    assert channel("crm").entities == ["Accounts", "Contacts"]


def test_while_a_sync_writes_into_books_what_books_tells_is_put_off(
    both_ways: Channel, office: Office
) -> None:
    """It is told of sooner than written down as our own, and each look would cost a request."""
    office.accounts(*(f"Company {number}" for number in range(5)))
    office.pass_time(60)
    run = pipeline.start(office.setting(), "crm.customers")
    SyncRun.objects.filter(pk=run.pk).update(started_at=timezone.now())
    office.change("books", "contacts", customer(office), website="www.acme.example")
    send(office)
    work()
    assert outcomes() == [""]

    jobs.work(run.pk)
    office.reset()
    assert send(office) == 5
    work()

    # Of six notifications one is news.
    own = ["They are as the last sync left them."] * 5
    assert outcomes()[0].startswith("Read by sync")
    assert outcomes()[1:] == own
    (account,) = (row for row in office.records("crm", "Accounts") if row["Website"])
    assert account["Account_Name"] == "Acme Ltd"
    assert [run.only_ids for run in syncs()] == [[customer(office)]]


@pytest.mark.parametrize("change", ["signature", "body", "missing", "other secret"])
def test_a_forged_one_is_answered_alike_and_leaves_nothing(
    change: str, both_ways: Channel, office: Office
) -> None:
    office.change("books", "contacts", customer(office), website="www.acme.example")
    (call,) = delivery.take(office.world, "books")
    headers, body = dict(call["headers"]), call["body"]
    if change == "signature":
        headers = dict.fromkeys(headers, "0" * 64)
    elif change == "body":
        body = body.replace(b"www.acme.example", b"www.evil.example")
    elif change == "missing":
        headers = {}
    else:
        Channel.objects.filter(pk=both_ways.pk).update(status="active")
        other = channel("books")
        other.secret = "f" * 48
        other.save(update_fields=["secret"])

    assert post(call["url"], body, **headers) == 200

    assert WebhookEvent.objects.count() == 0
    assert channel("books").refused_at is not None
    office.sync()


def test_it_stops_with_the_integration(both_ways: Channel, office: Office) -> None:
    Integration.objects.update(status="disabled")
    jobs.renew_watches()

    assert [held(office, name) for name in ("webhooks", "workflows")] == [[], []]
    assert channel("books").status == "unneeded"
    Integration.objects.update(status="active")


def test_what_somebody_deleted_there_counts_as_stopped(both_ways: Channel, office: Office) -> None:
    for name in ("workflows", "webhooks"):
        collection = office.world.store.collection("books", name, f"{name[:-1]}_id")
        for record_id in collection.ids():
            collection.remove(record_id)
    watching.stop_by_hand(None, Connection.objects.get(app="books"))
    assert (channel("books").status, channel("books").reason) == ("stopped", "")


def test_a_plan_without_rules_says_so(office: Office) -> None:
    said = {"code": 1000, "message": "Workflow rules are not part of your plan."}
    office.faults(
        {"service": "books", "path": "/settings/workflows", "kind": "status", "status": 400}
        | {"body": said}
    )
    office.configure(extent="push")
    office.sync()
    jobs.renew_watches()
    assert channel("books").status == "refused"
    assert "not part of your plan" in channel("books").reason
    FlowSetting.objects.update(enabled=False)
    jobs.renew_watches()
    FlowSetting.objects.update(enabled=True)


SECRET = "abcdefghijkl"
# The two examples of the documents: pairs sorted by name, then the JSON; or pairs alone.
EXAMPLES = [
    (
        Call(
            b'{"created_date":"2019-03-06","event_id":"5675"}',
            query={"subscription_id": "90343", "name": "basic"},
        ),
        b'namebasicsubscription_id90343{"created_date":"2019-03-06","event_id":"5675"}',
    ),
    (
        Call(
            b"customer_name=Ann+Lee&amount=10%2C5",
            headers={"content-type": "application/x-www-form-urlencoded"},
            query={"b": "2"},
        ),
        b"amount10,5b2customer_nameAnn Lee",
    ),
]


@pytest.mark.parametrize(("call", "signed"), EXAMPLES)
def test_what_is_signed(call: Call, signed: bytes) -> None:
    right = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    genuine = Call(call.body, {**call.headers, "x-zoho-webhook-signature": right}, call.query)
    assert Webhooks().verify(genuine, SECRET, {})
    assert not Webhooks().verify(genuine, "another-one", {})
    assert not Webhooks().verify(genuine, "", {})
    assert not Webhooks().verify(call, SECRET, {})


@pytest.mark.parametrize("body", [{}, {"contact": None}, {"contact": {}}, {"shoe": {"id": "1"}}])
def test_a_genuine_one_that_names_nothing(body: Any, both_ways: Channel, office: Office) -> None:
    data = orjson.dumps(body)
    right = hmac.new(both_ways.secret.encode(), data, hashlib.sha256).hexdigest()
    post(f"/hooks/{both_ways.address}/", data, **{"X-Zoho-Webhook-Signature": right})
    work()
    event = WebhookEvent.objects.get()
    assert event.outcome == "It names no record that this office reads."
