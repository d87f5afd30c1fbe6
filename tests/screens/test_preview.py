"""A preview: what it says, who may have it written, and that exactly that is written."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from integrations import access, approvals, decisions
from integrations.models import Change, Decision, FlowSetting, SyncRun, Writing
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, latest, person

pytestmark = pytest.mark.usefixtures("asleep")


def previewed(office: Office, *names: str, **values: Any) -> SyncRun:
    office.accounts(*names, **values)
    decisions.start_sync(person(access.ADMIN), office.setting(), preview=True)
    return finish_syncs(office)[-1]


def test_it_says_what_would_happen_what_it_takes_and_who_would_see(world: Office) -> None:
    run = previewed(world, "Acme Ltd", "Bolt Ltd", Billing_City="Oslo")
    world.accounts("Bad Ltd", Website="none at all")
    decisions.start_sync(person(access.ADMIN), world.setting(), preview=True)
    run = finish_syncs(world)[-1]

    answer = client_of(access.AUDITOR).get(reverse("office:preview", args=[run.pk]))
    text = answer.content.decode()

    assert [(tile.label, tile.count) for tile in answer.context["tiles"]] == [
        ("To be created", 2),
        ("Need attention", 1),
    ]
    assert answer.context["cannot"] == 1
    # One request reads both again, two writes and the question what else changed.
    assert answer.context["estimate"] == [("CRM", 1), ("Books", 3)]
    assert "no e-mail is sent" in text
    assert "Oslo" in text
    assert "(USD, SANDBOX)" in text
    assert world.writes() == {}


def test_rows_are_filtered_by_outcome_and_found_by_name(world: Office) -> None:
    world.accounts("Bad Ltd", Website="none at all")
    run = previewed(world, "Acme Ltd", "Bolt Ltd")
    page, client = reverse("office:preview", args=[run.pk]), client_of(access.AUDITOR)

    def names(**query: str) -> list[str]:
        lines = client.get(page, query).context["lines"]
        return sorted(line.change.name for line in lines)

    assert names(outcome="created") == ["Acme Ltd", "Bolt Ltd"]
    assert names(outcome="failing") == ["Bad Ltd"]
    assert names(outcome="linked") == []
    assert names(outcome="nonsense", name="bol") == ["Bolt Ltd"]
    assert client.get(page, {"p": "x"}).status_code == 200


@pytest.mark.parametrize("preview", [True, False])
def test_counted_records_without_a_row_are_listed_as_they_stand(
    world: Office, preview: bool
) -> None:
    world.accounts("Bad Ltd", Website="none at all")
    world.sync()
    world.accounts("Worse Ltd", Website="none either")
    decisions.start_sync(person(access.ADMIN), world.setting(), preview=preview)
    run = finish_syncs(world)[-1]
    SyncRun.objects.filter(pk=run.pk).update(failing=2)  # as where both were read once more
    page = reverse("office:preview" if preview else "office:sync", args=[run.pk])
    client = client_of(access.AUDITOR)
    answer = client.get(page, {"outcome": "failing"})
    assert [line.change.name for line in answer.context["lines"]] == ["Worse Ltd"]
    assert [row["link"].name for row in answer.context["standing"]] == ["Bad Ltd"]
    assert "1 of the 2 counted stood so before" in answer.content.decode()
    narrowed = client.get(page, {"outcome": "failing", "name": "Worse"})
    assert narrowed.context["standing"] == []
    assert "standing" not in client.get(page, {"outcome": "created"}).context

    # The whole list says so as well, and leads to each sort.
    SyncRun.objects.filter(pk=run.pk).update(failing=3, undecided=4, waiting=1)
    every = client.get(page)
    assert [line.change.name for line in every.context["lines"]] == ["Worse Ltd"]
    text = every.content.decode()
    assert "7 of the 8 counted stood so before" in text
    sorts = [(sort["key"], sort["before"]) for sort in every.context["standing_sorts"]]
    assert sorts == [("failing", 2), ("undecided", 4), ("waiting", 1)]
    for key, _ in sorts:
        assert f'href="?outcome={key}#changes"' in text
    SyncRun.objects.filter(pk=run.pk).update(failing=1, undecided=0, waiting=0)
    assert "stood so before" not in client.get(page).content.decode()


def test_a_list_without_rows_over_open_items_is_not_called_agreement(world: Office) -> None:
    world.accounts("Bad Ltd", Website="none at all")
    world.sync()
    run = world.sync(full=True)
    assert (run.failing, run.changes.count()) == (1, 0)
    text = client_of(access.AUDITOR).get(reverse("office:sync", args=[run.pk])).content.decode()
    assert "Both apps already agree" not in text
    assert "1 of the 1 counted stood so before" in text


def test_another_person_approves_and_exactly_that_is_written(world: Office) -> None:
    run = previewed(world, "Acme Ltd", "Bolt Ltd")
    finance, approver = client_of(access.FINANCE), client_of(access.APPROVER)
    page = reverse("office:preview", args=[run.pk])
    assert "Request approval" in finance.get(page).content.decode()
    finance.post(reverse("office:preview-ask", args=[run.pk]))
    assert "Approve: write 2 changes to" in approver.get(page).content.decode()

    answer = approver.post(reverse("office:preview-approve", args=[run.pk]))
    finish_syncs(world)

    assert answer.headers["Location"] == reverse("office:sync", args=[run.pk])
    assert set(world.customers()) == {"Acme Ltd", "Bolt Ltd"}
    run.refresh_from_db()
    assert (run.status, run.created, run.approved_by) == ("done", 2, person(access.APPROVER))
    kinds = Decision.objects.filter(run=run).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["start", "ask_approval", "approve"]
    assert world.control("GET", "outbox") == []


def test_nobody_approves_what_they_asked_for(world: Office) -> None:
    run = previewed(world, "Acme Ltd")
    approver = person(access.APPROVER)
    approvals.ask(approver, run)
    client = client_of(access.APPROVER)
    page = reverse("office:preview", args=[run.pk])
    assert "Nobody approves what they asked for" in client.get(page).content.decode()

    client.post(reverse("office:preview-approve", args=[run.pk]))

    run.refresh_from_db()
    assert run.mode == SyncRun.Mode.PREVIEW
    assert (
        client_of(access.FINANCE).post(reverse("office:preview-approve", args=[run.pk])).status_code
        == 403
    )


def test_what_moved_since_the_preview_is_listed_after_the_write(world: Office) -> None:
    run = previewed(world, "Acme Ltd", "Bolt Ltd")
    moved = Change.objects.get(run=run, name="Bolt Ltd").source_id
    world.change("crm", "Accounts", moved, Account_Name="Bolt Holding")
    client_of(access.APPROVER).post(reverse("office:preview-approve", args=[run.pk]))
    finish_syncs(world)

    page = reverse("office:sync", args=[run.pk])
    answer = client_of(access.AUDITOR).get(page, {"outcome": "moved"})

    assert set(world.customers()) == {"Acme Ltd"}
    assert answer.context["figures"].dropped == 1
    assert [line.change.name for line in answer.context["lines"]] == ["Bolt Ltd"]
    assert "changed since the preview" in answer.content.decode()


def test_not_approved_needs_a_reason_beside_the_field(world: Office) -> None:
    run = previewed(world, "Acme Ltd")
    client = client_of(access.APPROVER)
    address = reverse("office:preview-reject", args=[run.pk])
    answer = client.post(address, {"reason": " "})
    assert "it is kept with the decision" in answer.content.decode()
    assert not Decision.objects.filter(kind="reject").exists()

    client.post(address, {"reason": "Wrong month"})
    page = client.get(reverse("office:preview", args=[run.pk])).content.decode()
    assert "Wrong month" in page
    assert world.writes() == {}


def test_it_says_when_nothing_may_be_written(world: Office) -> None:
    setting = world.setting()
    setting.writing = Writing.LOOK_ONLY
    setting.save()
    run = previewed(world, "Acme Ltd")
    page = client_of(access.APPROVER).get(reverse("office:preview", args=[run.pk]))
    assert "Writing is set to Look only" in page.content.decode()


def test_a_two_way_preview_shows_its_other_part(world: Office) -> None:
    world.accounts("Acme Ltd")
    world.sync()
    world.configure(extent="both")
    decisions.start_sync(person(access.ADMIN), world.setting(), preview=True)
    from integrations import jobs

    first = finish_syncs(world)[-1]
    jobs.follow(first)
    second = finish_syncs(world)[-1]

    page = client_of(access.AUDITOR).get(reverse("office:preview", args=[first.pk]))
    assert [item["pk"] for item in page.context["companions"]] == [second.pk]
    assert latest().direction == SyncRun.Direction.REVERSE


def test_its_statements_do_not_grow_with_its_rows(
    world: Office, django_assert_max_num_queries: Any
) -> None:
    run = previewed(world, *(f"Customer {n:03}" for n in range(120)), Billing_City="Oslo")
    client = client_of(access.APPROVER)
    page = reverse("office:preview", args=[run.pk])
    client.get(page)
    with django_assert_max_num_queries(29):
        answer = client.get(page, {"p": "2"})
    assert len(answer.context["lines"]) == 50


def held(office: Office) -> SyncRun:
    """A sync on schedule that would create more than it may."""
    FlowSetting.objects.update(create_limit=1)
    office.accounts("Acme Ltd", "Bolt Ltd", "Cone Ltd")
    run = office.sync(trigger=SyncRun.Trigger.SCHEDULE)
    assert (run.status, run.held) == ("paused", "limits")
    return run


def test_a_sync_held_by_its_limits_is_stopped_without_writing(world: Office) -> None:
    run = held(world)
    page, admin = reverse("office:preview", args=[run.pk]), client_of(access.ADMIN)
    text = admin.get(page).content.decode()
    assert "Stop this preview" in text
    assert reverse("office:sync-stop", args=[run.pk]) in text
    assert text.count('name="reason"') == len(set(re.findall(r'id="(id_\w*reason)"', text)))

    answer = admin.post(
        reverse("office:sync-stop", args=[run.pk]), {"reason": "Wrong list"}, follow=True
    )

    assert "Stopped. Nothing of it is written." in answer.content.decode()
    run.refresh_from_db()
    assert (run.status, run.held) == ("cancelled", None)
    assert set(run.changes.values_list("status", flat=True)) == {"dropped"}
    act = Decision.objects.get(run=run)
    assert (act.kind, act.by, act.reason) == ("stop", person(access.ADMIN), "Wrong list")
    text = admin.get(page).content.decode()
    assert "Wrong list" in text
    assert "Stop this preview" not in text
    assert "Write exactly this" not in text
    client_of(access.APPROVER).post(reverse("office:preview-approve", args=[run.pk]))
    assert finish_syncs(world) == []
    assert world.writes() == {}


def test_a_sync_held_by_its_limits_is_not_resumed(world: Office) -> None:
    run = held(world)
    answer = client_of(access.ADMIN).post(reverse("office:sync-resume", args=[run.pk]), follow=True)
    assert "have it approved, or stop it." in answer.content.decode()
    run.refresh_from_db()
    assert (run.status, run.held) == ("paused", "limits")
    assert Decision.objects.count() == 0
    client_of(access.APPROVER).post(reverse("office:preview-approve", args=[run.pk]))
    finish_syncs(world)
    assert set(world.customers()) == {"Acme Ltd", "Bolt Ltd", "Cone Ltd"}


def test_who_may_not_stop_it_reads_who_may(world: Office) -> None:
    run = held(world)
    text = client_of(access.FINANCE).get(reverse("office:preview", args=[run.pk])).content.decode()
    assert access.only_they("integrations.start_sync", "stop it") in text
    stop = reverse("office:sync-stop", args=[run.pk])
    assert client_of(access.FINANCE).post(stop).status_code == 403
