"""One worker at a time: claiming, renewing, taking over, and what an overtaken worker may do."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from integrations.models import Change, SyncRun
from integrations.sync import lease as leases
from integrations.sync import run as pipeline
from integrations.sync.lease import LENGTH, Lease, LeaseLost
from tests.conftest import Office

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    return make_office()


@pytest.fixture
def run(office: Office) -> SyncRun:
    return pipeline.start(office.setting(), "crm.customers")


def test_a_second_worker_cannot_claim(run: SyncRun, office: Office) -> None:
    assert Lease(run).claim()
    assert not Lease(run).claim()

    office.pass_time(LENGTH.total_seconds() - 1)
    assert not Lease(run).claim()


def test_what_a_dead_worker_held_is_taken_over_after_fifteen_seconds(
    run: SyncRun, office: Office
) -> None:
    assert dt.timedelta(seconds=15) == LENGTH
    dead, next_one = Lease(run), Lease(run)
    assert dead.claim()
    office.pass_time(15.1)

    assert next_one.claim()

    with pytest.raises(LeaseLost):
        dead.keep(read=99)
    with pytest.raises(LeaseLost):
        dead.release(status=SyncRun.Status.DONE)
    run.refresh_from_db()
    assert (run.read, run.status, run.lease_token) == (0, "running", next_one.token)


@pytest.mark.parametrize("status", ["done", "failed", "cancelled"])
def test_what_has_ended_is_not_claimed(status: str, run: SyncRun) -> None:
    SyncRun.objects.update(status=status)

    assert not Lease(run).claim()


def test_what_is_to_wait_is_not_claimed(run: SyncRun, office: Office) -> None:
    SyncRun.objects.update(not_before=timezone.now() + dt.timedelta(seconds=30))
    assert not Lease(run).claim()

    office.pass_time(31)

    assert Lease(run).claim()


@transaction.atomic
def commit_a_row(lease: Lease, run: SyncRun) -> None:
    Change.objects.create(
        run=run, setting=run.setting, flow=run.flow, action="create", created_at=timezone.now()
    )
    lease.keep()


def test_an_overtaken_worker_cannot_commit(run: SyncRun, office: Office) -> None:
    dead = Lease(run)
    dead.claim()
    office.pass_time(20)
    Lease(run).claim()

    with pytest.raises(LeaseLost):
        commit_a_row(dead, run)

    assert not Change.objects.exists()


def test_the_lease_is_renewed_while_the_work_goes_on(
    run: SyncRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a thread of its own, whatever the work does; also inside a transaction that is open."""
    monkeypatch.setattr(leases, "RENEWED_EVERY", 0.01)
    with time_machine.travel(timezone.now(), tick=True):
        lease = Lease(run)
        assert lease.claim()
        claimed_until = SyncRun.objects.get().lease_until
        assert claimed_until is not None
        with lease:
            renewed(after=claimed_until)
        stopped_at = SyncRun.objects.get().lease_until
    assert not lease._thread.is_alive()
    assert SyncRun.objects.get().lease_until == stopped_at


def renewed(*, after: dt.datetime) -> None:
    patience = time.monotonic() + 30
    while SyncRun.objects.filter(lease_until__lte=after).exists():
        assert time.monotonic() < patience, "the lease is not renewed"
        time.sleep(0.005)


def test_the_renewing_thread_never_renews_what_another_has_taken(
    run: SyncRun, monkeypatch: pytest.MonkeyPatch, office: Office
) -> None:
    monkeypatch.setattr(leases, "RENEWED_EVERY", 0.01)
    dead, next_one = Lease(run), Lease(run)
    dead.claim()
    office.pass_time(20)
    next_one.claim()
    taken_until = SyncRun.objects.get().lease_until

    with dead:
        dead._thread.join(30)

    assert not dead._thread.is_alive()
    assert SyncRun.objects.get().lease_until == taken_until


def test_many_claimants_at_once_and_one_gets_it(run: SyncRun) -> None:
    got: list[bool] = []
    barrier = threading.Barrier(6)

    def claim() -> None:
        try:
            barrier.wait()
            got.append(Lease(run).claim())
        finally:
            connection.close()

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got) == [False] * 5 + [True]


def test_a_worker_overtaken_in_mid_run_stops_before_its_next_window(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It wakes up after a long sleep: what it sent before is kept, and it sends no more."""
    office.accounts(*(f"Company {number:03}" for number in range(60)))
    run = pipeline.start(office.setting(), "crm.customers")
    from integrations.connectors.books.connector import Books

    create = Books.create
    sent = 0

    def create_slowly(self: Books, *args: object) -> object:
        nonlocal sent
        sent += 1
        if sent == 10:
            office.pass_time(20)
            assert Lease(SyncRun.objects.get()).claim()
        return create(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Books, "create", create_slowly)
    pipeline.work(run.pk)
    overtaken_after = sent
    run.refresh_from_db()
    assert run.status == "running"
    assert run.created == 0
    assert overtaken_after <= 25

    monkeypatch.setattr(Books, "create", create)
    office.pass_time(20)
    run = pipeline.drive(run, sleep=office.sleep)

    assert (run.status, run.created, run.uncertain) == ("done", 60, 0)
    assert len(office.customers()) == 60
    assert office.calls("books")["POST /contacts"] == 60
    office.assert_settled()
