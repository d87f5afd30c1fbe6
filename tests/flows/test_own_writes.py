"""What a sync of ours did to a record, or to a part of it, is no edit by somebody else (G-6)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations import removing
from integrations.models import SyncRun
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, both, contact, sync

HOUR = 3600

pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def office(office: Office) -> Office:
    both(office)
    return office


def with_person(office: Office) -> tuple[str, str]:
    """An account with a contact, and the customer made of it."""
    (account,) = office.accounts("Acme Ltd")
    person = contact(office, "Ann", "Berg", Account_Name=account)
    sync(office)
    return account, person


def rename(office: Office, person: str, name: str = "Dahl") -> None:
    office.change("crm", "Contacts", person, Last_Name=name)
    sync(office)


def edit(office: Office, account: str, **values: Any) -> None:
    wanted = values or {"payment_terms": 30}
    office.change("books", "contacts", office.link(account).target_id or "", **wanted)


def take_out(office: Office, account: str) -> SyncRun:
    office.remove("crm", "Accounts", account)
    office.pass_time(HOUR)
    office.sync()
    user = get_user_model().objects.create(username="finance")
    links = list(RecordLink.objects.filter(state="gone", flow="crm.customers"))
    (run,) = removing.take_out(user, links, "delete")
    office.pass_time(60)
    return pipeline.drive(run, sleep=office.sleep)


def test_what_only_our_contact_persons_touched_is_deleted(office: Office) -> None:
    account, person = with_person(office)
    rename(office, person)

    run = take_out(office, account)

    assert (run.deleted, run.failing) == (1, 0)
    assert office.customers() == {}


def test_nor_does_it_count_where_the_customer_is_written_afterwards(office: Office) -> None:
    account, person = with_person(office)
    rename(office, person)
    office.change("crm", "Accounts", account, Billing_City="Bergen")
    sync(office)
    assert not office.link(account).target_edited

    assert take_out(office, account).deleted == 1


# What happens in order: ``edit`` by a person in Books, ``ours`` a write of a contact person,
# ``account`` a change in CRM that is written with it, ``part`` a person added in Books.
BY_PEOPLE = ["edit ours", "ours edit", "ours edit ours", "edit account ours", "part ours"]


def happen(office: Office, account: str, person: str, what: str) -> None:
    customer = office.link(account).target_id
    for number, step in enumerate(what.split()):
        if step == "edit":
            edit(office, account)
        elif step == "ours":
            rename(office, person, f"Dahl {number}")
        elif step == "account":
            office.change("crm", "Accounts", account, Billing_City="Bergen")
        else:
            office.pass_time(60)
            row = {"contact_id": customer, "first_name": "Known"}
            office.add("books", "contactpersons", row)


@pytest.mark.parametrize("when", BY_PEOPLE)
def test_what_people_did_counts_whatever_we_wrote(when: str, office: Office) -> None:
    account, person = with_person(office)
    happen(office, account, person, when)

    run = take_out(office, account)

    assert run.deleted == 0
    assert set(office.customers()) == {"Acme Ltd"}
    assert "it was edited there later" in RecordLink.objects.get(state="gone").reason


def test_looking_before_parts_are_written_takes_one_read(office: Office) -> None:
    accounts = office.accounts(*(f"Company of place {number}" for number in range(40)))
    people = [contact(office, "Ann", f"Berg {n}", Account_Name=a) for n, a in enumerate(accounts)]
    sync(office)
    for person in people:
        office.control("PATCH", f"records/crm/Contacts/{person}", {"Title": "Buyer"})
    office.pass_time(60)
    office.reset()

    run = office.sync(PERSONS)

    assert run.updated == 40
    assert office.calls("books")["GET /contacts"] == 1
