"""Deleting an integration: both choices of CRM-144, and what is left of it (ready-made check 9)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command

from integrations import approvals, connecting, jobs, lifecycle, pair_files, pair_rows
from integrations.models import ArchivedPair, Change, Decision, Integration, SyncRun
from integrations.sync import looking_up
from integrations.sync import run as pipeline
from mappings import pair_file
from mappings.models import RecordLink
from tests.conftest import URL, Office
from tests.flows.test_stopping import at_call
from tests.lifecycle.conftest import crm, invoice, work


def company(office: Office) -> dict[str, str]:
    """Four customers in Books: two that a sync made, one of them with an invoice; one that stood
    there before it was paired; and one that has nothing to do with CRM."""
    office.configure(duplicates="overwrite")
    rows = ({"contact_name": n, "contact_type": "customer"} for n in ("Cord Ltd", "Dirk Ltd"))
    office.add("books", "contacts", *rows)
    names = ("Acme Ltd", "Bolt Ltd", "Cord Ltd")
    links = dict(zip(names, office.accounts(*names), strict=True))
    office.sync()
    invoice(office, office.link(links["Bolt Ltd"]).target_id)
    return links


def gone(office: Office, admin: Any) -> Integration:
    """The integration deleted, both apps as they were."""
    lifecycle.disable(admin, crm(office), "We leave CRM.")
    lifecycle.delete(admin, crm(office), "Aurora Instruments", "We leave CRM.")
    return Integration.everything.get(status="deleted")


def joined_again() -> Integration:
    call_command("connect_sandbox", url=URL, stdout=io.StringIO())
    return Integration.objects.get()


def test_all_become_native_records(office: Office, admin: Any) -> None:
    company(office)
    office.reset()
    row = gone(office, admin)

    assert office.writes() == {}
    assert len(office.customers()) == 4
    assert len(office.records("crm", "Accounts")) == 3
    assert not RecordLink.objects.exists()
    assert ArchivedPair.objects.count() == 3
    assert Change.objects.exists()
    assert SyncRun.objects.exists()
    assert row.name == f"crm-deleted-{row.pk}"
    assert not Integration.objects.exists()
    assert Decision.objects.get(kind="delete").details["pairs"] == 3


def test_those_without_transactions_are_deleted_first(office: Office, admin: Any) -> None:
    company(office)
    lifecycle.disable(admin, crm(office), "We leave CRM.")
    (preview,) = lifecycle.preview_removals(admin, crm(office))
    work(office)
    preview.refresh_from_db()
    assert (preview.mode, preview.deleted, preview.failing) == ("preview", 1, 2)
    assert len(office.customers()) == 4
    reasons = dict(Change.objects.filter(run=preview).values_list("name", "reason"))
    assert "transactions" in reasons["Bolt Ltd"]
    assert "was there before" in reasons["Cord Ltd"]

    lifecycle.carry_out_removals(admin, crm(office), "Aurora Instruments")
    office.reset()
    work(office)

    assert office.writes() == {"books DELETE /contacts/{id}": 1}
    left = {"Bolt Ltd", "Cord Ltd", "Dirk Ltd"}
    assert set(office.customers()) == left
    assert len(office.records("crm", "Accounts")) == 3
    assert lifecycle.delete(admin, crm(office), "Aurora Instruments", "We leave CRM.") == 2
    assert set(office.customers()) == left


def test_above_25_a_second_person_confirms(office: Office, admin: Any, approver: Any) -> None:
    office.accounts(*(f"Company of place {number}" for number in range(27)))
    office.sync()
    lifecycle.disable(admin, crm(office), "We leave CRM.")
    (run,) = lifecycle.preview_removals(admin, crm(office))
    work(office)
    with pytest.raises(ValueError, match="somebody else"):
        lifecycle.carry_out_removals(admin, crm(office), "Aurora Instruments")
    run.refresh_from_db()
    with pytest.raises(ValueError, match="Nobody approves"):
        approvals.approve(admin, run)
    approvals.approve(approver, run)
    with pytest.raises(ValueError, match="still being deleted"):
        lifecycle.delete(admin, crm(office), "Aurora Instruments", "We leave CRM.")
    work(office)

    assert office.customers() == {}
    assert lifecycle.delete(admin, crm(office), "Aurora Instruments", "We leave CRM.") == 0


def test_only_disabled_only_typed_only_with_a_reason(office: Office, admin: Any) -> None:
    with pytest.raises(ValueError, match="not disabled"):
        lifecycle.delete(admin, crm(office), "Aurora Instruments", "We leave CRM.")
    with pytest.raises(ValueError, match="not disabled"):
        lifecycle.preview_removals(admin, crm(office))
    lifecycle.disable(admin, crm(office), "We leave CRM.")
    with pytest.raises(ValueError, match="Type the name"):
        lifecycle.delete(admin, crm(office), "", "We leave CRM.")
    with pytest.raises(ValueError, match="Say why"):
        lifecycle.delete(admin, crm(office), "Aurora Instruments", "")
    with pytest.raises(ValueError, match="list made first"):
        lifecycle.carry_out_removals(admin, crm(office), "Aurora Instruments")


def test_the_pairs_come_back_by_file_after_joining_again(office: Office, admin: Any) -> None:
    links = company(office)
    targets = {one: office.link(one).target_id for one in links.values()}
    # By name alone this one would be made a second time.
    office.change("crm", "Accounts", links["Acme Ltd"], Account_Name="Acme International")
    content = pair_file.written(pair_rows.exported(gone(office, admin)), "xlsx")

    new = joined_again()
    assert new.name == "crm"
    found = pair_file.read_file("pairs.xlsx", content)
    file = pair_files.judge(admin, new, "pairs.xlsx", found)
    assert [row.outcome for row in file.rows.all()] == ["fit"] * 3
    assert not RecordLink.objects.exists()
    assert pair_files.carry_out(admin, file) == {"restore": 3}
    office.pass_time(60)
    setting = new.flow_settings.get(flow="crm.customers")
    pipeline.drive(pipeline.start(setting, "crm.customers"), sleep=office.sleep)

    assert {one: office.link(one).target_id for one in links.values()} == targets
    assert set(office.customers()) == {"Acme International", "Bolt Ltd", "Cord Ltd", "Dirk Ltd"}


def test_pairs_are_never_taken_to_another_organisation(office: Office, admin: Any) -> None:
    company(office)
    rows = list(pair_rows.exported(crm(office)))
    for row in rows:
        row.second_organisation = "60099999"
    content = pair_file.written(rows, "csv")
    gone(office, admin)

    found = pair_file.read_file("pairs.csv", content)
    file = pair_files.judge(admin, joined_again(), "pairs.csv", found)

    assert all("another organisation" in row.verdict for row in file.rows.all())
    assert pair_files.carry_out(admin, file) == {}
    assert not RecordLink.objects.exists()


def test_the_same_organisations_can_be_joined_again(office: Office, admin: Any) -> None:
    row = gone(office, admin)
    new = connecting.join("crm", row.ledger, row.other)
    assert (new.name, new.way) == ("crm", "both")
    assert new.pk != row.pk


def test_it_is_not_deleted_while_a_write_has_no_answer(
    office: Office, admin: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came of it is looked up first: a record that nobody knows the id of is in no file."""
    office.accounts(*(f"Company of place {number}" for number in range(10)))
    office.faults(
        {
            "service": "books",
            "method": "POST",
            "path": "/contacts",
            "kind": "drop_answer",
            "times": 1,
        }
    )
    # Disabled before the app could be asked what became of it.
    at_call(
        monkeypatch, "create", 5, lambda: lifecycle.disable(admin, crm(office), "We leave CRM.")
    )
    pipeline.work(pipeline.start(office.setting(), "crm.customers").pk)
    assert lifecycle.unanswered(crm(office)).count() == 1
    with pytest.raises(ValueError, match="1 write into the apps has no answer yet"):
        lifecycle.delete(admin, crm(office), "Aurora Instruments", "We leave CRM.")
    queued: list[tuple[Any, ...]] = []
    monkeypatch.setattr(lifecycle, "async_task", lambda *message: queued.append(message))
    client.force_login(admin)
    address = f"/office/integrations/{crm(office).pk}/delete/"
    assert "Look them up now" in client.get(address).content.decode()

    assert client.post(f"{address}look-up/").status_code == 302

    office.pass_time(70)
    ((job, run_id),) = queued
    assert job == jobs.LOOK_UP
    looking_up.look_up(run_id)
    assert "Look them up now" not in client.get(address).content.decode()
    there = {row["contact_id"] for row in office.customers().values()}
    assert {row.second_id for row in pair_rows.exported(crm(office))} == there
    number = lifecycle.delete(admin, crm(office), "Aurora Instruments", "We leave CRM.")
    assert number == len(there) > 0
