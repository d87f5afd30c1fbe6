"""Pairs that Zoho's own integration made are taken over as they are (G-7, rules CRM-39, CRM-63)."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import attention, decisions, many
from integrations.models import Change
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customers_duplicates import books_customer

ASKED = ("failing", "taken_over")
SAID = "Zoho's own integration paired them, and they differ in Display name, Company name"


def native(office: Office, account: str, name: str, **values: Any) -> str:
    return books_customer(
        office, name, zcrm_account_id=account, is_linked_with_zohocrm=True, **values
    )


def pair_of(office: Office) -> tuple[str, str]:
    (account,) = office.accounts("Fjord Shipping AS")
    return account, native(office, account, "Fjord (old name)", company_name="Fjord")


def state(office: Office, account: str) -> tuple[str, str]:
    link = office.link(account)
    return link.state, link.cause


@pytest.mark.parametrize("duplicates", ["ask", "skip", "clone"])
def test_a_difference_is_asked_about_before_anything_is_written(
    office: Office, duplicates: str
) -> None:
    office.configure(duplicates=duplicates)
    account, contact = pair_of(office)
    office.reset()

    preview = office.sync(preview=True)
    (row,) = Change.objects.filter(run=preview)
    assert (row.action, row.state, row.cause, row.values) == ("link", *ASKED, {})
    assert row.reason.startswith(SAID)
    assert (preview.linked, preview.failing) == (1, 1)

    run = office.sync()

    assert (run.linked, run.created, run.failing) == (1, 0, 1)
    assert office.writes() == {}
    assert office.link(account).target_id == contact
    assert state(office, account) == ASKED
    assert set(office.customers()) == {"Fjord (old name)"}
    assert attention.differences().get().source_id == account

    # Neither a full sync, nor other choices, nor another change of the record answers it.
    office.sync(full=True)
    office.configure(every="4h", view="")
    office.change("crm", "Accounts", account, Phone="+47 22 33 44 55")
    office.sync()
    assert office.writes() == {}
    assert state(office, account) == ASKED
    assert "billing_address.phone" in office.link(account).details["fields"]


@pytest.mark.parametrize(
    ("source", "name"), [(True, "Fjord Shipping AS"), (False, "Fjord (old name)")]
)
@pytest.mark.parametrize("way", ["fetch", "both"])
def test_a_person_says_whose_values_stay(office: Office, source: bool, name: str, way: str) -> None:
    office.configure(extent=way)
    account, _ = pair_of(office)
    office.sync()
    assert state(office, account) == ASKED

    assert many.choose_side(None, [office.link(account)], source=source) == []
    office.sync()

    assert state(office, account) == ("in_sync", "")
    assert set(office.customers()) == {name}
    kept = office.records("crm", "Accounts")[0]["Account_Name"]
    assert kept == ("Fjord Shipping AS" if source or way == "fetch" else "Fjord (old name)")


def test_field_by_field(office: Office) -> None:
    account, _ = pair_of(office)
    office.change("crm", "Accounts", account, Phone="+47 22 33 44 55")
    office.sync()

    decisions.choose_values(None, office.link(account), ["billing_address.phone"])
    office.sync()

    (customer,) = office.records("books", "contacts")
    assert customer["contact_name"] == "Fjord (old name)"
    assert customer["billing_address"]["phone"] == "+47 22 33 44 55"
    assert state(office, account) == ("in_sync", "")


def test_overwrite_is_an_answer_to_it(office: Office) -> None:
    office.configure(duplicates="overwrite")
    account, _ = pair_of(office)

    preview = office.sync(preview=True)
    assert Change.objects.get(run=preview).values["contact_name"] == "Fjord Shipping AS"
    office.sync()

    assert state(office, account) == ("in_sync", "")
    assert set(office.customers()) == {"Fjord Shipping AS"}


def test_overwrite_chosen_later_writes_what_was_asked_about(office: Office) -> None:
    account, _ = pair_of(office)
    office.sync()

    office.configure(duplicates="overwrite")
    office.sync()

    assert state(office, account) == ("in_sync", "")
    assert set(office.customers()) == {"Fjord Shipping AS"}


def test_a_pair_that_is_alike_is_taken_over_without_a_question(office: Office) -> None:
    (account,) = office.accounts("Fjord Shipping AS")
    native(office, account, "Fjord Shipping AS", company_name="Fjord Shipping AS")
    office.reset()

    run = office.sync()

    assert (run.linked, run.failing) == (1, 0)
    assert office.writes() == {}
    assert state(office, account) == ("in_sync", "")
    office.change("crm", "Accounts", account, Account_Name="Fjord AS")
    office.sync()
    assert set(office.customers()) == {"Fjord AS"}


def test_made_alike_in_either_app_it_is_in_sync(office: Office) -> None:
    account, contact = pair_of(office)
    office.sync()
    office.change("crm", "Accounts", account, Account_Name="Fjord (old name)")
    office.change("books", "contacts", contact, company_name="Fjord (old name)")
    office.sync()
    assert state(office, account) == ("in_sync", "")


@pytest.mark.parametrize(
    ("source", "name"), [(True, "Fjord Shipping AS"), (False, "Fjord (old name)")]
)
def test_where_records_only_go_to_crm_it_is_asked_too(
    office: Office, source: bool, name: str
) -> None:
    office.configure(extent="push")
    account, _ = pair_of(office)
    office.reset()
    office.sync()
    assert office.writes() == {}
    assert state(office, account) == ASKED
    fields = office.link(account).details["fields"]
    assert fields["contact_name"] == ["Fjord Shipping AS", "Fjord (old name)"]

    many.choose_side(None, [office.link(account)], source=source)
    office.sync()

    assert office.records("crm", "Accounts")[0]["Account_Name"] == name
    assert RecordLink.objects.get(source_id=account).state == "in_sync"


def test_what_finance_owns_is_looked_at_singly(office: Office) -> None:
    account, contact = pair_of(office)
    office.change("crm", "Accounts", account, Currency="EUR")
    line = {"name": "Work", "rate": "100.00", "quantity": 1}
    invoice = {"customer_id": contact, "date": "2026-11-01", "line_items": [line]}
    office.add("books", "invoices", invoice)
    office.sync()
    assert state(office, account) == ("failing", "finance_owned")
    assert set(office.customers()) == {"Fjord (old name)"}
    assert "contact_name" in office.link(account).details["fields"]
