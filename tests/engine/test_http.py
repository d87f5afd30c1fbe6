"""One request: sent again or not, judged by its answer, exact in its numbers, its logs silent."""

from __future__ import annotations

import datetime as dt
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import orjson
import pytest
import requests
from requests.structures import CaseInsensitiveDict

from integrations import oauth
from integrations.connectors.books.connector import Books
from integrations.errors import FailRecord, Missing, SyncError, TryLater
from integrations.models import Pace
from integrations.pacing import Pacer
from tests.engine.conftest import FakeClock, make_connection

pytestmark = pytest.mark.django_db(transaction=True)

Reply = "tuple[int, Any] | tuple[int, Any, dict[str, str]] | Exception"


class FakeSession:
    """A `requests` session that answers as told; its last answer stays."""

    def __init__(self, *answers: Any) -> None:
        self.answers: list[Any] = list(answers)
        self.sent: list[dict[str, Any]] = []
        self.while_sending: Callable[[], None] = lambda: None

    def post(self, url: str, **kwargs: Any) -> requests.Response:
        return self.request("POST", url, **kwargs)

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        self.sent.append({"method": method, "url": url, **kwargs})
        self.while_sending()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        response = requests.Response()
        response.status_code = status
        response._content = body if isinstance(body, bytes) else orjson.dumps(body)
        response.headers = CaseInsensitiveDict(headers[0] if headers else {})
        return response

    def close(self) -> None:
        """Nothing is held open."""


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> FakeSession:
    fake = FakeSession((200, {"code": 0, "contacts": []}))
    monkeypatch.setattr(oauth, "new_session", lambda: fake)
    return fake


@pytest.fixture
def books(session: FakeSession, clock: FakeClock) -> Books:
    connector = Books(make_connection(base_url="http://books.test", calls_per_minute=100))
    connector.http.pacer = Pacer(connector.connection, now=clock.time, sleep=clock.sleep)
    connector.http._sleep = clock.sleep
    return connector


FINE = (200, {"code": 0, "contacts": []})
LOST = requests.ConnectionError("Connection aborted.")
SLOW = requests.ReadTimeout("http://books.test/?organization_id=1 read timed out")
GARBAGE = (200, b"<html>upstream</html>")


# Reads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stumble", [LOST, SLOW, GARBAGE, (500, {}), (502, b"<html>"), (503, {})])
def test_a_read_is_repeated_when_the_app_stumbles(
    stumble: Any, books: Books, session: FakeSession, clock: FakeClock
) -> None:
    session.answers = [stumble, stumble, FINE]

    assert books.http.get("/contacts").body["contacts"] == []

    assert len(session.sent) == 3
    assert clock.slept == 2.5


def test_a_read_is_given_up_after_the_third_stumble(books: Books, session: FakeSession) -> None:
    session.answers = [LOST]

    with pytest.raises(TryLater):
        books.http.get("/contacts")

    assert len(session.sent) == 3


@pytest.mark.parametrize("answer", [(429, {"code": 44}), (429, b"<html>slow down</html>")])
def test_a_read_refused_for_its_pace_is_not_repeated(
    answer: Any, books: Books, session: FakeSession
) -> None:
    session.answers = [answer]

    with pytest.raises(TryLater):
        books.http.get("/contacts")

    assert len(session.sent) == 1


# Writes ------------------------------------------------------------------------------------------

#                             done,  finished
WRITES: list[tuple[Any, tuple[bool | None, bool]]] = [
    (LOST, (None, False)),
    (SLOW, (None, False)),
    (requests.ConnectTimeout("no route"), (False, True)),
    (GARBAGE, (None, False)),
    ((502, b"<html>bad gateway</html>"), (None, False)),
    ((504, {"message": "gateway timeout"}), (None, False)),
    ((500, {"code": 1000, "message": "internal"}), (None, True)),
    ((503, {"message": "down for maintenance"}), (None, True)),
    ((429, {"code": 43, "message": "blocked"}), (False, True)),
    ((429, {"code": 44, "message": "too many"}), (False, True)),
    ((429, {"code": 45, "message": "quota"}), (False, True)),
    ((429, {"code": 1070, "message": "concurrency"}), (False, True)),
    ((429, b"<html>slow down</html>"), (False, True)),
]


@pytest.mark.parametrize(("answer", "meaning"), WRITES, ids=lambda value: str(value)[:50])
def test_a_write_is_sent_once_and_says_whether_it_may_have_happened(
    answer: Any, meaning: tuple[bool | None, bool], books: Books, session: FakeSession
) -> None:
    session.answers = [answer, (200, {"code": 0})]

    with pytest.raises(TryLater) as later:
        books.http.send("POST", "/contacts", json={"contact_name": "Acme"})

    assert (later.value.done, later.value.finished) == meaning
    assert len(session.sent) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, {"code": 3062, "message": "The customer exists."}), FailRecord),
        ((400, {"code": 15, "message": "Too long."}), FailRecord),
        ((404, {"code": 1002, "message": "Contact does not exist."}), Missing),
        ((200, {"code": 2, "message": "Invalid value passed for website"}), FailRecord),
    ],
)
def test_a_refused_record_is_refused_for_itself_alone(
    answer: Any, kind: type[SyncError], books: Books, session: FakeSession
) -> None:
    session.answers = [answer]

    with pytest.raises(kind):
        books.http.send("POST", "/contacts", json={})


