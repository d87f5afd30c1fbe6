"""Changed on both sides: whose values stay, by field, for a record, for many."""

from __future__ import annotations

from integrations.models import Decision
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens import rows
from tests.screens.attention.conftest import confirm, conflict, drive_newest

CITY, STATE = "billing_address.city", "billing_address.state"


def test_both_values_of_each_field_are_shown(office: Office, finance) -> None:
    link = conflict(office)
    listed = finance.get("/office/both-sides/").content.decode()
    page = finance.get(f"/office/both-sides/{link.pk}/").content.decode()
    for text in ("Billing city", "CRM: Bergen", "Books: Turku"):
        assert text in listed
    for text in ("Billing city", "Bergen", "Turku", "Keep all of CRM", "Keep all of Books"):
        assert text in page


def test_values_are_chosen_field_by_field(office: Office, finance) -> None:
    link = conflict(office)
    answer = finance.post(f"/office/both-sides/{link.pk}/", {CITY: "first", STATE: "second"})
    assert answer.url == "/office/both-sides/"
    finance.post("/office/duplicates/write/")
    drive_newest(office)
    office.sync()
    address = office.customers()["Acme Ltd"]["billing_address"]
    assert (address["city"], address["state"]) == ("Bergen", "West")
    assert [row.kind for row in Decision.objects.all()] == ["by_field"]


def test_a_field_without_a_choice_says_so_beside_it(office: Office, finance) -> None:
    link = conflict(office)
    answer = finance.post(f"/office/both-sides/{link.pk}/", {CITY: "first"})
    assert answer.status_code == 200
    assert answer.context["form"].errors == {STATE: ["Choose one of the two."]}
    assert "Choose one of the two." in answer.content.decode()
    assert Decision.objects.count() == 0


def test_one_button_keeps_all_of_one_side(office: Office, finance) -> None:
    link = conflict(office)
    finance.post(f"/office/both-sides/{link.pk}/", {"all": "second"})
    link.refresh_from_db()
    assert (link.decision, link.decided_fields) == ("keep_target", [])
    assert "Decided:" in finance.get(f"/office/both-sides/{link.pk}/").content.decode()
    assert finance.get("/office/both-sides/").context["lines"] == []


def owned(made: rows.Company, number: int) -> None:
    rows.link(
        made.setting,
        number,
        state="failing",
        cause="finance_owned",
        details={"fields": {"currency_id": ["USD", "EUR"]}},
    )


def test_many_at_once_leave_out_what_finance_owns(finance, db) -> None:
    made = rows.company()
    rows.open_item(made.setting, RecordLink.State.CONFLICT, 1)
    owned(made, 2)
    look = finance.get("/office/both-sides/choose/", {"all": "1", "side": "first"})
    assert (look.context["total"], look.context["aside"]) == (1, 1)
    assert Decision.objects.count() == 0
    confirm(finance, "/office/both-sides/choose/", all="1", side="first")
    assert [row.kind for row in Decision.objects.all()] == ["keep_source"]
    confirm(finance, "/office/both-sides/choose/", all="1", side="second")
    assert sorted(row.kind for row in Decision.objects.all()) == ["keep_source", "keep_target"]


def test_what_finance_owns_is_told_with_the_documents_there_are(office: Office, finance) -> None:
    account = office.accounts("Acme Ltd")[0]
    office.sync()
    link = office.link(account)
    link.state, link.cause = "failing", "finance_owned"
    link.details = {"fields": {"payment_terms": ["30", "14"]}}
    link.save()
    page = finance.get(f"/office/both-sides/{link.pk}/").content.decode()
    assert "Invoices, payments and tax returns may rest on these values." in page
    told = finance.get(f"/office/both-sides/{link.pk}/documents/").content.decode()
    assert "Has documents" in told


def test_a_record_that_needs_attention_for_another_reason_has_nothing_to_choose(
    finance, db
) -> None:
    made = rows.company()
    link = rows.link(made.setting, 1, state="failing", cause="name_taken")
    for address in (f"/office/both-sides/{link.pk}/", f"/office/both-sides/{link.pk}/documents/"):
        page = finance.get(address).content.decode()
        assert "This has been decided meanwhile" in page
        assert "Keep all of" not in page


def test_who_may_not_choose_sees_it_and_is_refused(office: Office, member) -> None:
    link = conflict(office)
    auditor = member("Auditor")
    assert "may choose" in auditor.get(f"/office/both-sides/{link.pk}/").content.decode()
    assert auditor.post(f"/office/both-sides/{link.pk}/", {"all": "first"}).status_code == 403
    assert auditor.get("/office/both-sides/choose/", {"all": "1"}).status_code == 403
    assert Decision.objects.count() == 0
