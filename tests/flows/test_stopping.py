"""A sync that somebody stops while it writes: what was sent is noted; counts are rows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from integrations import decisions, jobs
from integrations.connectors.books.connector import Books
from integrations.models import Change, SyncRun
from integrations.sync import looking_up
from integrations.sync import run as pipeline
from tests.conftest import Office

NUMBER = 30
BOTH_VERBS = pytest.mark.parametrize("verb", ["create", "update"])


class Killed(BaseException):
    """The process is gone between two instructions."""


@pytest.fixture
def admin(db: None) -> Any:
    return get_user_model().objects.create(username="admin", is_superuser=True)


def waiting_for(office: Office, verb: str) -> SyncRun:
    """A sync that has to write thirty records."""
    accounts = office.accounts(*(f"Company of place {number:02}" for number in range(NUMBER)))
    if verb == "update":
        office.sync()
        for account in accounts:
            office.change("crm", "Accounts", account, Description="New text")
    office.pass_time(60)
    return pipeline.start(office.setting(), "crm.customers")


def at_call(
    monkeypatch: pytest.MonkeyPatch, verb: str, number: int, act: Callable[[], None]
) -> None:
    """Do something while the app has carried out that write and its answer is on the way."""
    original, calls = getattr(Books, verb), [0]

    def call(self: Books, *args: Any) -> Any:
        answer = original(self, *args)
        calls[0] += 1
        if calls[0] == number:
            act()
        return answer

    monkeypatch.setattr(Books, verb, call)


def stop(user: Any, run: SyncRun) -> None:
    decisions.cancel(user, run)


def written_in_books(office: Office, verb: str) -> int:
    rows = office.customers().values()
    return sum(verb == "create" or row["notes"] == "New text" for row in rows)


def assert_counted(run: SyncRun, written: int) -> None:
    run.refresh_from_db()
    rows = Change.objects.filter(run=run, status="written").count()
    assert (run.created + run.updated, rows) == (written, written)


@BOTH_VERBS
def test_the_worker_notes_what_was_sent_and_ends(
    verb: str, office: Office, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = waiting_for(office, verb)
    ended: list[bool] = []
    at_call(monkeypatch, verb, 11, lambda: ended.append(decisions.cancel(admin, run, "Wrong text")))

    run = pipeline.drive(run, sleep=office.sleep)

    assert ended == [False]
    assert (run.status, run.reason, run.held) == ("cancelled", "Wrong text", None)
    assert run.finished_at is not None
    assert written_in_books(office, verb) == 11
    assert_counted(run, 11)
    assert set(run.changes.values_list("status", flat=True)) == {"written", "dropped"}
    left = run.changes.filter(status="dropped")[0]
    assert left.get_status_display() == "Not written (overtaken or stopped)"
    assert left.reason == "The sync was stopped."
    following = office.sync()
    assert following.created + following.updated == NUMBER - 11
    assert_counted(following, NUMBER - 11)


def test_it_is_stopped_once(office: Office, admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = waiting_for(office, "create")

    def ask() -> None:
        decisions.cancel(admin, run)
        with pytest.raises(ValueError, match="is being stopped already"):
            decisions.cancel(admin, run)
        with pytest.raises(ValueError, match="Start again in a moment"):
            decisions.start_sync(admin, office.setting())

    at_call(monkeypatch, "create", 3, ask)
    pipeline.drive(run, sleep=office.sleep)
    with pytest.raises(ValueError, match="has ended already"):
        decisions.cancel(admin, run)
    assert run.decisions.count() == 1
    office.sync()


@BOTH_VERBS
@pytest.mark.parametrize("module", ["paused", "stopped", "synced again"])
def test_what_a_dead_worker_had_sent_is_looked_up_after_the_stop(
    verb: str,
    module: str,
    make_office: Callable[..., Office],
    admin: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = make_office()
    run = waiting_for(office, verb)

    def die() -> None:
        raise Killed

    with monkeypatch.context() as patched:
        at_call(patched, verb, 11, die)
        with pytest.raises(Killed):
            pipeline.drive(run, sleep=office.sleep)
    office.pass_time(20)

    assert decisions.cancel(admin, run)
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert run.changes.filter(status="sending").count() == 25
    if module == "paused":
        office.configure(enabled="off")
    elif module == "stopped":
        decisions.stop_writing(admin, "Month end")
    else:
        office.sync()
    office.pass_time(120)
    office.reset()
    looking_up.look_up(run.pk)

    assert not Change.objects.filter(status__in=Change.OPEN).exists()
    assert office.writes() == {}
    assert written_in_books(office, verb) == (NUMBER if module == "synced again" else 11)
    if module == "stopped":
        decisions.start_writing(admin)
    elif module == "paused":
        office.configure(enabled="on")
    assert_counted(run, 11)
    office.sync()
    assert written_in_books(office, verb) == NUMBER
    by_rows = Change.objects.filter(status="written", run__pk__gte=run.pk).count()
    counts = SyncRun.objects.filter(pk__gte=run.pk).values_list("created", "updated")
    assert sum(map(sum, counts)) == by_rows == NUMBER
    office.assert_settled()


def test_the_beat_finds_what_is_to_be_looked_up(
    office: Office, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was lost, and before the app could be asked for it the sync was stopped."""
    run = waiting_for(office, "create")
    lost = {"service": "books", "method": "POST", "path": "/contacts", "kind": "drop_answer"}
    office.faults({**lost, "times": 1})
    at_call(monkeypatch, "create", 5, lambda: stop(admin, run))
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(jobs, "async_task", lambda *message: sent.append(message))

    run = pipeline.work(run.pk)
    assert (run.status, run.changes.filter(status="uncertain").count()) == ("cancelled", 1)
    office.pass_time(70)
    jobs.sync_due()

    assert (jobs.LOOK_UP, run.pk) in sent
    looking_up.look_up(run.pk)
    assert_counted(run, written_in_books(office, "create"))
    jobs.sync_due()
    assert sent.count((jobs.LOOK_UP, run.pk)) == 1
    office.sync()


