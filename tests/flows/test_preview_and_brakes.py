"""What is seen before a sync, who approves it, and what stops a sync that nobody watches."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from integrations.models import Change, SyncRun, Writing, WritingSwitch
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office


def approve(office: Office, run: SyncRun) -> SyncRun:
    user, _ = get_user_model().objects.get_or_create(username="approver")
    pipeline.approve(run, user)
    return pipeline.drive(run, sleep=office.sleep)


def store(office: Office) -> object:
    return [office.records("books", "contacts"), office.records("crm", "Accounts")]


def test_a_preview_writes_nothing_and_says_what_a_sync_would_do(office: Office) -> None:
    office.accounts("Acme Ltd", "Acme Ltd", "Bolt Ltd", Website="www.bolt.example.org")
    office.accounts("Crane Ltd", Website="none at all")
    before = store(office)

    preview = office.sync(preview=True)

    assert (preview.status, preview.mode) == ("done", "preview")
    assert store(office) == before
    assert RecordLink.objects.count() == 0
    live = office.sync()
    counts = ("read", "created", "updated", "linked", "excluded", "failing", "undecided")
    assert [getattr(preview, c) for c in counts] == [getattr(live, c) for c in counts]
    assert office.changes(preview) == [
        (action, {"written": "planned"}.get(status, status), name)
        for action, status, name in office.changes(live)
    ]


def test_an_approved_preview_writes_exactly_its_rows(office: Office) -> None:
    office.accounts("Acme Ltd", "Bolt Ltd")
    preview = office.sync(preview=True)
    office.pass_time(600)
    office.accounts("Crane Ltd")

    run = approve(office, preview)

    assert (run.status, run.created, run.pk) == ("done", 2, preview.pk)
    assert set(office.customers()) == {"Acme Ltd", "Bolt Ltd"}
    assert office.sync().created == 1


def test_what_moved_after_the_preview_is_not_written_and_is_listed(office: Office) -> None:
    moved, _ = office.accounts("Acme Ltd", "Bolt Ltd")
    preview = office.sync(preview=True)
    office.change("crm", "Accounts", moved, Billing_City="Oslo")

    run = approve(office, preview)

    assert (run.status, run.created) == ("done", 1)
    (dropped,) = Change.objects.filter(run=run, status="dropped")
    assert dropped.source_id == moved
    assert "changed since the preview" in dropped.reason
    office.sync()
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Oslo"


def test_nobody_approves_what_they_asked_for(office: Office) -> None:
    user = get_user_model().objects.create(username="admin", is_superuser=True)
    office.accounts("Acme Ltd")
    preview = office.sync(preview=True)
    SyncRun.objects.filter(pk=preview.pk).update(requested_by=user)
    preview.refresh_from_db()

    with pytest.raises(ValueError, match="another person"):
        pipeline.approve(preview, user)
    assert office.sync().created == 1


def test_states_found_by_an_approved_preview_hold_afterwards(office: Office) -> None:
    office.accounts("Acme Ltd", "Acme Limited")
    office.accounts("Crane Ltd", Website="none at all")

    approve(office, office.sync(preview=True))

    assert sorted(office.states().values()) == ["failing", "in_sync", "undecided"]


def scheduled(office: Office) -> SyncRun:
    return office.sync(trigger=SyncRun.Trigger.SCHEDULE)


def test_a_scheduled_sync_that_would_change_too_much_waits_for_a_person(office: Office) -> None:
    ids = office.accounts(*(f"Company of place {number}" for number in range(40)))
    office.sync()
    for number in ids[:26]:
        office.control("PATCH", f"records/crm/Accounts/{number}", {"Billing_City": "Oslo"})
    office.reset()

    run = scheduled(office)

    assert (run.status, run.held, run.mode) == ("paused", "limits", "preview")
    assert office.writes() == {}
    assert "26 of 40" in run.reason

    done = approve(office, run)

    assert (done.status, done.updated) == ("done", 26)


def test_a_scheduled_sync_within_its_limits_writes_and_sees_its_own_new_names(
    office: Office,
) -> None:
    office.accounts("Acme Ltd")
    office.sync()
    office.accounts("Bolt Ltd", "Bolt Ltd", "Crane Ltd")

    run = scheduled(office)

    assert (run.status, run.created, run.undecided) == ("done", 2, 1)


def test_a_scheduled_sync_that_would_create_far_more_than_usual_waits(office: Office) -> None:
    office.accounts("Acme Ltd")
    office.sync()
    office.accounts(*(f"Company of place {number}" for number in range(201)))
    office.reset()

    run = scheduled(office)

    assert (run.status, run.held) == ("paused", "limits")
    assert office.writes() == {}
    # By hand a person is watching: it shows the counts and goes on.
    assert office.sync().created == 201


def test_look_only_turns_a_sync_into_a_preview(office: Office) -> None:
    office.accounts("Acme Ltd")
    office.configure(writing="look_only")

    run = office.sync()

    assert (run.mode, run.status, run.created) == ("preview", "done", 1)
    assert office.customers() == {}
    office.configure(writing="on")
    assert office.sync().created == 1


def test_stopped_writing_holds_a_sync_before_its_next_write(office: Office) -> None:
    office.accounts("Acme Ltd")
    WritingSwitch.objects.create(stopped=True, reason="Month end")
    office.reset()

    run = office.sync()

    assert (run.status, run.held) == ("paused", "stopped")
    assert "Month end" in run.reason
    assert office.writes() == {}

    WritingSwitch.objects.create(stopped=False)
    assert office.sync().created == 1


def test_a_stop_in_the_middle_ends_before_the_next_write(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.accounts(*(f"Company of place {number}" for number in range(10)))
    from integrations import guards

    asked = 0
    check = guards.check_writing

    def stop_at_the_sixth(setting_id: int, run_id: int | None = None) -> None:
        nonlocal asked
        asked += 1
        if asked == 6:
            WritingSwitch.objects.create(stopped=True, reason="Enough")
        check(setting_id, run_id)

    monkeypatch.setattr(guards, "check_writing", stop_at_the_sixth)

    run = office.sync()

    written = len(office.customers())
    assert (run.status, run.held, run.created) == ("paused", "stopped", written)
    assert 0 < written < 10
    WritingSwitch.objects.create(stopped=False)
    assert office.sync().status == "done"
    assert len(office.customers()) == 10


def test_a_setting_of_the_integration_counts_for_its_modules(office: Office) -> None:
    office.accounts("Acme Ltd")
    integration = office.setting().integration
    integration.writing = Writing.LOOK_ONLY
    integration.save()
    assert office.sync().mode == "preview"
    integration.writing = Writing.ON
    integration.save()
    assert office.sync().created == 1


def test_a_sync_of_chosen_records_touches_no_other_and_moves_no_checkpoint(
    office: Office,
) -> None:
    first, _second = office.accounts("Acme Ltd", "Bolt Ltd")

    run = office.sync(only_ids=[first])

    assert (run.read, run.created) == (1, 1)
    assert set(office.customers()) == {"Acme Ltd"}
    assert office.sync().created == 1
