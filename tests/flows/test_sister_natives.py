"""What Zoho's own integration made of a contact in the other shape is no reason to make it again
(G-7): a person is asked."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations import moved
from integrations.models import Change
from integrations.sync.case import MOVED
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, both, contact, kinds, persons, settled, sync
from tests.flows.test_sisters import ALONE, asked_of, links_of, states_of

__all__ = ["settled"]


def native_customer(office: Office, ann: str) -> str:
    row = {
        "contact_name": "Ann Berg",
        "contact_type": "customer",
        "customer_sub_type": "individual",
        "zcrm_contact_id": ann,
        "contact_persons": [{"first_name": "Ann", "last_name": "Berg"}],
    }
    return office.add("books", "contacts", row)[0]


def with_native(office: Office, *, include: str = "yes", way: str = "fetch") -> tuple[str, str]:
    """(a contact of an account, the individual customer that Zoho's integration made of it)."""
    both(office, contacts_without_account=include, extent=way)
    (acme,) = office.accounts("Acme Ltd")
    ann = contact(office, "Ann", "Berg", Account_Name=acme)
    return ann, native_customer(office, ann)


@pytest.mark.parametrize("way", ["fetch", "both"])
@pytest.mark.parametrize("include", ["yes", "no"])
def test_a_native_customer_of_a_contact_with_account_is_asked_about(
    settled: Office, include: str, way: str
) -> None:
    office = settled
    ann, customer = with_native(office, include=include, way=way)

    sync(office)
    sync(office)

    assert persons(office) == {}
    assert kinds(office) == {"business": 1, "individual": 1}
    assert states_of(ann)[PERSONS] == ("failing", MOVED)
    assert "as an individual customer" in links_of(ann)[PERSONS].reason
    if (include, way) == ("yes", "both"):
        assert links_of(ann)[ALONE].target_id == customer
    else:
        assert "Zoho's own integration paired them" in links_of(ann)[PERSONS].reason


def test_a_preview_asks_as_well(settled: Office) -> None:
    office = settled
    with_native(office)
    office.sync()
    preview = office.sync(PERSONS, preview=True)
    assert (preview.created, preview.failing) == (0, 1)
    sync(office)


def test_the_question_stands_until_it_is_answered_and_is_asked_once(settled: Office) -> None:
    office = settled
    ann, _ = with_native(office)
    sync(office)
    asked = Change.objects.filter(cause=MOVED).count()
    sync(office)
    assert Change.objects.filter(cause=MOVED).count() == asked
    assert office.sync(PERSONS, full=True).failing == 1
    assert asked_of(ann).flow == PERSONS


@pytest.mark.parametrize("include", ["yes", "no"])
def test_it_is_carried_over_when_a_person_says_so(settled: Office, include: str) -> None:
    office = settled
    ann, customer = with_native(office, include=include)
    sync(office)

    moved.carry_over(None, [asked_of(ann)])
    sync(office)

    assert persons(office) == {"Ann Berg": "Acme Ltd"}
    assert states_of(ann) == {PERSONS: ("in_sync", "")}
    left = RecordLink.objects.get(target_id=customer)
    assert (left.flow, left.source_id, left.cause) == (ALONE, None, "kept_alone")
    assert set(office.customers()) == {"Acme Ltd", "Ann Berg"}


def test_it_stays_as_it_is_when_a_person_says_so(settled: Office) -> None:
    office = settled
    ann, _ = with_native(office)
    sync(office)
    moved.keep(None, [asked_of(ann)])
    office.change("crm", "Contacts", ann, Phone="+47 22 33 44 55")
    sync(office)
    assert states_of(ann) == {PERSONS: ("excluded", "kept_elsewhere")}
    assert persons(office) == {}


def test_without_its_account_it_is_taken_over_by_the_sister(settled: Office) -> None:
    office = settled
    ann, customer = with_native(office)
    sync(office)
    office.change("crm", "Contacts", ann, Account_Name=None)
    sync(office)
    assert links_of(ann)[ALONE].target_id == customer
    assert kinds(office) == {"business": 1, "individual": 1}


def test_once_the_native_customer_is_not_there_it_is_a_new_record(settled: Office) -> None:
    office = settled
    ann, customer = with_native(office)
    sync(office)
    office.remove("books", "contacts", customer)
    office.pass_time(90000)
    sync(office)
    sync(office)
    assert states_of(ann) == {PERSONS: ("in_sync", "")}
    assert persons(office) == {"Ann Berg": "Acme Ltd"}


def test_a_native_partner_in_the_right_shape_is_taken_over(settled: Office) -> None:
    office = settled
    both(office, contacts_without_account="yes")
    ann = contact(office, "Ann", "Berg")
    customer = native_customer(office, ann)
    sync(office)
    assert states_of(ann) == {ALONE: ("in_sync", "")}
    assert links_of(ann)[ALONE].target_id == customer


def test_looking_costs_a_page_the_same_statements_whatever_is_on_it(settled: Office) -> None:
    office = settled
    both(office)
    (acme,) = office.accounts("Acme Ltd")
    sync(office)

    def planned(number: int) -> int:
        for _ in range(number):
            count = RecordLink.objects.count() + len(office.records("crm", "Contacts"))
            contact(office, "Ann", f"Berg {count}", Account_Name=acme)
        with CaptureQueriesContext(connection) as asked:
            office.sync(PERSONS, preview=True)
        keys = [one["sql"] for one in asked if "mappings_knownkey" in one["sql"]]
        return sum(1 for sql in keys if "crm_contact:" in sql)

    assert planned(2) == planned(30) > 0
    sync(office)
