"""The page of a sync while it works: its counts add up at each instant."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations import access, decisions
from integrations.estimates import most_a_minute, of_preview
from integrations.models import Change, Connection, SyncRun
from integrations.progress import Figures
from integrations.sync import apply, lease
from integrations.sync import run as pipeline
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, person

pytestmark = pytest.mark.usefixtures("asleep")


def looks(run: SyncRun) -> Any:
    """The part of the page that asks again, as the page shows it now."""
    return client_of(access.AUDITOR).get(reverse("office:sync-progress", args=[run.pk]))


def test_the_counts_add_up_at_each_instant(world: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at after each commit of a sync: before, amid and after each batch."""
    world.accounts(*(f"Customer {n:02}" for n in range(60)))
    run = decisions.start_sync(person(access.ADMIN), world.setting())
    seen: list[tuple[int, int, int, int]] = []
    call = apply.Applier._call

    def calling(self: apply.Applier, rows: list[Change]) -> Any:
        at = looks(run)
        figures = at.context["figures"]
        rows_there = Change.objects.filter(run=run).count()
        tiles = sum(tile.count for tile in at.context["tiles"])
        seen.append((figures.total - rows_there, figures.sending, figures.written, tiles))
        return call(self, rows)

    monkeypatch.setattr(apply.Applier, "_call", calling)
    finish_syncs(world)

    assert {missing for missing, *_ in seen} == {0}
    assert [sending for _, sending, *_ in seen] == [25] * 50 + [10] * 10
    assert [written for *_, written, _ in seen] == [0] * 25 + [25] * 25 + [50] * 10
    assert [written for *_, written, _ in seen] == [tiles for *_, tiles in seen]
    after = looks(run)
    assert after.context["figures"].written == 60
    assert "60 changes: 60 written." in after.content.decode()


