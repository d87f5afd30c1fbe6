"""The page of a sync: live while it runs, its history afterwards."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations import access, decisions
from integrations.models import Change, SyncRun
from integrations.sync import run as pipeline
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, person

pytestmark = pytest.mark.usefixtures("asleep")


def test_it_asks_again_while_it_runs_and_stops_when_it_has_ended(world: Office) -> None:
    world.accounts("Acme Ltd")
    run = decisions.start_sync(person(access.ADMIN), world.setting())
    client = client_of(access.AUDITOR)
    part = reverse("office:sync-progress", args=[run.pk])

    before = client.get(part)
    assert 'hx-trigger="every 2s"' in before.content.decode()
    assert "HX-Refresh" not in before.headers

    finish_syncs(world)
    after = client.get(part)
    assert "hx-get" not in after.content.decode()
    assert after.headers["HX-Refresh"] == "true"
    page = client.get(reverse("office:sync", args=[run.pk])).content.decode()
    assert 'hx-trigger="every 2s"' not in page


def test_afterwards_it_is_the_history_with_before_and_after(world: Office) -> None:
    account = world.accounts("Acme Ltd", Billing_City="Oslo")[0]
    world.sync()
    world.change("crm", "Accounts", account, Billing_City="Bergen")
    run = world.sync()

    answer = client_of(access.AUDITOR).get(reverse("office:sync", args=[run.pk]))
    text = answer.content.decode()

    (line,) = answer.context["lines"]
    assert line.fields == "Billing city"
    assert "Oslo" in text
    assert "Bergen" in text
    assert reverse("office:record", args=[world.link(account).pk]) in text


@pytest.mark.parametrize("place", ["module", "history"])
def test_lists_of_syncs_tell_how_many_were_paired(world: Office, place: str) -> None:
    world.add("books", "contacts", {"contact_name": "Acme Ltd", "contact_type": "customer"})
    world.accounts("Acme Ltd")
    world.configure(duplicates="overwrite")
    run = world.sync()
    assert (run.linked, run.created, run.updated) == (1, 0, 0)
    address = (
        reverse("office:module", args=[run.setting_id])
        if place == "module"
        else reverse("reports:history")
    )
    text = client_of(access.AUDITOR).get(address).content.decode()
    assert '<th scope="col">Paired</th>' in text
    assert re.search(r'<td data-label="Paired"[^>]*>1</td>', text)


def test_stopping_and_resuming_are_for_those_who_start_syncs(world: Office) -> None:
    world.accounts("Acme Ltd")
    decisions.stop_writing(person(access.FINANCE), "Month end")
    run = decisions.start_sync(person(access.ADMIN), world.setting())
    finish_syncs(world)
    stop = reverse("office:sync-stop", args=[run.pk])
    assert client_of(access.FINANCE).post(stop).status_code == 403

    page = client_of(access.ADMIN).get(reverse("office:sync", args=[run.pk])).content.decode()
    assert "Writing is not allowed." in page
    assert "All writing is stopped: Month end" in page
    assert "Start writing again, then resume the sync." in page
    client_of(access.ADMIN).post(reverse("office:sync-resume", args=[run.pk]))
    run.refresh_from_db()
    assert run.held is None

    client_of(access.ADMIN).post(stop, {"reason": "Not today"})
    run.refresh_from_db()
    assert (run.status, run.reason) == (SyncRun.Status.CANCELLED, "Not today")


def test_it_says_how_a_stop_stands(world: Office) -> None:
    """While somebody works on it, once that one is gone, and when all is known."""
    world.accounts("Acme Ltd", "Bolt Ltd")
    run = decisions.start_sync(person(access.ADMIN), world.setting())
    at_work = timezone.now() + dt.timedelta(seconds=15)
    SyncRun.objects.filter(pk=run.pk).update(lease_until=at_work, status="running")
    client, stop = client_of(access.ADMIN), reverse("office:sync-stop", args=[run.pk])

    said = client.post(stop, {"reason": "Wrong text"}, follow=True).content.decode()
    assert "It is being stopped: what has been sent is noted" in said
    assert "Being stopped" in said
    assert stop not in said

    row = Change.objects.create(
        run=run,
        setting=run.setting,
        flow=run.flow,
        action="create",
        status="uncertain",
        source_id="1",
        created_at=timezone.now(),
    )
    world.pass_time(20)
    finish_syncs(world)
    # The page asked as one of an open sync: what else stands on it is loaded anew, once.
    address = reverse("office:sync-progress", args=[run.pk])
    assert client.get(address, {"seen": "open"}).headers["HX-Refresh"] == "true"
    page = client.get(reverse("office:sync", args=[run.pk])).content.decode()
    assert f'hx-get="{address}?seen=looked-up"' in page
    part = client.get(address, {"seen": "looked-up"})
    assert "Cancelled" in part.content.decode()
    assert "1 change had been sent" in part.content.decode()
    assert "whether Books took it is being looked up" in part.content.decode()
    assert "HX-Refresh" not in part.headers

    Change.objects.filter(pk=row.pk).update(status="failed")
    part = client.get(address, {"seen": "looked-up"})
    assert part.headers["HX-Refresh"] == "true"


def test_a_held_sync_becomes_a_preview_that_says_why(world: Office) -> None:
    setting = world.setting()
    setting.create_limit = 1
    setting.save()
    world.accounts(*(f"Customer {n}" for n in range(5)))
    run = world.sync(trigger=SyncRun.Trigger.SCHEDULE)
    assert run.held == "limits"

    client = client_of(access.APPROVER)
    answer = client.get(reverse("office:sync", args=[run.pk]))
    assert answer.headers["Location"] == reverse("office:preview", args=[run.pk])
    page = client.get(answer.headers["Location"]).content.decode()
    assert "It would create 5 records" in page
    assert "Approve: write 5 changes to" in page
    assert world.writes() == {}


def test_it_says_when_nobody_begins(world: Office) -> None:
    run = decisions.start_sync(person(access.ADMIN), world.setting())
    world.pass_time(100)
    text = client_of(access.AUDITOR).get(reverse("office:sync-progress", args=[run.pk]))
    assert "Is a worker running?" in text.content.decode()
    assert "<progress" not in text.content.decode()


def test_its_statements_do_not_grow_with_its_rows(
    world: Office, django_assert_max_num_queries: Any
) -> None:
    world.accounts(*(f"Customer {n:03}" for n in range(120)))
    run = pipeline.drive(decisions.start_sync(person(access.ADMIN), world.setting()))
    client = client_of(access.ADMIN)
    with django_assert_max_num_queries(29):
        assert len(client.get(reverse("office:sync", args=[run.pk])).context["lines"]) == 50
