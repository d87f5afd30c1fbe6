"""Tokens: asked for once, at most ten times in ten minutes, and judged by what the answer says."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

import pytest
import requests
import time_machine
from django.utils import timezone

from integrations import connecting, jobs, oauth
from integrations.errors import Disconnected, SyncError, TryLater
from integrations.models import Connection, Grant, SyncRun
from tests.conftest import Office
from tests.engine.conftest import START, make_connection, make_grant
from tests.engine.test_http import FakeSession

pytestmark = pytest.mark.django_db(transaction=True)

FRESH = {"access_token": "1000.new.token", "api_domain": "http://api.test", "expires_in": 3600}


def expired_grant(**values: Any) -> Grant:
    return make_grant(access_token_expires=timezone.now() - dt.timedelta(minutes=1), **values)


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> FakeSession:
    """The accounts server: answers as told, the last answer again and again."""
    session = FakeSession((200, FRESH))
    monkeypatch.setattr(oauth, "new_session", lambda: session)
    return session


# What an answer means ----------------------------------------------------------------------------

ENDED = [
    (200, {"error": "invalid_code"}),
    (400, {"error": "invalid_code"}),
    (500, {"error": "invalid_code"}),
    (429, {"error": "invalid_code"}),
    (200, {"error": "invalid_client"}),
    (401, {"error": "invalid_client"}),
    (200, {"error": "invalid_client_secret"}),
    (200, {"error": "unauthorized_client"}),
]
PASSING = [
    (400, {"error": "Access Denied", "error_description": "You have made too many requests"}),
    (200, {"error": "Access Denied", "status": "failure"}),
    (200, {"error": "general_error"}),
    (429, {}),
    (500, {"error": "Internal Server Error", "status": 500, "path": "/oauth/v2/token"}),
    (500, {}),
    (503, b"<html><body>Service Unavailable</body></html>"),
    (200, b"<html><body>Under maintenance</body></html>"),
    (200, b""),
    (200, b"[]"),
    (200, b"null"),
    (200, {}),
    (404, {"message": "Not found"}),
    (302, b""),
    (200, b'{"access_token": "1000.cut.of'),
]


@pytest.mark.parametrize("answer", ENDED, ids=str)
def test_a_refusal_that_ends_the_consent(answer: Any, accounts: FakeSession) -> None:
    connection = make_connection(expired_grant())
    accounts.answers = [answer]

    with pytest.raises(Disconnected, match="The sign-in is not accepted any more: "):
        oauth.access_token(connection.grant_id)

    connection.refresh_from_db()
    assert (connection.status, connection.grant.status) == ("reconnect", "lost")
    assert connection.status_reason
    assert "invalid_" not in connection.status_reason
    # From now on nobody is asked any more.
    for _ in range(5):
        with pytest.raises(Disconnected):
            oauth.access_token(connection.grant_id)
    assert len(accounts.sent) == 1


@pytest.mark.parametrize("answer", PASSING, ids=str)
def test_a_failure_that_passes_keeps_the_consent(answer: Any, accounts: FakeSession) -> None:
    connection = make_connection(expired_grant())
    accounts.answers = [answer]

    with pytest.raises(TryLater) as later:
        oauth.access_token(connection.grant_id)

    # Nothing was sent to the app, so a write that waits for a token was certainly not made.
    assert later.value.done is False
    connection.refresh_from_db()
    assert (connection.status, connection.grant.status) == ("connected", "granted")
    accounts.answers = [(200, FRESH)]
    assert oauth.access_token(connection.grant_id) == "1000.new.token"


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("http://accounts.test/?refresh_token=sandbox-refresh"),
        requests.ReadTimeout("http://accounts.test/?refresh_token=sandbox-refresh"),
    ],
)
def test_an_accounts_server_out_of_reach_is_waited_for(
    error: requests.RequestException, accounts: FakeSession
) -> None:
    grant = expired_grant()
    accounts.answers = [error]

    with pytest.raises(TryLater) as later:
        oauth.access_token(grant.pk)

    assert "sandbox-refresh" not in f"{later.value.message} {later.value!r}"
    assert later.value.__cause__ is None
    assert later.value.__suppress_context__


def test_too_many_requests_means_a_pause_of_the_whole_window(accounts: FakeSession) -> None:
    grant = expired_grant()
    accounts.answers = [(400, {"error": "Access Denied"})]

    with pytest.raises(TryLater) as later:
        oauth.access_token(grant.pk)

    assert later.value.after == dt.timedelta(minutes=10)


# Refreshing --------------------------------------------------------------------------------------


def test_a_token_that_still_lives_is_used_again(accounts: FakeSession) -> None:
    assert oauth.access_token(make_grant().pk) == "token-at-hand"
    assert accounts.sent == []


def test_a_token_is_renewed_a_minute_before_its_end(accounts: FakeSession) -> None:
    grant = make_grant(access_token_expires=timezone.now() + dt.timedelta(seconds=50))

    assert oauth.access_token(grant.pk) == "1000.new.token"


def test_a_token_the_app_refuses_is_renewed_once_for_all_who_hold_it(accounts: FakeSession) -> None:
    grant = make_grant()

    first = oauth.access_token(grant.pk, dead="token-at-hand")
    second = oauth.access_token(grant.pk, dead="token-at-hand")

    assert (first, second) == ("1000.new.token", "1000.new.token")
    assert len(accounts.sent) == 1


def test_the_refresh_token_is_kept_where_the_answer_has_none(accounts: FakeSession) -> None:
    grant = expired_grant()

    oauth.access_token(grant.pk)

    grant.refresh_from_db()
    assert grant.refresh_token == "sandbox-refresh"


def test_never_more_than_ten_requests_in_ten_minutes(accounts: FakeSession) -> None:
    accounts.answers = [(500, {})]
    with time_machine.travel(START, tick=False) as traveller:
        grant = expired_grant()
        asked: list[float] = []
        for _ in range(200):
            before = len(accounts.sent)
            with pytest.raises(TryLater) as later:
                oauth.access_token(grant.pk)
            if len(accounts.sent) > before:
                asked.append(timezone.now().timestamp())
            traveller.shift(min(later.value.after, dt.timedelta(seconds=7)))

    assert len(asked) > 10
    assert all(asked[at + 10] - asked[at] >= 600 for at in range(len(asked) - 10))
    # Nor fewer: 200 attempts, seven seconds apart, reach into the third window.
    assert len(asked) == 30


def test_a_refresher_that_died_is_waited_for_and_then_replaced(
    accounts: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        grant = expired_grant(refreshing_until=START + dt.timedelta(seconds=15))
        monkeypatch.setattr("integrations.oauth.time.sleep", lambda s: traveller.shift(s))

        assert oauth.access_token(grant.pk) == "1000.new.token"

        assert START + dt.timedelta(seconds=15) <= timezone.now()
    assert len(accounts.sent) == 1


def test_a_consent_given_while_the_old_one_is_asked_with_survives(
    accounts: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = make_connection(expired_grant())
    accounts.answers = [(200, {"error": "invalid_code"})]

    def reconnect() -> None:
        connecting.keep_grant(
            Grant.objects.get(pk=connection.grant_id),
            {"access_token": "1000.anew", "refresh_token": "1000.given", "expires_in": 3600},
            data_center="sandbox",
            accounts_url="http://accounts.test",
            client_id="sandbox-client",
            client_secret="sandbox-secret",
        )

    accounts.while_sending = reconnect
    assert oauth.access_token(connection.grant_id) == "1000.anew"
    grant = Grant.objects.get()
    assert (grant.refresh_token, grant.status) == ("1000.given", "granted")
    connection.refresh_from_db()
    assert connection.status == "connected"


# A lost consent, seen from the syncs -------------------------------------------------------------

TOKEN_DEAD = {"service": "crm", "method": "GET", "path": "/Accounts", "kind": "revoke"}


def test_a_lost_consent_pauses_the_run_and_reconnecting_resumes_it(
    make_office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = make_office()
    woken: list[int] = []
    monkeypatch.setattr(jobs, "wake", lambda run: woken.append(run.pk))
    office.accounts("Acme Ltd")
    office.faults(TOKEN_DEAD)

    run = office.sync()

    assert (run.status, run.held) == ("paused", "reconnect")
    assert "Reconnect" in run.reason
    assert {c.status for c in Connection.objects.all()} == {"reconnect"}
    # It stands still: nobody wakes it, and pressing the button asks nobody.
    office.faults()
    office.reset()
    office.pass_time(3600)
    jobs.sync_due()
    assert woken == []
    assert office.sync().held == "reconnect"
    assert (office.calls("oauth"), office.calls("crm"), office.calls("books")) == ({}, {}, {})

    office.reconnect()
    jobs.sync_due()

    assert woken == [run.pk]
    assert jobs.work(run.pk) == "done"
    assert list(office.customers()) == ["Acme Ltd"]
    assert SyncRun.objects.count() == 1


def test_a_sign_in_that_is_refused_with_a_fresh_token_is_not_asked_with_again(
    make_office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = make_office()
    monkeypatch.setattr(jobs, "wake", lambda run: None)
    office.accounts("Acme Ltd")
    refused = {"status": "error", "code": "INVALID_TOKEN", "message": "invalid oauth token"}
    office.faults({"service": "crm", "kind": "status", "status": 401, "body": refused})

    run = office.sync()
    assert (run.status, run.held) == ("paused", "reconnect")
    office.reset()
    for _ in range(10):
        office.pass_time(60)
        jobs.sync_due()
        office.sync()
    assert office.calls("oauth") == {}
    assert office.calls("crm") == {}

    office.faults()
    office.reconnect()
    assert office.sync().status == "done"


def test_a_token_that_runs_out_in_mid_run_is_renewed_unnoticed(
    make_office: Callable[..., Office],
) -> None:
    office = make_office()
    office.accounts(*(f"Company {n}" for n in range(30)))
    office.pass_time(7200)
    office.reset()

    assert office.sync().created == 30

    assert office.calls("oauth") == {"POST /token": 1}


# Secrets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [*ENDED, *PASSING], ids=str)
def test_no_secret_in_errors_logs_or_representations(
    answer: Any, accounts: FakeSession, caplog: pytest.LogCaptureFixture
) -> None:
    secret = {"client_secret": "hush-hush", "refresh_token": "1000.very.secret"}
    connection = make_connection(expired_grant(access_token="1000.old.secret", **secret))
    accounts.answers = [answer]
    with caplog.at_level(logging.DEBUG), pytest.raises(SyncError) as raised:
        oauth.access_token(connection.grant_id)

    said = [repr(raised.value), str(raised.value), raised.value.message, raised.value.hint]
    grant = Grant.objects.get()
    said += [repr(grant), str(grant), repr(connection), str(connection), grant.status_reason]
    said += [record.getMessage() for record in caplog.records]
    for hidden in ("hush-hush", "1000.very.secret", "1000.old.secret", "1000.cut.of"):
        assert not any(hidden in text for text in said)
