"""Contacts merged in CRM where one is a contact person in Books, the other an individual customer
(CRM-137): one pair, or a question; never a second record."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations import moved, removing
from integrations.models import Change, SyncRun
from integrations.sync import run as pipeline
from integrations.sync.case import CLAIMED, MOVED
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, contact, kinds, persons, settled, sync
from tests.flows.test_sisters import ALONE, asked_of, links_of, standing, states_of

__all__ = ["settled"]

HOUR = 3600
LOST = "GET /Contacts/deleted"

pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def finance(office: Office) -> Any:
    return get_user_model().objects.create(username="finance")


def merge(office: Office, into: str, *others: str, at_once: bool = False) -> None:
    if not at_once:
        office.pass_time(60)
    body = {"service": "crm", "collection": "Contacts", "into": into, "records": list(others)}
    office.control("POST", "merge", body)


def other_ann(office: Office, **values: object) -> str:
    return contact(office, "Ann", "Berg", Email="ann@x.example.org", **values)


def live_pairs(record_id: str) -> list[str]:
    rows = RecordLink.objects.filter(source_id=record_id, target_id__isnull=False)
    return [row.flow for row in rows.exclude(state="gone")]


# The survivor is new -----------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["fetch", "both"])
@pytest.mark.parametrize("later", [HOUR + 60, 60])
def test_a_person_merged_into_a_contact_without_account_is_asked_about(
    settled: Office, way: str, later: int
) -> None:
    """Also within the hour in which the app is not asked again for what was deleted."""
    office = settled
    _, ann, _ = standing(office, way=way)
    person = links_of(ann)[PERSONS].target_id
    office.pass_time(HOUR + 60)
    sync(office)
    survivor = other_ann(office)
    merge(office, survivor, ann)
    office.pass_time(later)
    office.reset()

    sync(office)

    assert office.writes() in ({}, {"crm POST /coql": 1})
    assert kinds(office) == {"business": 1, "individual": 1}
    assert states_of(survivor)[ALONE] == ("failing", MOVED)
    assert links_of(survivor)[PERSONS].target_id == person
    assert live_pairs(survivor) == [PERSONS]
    assert Change.objects.get(cause="merged").flow == PERSONS

    sync(office)
    assert states_of(survivor) == {PERSONS: ("excluded", "rule"), ALONE: ("failing", MOVED)}
    moved.carry_over(None, [asked_of(survivor)])
    sync(office)
    assert states_of(survivor) == {ALONE: ("in_sync", "")}
    assert RecordLink.objects.get(target_id=person).cause == "kept_alone"


@pytest.mark.parametrize("way", ["fetch", "both"])
def test_an_individual_merged_into_a_contact_of_an_account_is_asked_about(
    settled: Office, way: str
) -> None:
    office = settled
    acme, _, di = standing(office, way=way)
    customer = links_of(di)[ALONE].target_id
    survivor = contact(office, "Di", "Falk", Account_Name=acme, Email="di@x.example.org")
    merge(office, survivor, di)
    office.pass_time(HOUR + 60)

    sync(office)

    assert persons(office) == {"Ann Berg": "Acme Ltd"}
    assert kinds(office) == {"business": 1, "individual": 1}
    assert links_of(survivor)[ALONE].target_id == customer
    assert asked_of(survivor).flow == PERSONS
    assert live_pairs(survivor) == [ALONE]


def test_a_sync_of_single_records_sees_the_merge_as_well(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    survivor = other_ann(office)
    merge(office, survivor, ann)

    run = office.sync(only_ids=[survivor], trigger=SyncRun.Trigger.WEBHOOK)

    assert (run.status, run.created) == ("done", 0)
    assert links_of(survivor)[ALONE].cause == MOVED
    assert live_pairs(survivor) == [PERSONS]
    sync(office)


def test_a_preview_approved_after_the_merge_makes_nothing(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    survivor = other_ann(office)
    preview = office.sync(preview=True)
    assert preview.created == 1
    merge(office, survivor, ann)
    approver = get_user_model().objects.create(username="approver")

    pipeline.drive(pipeline.approve(preview, approver), sleep=office.sleep)

    assert [row.status for row in Change.objects.filter(run=preview, action="create")] == [
        "dropped"
    ]
    assert kinds(office) == {"business": 1, "individual": 1}
    sync(office)
    assert live_pairs(survivor) == [PERSONS]


def test_nothing_is_asked_of_the_app_where_no_pair_is_made(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    office.change("crm", "Contacts", ann, Phone="+47 22 33 44 55")
    office.reset()
    sync(office)
    assert LOST not in office.calls("crm")

    for name in ("Eva", "Fie", "Gro"):
        contact(office, name, "Holm")
    office.reset()
    sync(office)
    assert office.calls("crm")[LOST] == 1
    assert kinds(office) == {"business": 1, "individual": 4}


def test_what_is_likely_only_is_asked_and_nothing_is_made_of_it(
    settled: Office, finance: Any
) -> None:
    office = settled
    acme, ann, _ = standing(office)
    bo = contact(office, "Bo", "Dahl", Account_Name=acme)
    sync(office)
    first, second = contact(office, "Eva", "Holm"), contact(office, "Fie", "Lund")
    merge(office, first, ann)
    merge(office, second, bo, at_once=True)
    office.pass_time(HOUR + 60)

    sync(office)

    assert kinds(office) == {"business": 1, "individual": 1}
    link = links_of(ann)[PERSONS]
    assert (link.state, link.cause) == ("gone", "gone_source")
    assert link.reason.startswith("Was it merged in Zoho CRM?")
    assert {states_of(one)[ALONE][1] for one in (first, second)} == {CLAIMED}

    removing.go_on_with(finance, link, first)
    removing.keep(finance, [links_of(bo)[PERSONS]])
    sync(office)
    sync(office)

    assert live_pairs(first) == [PERSONS]
    assert asked_of(first).flow == ALONE
    # Nothing speaks for the other one any more: it is a customer of its own.
    assert states_of(second) == {ALONE: ("in_sync", "")}


# Both are paired ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["fetch", "both"])
@pytest.mark.parametrize("into", [PERSONS, ALONE])
def test_a_merge_of_two_pairs_of_sisters_is_told_with_both(
    settled: Office, way: str, into: str
) -> None:
    office = settled
    _, ann, _ = standing(office, way=way)
    other = other_ann(office)
    sync(office)
    survivor, dead = (ann, other) if into == PERSONS else (other, ann)
    sort = "a contact person" if into == PERSONS else "an individual customer"
    lost = RecordLink.objects.get(source_id=dead)
    merge(office, survivor, dead)
    office.pass_time(HOUR + 60)
    office.reset()

    sync(office)
    sync(office)

    assert office.writes() in ({}, {"crm POST /coql": 1})
    assert live_pairs(survivor) == [into]
    lost.refresh_from_db()
    assert (lost.state, lost.cause, lost.source_id) == ("gone", "gone_source", dead)
    assert lost.reason == (
        f"It was merged into Ann Berg in Zoho CRM, which is paired with Ann Berg in Zoho Books, "
        f"{sort}."
    )
    assert "of two sorts" in lost.remedy

    with pytest.raises(ValueError, match="It is paired with Ann Berg"):
        removing.go_on_with(None, lost, survivor)
    removing.keep(None, [lost])
    sync(office)
    assert live_pairs(survivor) == [into]


def test_after_such_a_merge_one_record_only_follows_the_contact(settled: Office) -> None:
    office = settled
    acme, ann, _ = standing(office, way="both")
    other = other_ann(office)
    sync(office)
    merge(office, ann, other)
    office.pass_time(HOUR + 60)
    sync(office)
    office.reset()

    office.change("crm", "Contacts", ann, Account_Name=None, Phone="+47 22 33 44 55")
    sync(office)
    assert office.writes() == {}
    assert asked_of(ann).flow == ALONE

    office.change("crm", "Contacts", ann, Account_Name=acme, Phone="+47 22 33 44 66")
    sync(office)
    assert office.writes() == {"books PUT /contacts/contactpersons/{id}": 1}
    assert states_of(ann) == {PERSONS: ("in_sync", "")}
