"""Runs that stop and go on: slices, settings that no longer fit, consents that were lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from integrations.models import Connection, SyncRun
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office


def test_a_run_goes_on_slice_by_slice_from_where_it_was(office: Office) -> None:
    office.accounts(*(f"Company of place {number}" for number in range(450)))
    setting = office.setting()
    run = pipeline.start(setting, setting.flow)

    slices = 0
    while run.is_open:
        run = pipeline.work(run.pk, slice_length=dt.timedelta(0))
        slices += 1
        assert slices < 100

    assert (run.status, run.read, run.created) == ("done", 450, 450)
    assert slices > 3
    assert len(office.customers()) == 450
    assert office.calls("crm")["GET /Accounts"] == 3


def test_a_deleted_view_stops_the_module_and_pulls_nothing(office: Office) -> None:
    office.configure(view="Key accounts")
    office.accounts("Acme Ltd")
    setting = office.setting()
    setting.view_id = "999000000000000001"
    setting.save()

    run = office.sync()

    assert (run.status, run.held) == ("paused", "settings")
    assert "view" in run.reason
    assert office.customers() == {}
    office.configure(view="")
    assert office.sync().status == "done"


def test_a_lost_consent_pauses_the_run_and_reconnecting_resumes_it(office: Office) -> None:
    office.accounts("Acme Ltd")
    office.faults({"service": "crm", "method": "GET", "path": "/Accounts", "kind": "revoke"})

    run = office.sync()

    assert (run.status, run.held) == ("paused", "reconnect")
    assert set(Connection.objects.values_list("status", flat=True)) == {"reconnect"}
    office.faults()
    office.reset()
    assert office.sync().held == "reconnect"
    assert office.calls("crm") == office.calls("books") == {}
    assert sum(office.calls("oauth").values()) <= 1

    office.reconnect()
    resumed = office.sync()

    assert (resumed.pk, resumed.status, resumed.created) == (run.pk, "done", 1)


def test_what_the_app_refuses_is_tried_again_with_growing_pauses(office: Office) -> None:
    office.accounts("Acme Ltd")
    body = {"code": 110817, "message": "Sales tax must be enabled first."}
    fault = {"service": "books", "method": "POST", "path": "/contacts", "kind": "status"}
    office.faults({**fault, "status": 400, "body": body})

    assert office.sync().failing == 1
    link = RecordLink.objects.get()
    assert "Sales tax" in link.reason
    assert office.sync().read == 0
    office.pass_time(3600)
    assert office.sync().failing == 1
    link.refresh_from_db()
    assert link.attempts == 2
    assert link.retry_at is not None
    office.faults()
    office.pass_time(2 * 3600)

    assert office.sync().created == 1
    assert SyncRun.objects.filter(status="done").count() == 4


def test_an_excluded_account_comes_in_once_its_rule_is_met(office: Office) -> None:
    account = office.accounts("Crane Ltd", Website="none at all")[0]
    assert office.sync().failing == 1
    office.change("crm", "Accounts", account, Website="www.crane.example.org")

    run = office.sync()

    assert run.created == 1
    assert office.link(account).state == "in_sync"
    assert office.link(account).reason == ""


def test_an_app_that_stays_away_is_asked_less_and_less_until_the_sync_ends_paused(
    office: Office,
) -> None:
    office.accounts("Acme Ltd")
    office.faults({"service": "books", "kind": "status", "status": 503, "body": {}})

    run = office.sync()

    assert (run.status, run.created) == ("paused", 0)
    assert run.not_before is not None
    assert office.slept < 300
    office.faults()
    office.pass_time(3600)
    assert office.sync().created == 1


def test_tokens_stored_under_another_key_pause_the_sync_and_say_so(
    office: Office, settings: Any
) -> None:
    office.accounts("Acme Ltd")
    keys = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = ["YW5vdGhlci1rZXktYW5vdGhlci1rZXktYW5vdGhlcjE="]

    run = office.sync()

    assert (run.status, run.held) == ("paused", "keys")
    assert "FIELD_ENCRYPTION_KEYS" in run.reason
    settings.FIELD_ENCRYPTION_KEYS = keys
    assert office.sync().created == 1


class Killed(BaseException):
    """What ends a process without giving it a moment to write anything down."""


def test_what_a_killed_slice_cost_is_counted(office: Office) -> None:
    office.accounts("Acme Ltd", "Brandt AG")
    office.reset()
    run = pipeline.start(office.setting(), "crm.customers")

    def killed(run: SyncRun) -> None:
        raise Killed

    with pytest.raises(Killed):
        pipeline.work(run.pk, progress=killed)

    run.refresh_from_db()
    made = {app: sum(office.calls(app).values()) for app in ("crm", "books")}
    assert run.calls == made
    assert min(made.values()) > 0
    assert run.queries > 0
    assert run.peak_rss_mb > 0
    office.pass_time(20)
    run = pipeline.drive(run, sleep=office.sleep)
    assert run.status == "done"
    assert run.calls == {app: sum(office.calls(app).values()) for app in ("crm", "books")}
