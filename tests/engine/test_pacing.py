"""One process and its slots: when they are taken, freed, given back, and what a refusal does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from integrations.errors import TryLater
from integrations.models import Connection, Pace
from integrations.pacing import BLOCK, KEPT, LONGEST_CALL, LONGEST_SLEEP, Pacer, requests_left_today
from tests.engine.conftest import FakeClock, make_connection

pytestmark = pytest.mark.django_db(transaction=True)


def paced(**values: Any) -> Connection:
    return make_connection(**{"calls_per_minute": 20, **values})


def pacer(connection: Connection, clock: FakeClock, **values: Any) -> Pacer:
    return Pacer(connection, now=clock.time, sleep=clock.sleep, **values)


def call(one: Pacer, clock: FakeClock, *, seconds: float = 0.0) -> None:
    with one.call():
        clock.sleep(seconds)


def slots(connection: Connection) -> list[float]:
    return sorted(free_at for _, free_at in Pace.objects.get(connection=connection).slots)


def calls_until_refused(one: Pacer, clock: FakeClock) -> int:
    number = 0
    while True:
        try:
            call(one, clock)
        except TryLater:
            return number
        number += 1


def test_slots_are_taken_in_blocks_and_what_was_not_used_is_given_back(clock: FakeClock) -> None:
    connection = paced()
    one = pacer(connection, clock)
    call(one, clock)
    assert len(slots(connection)) == BLOCK

    one.close()

    assert slots(connection) == [clock.time() + 60]


def test_a_slot_is_free_a_minute_after_the_answer_and_not_after_the_sending(
    clock: FakeClock,
) -> None:
    connection = paced(calls_per_minute=1)
    one = pacer(connection, clock)
    call(one, clock, seconds=4)
    answered = clock.time()
    clock.now = answered + 59.5

    call(one, clock)

    assert clock.time() == pytest.approx(answered + 60, abs=0.01)


def test_a_long_wait_ends_the_slice_instead_of_sleeping(clock: FakeClock) -> None:
    one = pacer(paced(calls_per_minute=2), clock)
    call(one, clock)
    call(one, clock)

    with pytest.raises(TryLater) as refused:
        call(one, clock)

    assert clock.slept <= LONGEST_SLEEP
    assert refused.value.after == dt.timedelta(seconds=60)
    assert (refused.value.done, refused.value.held) == (False, None)


def test_two_processes_share_one_allowance(clock: FakeClock) -> None:
    connection = paced()
    first, second = pacer(connection, clock), pacer(connection, clock)

    made = calls_until_refused(first, clock) + calls_until_refused(second, clock)

    assert made == 20


def test_a_process_that_starts_anew_finds_the_window_as_it_was_left(clock: FakeClock) -> None:
    connection = paced()
    before = pacer(connection, clock)
    assert calls_until_refused(before, clock) == 20
    before.close()

    assert calls_until_refused(pacer(connection, clock), clock) == 0


def test_slots_of_a_dead_process_come_back(clock: FakeClock) -> None:
    connection = paced(calls_per_minute=10)
    killed = pacer(connection, clock)
    call(killed, clock)  # ten taken; the process is never heard of again
    survivor = pacer(connection, clock)
    assert calls_until_refused(survivor, clock) == 0
    died_at = clock.time()

    # Its last call may have begun just before a slot in hand was too old, and answered at the last.
    clock.now = died_at + KEPT + LONGEST_CALL + 60 - LONGEST_SLEEP - 1
    assert calls_until_refused(survivor, clock) == 0
    clock.now = died_at + KEPT + LONGEST_CALL + 60 + 1
    assert calls_until_refused(survivor, clock) == 10


def test_a_process_that_slept_does_not_use_slots_that_others_count_as_free(
    clock: FakeClock,
) -> None:
    connection = paced(calls_per_minute=10)
    sleeper, other = pacer(connection, clock), pacer(connection, clock)
    call(sleeper, clock)  # nine left in hand
    clock.now += 300

    assert calls_until_refused(other, clock) == 10
    assert calls_until_refused(sleeper, clock) == 0


def test_a_refusal_holds_every_process_also_those_with_slots_in_hand(clock: FakeClock) -> None:
    connection = paced(calls_per_minute=100)
    refused, other = pacer(connection, clock), pacer(connection, clock)
    call(refused, clock)
    call(other, clock)

    refused.hold(dt.timedelta(seconds=40), "Books wants fewer requests.")

    for one in (refused, other, pacer(connection, clock)):
        with pytest.raises(TryLater, match="fewer requests") as held:
            call(one, clock)
        assert held.value.after == dt.timedelta(seconds=40)
    clock.now += 41
    for one in (refused, other):
        call(one, clock)


def test_a_shorter_pause_does_not_cut_a_longer_one_short(clock: FakeClock) -> None:
    connection = paced()
    one = pacer(connection, clock)
    one.hold(dt.timedelta(hours=1), "Blocked.")
    one.hold(dt.timedelta(seconds=5), "Busy.")

    with pytest.raises(TryLater) as held:
        call(one, clock)

    assert held.value.after == dt.timedelta(hours=1)


def test_the_days_quota_leaves_its_reserve_and_stops_until_the_organisations_midnight(
    clock: FakeClock,
) -> None:
    connection = paced(
        calls_per_minute=None, calls_per_day=50, reserve_percent=10, time_zone="Asia/Kolkata"
    )
    one = pacer(connection, clock)

    assert calls_until_refused(one, clock) == 45
    with pytest.raises(TryLater, match="45 of 50, 5 kept for people") as held:
        call(one, clock)

    assert held.value.held == "quota"
    midnight = dt.datetime(2026, 11, 3, 18, 30, tzinfo=dt.UTC)  # in India
    assert clock.time() + held.value.after.total_seconds() == midnight.timestamp()
    clock.now = midnight.timestamp() + 1
    assert calls_until_refused(one, clock) == 45


def test_what_was_given_back_does_not_count_for_the_day(clock: FakeClock) -> None:
    connection = paced(calls_per_day=1000)
    one = pacer(connection, clock)
    call(one, clock)
    one.close()

    assert Pace.objects.get(connection=connection).calls_today == 1


def test_slots_taken_before_midnight_and_given_back_after_it_change_no_days_count(
    clock: FakeClock,
) -> None:
    connection = paced(calls_per_day=1000)
    clock.now = dt.datetime(2026, 11, 3, 23, 59, 55, tzinfo=dt.UTC).timestamp()
    late, early = pacer(connection, clock), pacer(connection, clock)
    call(late, clock)
    clock.now += 10
    call(early, clock)
    early.close()

    late.close()

    assert Pace.objects.get(connection=connection).calls_today == 1


def test_an_app_without_limits_costs_no_statement_a_call(
    clock: FakeClock, django_assert_num_queries: Any
) -> None:
    one = pacer(make_connection(calls_per_minute=None), clock)

    with django_assert_num_queries(0):
        for _ in range(50):
            call(one, clock)
    one.close()

    assert Pace.objects.get().calls_today == 50


def test_requests_left_are_those_of_today(clock: FakeClock, monkeypatch: Any) -> None:
    connection = paced(calls_per_day=100, time_zone="America/New_York")
    monkeypatch.setattr("integrations.pacing.database_now", clock.time)
    assert requests_left_today(connection) == 100
    one = pacer(connection, clock)
    call(one, clock)
    one.close()
    assert requests_left_today(connection) == 99

    clock.now += 24 * 3600

    assert requests_left_today(connection) == 100


def test_a_zone_nobody_knows_counts_by_utc(clock: FakeClock) -> None:
    connection = paced(calls_per_minute=None, calls_per_day=10, time_zone="Mars/Olympus_Mons")

    assert calls_until_refused(pacer(connection, clock), clock) == 9
