"""Disable and enable: nothing moves in between, and nothing is made a second time afterwards."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations import decisions, guards, jobs, lifecycle
from integrations.models import Decision, FlowSetting, Integration, SyncRun
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office
from tests.lifecycle.conftest import crm

NAMES = ("Acme Ltd", "Bolt Ltd", "Cord Ltd")


def test_enabled_again_it_goes_on_without_a_duplicate(office: Office, admin: Any) -> None:
    office.configure(extent="both")
    first, second, third = office.accounts(*NAMES, Billing_City="Oslo")
    office.sync()
    before = set(RecordLink.objects.values_list("source_id", "target_id"))

    lifecycle.disable(admin, crm(office), "A new bookkeeper.")
    office.change("crm", "Accounts", first, Billing_City="Bergen")
    office.change("books", "contacts", office.link(second).target_id or "", notes="Call.")
    office.remove("crm", "Accounts", third)
    office.accounts("Dirk Ltd")
    office.pass_time(3600)
    lifecycle.enable(admin, crm(office))
    office.sync()

    assert set(office.customers()) == {*NAMES, "Dirk Ltd"}
    assert len(office.records("crm", "Accounts")) == 3
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Bergen"
    pairs = set(RecordLink.objects.values_list("source_id", "target_id"))
    assert before < pairs
    assert len(pairs) == 4
    assert office.link(third).state == "gone"
    office.reset()
    office.sync(full=True)
    assert office.writes() == {}
    kinds = Decision.objects.order_by("pk").values_list("kind", flat=True)
    assert [kind for kind in kinds if kind in {"disable", "enable"}] == ["disable", "enable"]


def test_disabled_nothing_starts_by_any_way(office: Office, admin: Any) -> None:
    office.accounts("Acme Ltd")
    office.sync()
    lifecycle.disable(admin, crm(office), "A new bookkeeper.")
    office.reset()
    office.pass_time(86_400)

    assert jobs.sync_due() == 0
    with pytest.raises(ValueError, match="disabled"):
        decisions.start_sync(admin, office.setting())
    with pytest.raises(ValueError, match="disabled"):
        decisions.sync_records(admin, list(RecordLink.objects.all()))
    with pytest.raises(CommandError, match="disabled"):
        call_command("sync", "crm.customers", stdout=io.StringIO())
    with pytest.raises(CommandError, match="disabled"):
        call_command("sync", stdout=io.StringIO())

    assert office.calls("crm") == office.calls("books") == {}


def test_a_sync_in_progress_ends_before_its_next_write(office: Office, admin: Any) -> None:
    office.accounts(*NAMES)
    trigger = SyncRun.Trigger.SCHEDULE
    run = pipeline.start(office.setting(), "crm.customers", trigger=trigger)
    assert [one.pk for one in lifecycle.held(crm(office)).syncs] == [run.pk]

    lifecycle.disable(admin, crm(office), "A new bookkeeper.")

    run.refresh_from_db()
    assert (run.status, run.reason) == ("cancelled", "The integration was disabled.")
    pipeline.work(run.pk)
    assert office.customers() == {}


def test_a_sync_that_slipped_in_stands_still(office: Office, admin: Any) -> None:
    office.accounts("Acme Ltd")
    run = SyncRun(setting=office.setting(), flow="crm.customers", version=1)
    run.created_at = timezone.now()
    run.save()
    Integration.objects.update(status="disabled")

    run = pipeline.drive(run, sleep=office.sleep)

    assert (run.status, run.held) == ("paused", "stopped")
    assert guards.disabled_words(run.setting.integration) in run.reason
    assert office.customers() == {}


def test_nobody_disables_twice_or_without_a_reason(office: Office, admin: Any) -> None:
    with pytest.raises(ValueError, match="Say why"):
        lifecycle.disable(admin, crm(office), " ")
    lifecycle.disable(admin, crm(office), "A new bookkeeper.")
    with pytest.raises(ValueError, match="already"):
        lifecycle.disable(admin, crm(office), "Again.")
    lifecycle.enable(admin, crm(office))
    with pytest.raises(ValueError, match="not disabled"):
        lifecycle.enable(admin, crm(office))


def test_what_is_kept_is_said_beforehand(office: Office, admin: Any) -> None:
    office.add("books", "contacts", {"contact_name": "Dirk Ltd", "contact_type": "customer"})
    office.accounts(*NAMES, "Dirk Ltd")
    office.sync()
    held = lifecycle.held(crm(office))
    assert (held.pairs, held.alone, held.waiting, held.syncs) == (3, 1, 1, ())
    assert "Customers" in held.scheduled
    FlowSetting.objects.update(every="off")
    assert lifecycle.held(crm(office)).scheduled == ()
