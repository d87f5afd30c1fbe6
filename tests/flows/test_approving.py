"""Approving a preview: one sync of a module at a time, and why what is not written is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from integrations import access, approvals, configuring, decisions
from integrations.models import Change, Decision, SyncRun, WritingSwitch
from integrations.sync import run as pipeline
from mappings import catalogue
from tests.conftest import Office
from tests.screens.people import person

pytestmark = pytest.mark.usefixtures("asleep")


def approve(office: Office, run: SyncRun) -> SyncRun:
    approved = approvals.approve(person(access.APPROVER), run)
    return pipeline.drive(approved, sleep=office.sleep)


def reasons(run: SyncRun) -> dict[str, str]:
    """Why rows of a sync were not written, by the record's name."""
    return dict(Change.objects.filter(run=run, status="dropped").values_list("name", "reason"))


# One at a time -----------------------------------------------------------------------------------


def waiting(office: Office) -> SyncRun:
    return decisions.start_sync(person(access.ADMIN), office.setting())


def paused(office: Office) -> SyncRun:
    WritingSwitch.objects.create(stopped=True, reason="Month end")
    run = pipeline.drive(waiting(office), sleep=office.sleep)
    assert (run.status, run.held) == ("paused", "stopped")
    return run


@pytest.mark.parametrize("other", [waiting, paused])
def test_no_preview_is_approved_while_a_sync_of_the_module_is_open(
    office: Office, other: Callable[[Office], SyncRun]
) -> None:
    office.accounts("Acme Ltd")
    preview = office.sync(preview=True)
    there = other(office)

    with pytest.raises(ValueError, match=f"Sync {there.pk}, .* is open.* stop it first"):
        approvals.approve(person(access.APPROVER), preview)

    preview.refresh_from_db()
    assert (preview.mode, preview.status, preview.approved_by) == ("preview", "done", None)
    assert not Decision.objects.filter(kind="approve").exists()
    decisions.cancel(person(access.ADMIN), there, "")
    WritingSwitch.objects.create(stopped=False)
    assert approve(office, preview).created == 1


