"""The page of pairs that lost a side: seen, decided one by one and many at once, by whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from integrations.models import Decision, DeletionsRead, SyncRun
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens.attention.conftest import confirm, drive_newest, said

HOUR = 3600


@pytest.fixture
def admin(member: Any) -> Client:
    return member("Integration admin")


def gone(office: Office, *names: str) -> list[RecordLink]:
    ids = office.accounts(*names)
    office.sync()
    for one in ids:
        office.remove("crm", "Accounts", one)
    office.pass_time(HOUR)
    office.sync()
    return list(RecordLink.objects.filter(state="gone").order_by("name"))


def test_where_it_was_deleted_and_what_is_left_is_said(office: Office, finance: Client) -> None:
    gone(office, "Acme Ltd")
    page = finance.get("/office/deleted/")
    text = page.content.decode()
    assert page.context["title"] == "Deleted in CRM"
    assert "Acme Ltd" in text
    assert "It was deleted in Zoho CRM" in text
    assert '<button class="zs-button zs-button-stop"' not in text
    assert finance.get("/office/attention/gone/").headers["Location"] == "/office/deleted/"


def test_without_any_it_says_so(office: Office, finance: Client) -> None:
    assert "No pair has lost a side" in finance.get("/office/deleted/").content.decode()


def test_ticked_ones_are_kept_after_a_second_look(office: Office, finance: Client) -> None:
    first, second = gone(office, "Acme Ltd", "Bolt Ltd")
    look = finance.get("/office/deleted/decide/", {"choice": "keep", "record": str(first.pk)})
    assert look.context["total"] == 1

    answer = finance.post(
        "/office/deleted/decide/", {"choice": "keep", "record": str(first.pk)}, follow=True
    )

    assert "1 kept" in said(answer)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("excluded", "gone")


def test_finance_staff_do_not_delete(office: Office, finance: Client) -> None:
    gone(office, "Acme Ltd")
    answer = finance.post("/office/deleted/decide/", {"choice": "delete", "all": "1"})
    assert answer.status_code == 403
    assert not SyncRun.objects.filter(act="delete").exists()


def test_an_admin_deletes_a_few_at_once(office: Office, admin: Client) -> None:
    gone(office, "Acme Ltd", "Bolt Ltd")
    answer = confirm(admin, "/office/deleted/decide/", choice="delete", all="1")
    run = drive_newest(office)
    assert answer.headers["Location"] == f"/office/syncs/{run.pk}/"
    assert (run.deleted, office.customers()) == (2, {})
    text = admin.get(f"/office/syncs/{run.pk}/").content.decode()
    assert "Customers: delete in Books" in text
    assert "Deleted" in text


def test_more_than_25_are_a_preview_for_somebody_else(
    office: Office, admin: Client, member: Any
) -> None:
    gone(office, *(f"Company of place {number}" for number in range(26)))
    look = admin.get("/office/deleted/decide/", {"choice": "delete", "all": "1"})
    assert "Somebody else approves it" in look.content.decode()
    answer = confirm(admin, "/office/deleted/decide/", choice="delete", all="1")
    run = drive_newest(office)
    assert answer.headers["Location"] == f"/office/previews/{run.pk}/"
    preview = admin.get(f"/office/previews/{run.pk}/")
    assert "To be deleted" in preview.content.decode()
    # Each is read, asked for its comments, and deleted.
    assert preview.context["estimate"] == [("CRM", 0), ("Books", 78)]
    assert len(office.customers()) == 26

    admin.post(f"/office/previews/{run.pk}/ask/")
    admin.post(f"/office/previews/{run.pk}/approve/")
    run.refresh_from_db()
    assert run.mode == "preview"
    member("Approver").post(f"/office/previews/{run.pk}/approve/")
    office.reset()
    assert drive_newest(office).deleted == 26
    assert (sum(office.calls("crm").values()), sum(office.calls("books").values())) == (0, 78)
    assert Decision.objects.filter(kind="approve").count() == 1


def test_making_many_inactive_tells_what_it_costs(
    office: Office, admin: Client, member: Any
) -> None:
    gone(office, *(f"Company of place {number}" for number in range(26)))
    confirm(admin, "/office/deleted/decide/", choice="inactive", all="1")
    run = drive_newest(office)
    preview = admin.get(f"/office/previews/{run.pk}/")
    assert preview.context["estimate"] == [("CRM", 0), ("Books", 52)]
    admin.post(f"/office/previews/{run.pk}/ask/")
    member("Approver").post(f"/office/previews/{run.pk}/approve/")
    office.reset()
    assert drive_newest(office).updated == 26
    assert sum(office.calls("books").values()) == 52


def test_a_record_merged_away_is_named(office: Office, finance: Client) -> None:
    (link,) = gone(office, "Acme Ltd")
    (other,) = office.accounts("Acme Ltd")
    link.details = {"survivors": [{"id": other, "name": "Acme Ltd", "paired_with": ""}]}
    link.save()
    assert "Pair Acme Ltd with Acme Ltd" in finance.get("/office/deleted/").content.decode()

    finance.post(f"/office/deleted/{link.pk}/go-on/", {"record": other})
    office.sync()

    link.refresh_from_db()
    assert (link.source_id, link.state) == (other, "in_sync")


@pytest.mark.parametrize("choice", ["delete", "inactive"])
def test_of_what_may_have_been_merged_it_is_asked_first(
    choice: str, office: Office, admin: Client
) -> None:
    first, _ = gone(office, "Acme Ltd", "Bolt Ltd")
    survivor = {"id": "77", "name": "Nordic Holding", "paired_with": "", "signs": "alike"}
    first.details = {"survivors": [survivor]}
    first.save()
    look = admin.get("/office/deleted/decide/", {"choice": choice, "all": "1"})
    text = look.content.decode()
    assert "1 of them may have been merged, not deleted" in text
    assert "into Nordic Holding" in text

    answer = confirm(admin, "/office/deleted/decide/", choice=choice, all="1")
    assert answer.status_code == 200
    assert "Say first whether they were merged" in said(answer)
    assert not SyncRun.objects.filter(act=choice).exists()

    confirm(admin, "/office/deleted/decide/", choice=choice, all="1", not_merged="yes")
    run = drive_newest(office)
    assert run.deleted + run.updated == 2


def test_keeping_needs_no_such_answer(office: Office, finance: Client) -> None:
    (link,) = gone(office, "Acme Ltd")
    link.details = {"survivors": [{"id": "77", "name": "Nordic Holding", "paired_with": ""}]}
    link.save()
    answer = confirm(finance, "/office/deleted/decide/", choice="keep", all="1")
    assert answer.status_code == 302


def test_what_is_doubtful_is_looked_up_when_a_person_says_so(office: Office, admin: Client) -> None:
    ids = office.accounts(*(f"Company of place {number}" for number in range(40)))
    office.sync()
    for one in ids[:30]:
        office.remove("books", "contacts", office.link(one).target_id or "")
    office.pass_time(HOUR)
    office.sync()
    row = DeletionsRead.objects.get(flow="crm.customers", place="target")
    assert row.doubtful == 30
    assert "lists 30 paired records" in admin.get("/office/deleted/").content.decode()

    admin.post(f"/office/deleted/doubt/{row.pk}/")
    office.sync()

    assert RecordLink.objects.filter(cause="gone_target").count() == 30
    assert DeletionsRead.objects.get(flow="crm.customers", place="target").doubtful == 0
