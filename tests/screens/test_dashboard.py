"""The dashboard, on its page and on the start page: health, open items, requests, two weeks."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from integrations.models import Change, Connection, Integration, SyncRun, WritingSwitch
from mappings.models import RecordLink
from reports import dashboard
from tests.screens import rows

pytestmark = pytest.mark.django_db


def test_it_stands_on_the_start_page_as_well(root, filled):
    own, start = root.get("/office/dashboard/"), root.get("/admin/")
    for page in (own, start):
        text = page.content.decode()
        assert "Zoho CRM and Zoho Books (" in text
        assert "Needs somebody" in text
        assert "Acme GmbH 1 (EUR, SANDBOX)" in text


def test_who_may_not_see_syncs_gets_the_plain_start_page(client_of, filled):
    page = client_of("clerk").get("/admin/").content.decode()
    assert "Zoho CRM and Zoho Books (" not in page


def test_a_plain_green_line_when_nothing_needs_anyone(root):
    made = rows.company()
    rows.run(made.setting, failing=0)
    rows.link(made.setting)
    page = root.get("/office/dashboard/").content.decode()
    assert "Nothing needs anyone." in page
    assert "Needs somebody" not in page


@pytest.mark.parametrize("trouble", ["reconnect", "failed", "stopped", "put off"])
def test_no_green_line_stands_over_trouble(root, trouble):
    made = rows.company()
    rows.run(made.setting, failing=0)
    link = rows.link(made.setting)
    if trouble == "reconnect":
        Connection.objects.filter(pk=made.crm.pk).update(status="reconnect")
    elif trouble == "failed":
        SyncRun.objects.update(status="failed")
    elif trouble == "stopped":
        WritingSwitch.objects.create(stopped=True, reason="Month end")
    else:
        later = timezone.now() + dt.timedelta(days=7)
        RecordLink.objects.filter(pk=link.pk).update(state="undecided", later_until=later)
    page = root.get("/office/dashboard/").content.decode()
    assert "Nothing needs anyone." not in page


def test_nothing_connected_says_what_to_do(root):
    page = root.get("/office/dashboard/").content.decode()
    assert "Nothing is connected yet" in page
    assert "Nothing needs anyone." not in page


def status(made: rows.Company) -> tuple[str, str]:
    return next(one.status for one in dashboard.health() if one.integration == made.integration)


def test_an_integration_stands_in_zohos_words():
    made = rows.company()
    assert status(made) == ("Active", "plain") or status(made)[0] == "Active"
    run = rows.run(made.setting, failing=0)
    assert status(made) == ("Active", "good")
    rows.link(made.setting, state="failing", cause="invalid")
    assert status(made) == ("Active", "look")
    run.status = SyncRun.Status.RUNNING
    run.save()
    assert status(made) == ("Sync in Progress", "info")
    made.setting.enabled = False
    made.setting.save()
    run.status = SyncRun.Status.DONE
    run.save()
    assert status(made)[0] == "Paused"
    Integration.objects.update(status=Integration.Status.DISABLED)
    assert status(made)[0] == "Disabled"
    Connection.objects.filter(app="crm").update(status=Connection.Status.RECONNECT)
    assert status(made) == ("Reconnect", "bad")


def test_requests_used_are_those_of_todays_allowance(root):
    made = rows.company()
    (one,) = dashboard.health()
    crm, books = one.requests
    # A tenth of the 2,000 a day is left to the people who use the app.
    assert (books.allowance.made, books.of, books.allowance.left) == (120, 1800, 1680)
    assert crm.allowance.made == 0
    made.books.calls_per_day = None
    made.books.save()
    assert "no limit a day" in root.get("/office/dashboard/").content.decode()


def test_what_waits_for_approval_and_what_stands_still_is_named(root):
    made = rows.company()
    asker = User.objects.create_user("anna")
    asked = rows.run(
        made.setting,
        mode=SyncRun.Mode.PREVIEW,
        approval_asked_by=asker,
        approval_asked_at=timezone.now() - dt.timedelta(hours=3),
    )
    rows.run(made.setting, status=SyncRun.Status.PAUSED, held="reconnect", only_ids=["1"])
    rows.run(made.setting, status=SyncRun.Status.PAUSED, held="quota", only_ids=["2"])
    page = root.get("/office/dashboard/")
    assert [item.key for item in page.context["approvals"]] == [asked.pk]
    assert [run.held for run, _, _ in page.context["held"]] == ["reconnect"]
    assert "asked for by anna" in page.content.decode()


def test_the_fortnight_counts_live_syncs_by_day_and_shows_quiet_days():
    made = rows.company()
    yesterday = timezone.now() - dt.timedelta(days=1)
    rows.run(made.setting, created=4, updated=2, linked=1, failing=3)
    rows.run(made.setting, created=1, created_at=yesterday, only_ids=["1"])
    rows.run(made.setting, mode=SyncRun.Mode.PREVIEW, created=500)
    rows.run(made.setting, created=9, created_at=timezone.now() - dt.timedelta(days=20))
    days = dashboard.fortnight()
    assert len(days) == 14
    assert days[-1] == dashboard.Day(timezone.localdate(), 1, 4, 2, 1, 3)
    assert (days[-2].syncs, days[-2].created) == (1, 1)
    assert sum(day.created for day in days) == 5
    chart = json.loads(dashboard.chart(days))
    assert chart["datasets"][0]["data"][-2:] == [1, 4]
    assert len(chart["labels"]) == 14


def test_lost_answers_count_as_open(root):
    made = rows.company()
    rows.change(rows.run(made.setting), status=Change.Status.UNCERTAIN)
    assert "Not confirmed" in root.get("/office/dashboard/").content.decode()
