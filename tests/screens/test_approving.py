"""The page of a preview that cannot be approved now, or not just so any more."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from integrations import access, approvals, decisions
from integrations.models import FlowSetting, SyncRun, WritingSwitch
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, person

pytestmark = pytest.mark.usefixtures("asleep")
APPROVE = "Approve: write"


def previewed(office: Office) -> SyncRun:
    office.pass_time(60)
    decisions.start_sync(person(access.ADMIN), office.setting(), preview=True)
    run = finish_syncs(office)[-1]
    office.pass_time(60)
    return run


def seen(run: SyncRun, group: str = access.APPROVER) -> str:
    return client_of(group).get(reverse("office:preview", args=[run.pk])).content.decode()


def approve(run: SyncRun) -> Any:
    client = client_of(access.APPROVER)
    return client.post(reverse("office:preview-approve", args=[run.pk]), follow=True)


@pytest.mark.parametrize("paused", [False, True])
def test_an_open_sync_is_named_in_place_of_the_button(world: Office, paused: bool) -> None:
    world.accounts("Acme Ltd")
    run = previewed(world)
    assert APPROVE in seen(run)
    if paused:
        WritingSwitch.objects.create(stopped=True, reason="Month end")
    there = decisions.start_sync(person(access.ADMIN), world.setting())
    if paused:
        finish_syncs(world)

    text, answer = seen(run), approve(run)

    named = f'<a class="zs-link" href="{reverse("office:sync", args=[there.pk])}">{there.name}</a>'
    sentence = f"{named} is open{' (paused)' if paused else ''}: let it end, or stop it first."
    assert sentence in text
    assert APPROVE not in text
    assert "waits until then" not in text
    assert access.only_they("integrations.start_sync", "stop it") in text
    assert answer.status_code == 200
    assert [str(message) for message in answer.context["messages"]] == [sentence]
    run.refresh_from_db()
    assert run.mode == "preview"


def test_while_nothing_may_be_written_an_approved_preview_waits(world: Office) -> None:
    world.accounts("Acme Ltd")
    run = previewed(world)
    WritingSwitch.objects.create(stopped=True, reason="Month end")
    assert "An approved preview waits until then" in seen(run)
    approve(run)
    (held,) = finish_syncs(world)
    assert (held.pk, held.status, held.held) == (run.pk, "paused", "stopped")


def test_nothing_is_said_where_nothing_happened_since(world: Office) -> None:
    world.accounts("Acme Ltd")
    text = seen(previewed(world))
    assert "Approve: write 1 change to" in text
    assert "since the preview:" not in text
    assert "The set-up of this module was changed" not in text


def test_what_other_syncs_wrote_since_is_told_before_and_after(world: Office) -> None:
    world.accounts("Acme Ltd", "Bolt Ltd")
    first, second = previewed(world), previewed(world)
    assert "Written since" not in seen(second)
    approvals.approve(person(access.APPROVER), first)
    finish_syncs(world)
    first.refresh_from_db()

    text = seen(second)
    there = reverse("office:sync", args=[first.pk])
    assert f'href="{there}">{first.name}</a> wrote 2 records of it.' in text
    assert "Approve: write up to 2 changes to" in text
    approve(second)
    finish_syncs(world)

    page = client_of(access.AUDITOR).get(reverse("office:sync", args=[second.pk]))
    text = page.content.decode()
    assert f"2 records: Already written by Sync {first.pk}." in text
    assert "changed since the preview" not in text
    assert "Preview the module again" not in text


def test_a_changed_set_up_is_told_before(world: Office) -> None:
    world.accounts("Acme Ltd")
    run = previewed(world)
    world.configure(winner="ask")
    assert FlowSetting.objects.get(pk=run.setting_id).version != run.version
    assert "The set-up of this module was changed since the preview." in seen(run)
    assert "Approve: write up to 1 change to" in seen(run)
