"""What the queue calls: may come twice or never, wakes what is to be woken, starts what is due."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from integrations import jobs, pacing
from integrations.models import Connection, FlowSetting, Integration, SyncRun
from integrations.sync import run as pipeline
from tests.conftest import Office

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    return make_office()


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Runs put in the queue, by id, in order."""
    ids: list[int] = []
    monkeypatch.setattr(jobs, "wake", lambda run: ids.append(run.pk))
    return ids


@pytest.fixture
def naps(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []

    def sleep(seconds: float) -> None:
        taken.append(seconds)
        office.pass_time(seconds)

    monkeypatch.setattr("integrations.jobs.time.sleep", sleep)
    return taken


def run_queue(woken: list[int]) -> int:
    """Work on what is in the queue until it is empty; how many jobs that took."""
    number = 0
    while woken:
        jobs.work(woken.pop(0))
        number += 1
        assert number < 1000, "the queue feeds itself"
    return number


# Working -----------------------------------------------------------------------------------------


def test_a_job_holds_one_key_and_nothing_else(office: Office) -> None:
    run = pipeline.start(office.setting(), "crm.customers")
    jobs.wake(run)

    task = OrmQ.objects.get().task
    assert (task["func"], task["args"], task["kwargs"]) == (jobs.WORK, (run.pk,), {})


def test_a_slice_that_is_over_queues_the_next(office: Office, woken: list[int]) -> None:
    office.accounts("Acme Ltd")
    run = pipeline.start(office.setting(), "crm.customers")
    SyncRun.objects.filter(pk=run.pk).update(phase="apply")
    slice_over = pipeline.work(run.pk, slice_length=dt.timedelta(seconds=-1))
    assert slice_over.status == "done"  # nothing was planned, so nothing is left

    again = pipeline.start(office.setting(), "crm.customers", full=True)
    cut = pipeline.work(again.pk, slice_length=dt.timedelta(seconds=-1))
    assert cut.status == "queued"
    jobs.work(again.pk)
    run_queue(woken)

    assert SyncRun.objects.get(pk=again.pk).status == "done"
    assert list(office.customers()) == ["Acme Ltd"]


def test_the_same_job_twice_at_once_is_harmless(office: Office, woken: list[int]) -> None:
    office.accounts(*(f"Company {number:03}" for number in range(120)))
    run = pipeline.start(office.setting(), "crm.customers")
    errors: list[BaseException] = []
    barrier = threading.Barrier(3)

    def work() -> None:
        try:
            barrier.wait()
            jobs.work(run.pk)
        except BaseException as error:  # noqa: BLE001 - asserted on below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_queue(woken)

    assert errors == []
    run.refresh_from_db()
    assert (run.status, run.created, run.read) == ("done", 120, 120)
    assert office.calls("books")["POST /contacts"] == 120
    office.assert_settled()


def test_a_job_that_comes_after_the_end_is_harmless(office: Office, woken: list[int]) -> None:
    office.configure(extent="both")
    office.accounts("Acme Ltd")
    run = pipeline.start(office.setting(), "crm.customers")
    jobs.work(run.pk)
    run_queue(woken)
    before = list(SyncRun.objects.values_list("pk", "direction", "status"))
    assert len(before) == 2
    office.reset()

    for pk in [run.pk, before[0][0], before[1][0]] * 3:
        jobs.work(pk)
        run_queue(woken)

    assert list(SyncRun.objects.values_list("pk", "direction", "status")) == before
    assert (office.calls("crm"), office.calls("books")) == ({}, {})


def test_a_short_pause_is_sat_out_in_bites_between_which_others_have_their_turn(
    office: Office, woken: list[int], naps: list[float]
) -> None:
    office.accounts("Acme Ltd")
    busy = {"code": 44, "message": "slow down"}
    office.faults(
        {"service": "books", "method": "POST", "kind": "status", "status": 429, "body": busy}
        | {"times": 1, "headers": {"Retry-After": "25"}}
    )
    run = pipeline.start(office.setting(), "crm.customers")
    began = timezone.now()

    woken.append(run.pk)
    run_queue(woken)

    run.refresh_from_db()
    assert (run.status, run.created) == ("done", 1)
    assert timezone.now() - began < dt.timedelta(seconds=27)
    assert max(naps) <= pacing.LONGEST_SLEEP + 0.1
    assert sum(naps) >= 25


def test_a_long_pause_occupies_no_worker(
    office: Office, woken: list[int], naps: list[float]
) -> None:
    office.accounts("Acme Ltd")
    blocked = {"code": 43, "message": "blocked"}
    office.faults(
        {"service": "books", "method": "POST", "kind": "status", "status": 429, "body": blocked}
        | {"times": 1, "headers": {"Retry-After": "3600"}}
    )
    run = pipeline.start(office.setting(), "crm.customers")

    assert jobs.work(run.pk) == "paused"
    assert (woken, naps) == ([], [])
    jobs.sync_due()
    assert woken == []
    office.pass_time(3601)
    jobs.sync_due()
    assert woken == [run.pk]
    run_queue(woken)
    assert list(office.customers()) == ["Acme Ltd"]


def test_a_used_up_quota_keeps_its_place_and_goes_on_the_next_day(
    office: Office, woken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # On PostgreSQL the pace goes by the server's clock, which nobody moves.
    defaults = pacing.Pacer.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "now", lambda: timezone.now().timestamp())
    office.accounts(*(f"Company {number:02}" for number in range(40)))
    Connection.objects.filter(app="books").update(calls_per_day=25, time_zone="UTC")
    run = pipeline.start(office.setting(), "crm.customers")

    days = 0
    woken.append(run.pk)
    while True:
        run_queue(woken)
        run.refresh_from_db()
        if run.status == "done":
            break
        assert (run.status, run.held) == ("paused", "quota"), run.reason
        assert "used up" in run.reason
        assert office.calls("books")["POST /contacts"] <= 22
        office.reset()
        midnight = run.not_before
        assert midnight is not None
        assert (midnight.hour, midnight.minute) == (0, 0)
        jobs.sync_due()
        assert woken == []
        office.pass_time((midnight - timezone.now()).total_seconds() + 1)
        jobs.sync_due()
        assert woken == [run.pk]
        days += 1
        assert days < 5

    assert days == 1
    assert (run.created, len(office.customers())) == (40, 40)
    assert SyncRun.objects.count() == 1


# The minute's beat -------------------------------------------------------------------------------


def synced(office: Office) -> FlowSetting:
    office.accounts("Acme Ltd")
    office.sync()
    return office.setting()


def test_a_lapsed_run_is_queued_and_a_living_one_left_alone(
    office: Office, woken: list[int]
) -> None:
    run = pipeline.start(office.setting(), "crm.customers")
    jobs.sync_due()
    assert woken == [run.pk]
    woken.clear()

    now = timezone.now()
    SyncRun.objects.update(status="running", lease_token="x", lease_until=now)
    SyncRun.objects.update(lease_until=now + dt.timedelta(seconds=10))
    jobs.sync_due()
    assert woken == []
    office.pass_time(11)
    jobs.sync_due()
    assert woken == [run.pk]


@pytest.mark.parametrize("held", ["limits", "stopped", "settings", "reconnect"])
def test_what_waits_for_a_person_is_not_woken(held: str, office: Office, woken: list[int]) -> None:
    run = pipeline.start(office.setting(), "crm.customers")
    SyncRun.objects.update(status="paused", held=held)
    Connection.objects.update(status="reconnect")

    jobs.sync_due()

    assert woken == []
    assert SyncRun.objects.get().pk == run.pk


def test_a_module_nobody_has_started_is_left_alone(office: Office, woken: list[int]) -> None:
    office.pass_time(30 * 86_400)
    jobs.sync_due()

    assert (woken, SyncRun.objects.count()) == ([], 0)


def test_a_module_is_started_when_its_interval_has_passed_and_not_before(
    office: Office, woken: list[int]
) -> None:
    synced(office)
    assert office.setting().every == "2h"
    office.pass_time(7000)
    jobs.sync_due()
    assert woken == []

    office.pass_time(300)
    jobs.sync_due()
    run = SyncRun.objects.first()
    assert run is not None
    assert (woken, run.trigger, run.mode) == ([run.pk], "schedule", "live")
    run_queue(woken)

    # The next one counts from the start of this one.
    office.pass_time(7100)
    jobs.sync_due()
    assert woken == []
    office.pass_time(200)
    jobs.sync_due()
    assert len(woken) == 1


def test_an_open_run_is_not_joined_by_another(office: Office, woken: list[int]) -> None:
    setting = synced(office)
    pipeline.start(setting, "crm.customers")
    SyncRun.objects.filter(status="queued").update(status="paused", held="limits")
    office.pass_time(10_000)

    jobs.sync_due()

    assert woken == []


SWITCHED_OFF: list[tuple[str, Callable[[], Any]]] = [
    ("disabled", lambda: FlowSetting.objects.update(enabled=False)),
    ("off", lambda: FlowSetting.objects.update(every="off")),
    ("module stopped", lambda: FlowSetting.objects.update(writing="stopped")),
    ("integration stopped", lambda: Integration.objects.update(writing="stopped")),
    ("integration paused", lambda: Integration.objects.update(status="paused")),
    ("integration disabled", lambda: Integration.objects.update(status="disabled")),
    ("all writing stopped", lambda: call_command("stop", reason="month-end close", verbosity=0)),
]


@pytest.mark.parametrize("switch", [do for _, do in SWITCHED_OFF], ids=[n for n, _ in SWITCHED_OFF])
def test_what_is_switched_off_is_not_started(
    switch: Callable[[], Any], office: Office, woken: list[int]
) -> None:
    synced(office)
    switch()
    office.pass_time(100_000)

    jobs.sync_due()

    assert woken == []
    assert SyncRun.objects.exclude(status="done").count() == 0


def test_first_syncs_by_schedule_are_spread(
    office: Office, woken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = synced(office)
    integration = first.integration
    for number in range(3):
        other = Integration.objects.create(
            name=f"copy-{number}", kind="crm", ledger=copy(integration.ledger, number),
            other=integration.other,
        )  # fmt: skip
        FlowSetting.objects.create(
            integration=other, flow="crm.customers", enabled=True, every="2h",
            first_synced_at=first.first_synced_at,
        )  # fmt: skip
    office.pass_time(7200)
    starts = []
    for minute in range(10):
        before = len(woken)
        jobs.sync_due()
        starts += [minute] * (len(woken) - before)
        SyncRun.objects.exclude(status="done").update(status="done")
        office.pass_time(60)

    assert starts == [0, 2, 4, 6]


def copy(ledger: Connection, number: int) -> Connection:
    return Connection.objects.create(
        app="books", grant=ledger.grant, organization_id=f"copy-{number}", name="Copy", is_test=True
    )


def test_two_beats_at_once_start_one_run(office: Office, woken: list[int]) -> None:
    synced(office)
    office.pass_time(7300)
    due = jobs.due_settings(timezone.now())
    assert len(due) == 1

    jobs.sync_due()
    # The second had looked before the first had started anything.
    pipeline.start(due[0], "crm.customers", trigger="schedule")

    assert SyncRun.objects.exclude(status="done").count() == 1


def test_the_beat_is_scheduled_once_by_migrating() -> None:
    jobs.ensure_schedules()
    jobs.ensure_schedules()

    beat = Schedule.objects.get(func="integrations.jobs.sync_due")
    assert (beat.schedule_type, beat.minutes, beat.repeats, beat.args) == ("I", 1, -1, None)
