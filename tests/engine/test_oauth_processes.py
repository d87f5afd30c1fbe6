"""Two processes that need a token at the same moment, and a real accounts server that counts."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from subprocess import Popen

import pytest
from django.utils import timezone

from integrations.models import Grant
from tests.engine.conftest import make_grant

WORKERS = 3


class Accounts(ThreadingHTTPServer):
    """Answers token requests, each with a token of its own, once it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = 0
        self.may_answer = threading.Event()
        self.was_asked = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Accounts

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        number = self.server.asked
        self.server.was_asked.set()
        self.server.may_answer.wait(30)
        body = b'{"access_token": "1000.token-%d", "expires_in": 3600}' % number
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Not on the tests' output."""


@pytest.fixture
def accounts() -> Iterator[Accounts]:
    with Accounts() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.may_answer.set()
        server.shutdown()
        thread.join()


def test_processes_that_need_a_token_at_once_make_one_request(
    start_process: Callable[..., Popen[str]], accounts: Accounts
) -> None:
    grant = make_grant(
        accounts_url=accounts.url, access_token_expires=timezone.now() - dt.timedelta(minutes=1)
    )
    workers = [
        start_process("-m", "tests.engine.token_worker", str(grant.pk)) for _ in range(WORKERS)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        # It has looked at the grant: from now on it asks, or waits for whoever asks.
        assert worker.stdout is not None
        assert worker.stdout.readline() == "looked\n"
    assert accounts.was_asked.wait(30)
    accounts.may_answer.set()

    tokens = set()
    for worker in workers:
        out, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors
        tokens.add(out.strip())

    assert tokens == {"1000.token-1"}
    assert accounts.asked == 1
    assert len(Grant.objects.get().token_requests) == 1
