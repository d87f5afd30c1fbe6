"""Records whose partner was deleted: kept, made again, made inactive, deleted (G-6, E-18)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations import approvals, removing
from integrations.models import Change, Decision, SyncRun
from integrations.sync import run as pipeline
from mappings.models import KnownRecord, RecordLink
from tests.conftest import Office

HOUR = 3600


pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def finance(office: Office) -> Any:
    return get_user_model().objects.create(username="finance")


def gone_in_crm(office: Office, *names: str) -> list[RecordLink]:
    """Pairs made by a sync, whose accounts were then deleted in CRM."""
    ids = office.accounts(*names)
    office.sync()
    return lose(office, "crm", "Accounts", *ids)


def lose(office: Office, service: str, collection: str, *ids: str) -> list[RecordLink]:
    for one in ids:
        office.remove(service, collection, one)
    office.pass_time(HOUR)
    office.sync()
    links = list(RecordLink.objects.filter(state="gone").order_by("name"))
    assert len(links) == len(ids)
    return links


def take_out(office: Office, user: Any, links: list[RecordLink], act: str) -> SyncRun:
    (run,) = removing.take_out(user, links, act)
    office.pass_time(60)
    office.reset()
    return pipeline.drive(run, sleep=office.sleep)


def test_what_a_sync_made_and_nobody_used_is_deleted(office: Office, finance: Any) -> None:
    (link,) = gone_in_crm(office, "Acme Ltd")

    run = take_out(office, finance, [link], "delete")

    assert (run.status, run.deleted) == ("done", 1)
    assert office.customers() == {}
    assert office.writes() == {"books DELETE /contacts/{id}": 1}
    assert not RecordLink.objects.exists()
    assert not KnownRecord.objects.filter(record_id=link.target_id).exists()
    row = Change.objects.get(run=run)
    assert (row.action, row.status, row.target_id) == ("delete", "written", link.target_id)
    assert row.before["contact_name"] == "Acme Ltd"
    assert Decision.objects.filter(kind="remove", by=finance).count() == 1


def invoice(office: Office, customer: str | None) -> None:
    line = {"name": "Work", "rate": 100, "quantity": 1}
    row = {"customer_id": customer, "date": "2026-10-01", "line_items": [line]}
    office.add("books", "invoices", row)


def comment(office: Office, customer: str | None) -> None:
    org = next(iter(office.world.parts["books"].values()))
    row = {"comment_id": "77", "contact_id": customer, "description": "Call them."}
    org.comments.insert(row)


AGAINST = {
    "transactions": invoice,
    "an opening balance": lambda office, one: office.change(
        "books", "contacts", one, opening_balances=[{"opening_balance_amount": 12}]
    ),
    "documents": lambda office, one: office.change(
        "books", "contacts", one, documents=[{"document_id": "5", "file_name": "contract.pdf"}]
    ),
    "comments": comment,
    "edited there later": lambda office, one: office.change("books", "contacts", one, notes="VIP"),
}


@pytest.mark.parametrize("what", AGAINST)
def test_what_hangs_on_a_record_keeps_it(what: str, office: Office, finance: Any) -> None:
    (link,) = gone_in_crm(office, "Acme Ltd")
    AGAINST[what](office, link.target_id)

    run = take_out(office, finance, [link], "delete")

    assert (run.status, run.deleted, run.failing) == ("done", 0, 1)
    assert set(office.customers()) == {"Acme Ltd"}
    assert office.writes() == {}
    link.refresh_from_db()
    assert link.state == "gone"
    assert what in link.reason


def test_an_edit_that_a_later_sync_wrote_over_still_counts(office: Office, finance: Any) -> None:
    (account,) = office.accounts("Acme Ltd", Billing_City="Oslo")
    office.sync()
    contact = office.link(account).target_id or ""
    office.change("books", "contacts", contact, notes="VIP")
    office.change("crm", "Accounts", account, Billing_City="Bergen")
    office.sync()
    links = lose(office, "crm", "Accounts", account)

    run = take_out(office, finance, links, "delete")

    assert run.deleted == 0
    assert "edited there later" in RecordLink.objects.get().reason


def test_a_customer_that_was_there_before_is_never_deleted(office: Office, finance: Any) -> None:
    office.configure(duplicates="overwrite")
    office.add("books", "contacts", {"contact_name": "Acme Ltd", "contact_type": "customer"})
    (link,) = gone_in_crm(office, "Acme Ltd")

    run = take_out(office, finance, [link], "delete")

    assert run.deleted == 0
    assert set(office.customers()) == {"Acme Ltd"}
    link.refresh_from_db()
    assert "was there before" in link.reason


def test_a_transaction_made_at_the_last_moment_is_refused_by_books(
    office: Office, finance: Any
) -> None:
    """E-18: the vendor's code and message, and what to do instead."""
    (link,) = gone_in_crm(office, "Acme Ltd")
    body = {"code": 3000, "message": "The contact cannot be deleted as it has transactions."}
    office.faults(
        {
            "service": "books",
            "method": "DELETE",
            "path": "/contacts/{id}",
            "kind": "status",
            "status": 400,
            "body": body,
        }
    )

    run = take_out(office, finance, [link], "delete")

    row = Change.objects.get(run=run)
    assert (run.status, row.status, row.cause) == ("done", "failed", "in_use")
    assert row.reason == body["message"]
    assert "inactive" in row.remedy
    link.refresh_from_db()
    assert (link.state, link.reason) == ("gone", body["message"])


