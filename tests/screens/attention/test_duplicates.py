"""Possible duplicates: seen side by side, decided one by one and many at once."""

from __future__ import annotations

from integrations.models import Decision, SyncRun
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens.attention.conftest import confirm, drive_newest, undecided


def kinds() -> list[str]:
    return list(Decision.objects.order_by("pk").values_list("kind", flat=True))


def test_the_list_says_what_each_looks_like(office: Office, finance) -> None:
    undecided(office, "Acme Ltd", "Bolt Ltd")
    page = finance.get("/office/duplicates/").content.decode()
    assert "Acme Ltd" in page
    assert "The same name" in page
    assert "Very likely the same" in page


def test_the_comparison_is_read_when_it_is_opened(office: Office, finance) -> None:
    (link,) = undecided(office, "Acme Ltd")
    contact = link.details["candidates"][0]["id"]
    office.change("books", "contacts", contact, billing_address={"city": "Turku"})
    office.reset()
    page = finance.get(f"/office/duplicates/{link.pk}/")
    assert "It will be refused: Books takes no second record" in page.content.decode()
    assert "documents" in page.content.decode()
    assert office.calls("books") == {}

    compared = finance.get(f"/office/duplicates/{link.pk}/compare/").content.decode()
    assert "Turku" in compared
    assert "Receivable" in compared
    assert "differs" in compared
    assert office.calls("books") == {"GET /contacts/{id}": 1, "GET /invoices": 1}
    assert office.writes() == {}


def test_a_look_alike_that_was_deleted_is_said_to_be_gone(office: Office, finance) -> None:
    (link,) = undecided(office, "Acme Ltd")
    office.remove("books", "contacts", link.details["candidates"][0]["id"])
    compared = finance.get(f"/office/duplicates/{link.pk}/compare/").content.decode()
    assert "Not there any more" in compared


def test_an_app_that_does_not_answer_is_told_in_a_sentence(office: Office, finance) -> None:
    (link,) = undecided(office, "Acme Ltd")
    office.faults({"service": "books", "kind": "status", "status": 503})
    answer = finance.get(f"/office/duplicates/{link.pk}/compare/")
    assert answer.status_code == 200
    assert "Could not be read now." in answer.content.decode()


def test_the_same_becomes_a_pair_and_the_next_one_follows(office: Office, finance) -> None:
    first, second = undecided(office, "Acme Ltd", "Bolt Ltd")
    contact = first.details["candidates"][0]["id"]
    answer = finance.post(
        f"/office/duplicates/{first.pk}/decide/", {"choice": "same", "target": contact}
    )
    assert answer.url == f"/office/duplicates/{second.pk}/"
    page = finance.get("/office/duplicates/").content.decode()
    assert "Write the decided ones now" in page

    finance.post("/office/duplicates/write/")
    assert drive_newest(office).linked == 1
    first.refresh_from_db()
    assert (first.state, first.target_id) == ("in_sync", contact)


def test_many_decided_ones_are_shown_once_more_before_they_are_written(
    office: Office, finance
) -> None:
    undecided(office, *(f"Company {number:02}" for number in range(26)))
    RecordLink.objects.update(decision="different", due=True)
    before = SyncRun.objects.count()

    answer = finance.post("/office/duplicates/write/")
    text = answer.content.decode()
    assert "<strong>26 records</strong>" in text
    assert "(USD, SANDBOX)" in text
    seen = answer.context["seen"]
    # One was decided otherwise in the meantime: what is confirmed is what was seen.
    RecordLink.objects.filter(name="Company 03").update(decision="", due=False)
    again = finance.post("/office/duplicates/write/", {"seen": seen})
    assert "The list has changed since you looked" in again.content.decode()
    assert SyncRun.objects.count() == before

    finance.post("/office/duplicates/write/", {"seen": again.context["seen"]})
    assert drive_newest(office).read == 25


def test_later_leaves_the_list_and_can_be_looked_at(office: Office, finance) -> None:
    (link,) = undecided(office, "Acme Ltd")
    answer = finance.post(f"/office/duplicates/{link.pk}/decide/", {"choice": "later"})
    assert answer.url == "/office/duplicates/"
    assert finance.get("/office/duplicates/").context["rows"] == []
    (row,) = finance.get("/office/duplicates/", {"show": "later"}).context["rows"]
    assert row.record.pk == link.pk


def test_no_answer_and_a_foreign_record_are_refused(office: Office, finance) -> None:
    (link,) = undecided(office, "Acme Ltd")
    address = f"/office/duplicates/{link.pk}/decide/"
    for sent in ({}, {"choice": "same"}, {"choice": "same", "target": "1"}, {"choice": "x"}):
        assert finance.post(address, sent).url == f"/office/duplicates/{link.pk}/"
    assert kinds() == []


def test_many_are_other_records_after_a_second_look(office: Office, finance) -> None:
    links = undecided(office, "Acme Ltd", "Bolt Ltd", "Cord Ltd")
    ticked = [link.pk for link in links[:2]]
    look = finance.get("/office/duplicates/decide/", {"choice": "different", "record": ticked})
    assert look.context["total"] == 2
    assert kinds() == []
    finance.post("/office/duplicates/decide/", {"choice": "different", "record": ticked})
    assert kinds() == ["different", "different"]
    assert [row.record.name for row in finance.get("/office/duplicates/").context["rows"]] == [
        "Cord Ltd"
    ]


def test_same_for_many_takes_only_those_with_one_look_alike(office: Office, finance) -> None:
    links = undecided(office, "Acme Ltd", "Bolt Ltd")
    candidate = links[0].details["candidates"][0]
    twice = {"candidates": [candidate, {**candidate, "id": "77"}]}
    RecordLink.objects.filter(pk=links[0].pk).update(details=twice)
    look = finance.get("/office/duplicates/decide/", {"choice": "same", "all": "1"})
    assert (look.context["total"], look.context["aside"]) == (1, 1)
    confirm(finance, "/office/duplicates/decide/", choice="same", all="1")
    assert Decision.objects.get().name == "Bolt Ltd"


def test_who_may_not_decide_sees_it_and_is_refused(office: Office, member) -> None:
    (link,) = undecided(office, "Acme Ltd")
    auditor = member("Auditor")
    assert "may decide" in auditor.get(f"/office/duplicates/{link.pk}/").content.decode()
    assert auditor.get("/office/duplicates/decide/", {"all": "1"}).status_code == 403
    sent = {"choice": "different"}
    assert auditor.post(f"/office/duplicates/{link.pk}/decide/", sent).status_code == 403
    assert kinds() == []


def test_a_look_alike_that_was_created_meanwhile_is_shown_with_its_pair(
    office: Office, finance
) -> None:
    office.accounts("Acme Ltd", "ACME Ltd.")
    office.sync()
    (link,) = RecordLink.objects.filter(state="undecided")
    (pair,) = RecordLink.objects.filter(state="in_sync")
    # As it was noted while both were being planned.
    (candidate,) = link.details["candidates"]
    link.details = {"candidates": [{**candidate, "id": "", "name": pair.name}]}
    link.save(update_fields=["details"])

    text = finance.get(f"/office/duplicates/{link.pk}/").content.decode()
    assert "It is created by the same sync" not in text
    assert f"/office/records/{pair.pk}/" in text
    assert "None of the look-alikes is free" in text
    button = text[text.index('value="same"') :].partition(">")[0]
    assert "disabled" in button
    compared = finance.get(f"/office/duplicates/{link.pk}/compare/").content.decode()
    assert "look-alike" in compared