def test_a_page_begun_before_a_commit_shows_the_state_after_it(
    world: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sync moves on between the page's first statement and its counts."""
    world.accounts("Acme Ltd", "Bolt Ltd")
    run = decisions.start_sync(person(access.ADMIN), world.setting())
    from integrations.views import progress

    figures_of = progress.figures_of

    def late(found: SyncRun) -> Figures:
        assert found.status == "queued"
        finish_syncs(world)
        return figures_of(found)

    monkeypatch.setattr(progress, "figures_of", late)
    part = looks(run)
    assert [(tile.label, tile.count) for tile in part.context["tiles"]] == [("Created", 2)]
    assert "2 changes: 2 written" in part.content.decode()
    assert part.headers["HX-Refresh"] == "true"


def test_writing_has_a_bar_with_a_name_a_pace_and_the_time_left(world: Office) -> None:
    """As the database has it a minute into writing, 25 records in flight."""
    run = decisions.start_sync(person(access.ADMIN), world.setting())
    Connection.objects.filter(app="books").update(calls_per_minute=100, calls_per_day=2000)
    now = timezone.now()
    SyncRun.objects.filter(pk=run.pk).update(
        status="running", phase="apply", started_at=now, read=300, expected=300, created=100
    )
    ago = [lease.LENGTH * n for n in range(5)]
    rows = [("written", 75), ("sending", 25), ("planned", 50)]
    for status, number in rows:
        Change.objects.bulk_create(
            Change(
                run=run,
                setting=run.setting,
                flow=run.flow,
                action="create",
                status=status,
                source_id=f"{status}{n}",
                created_at=now,
                sent_at=None if status == "planned" else now - ago[4 - n // 25],
                final_at=now - ago[3 - n // 25] if status == "written" else None,
            )
            for n in range(number)
        )
    SyncRun.objects.filter(pk=run.pk).update(created=75)
    answer = looks(run)
    text = answer.content.decode()
    assert re.search(r'<progress [^>]*aria-label="Changes done" max="150" value="75"', text)
    assert "75 of 150 changes done: 75 written, 25 being written, 50 waiting" in text
    assert "100 records written a minute" in text
    assert "less than a minute" in text
    assert re.search(r"Books \(.+?\): 1,\d{3}<", text)
    assert re.search(r"CRM \(.+?\): ", text)
    # Paused for the pace of an app is part of that pace; paused for long, or by a person, is not.
    SyncRun.objects.filter(pk=run.pk).update(
        status="paused", not_before=now + lease.LENGTH * 3, reason="Books takes 100 a minute."
    )
    short = looks(run)
    assert "In progress" in short.content.decode()
    assert "It goes on <time" in short.content.decode()
    assert "in less than a minute" in short.content.decode()
    assert "100 records written a minute" in short.content.decode()
    assert "HX-Refresh" not in short.headers
    SyncRun.objects.filter(pk=run.pk).update(not_before=now)
    assert "It goes on in a few seconds." in looks(run).content.decode()
    SyncRun.objects.filter(pk=run.pk).update(status="running")
    assert "takes 100 a minute" not in looks(run).content.decode()
    SyncRun.objects.filter(pk=run.pk).update(status="paused", not_before=now + lease.LENGTH * 60)
    long = looks(run)
    assert long.headers["HX-Refresh"] == "true"
    assert "a minute</dd>" not in long.content.decode()
    assert 'hx-trigger="every 30s"' in long.content.decode()
    page = client_of(access.ADMIN).get(reverse("office:sync", args=[run.pk])).content.decode()
    assert "Resume" in page
    open_ones = Change.objects.filter(run=run, final_at=None)
    open_ones.update(status="dropped", final_at=now)
    SyncRun.objects.filter(pk=run.pk).update(status="cancelled")


def test_afterwards_it_is_the_history(world: Office) -> None:
    world.accounts("Acme Ltd", "Bolt Ltd")
    run = pipeline.drive(decisions.start_sync(person(access.ADMIN), world.setting()))
    text = looks(run).content.decode()
    assert "2 records read. 2 changes: 2 written." in text
    assert "Took" in text
    for gone in ("Pace", "Still takes", "<progress", "left today", "hx-get"):
        assert gone not in text


def test_a_sync_has_one_name_everywhere(world: Office) -> None:
    account = world.accounts("Acme Ltd")[0]
    run = pipeline.drive(decisions.start_sync(person(access.ADMIN), world.setting()))
    client = client_of(access.ADMIN)
    pages = [
        reverse("office:sync", args=[run.pk]),
        reverse("office:module", args=[run.setting_id]),
        reverse("office:record", args=[world.link(account).pk]),
        reverse("reports:history"),
        reverse("reports:pushed"),
        reverse("admin:integrations_change_changelist") + f"?sync={run.pk}",
    ]
    assert re.fullmatch(rf"Sync {run.pk}, \d+ [A-Z][a-z][a-z] \d\d:\d\d UTC", run.name)
    for address in pages:
        assert run.name in client.get(address).content.decode(), address
    SyncRun.objects.filter(pk=run.pk).update(created_at=run.created_at.replace(year=2024))
    run.refresh_from_db()
    assert " 2024 " in run.name


def test_a_preview_tells_minutes_whether_or_not_the_apps_set_a_pace(world: Office) -> None:
    world.accounts(*(f"Customer {n:03}" for n in range(120)))
    decisions.start_sync(person(access.ADMIN), world.setting(), preview=True)
    run = finish_syncs(world)[-1]
    SyncRun.objects.filter(pk=run.pk).update(seconds=6, calls={"crm": 2, "books": 4})
    client = client_of(access.AUDITOR)

    def minutes() -> int | None:
        answer = client.get(reverse("office:preview", args=[run.pk]))
        assert f"about {answer.context['minutes']} minute" in answer.content.decode()
        return answer.context["minutes"]

    # 121 requests to Books and 2 to CRM: at the second each that those so far took.
    Connection.objects.update(calls_per_minute=None)
    assert minutes() == 3
    Connection.objects.filter(app="books").update(calls_per_minute=20)
    assert minutes() == 7
    fresh = SyncRun.objects.get(pk=run.pk)
    assert of_preview(fresh).requests["books"] == 121
    assert most_a_minute(fresh) == pytest.approx(20, rel=0.01)
