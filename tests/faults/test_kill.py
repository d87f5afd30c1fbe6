"""A sync that is killed again and again, and loses a tenth of its answers, ends as if nothing was.

The sandbox is a real server and the sync a real process, ended by the system without a chance to
say goodbye. The two spans a survivor has to wait (the lease of the dead, the time after which a
request cannot be under way any more) are shortened.
"""

from __future__ import annotations

import json
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from io import StringIO
from random import Random
from subprocess import Popen
from typing import Any

import pytest
import requests
from django.core.management import call_command

from integrations.models import Change, SyncRun
from mappings.models import RecordLink

ACCOUNTS = 2000
KILLS = 10
RATE = 0.1
SHORTENED = {"LEASE_SECONDS": "0.75", "ANSWER_LOST_AFTER": "3"}
PATIENCE = 60.0
"""Seconds after which something that does not come is taken for a failure."""

pytestmark = pytest.mark.django_db(transaction=True)

Start = Callable[..., "Popen[str]"]


class Sandbox:
    """A served company, asked and told by its control calls."""

    def __init__(self, start: Start, seed: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.process = start(
            "manage.py", "sandbox", "--port", str(port), "--limits", "off",
            "--accounts", str(ACCOUNTS), "--seed", str(seed),
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("sandbox ready")

    def ask(self, path: str, body: Any = None) -> Any:
        verb = "GET" if body is None else "POST"
        answer = self.session.request(verb, f"{self.url}/_sandbox/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def creates(self) -> int:
        calls = self.ask("stats")["calls"].get("books", {})
        return int(calls.get("POST /contacts", {}).get("count", 0))

    def writes(self) -> list[dict[str, Any]]:
        """Requests that would change something, less those cut off while they were being sent."""
        return [
            row
            for row in self.ask("requests?since=0")
            if row["service"] in {"books", "crm"}
            and row["method"] != "GET"
            and isinstance(row["body"], dict)
        ]


def seed_without_a_streak() -> int:
    """A seed by which no three answers in a row are lost: that would mean a pause of half a minute,
    as of an app that is down, which is tested where time costs nothing."""
    for seed in range(1, 1000):
        random = Random(f"{seed}/0")
        lost = [random.random() < RATE for _ in range(ACCOUNTS + 500)]
        if not any(all(lost[at : at + 3]) for at in range(len(lost))):
            return seed
    raise AssertionError("unreachable")


def wait_for(process: Popen[str], what: Callable[[], bool]) -> None:
    """Until it is so, while the process runs. Looks again and again; no time is assumed."""
    patience = time.monotonic() + PATIENCE
    while not what():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < patience, "the sync makes no progress"
        time.sleep(0.005)


def reached(sandbox: Sandbox, creates: float) -> bool:
    """Whether a sync is under way and has sent so many creates."""
    under_way = SyncRun.objects.filter(status=SyncRun.Status.RUNNING, read__gt=0)
    return sandbox.creates() >= creates and under_way.exists()


def test_ten_kills_leave_one_customer_per_account(start_process: Start) -> None:
    random = Random(20)
    sandbox = Sandbox(start_process, seed_without_a_streak())
    call_command("connect_sandbox", url=sandbox.url, stdout=StringIO())

    def sync(*flags: str) -> Popen[str]:
        return start_process("manage.py", "sync", "crm.customers", "--json", *flags, **SHORTENED)

    expected = previewed(sync("--preview"))
    assert len(expected) > 0.8 * ACCOUNTS
    sandbox.ask(
        "faults",
        [
            {"service": "books", "method": "POST", "path": "/contacts", "kind": "drop_answer"}
            | {"rate": RATE}
        ],
    )

    last = 0.93 * len(expected)
    moments = sorted(random.uniform(1, last) for _ in range(KILLS - 1))
    for moment in [0.0, *moments]:
        process = sync()
        wait_for(process, partial(reached, sandbox, moment))
        time.sleep(random.uniform(0, 0.02))  # not always just after an answer
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it had ended before it was killed"
        assert SyncRun.objects.get(mode=SyncRun.Mode.LIVE).is_open

    out, errors = (survivor := sync()).communicate(timeout=PATIENCE)
    assert survivor.returncode == 0, errors
    result = json.loads(out)
    assert (result["status"], result["uncertain"]) == ("done", 0)
    everything_stands_once(sandbox, expected)

    sandbox.ask("faults", [])
    sandbox.ask("stats/reset", {})
    again = sync()
    assert again.wait(timeout=PATIENCE) == 0
    assert sandbox.creates() == 0


def previewed(process: Popen[str]) -> set[str]:
    """The accounts that get a customer, as a preview says before anything goes wrong."""
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    rows = Change.objects.filter(action=Change.Action.CREATE)
    return set(rows.values_list("source_id", flat=True))


def everything_stands_once(sandbox: Sandbox, expected: set[str]) -> None:
    writes = sandbox.writes()
    assert {row["status"] for row in writes} == {201}, "a create that the app had to refuse"
    sent = Counter(row["body"]["contact_name"] for row in writes)
    assert [name for name, number in sent.items() if number > 1] == []
    accounts = {row["id"]: row for row in sandbox.ask("records/crm/Accounts")}
    customers = {row["contact_id"]: row for row in sandbox.ask("records/books/contacts")}
    links = {link.source_id: link for link in RecordLink.objects.exclude(source_id=None)}

    assert set(links) == set(accounts)
    created = {key for key, link in links.items() if link.origin == RecordLink.Origin.CREATE}
    assert created == expected
    assert len(writes) == len(expected)
    for key in created:
        customer = customers[links[key].target_id or ""]
        assert links[key].state == RecordLink.State.IN_SYNC
        assert customer["contact_name"] == accounts[key]["Account_Name"].strip()
    targets = [link.target_id for link in links.values() if link.target_id]
    assert len(targets) == len(set(targets))
    unexplained = [
        link.name
        for link in links.values()
        if link.state != RecordLink.State.IN_SYNC and not link.reason
    ]
    assert unexplained == []
    assert not RecordLink.objects.filter(state=RecordLink.State.UNCERTAIN).exists()
    assert not Change.objects.filter(status__in=Change.OPEN).exists()