def test_made_inactive_it_stays_and_is_not_synced_any_more(office: Office, finance: Any) -> None:
    office.configure(extent="both")
    (link,) = gone_in_crm(office, "Acme Ltd")
    invoice(office, link.target_id)

    run = take_out(office, finance, [link], "inactive")

    assert (run.status, run.updated) == ("done", 1)
    assert office.writes() == {"books POST /contacts/{id}/inactive": 1}
    assert office.customers()["Acme Ltd"]["status"] == "inactive"
    link = RecordLink.objects.get()
    assert (link.state, link.cause, link.source_id) == ("excluded", "kept_alone", None)
    office.sync(full=True)
    assert office.records("crm", "Accounts") == []


def test_a_lost_answer_to_a_removal_is_looked_up(office: Office, finance: Any) -> None:
    first, second = gone_in_crm(office, "Acme Ltd", "Bolt Ltd")
    drop = {"service": "books", "kind": "drop_answer", "times": 1}
    office.faults({**drop, "method": "DELETE", "path": "/contacts/{id}"})
    run = take_out(office, finance, [first], "delete")
    assert (run.status, run.deleted) == ("done", 1)

    office.faults({**drop, "method": "POST", "path": "/contacts/{id}/inactive"})
    run = take_out(office, finance, [second], "inactive")

    assert (run.status, run.updated) == ("done", 1)
    assert office.customers()["Bolt Ltd"]["status"] == "inactive"


def test_many_wait_for_a_second_person(office: Office, finance: Any) -> None:
    links = gone_in_crm(office, *(f"Company of place {n}" for n in range(26)))
    invoice(office, links[0].target_id)

    run = take_out(office, finance, links, "delete")

    assert (run.mode, run.status, run.deleted, run.failing) == ("preview", "done", 25, 1)
    assert len(office.customers()) == 26
    with pytest.raises(ValueError, match="Nobody approves"):
        approvals.approve(finance, run)
    other = get_user_model().objects.create(username="approver")
    # What was approved is judged once more: an edit in between keeps the record.
    office.change("books", "contacts", links[1].target_id or "", notes="VIP")
    run = pipeline.drive(approvals.approve(other, run), sleep=office.sleep)

    assert (run.status, run.deleted) == ("done", 24)
    assert {row.target_id for row in RecordLink.objects.filter(state="gone")} == {
        links[0].target_id,
        links[1].target_id,
    }


def test_kept_it_is_not_made_again_whatever_changes(office: Office, finance: Any) -> None:
    office.configure(extent="both")
    (link,) = gone_in_crm(office, "Acme Ltd")

    removing.keep(finance, [link])
    office.change("books", "contacts", link.target_id or "", notes="Call.")
    office.sync()
    office.configure(winner="books")
    office.sync(full=True)

    assert office.records("crm", "Accounts") == []
    link = RecordLink.objects.get()
    assert (link.state, link.cause, link.source_id) == ("excluded", "kept_alone", None)
    assert Decision.objects.filter(kind="keep_alone").count() == 1


