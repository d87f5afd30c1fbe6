"""Fetching one record again: its present values, whatever the view, as a sync in the history."""

from __future__ import annotations

import pytest

from integrations import access, fetching
from integrations.models import Decision, SyncRun
from mappings.models import FieldMap
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, latest, person


def phone(office: Office, name: str = "Acme Ltd") -> str:
    return str(office.customers()[name]["billing_address"]["phone"])


def edit_both(office: Office) -> str:
    """One pair; first CRM's phone is changed and not synced, then Books' own."""
    (acme,) = office.accounts("Acme Ltd", Phone="+1 555 0100")
    office.sync()
    office.change("crm", "Accounts", acme, Phone="+1 555 0200")
    contact = office.customers()["Acme Ltd"]["contact_id"]
    office.change("books", "contacts", contact, billing_address={"phone": "+1 555 9999"})
    return acme


def test_one_pair_gets_the_present_values_and_no_other_does(office: Office) -> None:
    acme, other = office.accounts("Acme Ltd", "Globex", Phone="+1 555 0100")
    office.sync()
    for record_id in (acme, other):
        office.change("crm", "Accounts", record_id, Phone="+1 555 0200")

    run = fetching.fetch_pair(person(access.FINANCE), office.link(acme))
    finish_syncs(office)

    run.refresh_from_db()
    assert (run.status, run.trigger, run.only_ids, run.updated) == ("done", "hand", [acme], 1)
    assert (phone(office), phone(office, "Globex")) == ("+1 555 0200", "+1 555 0100")
    decision = Decision.objects.get(kind="fetch")
    assert (decision.by, decision.source_id) == (person(access.FINANCE), acme)
    assert office.sync().updated == 1


def test_what_was_edited_in_books_only_is_replaced(office: Office) -> None:
    acme, _ = edit_both(office), office.sync()
    contact = office.customers()["Acme Ltd"]["contact_id"]
    office.change("books", "contacts", contact, billing_address={"phone": "+1 555 9999"})
    fetching.fetch_pair(person(access.ADMIN), office.link(acme))
    finish_syncs(office)
    assert phone(office) == "+1 555 0200"


@pytest.mark.parametrize("winner", ["books", "ask", "source", "newest"])
def test_both_ways_the_fetched_values_stay_whoever_wins_otherwise(
    office: Office, winner: str
) -> None:
    office.configure(extent="both", winner=winner)
    acme = edit_both(office)
    fetching.fetch_pair(person(access.ADMIN), office.link(acme))
    finish_syncs(office)
    assert phone(office) == "+1 555 0200"
    link = office.link(acme)
    assert (link.state, link.decision, link.due) == ("in_sync", "", False)


# One way a person is asked; both ways Books wins these, and CRM gets its value back.
AFTERWARDS = [("fetch", "failing", "Sweden"), ("both", "in_sync", "Norway")]


@pytest.mark.parametrize(("extent", "state", "country"), AFTERWARDS)
def test_what_finance_owns_is_not_overwritten(
    office: Office, extent: str, state: str, country: str
) -> None:
    office.configure(extent=extent)
    (acme,) = office.accounts("Acme Ltd", Billing_Country="Norway", Phone="+1 555 0100")
    office.sync()
    contact = office.customers()["Acme Ltd"]["contact_id"]
    line = {"name": "Advice", "rate": 100, "quantity": 1}
    office.add("books", "invoices", {"customer_id": contact, "line_items": [line]})
    office.change("crm", "Accounts", acme, Billing_Country="Sweden", Phone="+1 555 0200")

    fetching.fetch_pair(person(access.ADMIN), office.link(acme))
    finish_syncs(office)

    address = office.customers()["Acme Ltd"]["billing_address"]
    assert (address["country"], address["phone"]) == ("Norway", "+1 555 0200")
    assert (office.link(acme).state, office.link(acme).decision) == (state, "")
    office.sync()
    (account,) = office.records("crm", "Accounts")
    assert account["Billing_Country"] == country


def test_a_fetch_that_finds_only_what_finance_owns_is_met(office: Office) -> None:
    office.configure(extent="both")
    (acme,) = office.accounts("Acme Ltd", Billing_Country="Norway")
    office.sync()
    contact = office.customers()["Acme Ltd"]["contact_id"]
    line = {"name": "Advice", "rate": 100, "quantity": 1}
    office.add("books", "invoices", {"customer_id": contact, "line_items": [line]})
    office.change("crm", "Accounts", acme, Billing_Country="Sweden")
    fetching.fetch_pair(person(access.ADMIN), office.link(acme))
    finish_syncs(office)
    assert office.link(acme).decision == ""
    assert office.customers()["Acme Ltd"]["billing_address"]["country"] == "Norway"
    office.sync()
    assert office.records("crm", "Accounts")[0]["Billing_Country"] == "Norway"
    assert not office.link(acme).due


def test_a_field_that_books_wins_is_not_fetched(office: Office) -> None:
    office.configure(extent="both")
    FieldMap.objects.filter(target="billing_address.phone").update(wins="target")
    acme = edit_both(office)
    fetching.fetch_pair(person(access.ADMIN), office.link(acme))
    finish_syncs(office)
    assert phone(office) == "+1 555 9999"
    office.sync()
    assert office.records("crm", "Accounts")[0]["Phone"] == "+1 555 9999"


def test_a_record_that_left_the_view_is_fetched_all_the_same(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd", Phone="+1 555 0100", Key_Account=True)
    office.configure(view="Key accounts")
    office.sync()
    office.change("crm", "Accounts", acme, Phone="+1 555 0200", Key_Account=False)
    office.sync()
    assert phone(office) == "+1 555 0100"
    fetching.fetch_pair(person(access.ADMIN), office.link(acme))
    finish_syncs(office)
    assert phone(office) == "+1 555 0200"


def test_what_is_not_a_pair_or_only_sent_is_not_fetched(office: Office) -> None:
    (bad,) = office.accounts("Bad Ltd", Website="none at all")
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    with pytest.raises(ValueError, match="not paired"):
        fetching.fetch_pair(person(access.ADMIN), office.link(bad))
    office.configure(extent="push")
    with pytest.raises(ValueError, match="nothing is fetched from CRM"):
        fetching.fetch_pair(person(access.ADMIN), office.link(acme))
    office.configure(extent="fetch")
    office.sync()
    assert office.states() == {"Bad Ltd": "failing", "Acme Ltd": "in_sync"}


def test_the_page_of_a_record_offers_it_to_those_who_try_again(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    address = f"/office/records/{office.link(acme).pk}/"
    for group, offered in ((access.ADMIN, True), (access.FINANCE, True), (access.AUDITOR, False)):
        page = client_of(group).get(address).content.decode()
        assert ("Fetch from CRM" in page) == offered, group
    assert client_of(access.AUDITOR).post(f"{address}fetch/").status_code == 403

    answer = client_of(access.FINANCE).post(f"{address}fetch/")
    assert answer["Location"] == f"/office/syncs/{latest().pk}/"
    assert latest().requested_by == person(access.FINANCE)
    finish_syncs(office)


def test_in_look_only_it_is_a_preview_and_decides_nothing(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    office.configure(extent="both", writing="look_only")
    run = fetching.fetch_pair(person(access.ADMIN), office.link(acme))
    assert run.mode == SyncRun.Mode.PREVIEW
    assert office.link(acme).decision == ""
    finish_syncs(office)
    office.configure(writing="on")
