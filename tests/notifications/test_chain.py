"""From a change in an app to the record written in the other, by way of a notification."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from integrations import jobs
from integrations.models import FlowSetting, NotifiedRecord, SyncRun, WebhookEvent
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office
from tests.notifications.telling import (
    channel,
    deliver,
    outcomes,
    post,
    syncs,
    told,
    waiting,
    work,
)

pytestmark = pytest.mark.django_db


def test_a_change_is_written_without_a_sync_by_the_clock(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    office.reset()

    assert deliver(office) == 1
    work()

    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Bergen"
    (run,) = syncs()
    assert (run.status, run.only_ids, run.updated) == ("done", [acme], 1)
    assert office.calls("crm") == {"GET /Accounts": 1}
    event = WebhookEvent.objects.get()
    assert (event.status, event.runs, event.body) == ("handled", [run.pk], "")
    assert event.outcome == f"Read by sync {run.pk}."
    assert channel().last_event_at == event.received_at


def test_a_new_record_is_created(office: Office) -> None:
    office.accounts("Acme Ltd")
    told(office)
    office.accounts("Bolt Ltd")

    deliver(office)
    work()

    assert sorted(office.customers()) == ["Acme Ltd", "Bolt Ltd"]
    assert [run.created for run in syncs()] == [1]


def test_values_come_from_a_fresh_read_whatever_the_order(office: Office) -> None:
    """Two changes and a third that is never told: the last one is what gets written."""
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    for city in ("Bergen", "Oslo", "Turku"):
        office.change("crm", "Accounts", acme, Billing_City=city)
    first, second, _ = waiting(office)

    post(second["url"], second["body"])
    post(first["url"], first["body"])
    work()

    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Turku"
    assert [run.updated for run in syncs()] == [1]


def test_a_change_that_is_not_mapped_costs_one_read(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Employees=7)
    office.reset()

    deliver(office)
    work()

    assert (office.calls("crm"), office.calls("books")) == ({"GET /Accounts": 1}, {})
    assert [run.unchanged for run in syncs()] == [1]


def test_what_comes_back_from_our_own_writes_ends_there(office: Office) -> None:
    office.configure(extent="both")
    office.accounts("Acme Ltd")
    told(office)
    office.add("books", "contacts", {"contact_name": "Bolt Ltd", "contact_type": "customer"})
    office.sync()
    office.reset()

    assert deliver(office) > 0
    work()

    assert office.writes() == {}
    assert waiting(office) == []


def test_a_repeat_is_counted_and_nothing_else(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    (call,) = waiting(office)
    post(call["url"], call["body"])
    work()
    office.change("crm", "Accounts", acme, Billing_City="Oslo")
    waiting(office)
    office.reset()

    for _ in range(3):
        assert post(call["url"], call["body"]) == 200
    work()

    event = WebhookEvent.objects.get()
    assert (event.repeats, len(syncs())) == (3, 1)
    assert (office.calls("crm"), office.calls("books")) == ({}, {})
    office.sync()


def test_a_burst_becomes_few_syncs(office: Office) -> None:
    office.configure(every="off")
    FlowSetting.objects.update(change_limit_floor=1000, create_limit=1000)
    ids = office.accounts(*(f"Company {n:03}" for n in range(500)))
    told(office)
    for number, record_id in enumerate(ids):
        office.control("PATCH", f"records/crm/Accounts/{record_id}", {"Phone": f"+47 22 {number}"})

    assert deliver(office) == 500
    assert OrmQ.objects.count() == 1
    work()

    (run,) = syncs()
    assert (run.status, run.read, run.updated) == ("done", 500, 500)
    assert WebhookEvent.objects.filter(status="handled").count() == 500


def test_what_comes_while_a_sync_waits_its_turn_joins_it(office: Office) -> None:
    acme, bolt = office.accounts("Acme Ltd", "Bolt Ltd")
    told(office)
    for number, record_id in enumerate((acme, bolt)):
        office.change("crm", "Accounts", record_id, Billing_City=f"City {number}")
        deliver(office)
        event = WebhookEvent.objects.order_by("-pk")[0]
        jobs.handle_event(event.pk)

    (run,) = syncs()
    assert (run.status, run.only_ids) == ("queued", [acme, bolt])
    # While a worker has it, it takes in no more.
    until = timezone.now() + dt.timedelta(hours=1)
    SyncRun.objects.update(status="running", lease_until=until)
    office.change("crm", "Accounts", acme, Billing_City="City 9")
    deliver(office)
    jobs.handle_event(WebhookEvent.objects.order_by("-pk")[0].pk)
    assert [len(run.only_ids or []) for run in syncs()] == [2, 1]
    SyncRun.objects.filter(lease_until=until).update(status="queued", lease_until=None)
    work()
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "City 9"
    assert office.customers()["Bolt Ltd"]["billing_address"]["city"] == "City 1"


def test_what_comes_while_the_app_stays_away_joins_the_sync_that_waits(office: Office) -> None:
    """A hundred notifications in an hour of maintenance are one sync, not a hundred."""
    acme, bolt, crane = office.accounts("Acme Ltd", "Bolt Ltd", "Crane Ltd")
    told(office)
    away = {"kind": "status", "status": 429, "headers": {"Retry-After": "3600"}}
    office.faults({"service": "crm", "method": "GET", **away})
    for record_id in (acme, bolt, crane, acme):
        office.change("crm", "Accounts", record_id, Billing_City="Bergen")
        deliver(office)
        work()

    (run,) = syncs()
    assert (run.status, run.only_ids) == ("paused", [acme, bolt, crane])
    office.faults()
    office.pass_time(86_400)
    jobs.sync_due()
    work()
    (run,) = syncs()
    assert (run.status, run.updated) == ("done", 3)


def test_a_notification_while_a_sync_of_the_module_is_open(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    cut = pipeline.start(office.setting(), "crm.customers", full=True)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    pipeline.work(cut.pk, slice_length=dt.timedelta(seconds=-1))

    deliver(office)
    work()
    done = pipeline.drive(SyncRun.objects.get(pk=cut.pk), sleep=office.sleep)

    assert done.status == "done"
    assert [run.status for run in syncs()] == ["done"]
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Bergen"
    assert office.calls("books")["PUT /contacts/{id}"] == 1


def test_a_deleted_record(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.remove("crm", "Accounts", acme)

    deliver(office)
    work()

    assert office.link(acme).state == RecordLink.State.GONE
    assert list(office.customers()) == ["Acme Ltd"]
    assert NotifiedRecord.objects.get().what == "deleted"


def test_a_record_made_and_deleted_before_anybody_looks(office: Office) -> None:
    office.accounts("Acme Ltd")
    told(office)
    (gone,) = office.accounts("Bolt Ltd")
    office.remove("crm", "Accounts", gone)

    deliver(office)
    work()

    assert list(office.customers()) == ["Acme Ltd"]
    assert not RecordLink.objects.filter(source_id=gone).exists()


def test_records_outside_the_view_are_left_alone(office: Office) -> None:
    inside, outside = office.accounts("Acme Ltd", "Bolt Ltd")
    office.control("PATCH", f"records/crm/Accounts/{inside}", {"Key_Account": True})
    office.configure(view="Key accounts")
    told(office)
    assert list(office.customers()) == ["Acme Ltd"]
    for record_id in (inside, outside):
        office.change("crm", "Accounts", record_id, Billing_City="Bergen")
    office.accounts("Crane Ltd")

    assert deliver(office) == 3
    work()

    assert list(office.customers()) == ["Acme Ltd"]
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Bergen"
    # They are there, only elsewhere: nobody is told that they were deleted.
    assert office.states() == {"Acme Ltd": "in_sync"}


def test_an_entity_nobody_reads(office: Office) -> None:
    office.accounts("Acme Ltd")
    made = told(office)
    body = {"module": "Contacts", "ids": ["1"], "operation": "update"}
    body |= {"token": made.secret, "channel_id": made.remote["channel_id"]}

    post(f"/hooks/{made.address}/", body)
    work()

    assert outcomes() == ["No module reads these records by itself."]
    assert syncs() == []


@pytest.mark.parametrize(
    ("ids", "status"),
    [(["1,2"], "failed"), (["../1"], "failed"), (["x" * 61], "failed"), ("1", "failed")],
)
def test_ids_that_are_none_are_not_asked_for(ids: object, status: str, office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    made = told(office)
    body = {"module": "Accounts", "ids": ids, "operation": "update"}
    body |= {"token": made.secret, "channel_id": made.remote["channel_id"]}
    post(f"/hooks/{made.address}/", body)
    # One that cannot be understood keeps no other from being handled.
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    deliver(office)
    work()

    assert WebhookEvent.objects.order_by("pk")[0].status == status
    assert [run.only_ids for run in syncs()] == [[acme]]


def test_a_lost_message_is_found_within_the_minute(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    deliver(office)
    OrmQ.objects.all().delete()

    jobs.sync_due()
    assert OrmQ.objects.count() == 0
    office.pass_time(60)
    jobs.sync_due()
    work()

    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Bergen"


def test_a_job_twice_at_once_or_late_does_nothing(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    deliver(office)
    event = WebhookEvent.objects.get()

    assert jobs.handle_event(event.pk) == 1
    assert jobs.handle_event(event.pk) == 0
    assert jobs.handle_event(event.pk + 1000) == 0
    work()
    assert len(syncs()) == 1


def test_handled_again_reads_the_records_once_more(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    deliver(office)
    work()
    office.change("crm", "Accounts", acme, Billing_City="Oslo")
    waiting(office)

    jobs.handle_again(WebhookEvent.objects.get())
    work()

    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Oslo"
    assert len(syncs()) == 2


def test_old_notifications_are_forgotten(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    deliver(office)
    work()
    office.pass_time(29 * 86_400)
    jobs.prune()
    assert WebhookEvent.objects.count() == 1
    office.pass_time(2 * 86_400)
    jobs.prune()
    assert (WebhookEvent.objects.count(), NotifiedRecord.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_start_one_sync(make_office: Callable[..., Office]) -> None:
    office = make_office()
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    deliver(office)
    event = WebhookEvent.objects.get()
    started: list[int] = []
    barrier = threading.Barrier(3)

    def handle() -> None:
        try:
            barrier.wait()
            started.append(jobs.handle_event(event.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=handle) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(started) == [0, 0, 1]
    work()
    assert [run.only_ids for run in syncs()] == [[acme]]
