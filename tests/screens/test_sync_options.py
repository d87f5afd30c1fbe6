"""The options of a module that runs: sync now, pause, resume, how often, history, sign-ins."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from integrations import access, jobs
from integrations.models import Connection, Decision, FlowSetting, SyncRun
from integrations.sync import run as pipeline
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, latest, person

HOUR = 3600


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.jobs.async_task", lambda *args: None)


def press(office: Office, what: str, **values: str) -> str:
    """What the admin's button says on the page it leads to."""
    address = reverse(f"office:module-{what}", args=[office.setting().pk])
    return client_of(access.ADMIN).post(address, values, follow=True).content.decode()


def module_page(office: Office, group: str = access.ADMIN) -> str:
    address = reverse("office:module", args=[office.setting().pk])
    return client_of(group).get(address).content.decode()


def scheduled() -> int:
    """How many syncs the clock starts now."""
    before = SyncRun.objects.filter(trigger="schedule").count()
    jobs.sync_due()
    return SyncRun.objects.filter(trigger="schedule").count() - before


def test_a_second_start_joins_the_sync_in_progress(office: Office) -> None:
    press(office, "sync")
    said = press(office, "sync")
    assert "That sync is in progress already" in said
    assert SyncRun.objects.count() == 1
    assert Decision.objects.filter(kind="start").count() == 1
    # A preview may run beside it.
    press(office, "preview")
    assert SyncRun.objects.filter(mode="preview").count() == 1
    finish_syncs(office)


def test_a_start_in_the_moment_another_sync_ends_has_its_own(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = SyncRun.save
    refused: list[SyncRun] = []

    def save(run: SyncRun, *args: Any, **kwargs: Any) -> None:
        if not refused:
            refused.append(run)
            raise IntegrityError("one_unlimited_run_per_setting")
        kept(run, *args, **kwargs)

    # The other one was there when it was stored, and is not any more when it is looked for.
    monkeypatch.setattr(SyncRun, "save", save)
    run = pipeline.start(office.setting(), "crm.customers")
    assert (run.pk is not None, run.joined, run.status) == (True, False, "queued")
    finish_syncs(office)


def test_the_clock_counts_from_the_scheduled_sync_and_sync_now_does_not_reset_it(
    office: Office,
) -> None:
    office.sync()
    office.pass_time(2 * HOUR)
    assert scheduled() == 1
    began = office.setting().last_started_at
    finish_syncs(office)
    office.pass_time(1.5 * HOUR)
    press(office, "sync")
    finish_syncs(office)
    assert office.setting().last_started_at == began
    assert scheduled() == 0
    office.pass_time(0.5 * HOUR)
    assert scheduled() == 1
    finish_syncs(office)


def test_the_clock_does_not_wait_for_the_end_of_the_sync_before(office: Office) -> None:
    office.sync()
    office.pass_time(2 * HOUR)
    assert scheduled() == 1
    # It takes an hour and a half; the next is due two hours after it began all the same.
    office.pass_time(1.5 * HOUR)
    finish_syncs(office)
    office.pass_time(0.5 * HOUR)
    assert scheduled() == 1
    # One that is still open is not joined by a second.
    office.pass_time(3 * HOUR)
    assert scheduled() == 0
    finish_syncs(office)
    assert scheduled() == 1
    finish_syncs(office)


def test_pausing_stops_the_clock_and_is_kept_with_who_did_it(office: Office) -> None:
    office.sync()
    assert "paused. A sync in progress goes on to its end" in press(office, "pause")
    office.pass_time(5 * HOUR)
    assert scheduled() == 0
    decision = Decision.objects.get(kind="pause")
    assert (decision.by, decision.setting) == (person(access.ADMIN), office.setting())
    assert "It is paused already" in press(office, "pause")

    page = module_page(office)
    assert "Resume" in page
    assert ">Sync now<" not in page
    assert "The module is paused. Resume it first." in press(office, "sync")

    assert "goes on" in press(office, "resume")
    assert Decision.objects.filter(kind="resume", by=person(access.ADMIN)).count() == 1
    assert "It is not paused" in press(office, "resume")
    # What has come due in the meantime is synced at once, and once.
    assert scheduled() == 1
    finish_syncs(office)
    assert scheduled() == 0


def test_a_paused_module_ends_its_sync_and_starts_no_second_part(office: Office) -> None:
    office.configure(extent="both")
    run = pipeline.start(office.setting(), "crm.customers")
    press(office, "pause")
    jobs.work(run.pk)
    run.refresh_from_db()
    assert run.status == "done"
    assert SyncRun.objects.count() == 1
    press(office, "resume")
    assert not SyncRun.objects.filter(status="queued").exists()


def test_how_often_is_changed_at_once_and_kept(office: Office) -> None:
    office.sync()
    assert "synced every day" in press(office, "interval", every="1d")
    office.pass_time(3 * HOUR)
    assert scheduled() == 0
    change = Decision.objects.get(kind="set_up")
    assert change.details["choices"] == {"every": ["2h", "1d"]}
    assert "is not an interval" in press(office, "interval", every="often")
    assert office.setting().every == "1d"
    press(office, "interval", every="15m")
    assert scheduled() == 1
    finish_syncs(office)
    # Nothing of the set-up changed, so nothing is compared anew.
    assert office.setting().version == 1


def test_only_admins_change_it(office: Office) -> None:
    for name in ("pause", "resume", "interval", "sync", "preview"):
        address = reverse(f"office:module-{name}", args=[office.setting().pk])
        assert client_of(access.FINANCE).post(address, {"every": "1d"}).status_code == 403, name
    assert FlowSetting.objects.get(flow="crm.customers").enabled


def test_the_history_shows_counts_and_why_a_sync_failed(office: Office) -> None:
    office.accounts("Acme Ltd", "Globex")
    office.sync()
    office.faults({"kind": "revoke", "times": 1, "service": "crm"})
    office.pass_time(HOUR)
    press(office, "sync")
    finish_syncs(office)
    reason = latest().reason
    page = module_page(office, access.AUDITOR)
    assert reason
    assert reason in page
    assert 'data-label="Created">2<' in page
    history = f"{reverse('reports:history')}?module=crm.customers&amp;integration=crm"
    assert history in page
    # Whose sign-in it is, and where it is put right.
    assert "Somebody has to sign in again" in page
    crm = Connection.objects.get(app="crm")
    update = reverse("office:update-credentials", args=[crm.pk])
    assert update not in page
    assert update in module_page(office)
    office.reconnect()


def test_a_module_that_was_never_started_waits_for_a_person(office: Office) -> None:
    office.pass_time(10 * HOUR)
    assert scheduled() == 0
    assert "after the first one, which is started by hand" in module_page(office)
    assert timezone.now() - dt.timedelta(hours=9) > office.setting().integration.created_at