@pytest.fixture
def server() -> Iterator[Callable[[bytes | None], str]]:
    """A listener of the system's own: answers with these bytes, or hangs up without a word."""
    listeners: list[socket.socket] = []

    def start(answer: bytes | None) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                with link:
                    link.recv(65536)
                    if answer:
                        link.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.close()


def post(url: str) -> TryLater:
    books = Books(make_connection(base_url=url))
    with pytest.raises(TryLater) as later:
        books.http.send("POST", "/contacts", json={"contact_name": "Acme"})
    return later.value


def test_nobody_listening_means_certainly_not_written() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    assert post(f"http://127.0.0.1:{port}").done is False


def test_a_name_that_does_not_resolve_means_certainly_not_written() -> None:
    assert post("http://no-such-host.invalid").done is False


def test_a_hang_up_means_that_nobody_knows(server: Callable[[bytes | None], str]) -> None:
    lost = post(server(None))

    assert (lost.done, lost.finished) == (None, False)


def test_half_an_answer_means_that_nobody_knows(server: Callable[[bytes | None], str]) -> None:
    half = b'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"code": 0, "contact": {"contac'

    assert post(server(half)).done is None


# Pauses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17),
        ("0", 0),
        ("Tue, 03 Nov 2026 09:35:00 GMT", 300),
        ("Tue, 03 Nov 2026 09:29:00 GMT", 0),
        ("soon", 60),
        ("", 60),
        ("-5", 60),
    ],
)
def test_the_pause_asked_for_is_kept(
    header: str, seconds: int, books: Books, session: FakeSession
) -> None:
    date = {"Date": "Tue, 03 Nov 2026 09:30:00 GMT", "Retry-After": header}
    session.answers = [(429, {"code": 44, "message": "Too many"}, date)]

    with pytest.raises(TryLater) as later:
        books.http.get("/contacts")

    assert later.value.after == dt.timedelta(seconds=seconds)


def test_a_refusal_for_pace_holds_everybody(
    books: Books, session: FakeSession, clock: FakeClock
) -> None:
    session.answers = [(429, {"code": 43, "message": "blocked"}, {"Retry-After": "3600"})]
    with pytest.raises(TryLater):
        books.http.get("/contacts")

    assert Pace.objects.get().held_until == clock.time() + 3600
    with pytest.raises(TryLater) as later:
        Books(books.connection).http.get("/contacts")
    assert later.value.after > dt.timedelta(minutes=1)


def test_an_answer_without_a_usable_clock_is_taken_as_of_now(
    books: Books, session: FakeSession
) -> None:
    session.answers = [(200, {"code": 0}, {"Date": "yesterday, more or less"})]

    answer = books.http.get("/contacts")

    assert abs(answer.date - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


# Amounts, tokens, silence ------------------------------------------------------------------------


def test_amounts_cross_the_wire_exactly_both_ways(books: Books, session: FakeSession) -> None:
    session.answers = [(200, b'{"code": 0, "total": 1234567890123456.789, "rate": 0.1}')]

    answer = books.http.send("POST", "/x", json={"total": Decimal("1234567890123456.789")})

    assert session.sent[0]["data"] == b'{"total": 1234567890123456.789}'
    assert answer.body["total"] == Decimal("1234567890123456.789")
    assert answer.body["rate"] == Decimal("0.1")


def test_a_dead_token_is_renewed_and_the_request_sent_again(
    books: Books, session: FakeSession
) -> None:
    fresh = {"access_token": "1000.fresh", "expires_in": 3600}
    session.answers = [(401, {"code": 57, "message": "no"}), (200, fresh), (201, {"code": 0})]

    books.http.send("POST", "/contacts", json={"contact_name": "Acme"})

    used = [sent.get("headers", {}).get("Authorization") for sent in session.sent]
    assert used == ["Zoho-oauthtoken token-at-hand", None, "Zoho-oauthtoken 1000.fresh"]


def test_redirects_are_not_followed_with_the_token(books: Books, session: FakeSession) -> None:
    session.answers = [FINE]
    books.http.get("/contacts")

    assert session.sent[0]["allow_redirects"] is False
    assert session.sent[0]["timeout"] == (5, 60)


@pytest.mark.parametrize("answer", [LOST, SLOW, GARBAGE, (500, {}), (429, {"code": 44}), (400, {})])
def test_nothing_secret_or_personal_is_said_about_a_failure(
    answer: Any, books: Books, session: FakeSession, caplog: pytest.LogCaptureFixture
) -> None:
    session.answers = [answer]
    with caplog.at_level(logging.DEBUG), pytest.raises(SyncError) as raised:
        books.http.get(
            "/contacts", params={"contact_name": "Jane Doe", "email": "jane@doe.example"}
        )

    error = raised.value
    said = [repr(error), str(error), error.message, error.hint]
    said += [record.getMessage() for record in caplog.records]
    for hidden in ("Jane", "jane@doe.example", "token-at-hand", "sandbox-refresh"):
        assert not any(hidden in text for text in said)
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
