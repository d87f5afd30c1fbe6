"""The real server and its command, from outside: start, hang-ups, the store file, the end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """A running `manage.py sandbox`; `base` is where it answers."""

    def __init__(self, port: int, *flags: str) -> None:
        self.port = port
        self.base = f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "manage.py", "sandbox", "--port", str(port)),
                *("--company", "empty", "--limits", "off", *flags),
            ],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def said(self) -> IO[str]:
        assert self.process.stdout
        return self.process.stdout

    def until_ready(self) -> Served:
        first_line = self.said.readline().strip()
        assert first_line == f"sandbox ready {self.base}", self.said.read()
        return self

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.session.request(method, self.base + path, json=body, timeout=10, **more)

    def books(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        return self.call(
            method,
            "/books/v3" + path,
            body,
            params={"organization_id": self.organization_id, **query},
        )

    def sign_in(self) -> None:
        fields = {
            "client_id": "sandbox-client",
            "client_secret": "sandbox-secret",
            "grant_type": "refresh_token",
            "refresh_token": "sandbox-refresh",
        }
        token = self.session.post(self.base + "/oauth/v2/token", data=fields, timeout=10).json()
        self.session.headers["Authorization"] = f"Zoho-oauthtoken {token['access_token']}"
        found = self.call("GET", "/books/v3/organizations").json()["organizations"]
        self.organization_id = found[0]["organization_id"]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.session.close()
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@pytest.fixture
def serve() -> Iterator[Any]:
    running: list[Served] = []

    def start(*flags: str, port: int | None = None) -> Served:
        served = Served(port or free_port(), *flags)
        running.append(served)
        return served.until_ready()

    yield start
    for served in running:
        if served.process.poll() is None:
            served.end()
        served.said.close()


def test_it_serves_until_it_is_told_to_end(serve):
    served = serve()
    served.sign_in()
    assert served.books("POST", "/contacts", {"contact_name": "Ä"}).status_code == 201
    answer = served.call("GET", "/_sandbox/info")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert served.end() == 0


def test_ctrl_c_is_a_clean_end(serve):
    assert serve().end(signal.SIGINT) == 0


def test_a_port_in_use_is_a_clear_error(serve):
    served = serve()
    second = Served(served.port)
    said, _ = second.process.communicate(timeout=PATIENCE)
    assert second.process.returncode == 1
    assert "is in use" in said


def test_hang_ups_dates_and_delays(serve):
    served = serve()
    served.sign_in()

    def faults(*wanted):
        served.call("POST", "/_sandbox/faults", list(wanted))

    for kind, kept in (("close", 0), ("drop_answer", 1)):
        faults({"service": "books", "method": "POST", "kind": kind, "times": 1})
        with pytest.raises(requests.ConnectionError):
            served.books("POST", "/contacts", {"contact_name": "A"})
        assert len(served.call("GET", "/_sandbox/records/books/contacts").json()) == kept
    faults({"service": "books", "kind": "delay", "seconds": 0.5, "times": 1})
    before = time.monotonic()
    served.books("GET", "/contacts")
    assert time.monotonic() - before >= 0.5

    was = parsedate_to_datetime(served.books("GET", "/contacts").headers["Date"])
    served.call("POST", "/_sandbox/clock", {"advance": 7200})
    served.sign_in()
    now = served.books("GET", "/contacts").headers["Date"]
    assert 7200 <= (parsedate_to_datetime(now) - was).total_seconds() < 7230


def test_calls_in_process_are_counted(serve):
    served = serve("--limits", "real")
    served.sign_in()
    fault = {"service": "books", "kind": "delay", "seconds": 1}
    served.call("POST", "/_sandbox/faults", [fault])

    def ask(_: int) -> int:
        headers = dict(served.session.headers)
        query = {"organization_id": served.organization_id}
        url = served.base + "/books/v3/contacts"
        return requests.get(url, params=query, headers=headers, timeout=10).status_code

    with ThreadPoolExecutor(14) as pool:
        found = sorted(pool.map(ask, range(14)))
    assert found == [200] * 10 + [429] * 4


def test_the_store_file_outlives_a_kill(serve, tmp_path):
    file = str(tmp_path / "store.db")
    served = serve("--store", file)
    served.sign_in()
    for number in range(20):
        assert served.books("POST", "/contacts", {"contact_name": f"C{number}"}).ok
    token = served.session.headers["Authorization"]
    served.process.kill()
    served.process.wait(PATIENCE)
    with contextlib.suppress(requests.ConnectionError):
        served.session.close()

    again = serve("--store", file, "--company", "demo", "--accounts", "7", port=served.port)
    again.session.headers["Authorization"] = token
    again.organization_id = served.organization_id
    kept = again.books("GET", "/contacts").json()["contacts"]
    assert len(kept) == 20
    assert again.call("GET", "/_sandbox/info").json()["company"] == "empty"
    assert again.books("POST", "/contacts", {"contact_name": "New"}).status_code == 201
