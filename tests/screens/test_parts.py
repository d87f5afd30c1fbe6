"""The parts of one press: each page names the others, says how they ended and what follows."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command
from django.urls import reverse

from integrations import access, decisions, jobs
from integrations.models import FlowSetting, Integration, SyncRun
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, person

pytestmark = pytest.mark.usefixtures("asleep")

FOLLOWS = "Customers from Books to CRM follows"


@pytest.fixture
def two_way(world: Office) -> Office:
    """Both directions, and two customers that only Books has."""
    world.configure(extent="both")
    world.accounts("Acme Ltd")
    world.sync()
    rows = ({"contact_name": n, "contact_type": "customer"} for n in ("Bolt Ltd", "Cone Ltd"))
    world.add("books", "contacts", *rows)
    world.pass_time(60)
    return world


def shown(run: SyncRun) -> str:
    place = "office:preview" if run.mode == "preview" else "office:sync"
    answer = client_of(access.AUDITOR).get(reverse(place, args=[run.pk]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def polled(run: SyncRun) -> str:
    answer = client_of(access.AUDITOR).get(reverse("office:sync-parts", args=[run.pk]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(("preview", "says"), [(False, "2 created"), (True, "2 to be created")])
def test_each_part_names_the_other_and_what_it_did(
    two_way: Office, preview: bool, says: str
) -> None:
    asked = decisions.start_sync(person(access.ADMIN), two_way.setting(), preview=preview)
    part = reverse("office:sync-parts", args=[asked.pk])
    for text in (shown(asked), polled(asked)):
        assert FOLLOWS in text
        assert f'hx-get="{part}"' in text

    (first,) = finish_syncs(two_way)
    # Ended a moment ago: the other one begins as soon as the worker comes to it.
    assert FOLLOWS in polled(first)
    jobs.follow(first)
    assert FOLLOWS not in polled(first)
    assert f'hx-get="{part}"' in polled(first)
    (second,) = finish_syncs(two_way)

    address = reverse("office:preview" if preview else "office:sync", args=[second.pk])
    for text in (shown(first), polled(first)):
        assert f'href="{address}"' in text
        assert second.name in text
        assert "Customers from Books to CRM" in text
        assert says in text
        assert "follows" not in text
        assert f'hx-get="{part}"' not in text
    assert first.name in shown(second)
    assert ("Each part is approved by itself" in shown(first)) == preview


def test_a_part_of_another_press_is_none(two_way: Office) -> None:
    two_way.sync()
    two_way.pass_time(120)
    runs = SyncRun.objects.order_by("pk")
    for run in runs:
        assert "The other part" not in shown(run)


def test_the_command_makes_parts_of_one_sync_too(two_way: Office) -> None:
    call_command("sync", "crm.customers")
    first, second = SyncRun.objects.order_by("-pk")[:2][::-1]
    assert first.group == second.group
    assert second.name in shown(first)


def paused(office: Office) -> None:
    FlowSetting.objects.update(enabled=False)


def disabled(office: Office) -> None:
    Integration.objects.update(status=Integration.Status.DISABLED)


def one_way(office: Office) -> None:
    office.configure(extent="fetch")


def long_ended(office: Office) -> None:
    office.pass_time(dt.timedelta(hours=1).total_seconds())


@pytest.mark.parametrize("then", [paused, disabled, one_way, long_ended])
def test_nothing_is_said_to_follow_that_does_not(two_way: Office, then) -> None:
    decisions.start_sync(person(access.ADMIN), two_way.setting())
    (first,) = finish_syncs(two_way)
    then(two_way)
    assert "follows" not in polled(first)
    assert "hx-get" not in polled(first)


def test_a_stopped_one_is_followed_by_nothing(two_way: Office) -> None:
    run = decisions.start_sync(person(access.ADMIN), two_way.setting())
    decisions.cancel(person(access.ADMIN), run, "Not today")
    assert "follows" not in polled(run)


def test_records_tried_again_go_the_other_way_as_well(two_way: Office) -> None:
    link = two_way.link(two_way.records("crm", "Accounts")[0]["id"])
    (run,) = decisions.sync_records(person(access.FINANCE), [link])
    assert f"{FOLLOWS} for those that are paired" in polled(run)
    (first,) = finish_syncs(two_way)
    jobs.follow(first)
    (second,) = finish_syncs(two_way)
    assert second.name in polled(first)
