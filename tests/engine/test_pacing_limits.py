"""The pace against an app that really counts: hardly a slot wasted, and never one too many."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from subprocess import Popen
from typing import Any

import pytest

from integrations.errors import TryLater
from integrations.pacing import Pacer
from integrations.sandbox.wire import Answer, Request
from integrations.sandbox.world import World
from tests.engine.conftest import START, make_connection
from tests.engine.virtual_time import VirtualTime

LIMIT = 100
MINUTES = 8


class Books:
    """The sandbox's Books with its real limits, called over a line that takes a while."""

    def __init__(self, time: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = time
        self.world = World.build(company="empty", limits="real")
        monkeypatch.setattr(self.world.clock, "time", time.time)
        organization = self.world.store.collection("books", "organizations", "organization_id")
        self.record = next(iter(organization.values()))
        self.record["plan_name"] = "ULTIMATE"
        self.token = self.world.oauth.issue_access(["*"], "", "")
        self.arrivals: list[float] = []
        self.statuses: list[int] = []

    def call(self, round_trip: float, random: Random) -> None:
        there = round_trip * random.random()
        self.time.sleep(there)
        self.arrivals.append(self.time.time())
        headers = {"authorization": f"Zoho-oauthtoken {self.token}"}
        query = {"organization_id": self.record["organization_id"], "per_page": "1"}
        asked = Request("GET", "/books/v3/contacts", query, headers, b"", "books.test")
        answer = self.world.handle(asked)
        assert isinstance(answer, Answer)
        self.statuses.append(answer.status)
        self.time.sleep(round_trip - there)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("round_trip", "processes"), [(0.2, 1), (0.5, 2), (1.0, 3)])
def test_nearly_all_of_the_allowance_is_used_without_one_refusal(
    round_trip: float, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = VirtualTime(START.timestamp())
    books = Books(time, monkeypatch)
    connection = make_connection(calls_per_minute=LIMIT)
    end = START.timestamp() + MINUTES * 60

    def work(seed: int) -> None:
        random = Random(seed)
        pacer = Pacer(connection, now=time.time, sleep=time.sleep)
        while time.time() < end:
            try:
                with pacer.call():
                    books.call(round_trip * random.uniform(0.5, 1.5), random)
            except TryLater as later:
                pacer.close()
                time.sleep(later.after.total_seconds())

    time.run(*(lambda seed=seed: work(seed) for seed in range(processes)))

    assert set(books.statuses) == {200}
    # The first minute begins with an empty window; what counts is the stretch after it.
    steady = [at for at in books.arrivals if START.timestamp() + 60 <= at < end]
    assert len(steady) / (MINUTES - 1) >= 95


def test_two_processes_of_the_system_keep_one_pace(
    start_process: Callable[..., Popen[str]],
) -> None:
    """A window of three seconds instead of sixty, on the real clock and the real database."""
    window, rounds = 3.0, 4
    connection = make_connection(calls_per_minute=LIMIT)
    workers = [
        start_process(
            "-m", "tests.engine.pace_worker", str(connection.pk), str(window), str(rounds)
        )
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    calls: list[list[float]] = []
    for worker in workers:
        out, errors = worker.communicate()
        assert worker.returncode == 0, errors
        made = json.loads(out)
        assert made, "a process that never got its turn"
        calls += made

    assert most_in_a_window(calls, window) <= LIMIT
    sent = sorted(at for at, _ in calls)
    best = max(
        sum(1 for at in sent if start <= at < start + 2 * window)
        for start in sent
        if start + 2 * window <= sent[-1]
    )
    assert best / 2 >= 0.95 * LIMIT


def most_in_a_window(calls: list[list[float]], window: float) -> int:
    """The most calls that any window could hold, wherever between sending and answer each counts.

    Two calls can share a window unless one is sent a window's length after the other's answer.
    """
    edges: list[tuple[float, int]] = []
    for sent, answered in calls:
        edges += [(sent, 1), (answered + window, -1)]
    most = now = 0
    for _, step in sorted(edges):
        now += step
        most = max(most, now)
    return most


def test_the_count_of_a_window_is_a_count() -> None:
    assert most_in_a_window([[0, 1], [5, 6], [12, 13]], 5) == 2
    answers: Any = [[0, 1], [6.0, 7]]
    assert most_in_a_window(answers, 5) == 1