def test_of_two_previews_that_pass_the_check_together_one_is_written(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.accounts("Acme Ltd")
    first, second = office.sync(preview=True), office.sync(preview=True)
    # As if each were looked at a moment before the other one was approved.
    monkeypatch.setattr(pipeline, "open_sync", lambda run: None)
    approvals.approve(person(access.APPROVER), first)

    with pytest.raises(ValueError, match=f"Sync {first.pk}, .* is open"):
        approvals.approve(person(access.APPROVER), second)

    second.refresh_from_db()
    assert second.mode == "preview"
    assert pipeline.drive(first, sleep=office.sleep).created == 1


def test_a_preview_of_chosen_records_needs_no_place_of_its_own(office: Office) -> None:
    (acme, _) = office.accounts("Acme Ltd", "Bolt Ltd")
    preview = office.sync(preview=True, only_ids=[acme])
    there = waiting(office)

    assert approve(office, preview).created == 1
    assert pipeline.drive(there, sleep=office.sleep).status == "done"


# Why not -----------------------------------------------------------------------------------------


def test_what_another_sync_has_written_is_said_so(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    office.accounts("Bolt Ltd")
    office.change("crm", "Accounts", acme, Billing_City="Oslo")
    first, second = office.sync(preview=True), office.sync(preview=True)
    office.pass_time(60)
    assert approve(office, first).updated == 1
    office.reset()

    run = approve(office, second)

    said = f"Already written by Sync {first.pk}."
    assert reasons(run) == {"Acme Ltd": said, "Bolt Ltd": said}
    assert office.writes() == {}
    assert set(Change.objects.filter(run=run, status="dropped").values_list("remedy")) == {("",)}


def test_what_another_sync_wrote_before_the_preview_does_not_count(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    office.change("crm", "Accounts", acme, Billing_City="Oslo")
    preview = office.sync(preview=True)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")

    assert reasons(approve(office, preview)) == {
        "Acme Ltd": "The record was changed since the preview."
    }
    office.sync()


def test_what_was_edited_after_another_sync_had_written_it(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    preview = office.sync(preview=True)
    live = office.sync()
    office.change("crm", "Accounts", acme, Billing_City="Oslo")

    (reason,) = reasons(approve(office, preview)).values()

    assert reason == (
        f"Sync {live.pk} has written this record since the preview, and now it would be written "
        "otherwise."
    )
    office.sync()


def change_map(office: Office) -> None:
    """Leave the telephone number out."""
    setting = office.setting()
    pairs = [p for p in catalogue.pairs_in_force(setting.pk, setting.flow) if p.source != "Phone"]
    configuring.change_map(setting, pairs, setting.flow)
    setting.save()


def test_what_another_set_up_makes_of_an_unchanged_record(office: Office) -> None:
    office.accounts("Acme Ltd", Phone="0123 456")
    preview = office.sync(preview=True)
    change_map(office)

    assert reasons(approve(office, preview)) == {
        "Acme Ltd": "The set-up was changed since the preview."
    }
    office.sync()


def test_what_a_changed_set_up_leaves_as_it_was_is_written(office: Office) -> None:
    office.accounts("Acme Ltd")
    preview = office.sync(preview=True)
    office.configure(winner="ask")

    run = approve(office, preview)

    assert (run.created, reasons(run)) == (1, {})


def test_where_both_the_set_up_and_the_record_changed(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd", Phone="0123 456")
    preview = office.sync(preview=True)
    change_map(office)
    office.pass_time(60)
    office.change("crm", "Accounts", acme, Billing_City="Oslo")

    assert reasons(approve(office, preview)) == {
        "Acme Ltd": "The record and the set-up were both changed since the preview."
    }
    office.sync()


def test_what_is_gone_is_said_so(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    preview = office.sync(preview=True)
    office.remove("crm", "Accounts", acme)

    assert reasons(approve(office, preview)) == {"Acme Ltd": "The record is not in CRM any more."}


def test_an_edit_in_the_other_app_is_a_change_of_the_record(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    office.change("crm", "Accounts", acme, Billing_City="Oslo")
    preview = office.sync(preview=True)
    partner = office.link(acme).target_id
    assert partner is not None
    office.change("books", "contacts", partner, billing_address={"city": "Rome"})

    assert reasons(approve(office, preview)) == {
        "Acme Ltd": "The record was changed since the preview."
    }
    assert office.sync().updated == 1
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Oslo"


def test_what_an_update_sends_along_is_not_put_back_to_what_it_was(office: Office) -> None:
    """Books replaces an address whole: what nobody mapped goes along as the preview saw it."""
    (acme,) = office.accounts("Acme Ltd", Billing_City="Rome")
    office.sync()
    office.change("crm", "Accounts", acme, Billing_City="Oslo")
    preview = office.sync(preview=True)
    partner = office.link(acme).target_id
    assert partner is not None
    there = office.customers()["Acme Ltd"]["billing_address"]
    address = {**there, "attention": "Mrs Smith"}
    office.change("books", "contacts", partner, billing_address=address)

    assert reasons(approve(office, preview)) == {
        "Acme Ltd": "The record was changed since the preview."
    }
    office.sync()
    there = office.customers()["Acme Ltd"]["billing_address"]
    assert (there["city"], there["attention"]) == ("Oslo", "Mrs Smith")


def test_what_nobody_changed_but_something_else_decides(office: Office) -> None:
    """Somebody entered a customer of the same name by hand."""
    office.accounts("Acme Ltd")
    preview = office.sync(preview=True)
    office.add("books", "contacts", {"contact_name": "Acme Ltd"})

    (reason,) = reasons(approve(office, preview)).values()

    assert reason.startswith("What it depends on was changed since the preview. ")
    assert office.sync().undecided == 1
    assert office.states() == {"Acme Ltd": "undecided"}
