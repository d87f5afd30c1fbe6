"""Searching the other app by name, and fetching what is picked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integrations import access, fetching, registry
from integrations.connectors.crm import searching
from integrations.models import Connection, FlowSetting, Integration, SyncRun
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, latest, person


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    """An empty company, in which most records are found and never synced."""
    return make_office()


def address(office: Office, rest: str = "") -> str:
    return f"/office/fetch/{office.setting().pk}/{rest}"


def ask(office: Office, name: str, group: str = access.FINANCE) -> Any:
    return client_of(group).post(address(office), {"Account_Name": name})


def found(answer: Any) -> list[tuple[str, bool]]:
    return [(line.found.name, line.paired) for line, _ in answer.context["lines"]]


def test_a_part_of_the_name_finds_records_as_they_are_now(office: Office) -> None:
    office.accounts("Acme Ltd", "ACME Bank", "Globex", Billing_City="Oslo")
    assert found(ask(office, "acme")) == [("ACME Bank", False), ("Acme Ltd", False)]
    page = ask(office, "glob").content.decode()
    assert "City: Oslo" in page
    assert "not here yet" in page
    assert "CRM has none by that name" in ask(office, "nobody").content.decode()


@pytest.mark.parametrize(
    "name",
    ["O'Dell & Sons", 'The "Best" Ltd', "100% Pure", "Back\\slash", "Under_score", "株式会社"],
)
def test_names_with_signs_of_a_query_are_found(office: Office, name: str) -> None:
    office.accounts(name, "Another")
    assert found(ask(office, name)) == [(name, False)]


def test_signs_do_not_widen_what_is_found(office: Office) -> None:
    office.accounts("Acme", "Globex")
    assert found(ask(office, "%%")) == []
    assert found(ask(office, "' or Account_Name like 'G")) == []
    assert "at least" in ask(office, "a").content.decode()
    assert "Write at least a part of the name" in ask(office, "").content.decode()


def test_contacts_of_an_account_are_listed_with_it(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.add("crm", "Contacts", {"Last_Name": "Lovelace", "First_Name": "Ada",
                                   "Account_Name": acme})  # fmt: skip
    page = ask(office, "acme").content.decode()
    assert "Contacts: Ada Lovelace" in page


def test_what_is_picked_is_fetched_and_the_rest_is_not(office: Office) -> None:
    one, two, _ = office.accounts("Acme One", "Acme Two", "Acme Three")
    answer = client_of(access.FINANCE).post(address(office, "take/"), {"id": [one, two]})
    run = latest()
    assert answer["Location"] == f"/office/fetch/done/{run.pk}/"
    finish_syncs(office)
    run.refresh_from_db()
    assert (run.status, run.created, run.trigger, run.only_ids) == ("done", 2, "hand", [one, two])
    assert set(office.customers()) == {"Acme One", "Acme Two"}
    page = client_of(access.FINANCE).get(answer["Location"]).content.decode()
    assert "Acme One" in page
    assert "New invoice" in page
    # A single record is no first sync: the schedule does not begin by it.
    assert office.setting().first_synced_at is None


def test_paired_ones_are_shown_as_such_and_not_fetched_again(office: Office) -> None:
    one, two = office.accounts("Acme One", "Acme Two")
    fetching.fetch(person(access.FINANCE), office.setting(), flow(), [one])
    finish_syncs(office)
    answer = ask(office, "acme")
    assert found(answer) == [("Acme One", True), ("Acme Two", False)]
    assert "paired already" in answer.content.decode()
    assert f'value="{one}"' not in answer.content.decode()
    office.reset()

    run, paired = fetching.fetch(person(access.FINANCE), office.setting(), flow(), [one])
    assert run is None
    assert [row.source_id for row in paired] == [one]
    assert office.writes() == {}
    answer = client_of(access.FINANCE).post(address(office, "take/"), {"id": [one, two]})
    assert latest().only_ids == [two]
    finish_syncs(office)
    again = client_of(access.FINANCE).post(address(office, "take/"), {"id": [one]})
    assert again["Location"] == f"/office/records/{office.link(one).pk}/"


def flow() -> Any:
    return registry.flow("crm.customers")


def test_a_possible_duplicate_is_told_and_not_doubled(office: Office) -> None:
    office.add("books", "contacts", {"contact_name": "Acme Ltd", "contact_type": "customer"})
    (acme,) = office.accounts("Acme Ltd")
    fetching.fetch(person(access.FINANCE), office.setting(), flow(), [acme])
    finish_syncs(office)
    page = client_of(access.FINANCE).get(f"/office/fetch/done/{latest().pk}/").content.decode()
    assert "Possible duplicate" in page
    assert "see why" in ask(office, "acme").content.decode()


def test_rights_and_choices_decide_what_can_be_fetched(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    page = ask(office, "acme", access.AUDITOR)
    assert found(page) == [("Acme Ltd", False)]
    assert "Only the groups Finance staff and Integration admin may fetch." in page.content.decode()
    taken = client_of(access.AUDITOR).post(address(office, "take/"), {"id": [acme]})
    assert taken.status_code == 403
    assert (
        client_of(access.FINANCE).post(address(office), {"kind": "crm.nothing"}).status_code == 404
    )

    office.configure(extent="push")
    page = client_of(access.FINANCE).get(address(office)).content.decode()
    assert "nothing is fetched from CRM" in page
    client_of(access.FINANCE).post(address(office, "take/"), {"id": [acme]})
    office.configure(extent="fetch")
    FlowSetting.objects.update(enabled=False)
    with pytest.raises(ValueError, match="not set up yet"):
        fetching.fetch(person(access.FINANCE), office.setting(), flow(), [acme])
    FlowSetting.objects.update(enabled=True)
    with pytest.raises(ValueError, match="Up to 100"):
        fetching.fetch(
            person(access.FINANCE), office.setting(), flow(), [str(n) for n in range(101)]
        )
    with pytest.raises(ValueError, match="Pick a record first"):
        fetching.fetch(person(access.FINANCE), office.setting(), flow(), [])
    assert not SyncRun.objects.exists()


def test_a_disabled_integration_fetches_nothing(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    Integration.objects.update(status=Integration.Status.DISABLED)
    link = office.link(acme)
    with pytest.raises(ValueError, match="is disabled: nothing is fetched"):
        fetching.fetch_pair(person(access.FINANCE), link)
    finance = client_of(access.FINANCE)
    assert "Fetch from CRM" not in finance.get(f"/office/records/{link.pk}/").content.decode()
    # What had been picked before is refused in a sentence too.
    taken = finance.post(address(office, "take/"), {"id": ["1"]}, follow=True)
    assert "(Aurora Instruments) is disabled" in taken.content.decode()
    assert "Search in CRM" not in finance.get("/office/records/?q=zzz").content.decode()
    assert "Search in CRM" not in finance.get("/office/lists/crm.customers/").content.decode()


def test_an_app_that_does_not_answer_is_told(office: Office) -> None:
    office.faults({"service": "crm", "kind": "close"})
    assert "CRM could not be asked" in ask(office, "acme").content.decode()
    office.faults()


def test_the_form_of_a_new_invoice_is_opened_for_the_customer(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    books = Connection.objects.select_related("grant").get(app="books")
    books.grant.data_center = "eu"
    connector = registry.connector_for(books)
    contact = office.link(acme).target_id
    assert contact
    entity, facts = connector.entity("contacts"), {"contact_type": "customer"}
    forms = dict(connector.form_urls(entity, contact, facts))
    connector.close()
    app = f"https://books.zoho.eu/app/{books.organization_id}"
    assert forms["New invoice"] == f"{app}#/invoices/new?customer_id={contact}"
    assert "New bill" not in forms


def test_names_of_people_stand_in_no_address(office: Office) -> None:
    page = client_of(access.FINANCE).get(address(office)).content.decode()
    assert 'method="post" role="search" aria-label="Search in CRM"' in page


def test_the_longest_part_without_signs_is_asked_for() -> None:
    assert searching.plain("O'Dell & Sons") == "Dell & Sons"
    assert searching.plain("%'\\") == ""