def test_deleted_in_books_and_kept_crm_does_not_make_it_again(office: Office, finance: Any) -> None:
    account, _ = office.accounts("Acme Ltd", "Bolt Ltd")
    office.sync()
    links = lose(office, "books", "contacts", office.link(account).target_id or "")
    removing.keep(finance, links)
    office.change("crm", "Accounts", account, Billing_City="Bergen")

    office.sync()
    office.sync(full=True)

    assert set(office.customers()) == {"Bolt Ltd"}
    assert office.link(account).cause == "kept_alone"


def test_asked_for_it_is_made_again(office: Office, finance: Any) -> None:
    account, _ = office.accounts("Acme Ltd", "Bolt Ltd")
    office.sync()
    links = lose(office, "books", "contacts", office.link(account).target_id or "")

    removing.make_again(finance, links)
    run = office.sync()

    assert (run.created, set(office.customers())) == (1, {"Acme Ltd", "Bolt Ltd"})
    assert office.link(account).state == "in_sync"


def test_a_twin_entered_meanwhile_is_asked_about_and_not_doubled(
    office: Office, finance: Any
) -> None:
    office.configure(extent="both")
    account, _ = office.accounts("Acme Ltd", "Bolt Ltd")
    office.sync()
    links = lose(office, "crm", "Accounts", account)
    office.accounts("ACME Ltd.")

    removing.make_again(finance, links)
    office.sync()
    office.sync(full=True)

    names = sorted(row["Account_Name"] for row in office.records("crm", "Accounts"))
    assert names == ["ACME Ltd.", "Bolt Ltd"]
    assert "undecided" in RecordLink.objects.values_list("state", flat=True)


def test_one_way_nothing_is_made_again_in_the_app_it_comes_from(
    office: Office, finance: Any
) -> None:
    links = gone_in_crm(office, "Acme Ltd")
    with pytest.raises(ValueError, match="does not write to the app"):
        removing.make_again(finance, links)


def test_an_account_is_not_deleted_from_here(office: Office, finance: Any) -> None:
    account, _ = office.accounts("Acme Ltd", "Bolt Ltd")
    office.sync()
    links = lose(office, "books", "contacts", office.link(account).target_id or "")
    with pytest.raises(ValueError, match="not done from here"):
        removing.take_out(finance, links, "delete")


# CRM-135, an option that is off by default ----------------------------------------------------


def test_chosen_so_what_is_left_is_deleted_where_nothing_hangs_on_it(office: Office) -> None:
    office.configure(on_gone="remove")
    ids = office.accounts("Acme Ltd", "Bolt Ltd", "Cord Ltd")
    office.sync()
    invoice(office, office.link(ids[1]).target_id)
    for one in ids[:2]:
        office.remove("crm", "Accounts", one)
    office.pass_time(HOUR)
    office.reset()

    run = office.sync()

    assert (run.status, run.deleted) == ("done", 1)
    assert office.writes() == {"books DELETE /contacts/{id}": 1}
    assert set(office.customers()) == {"Bolt Ltd", "Cord Ltd"}
    link = office.link(ids[1])
    assert (link.state, "transactions" in link.reason) == ("gone", True)
    assert not RecordLink.objects.filter(source_id=ids[0]).exists()


def test_chosen_so_a_customer_born_in_books_stays(office: Office) -> None:
    office.configure(on_gone="remove", extent="both")
    row = {"contact_name": "Acme Ltd", "contact_type": "customer", "customer_sub_type": "business"}
    office.add("books", "contacts", row)
    office.sync()
    office.remove("crm", "Accounts", office.records("crm", "Accounts")[0]["id"])
    office.pass_time(HOUR)

    office.sync()

    assert set(office.customers()) == {"Acme Ltd"}
    assert RecordLink.objects.get().state == "gone"


@pytest.mark.parametrize("trigger", ["hand", "schedule"])
def test_chosen_so_very_many_are_left_to_a_person(trigger: str, office: Office) -> None:
    office.configure(on_gone="remove")
    ids = office.accounts(*(f"Company of place {number}" for number in range(30)))
    office.sync()
    for one in ids[:27]:
        office.control("DELETE", f"records/crm/Accounts/{one}")
    office.pass_time(HOUR)
    office.reset()

    run = office.sync(trigger=trigger)

    assert (run.status, run.deleted) == ("done", 0)
    assert office.writes() == {}
    assert RecordLink.objects.filter(state="gone").count() == 27
