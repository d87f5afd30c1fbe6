"""Open records by cause, and trying them again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from integrations import attention, causes
from integrations.models import Change, Decision, SyncRun
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens import rows
from tests.screens.attention.conftest import confirm, drive_newest, said

LONG = "x" * 120


def test_causes_have_words_a_count_and_an_age(office: Office, finance) -> None:
    office.accounts("Acme Ltd", "Bolt Ltd", Billing_City=LONG)
    office.sync()
    page = finance.get("/office/attention/")
    (group,) = page.context["groups"]
    assert (group.cause.title, group.count) == ("A text is too long", 2)
    assert group.oldest == RecordLink.objects.order_by("since")[0].since
    records = finance.get("/office/attention/too_long/").content.decode()
    assert "Acme Ltd" in records
    assert "100 are allowed" in records


def test_a_plain_green_line_when_nothing_needs_anyone(office: Office, finance) -> None:
    office.accounts("Acme Ltd")
    office.sync()
    page = finance.get("/office/attention/").content.decode()
    assert "No record needs anyone now." in page
    assert "zs-note-good" in page


def test_one_record_is_tried_again_by_one_click(office: Office, finance) -> None:
    account = office.accounts("Acme Ltd", Billing_City=LONG)[0]
    office.sync()
    office.change("crm", "Accounts", account, Billing_City="Oslo")

    answer = finance.post("/office/attention/try/", {"record": office.link(account).pk})
    run = SyncRun.objects.get(only_ids__isnull=False)
    assert answer.url == f"/office/syncs/{run.pk}/"
    assert run.requested_by is not None
    assert drive_newest(office).created == 1
    assert attention.groups() == []
    assert Decision.objects.get().kind == "try_again"


def test_a_cause_is_tried_again_after_a_second_look(office: Office, finance) -> None:
    office.accounts("Acme Ltd", "Bolt Ltd", "Cord Ltd", Billing_City=LONG)
    office.sync()
    two = RecordLink.objects.order_by("name")[:2]

    look = finance.get("/office/attention/too_long/again/", {"record": [link.pk for link in two]})
    assert look.context["total"] == 2
    assert "Aurora" in look.content.decode() or "Books:" in look.content.decode()
    assert Decision.objects.count() == 0
    every = finance.get("/office/attention/too_long/again/", {"all": "1", "name": "c"})
    assert every.context["total"] == 1

    confirm(finance, "/office/attention/too_long/again/", all="1")
    assert Decision.objects.filter(kind="try_again").count() == 3
    run = drive_newest(office)
    assert (run.read, run.failing) == (3, 3)


def test_nothing_ticked_is_nothing_tried(office: Office, finance) -> None:
    office.accounts("Acme Ltd", Billing_City=LONG)
    office.sync()
    assert finance.get("/office/attention/too_long/again/").status_code == 302
    assert finance.post("/office/attention/too_long/again/").status_code == 302
    assert Decision.objects.count() == 0


def test_what_is_decided_elsewhere_leads_there(finance) -> None:
    for key, address in (
        ("possible_duplicate", "/office/duplicates/"),
        ("both_changed", "/office/both-sides/"),
        ("finance_owned", "/office/both-sides/"),
    ):
        assert finance.get(f"/office/attention/{key}/").url == address
        again = finance.get(f"/office/attention/{key}/again/", {"all": "1"})
        assert again.url == f"/office/attention/{key}/"


def test_lost_answers_are_listed_and_nobody_has_to_do_anything(finance, db) -> None:
    made = rows.company()
    run = rows.run(made.setting)
    rows.change(run, 1, status=Change.Status.UNCERTAIN, sent_at=timezone.now())
    (group,) = attention.groups()
    assert group.cause == causes.NOT_CONFIRMED
    page = finance.get("/office/attention/not_confirmed/").content.decode()
    assert "Customer 1" in page
    assert "Checking in" in page
    assert "Try again" not in page


def test_a_cause_that_a_connector_brought_along_speaks_for_itself(finance, db) -> None:
    made = rows.company()
    rows.link(made.setting, 1, state="failing", cause="plan_too_small", reason="Buy more.")
    page = finance.get("/office/attention/plan_too_small/").content.decode()
    assert "Plan too small" in page
    assert "Buy more." in page


def test_a_cause_that_nothing_has_is_not_there(finance, db) -> None:
    made = rows.company()
    rows.link(made.setting, 1, state="excluded", cause="rule")
    for key in ("foobar", "rule"):
        assert finance.get(f"/office/attention/{key}/").status_code == 404
    # Known to this product, though nothing has it now.
    assert finance.get("/office/attention/too_long/").status_code == 200


def test_the_last_record_of_a_cause_put_right_meanwhile_leads_to_all_causes(finance, db) -> None:
    answer = finance.post("/office/attention/plan_too_small/again/", {"all": "1"})
    assert answer.url == "/office/attention/"


def test_decided_and_put_off_records_do_not_wait_for_anybody(db) -> None:
    made = rows.company()
    soon = timezone.now() + dt.timedelta(days=1)
    rows.link(made.setting, 1, state="undecided", decision="different", due=True)
    rows.link(made.setting, 2, state="undecided", later_until=soon)
    rows.link(made.setting, 3, state="undecided")
    rows.link(made.setting, 4, state="conflict", decision="keep_source", due=True)
    # A decision that did not help is open again.
    rows.link(made.setting, 5, state="failing", cause="missing", decision="same", due=False)
    assert {link.name for link in attention.open_records()} == {"Customer 3", "Customer 5"}
    assert attention.decided(*attention.FOR_PEOPLE).count() == 2
    assert attention.duplicates_put_off().count() == 1


def test_who_may_not_try_again_is_told_whom_to_ask(office: Office, member) -> None:
    account = office.accounts("Acme Ltd", Billing_City=LONG)[0]
    office.sync()
    auditor = member("Auditor")
    page = auditor.get("/office/attention/too_long/").content.decode()
    assert "Only the groups Finance staff and Integration admin may try records again." in page
    assert ">Try again<" not in page
    answer = auditor.post("/office/attention/try/", {"record": office.link(account).pk})
    assert answer.status_code == 403
    assert "Finance staff" in answer.content.decode()


@pytest.mark.parametrize("record", ["", "x", "0", "9" * 30])
def test_a_record_that_does_not_wait_is_no_error(record, finance, db) -> None:
    rows.company()
    answer = finance.post("/office/attention/try/", {"record": record}, follow=True)
    assert answer.redirect_chain == [("/office/attention/", 302)]
    assert "None of these records waits any more." in said(answer)