def test_a_preview_is_stopped_between_pages(
    office: Office, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.accounts(*(f"Company of place {number}" for number in range(3)))
    run = pipeline.start(office.setting(), "crm.customers", mode=SyncRun.Mode.PREVIEW)

    def ask(at: SyncRun) -> None:
        if at.phase == SyncRun.Phase.READ:
            decisions.cancel(admin, run)

    run = pipeline.work(run.pk, progress=ask)
    assert run.status == "cancelled"
    assert set(run.changes.values_list("status", flat=True)) == {"dropped"}
    office.sync()


def test_a_decision_is_carried_out_by_the_sync_after_the_one_that_was_stopped(
    office: Office, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.add("books", "contacts", {"contact_name": "Acme Ltd", "contact_type": "customer"})
    (account,) = office.accounts("Acme Ltd")
    office.sync()
    office.pass_time(600)
    office.sync()
    decisions.different(admin, [office.link(account)])
    run = pipeline.start(office.setting(), "crm.customers")

    pipeline.work(run.pk, progress=lambda at: stop(admin, run))

    assert office.link(account).due
    office.sync()
    assert not office.link(account).due


@pytest.mark.parametrize("trigger", ["schedule", "webhook"])
def test_a_held_sync_ends_with_the_later_one_that_did_its_work(
    trigger: str, office: Office
) -> None:
    setting = office.setting()
    setting.create_limit = 1
    setting.save()
    accounts = office.accounts(*(f"Company of place {number}" for number in range(5)))
    held = office.sync(trigger=trigger, only_ids=accounts if trigger == "webhook" else None)
    assert held.held == "limits"
    some = office.sync(only_ids=accounts[:1])
    held.refresh_from_db()
    assert (some.created, held.status) == (1, "paused")

    assert office.sync().created == 4

    held = SyncRun.objects.get(pk=held.pk)
    assert (held.status, held.held) == ("cancelled", None)
    assert held.reason == "A later sync has read these records."
    assert set(held.changes.values_list("status", "reason")) == {("dropped", held.reason)}


@pytest.mark.django_db(transaction=True)
def test_the_person_and_the_worker_are_two(
    make_office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with a connection of its own, and a write on the way that takes its time."""
    office = make_office()
    admin = get_user_model().objects.create(username="admin", is_superuser=True)
    run = waiting_for(office, "create")
    on_the_way, goes_on = threading.Event(), threading.Event()

    def wait() -> None:
        on_the_way.set()
        goes_on.wait()

    at_call(monkeypatch, "create", 7, wait)

    def work() -> None:
        try:
            pipeline.work(run.pk)
        finally:
            on_the_way.set()
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    on_the_way.wait()
    try:
        assert not decisions.cancel(admin, run, "Enough")
        run.refresh_from_db()
        assert (run.is_stopping, run.status) == (True, "running")
    finally:
        goes_on.set()
        worker.join()
    run.refresh_from_db()
    assert (run.status, run.reason) == ("cancelled", "Enough")
    assert_counted(run, 7)
    assert len(office.customers()) == 7
    assert office.sync().created == NUMBER - 7
    office.assert_settled()
