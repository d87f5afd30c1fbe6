"""Contact persons: Books tells of them as an edit of their contact."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import jobs
from integrations.models import WebhookEvent
from integrations.sandbox import delivery
from tests.conftest import Office
from tests.notifications.telling import channel, outcomes, post, syncs, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def office_of_both(office: Office) -> Office:
    """Acme Ltd and its contact Ann Lee, in sync both ways; nothing is waiting anywhere."""
    office.configure(module="accounts_contacts", extent="both")
    (account,) = office.accounts("Acme Ltd")
    contact = {"First_Name": "Ann", "Last_Name": "Lee", "Account_Name": {"id": account}}
    office.add("crm", "Contacts", contact)
    for key in ("crm.customers", "crm.contact_persons"):
        office.sync(key)
    jobs.renew_watches()
    delivery.take(office.world, "books")
    return office


def persons(office: Office) -> list[dict[str, Any]]:
    return [row for row in office.records("books", "contactpersons") if row["last_name"] == "Lee"]


def send(office: Office) -> None:
    for call in delivery.take(office.world, "books"):
        assert post(call["url"], call["body"], **call["headers"]) == 200


def test_a_change_of_a_contact_person_reaches_crm(office_of_both: Office) -> None:
    office = office_of_both
    (person,) = persons(office)
    office.change("books", "contactpersons", person["contact_person_id"], mobile="+47 40 00 00 00")

    send(office)
    work()

    (contact,) = office.records("crm", "Contacts")
    assert contact["Mobile"] == "+47 40 00 00 00"
    assert {run.flow for run in syncs()} == {"crm.customers", "crm.contact_persons"}
    (event,) = WebhookEvent.objects.all()
    assert set(event.records.values_list("entity", "record_id")) == {
        ("contacts", person["contact_id"]),
        ("contactpersons", person["contact_person_id"]),
    }


def test_of_a_contact_as_we_left_it_no_person_is_read(office_of_both: Office) -> None:
    office = office_of_both
    (account,) = office.records("crm", "Accounts")
    office.change("crm", "Accounts", account["id"], Billing_City="Bergen")
    office.sync()
    office.reset()

    send(office)
    work()

    assert (office.calls("crm"), office.calls("books")) == ({}, {})
    assert set(outcomes()) == {"They are as the last sync left them."}


def test_an_app_tells_of_what_a_module_reads_from_its_first_sync_on(office: Office) -> None:
    """Not only when the channels are looked after the next time."""
    office.accounts("Acme Ltd")
    run = office.sync()
    jobs.work(run.pk)
    work()
    assert channel("crm").entities == ["Accounts"]

    office.configure(module="accounts_contacts")
    office.configure("crm.contact_persons", enabled="on")
    office.sync()
    jobs.work(office.sync("crm.contact_persons").pk)
    work()

    assert channel("crm").entities == ["Accounts", "Contacts"]
