"""A contact that changes between contact person and individual customer is asked about, not
doubled (rules CRM-25, CRM-26, G-6)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from integrations import evidence, moved, pairs
from integrations.models import Change, Decision
from integrations.sync import run as pipeline
from integrations.sync.case import MOVED
from integrations.sync.sisters import Sisters
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import (
    PERSONS,
    both,
    contact,
    kinds,
    persons,
    settled,
    sync,
)

__all__ = ["settled"]

ALONE = "crm.individuals"


def links_of(record_id: str) -> dict[str, RecordLink]:
    return {row.flow: row for row in RecordLink.objects.filter(source_id=record_id)}


def states_of(record_id: str) -> dict[str, tuple[str, str]]:
    return {flow: (row.state, row.cause) for flow, row in links_of(record_id).items()}


def asked_of(record_id: str) -> RecordLink:
    return RecordLink.objects.get(source_id=record_id, cause=MOVED)


def standing(office: Office, *, way: str = "fetch") -> tuple[str, str, str]:
    """(account, a contact of it, a contact of none), all synced."""
    both(office, contacts_without_account="yes", extent=way)
    (acme,) = office.accounts("Acme Ltd")
    ann = contact(office, "Ann", "Berg", Account_Name=acme)
    di = contact(office, "Di", "Falk")
    sync(office)
    assert kinds(office) == {"business": 1, "individual": 1}
    assert persons(office) == {"Ann Berg": "Acme Ltd"}
    return acme, ann, di


@pytest.mark.parametrize("way", ["fetch", "both"])
def test_a_contact_that_lost_its_account_is_asked_about(settled: Office, way: str) -> None:
    office = settled
    acme, ann, _ = standing(office, way=way)
    office.change("crm", "Contacts", ann, Account_Name=None)
    office.reset()

    runs = sync(office)

    assert office.writes() == {}
    assert all(run.status == "done" for run in runs)
    assert states_of(ann) == {PERSONS: ("excluded", "rule"), ALONE: ("failing", MOVED)}
    link = links_of(ann)[ALONE]
    assert link.reason == (
        "The contact belongs to no account. It is in Zoho Books already, as a contact person of "
        "Acme Ltd, and would become an individual customer there now."
    )
    assert link.remedy

    office.change("crm", "Contacts", ann, Account_Name=acme, Phone="+47 22 33 44 55")
    sync(office)
    assert states_of(ann) == {PERSONS: ("in_sync", "")}
    assert persons(office) == {"Ann Berg": "Acme Ltd"}
    assert kinds(office) == {"business": 1, "individual": 1}


@pytest.mark.parametrize("way", ["fetch", "both"])
def test_a_contact_that_got_an_account_is_asked_about(settled: Office, way: str) -> None:
    office = settled
    acme, _, di = standing(office, way=way)
    office.change("crm", "Contacts", di, Account_Name=acme)
    office.reset()

    sync(office)

    assert office.writes() == {}
    assert states_of(di) == {ALONE: ("excluded", "rule"), PERSONS: ("failing", MOVED)}
    assert links_of(di)[PERSONS].reason == (
        "The contact belongs to an account, so it is a contact person there. It is in Zoho Books "
        "already, as an individual customer, and would become a contact person there now."
    )

    office.change("crm", "Contacts", di, Account_Name=None)
    sync(office)
    assert states_of(di) == {ALONE: ("in_sync", "")}
    assert persons(office) == {"Ann Berg": "Acme Ltd"}


def test_a_deleted_account_does_not_double_its_contacts(settled: Office) -> None:
    office = settled
    acme, ann, _ = standing(office)
    office.remove("crm", "Accounts", acme)
    office.pass_time(3600)
    office.reset()

    sync(office)
    # The app does not count the loss as a change of the contact, so it is looked at of itself.
    assert states_of(ann)[PERSONS] == ("excluded", "rule")
    sync(office)

    assert office.writes() == {}
    assert office.link(acme).state == "gone"
    assert asked_of(ann).flow == ALONE
    assert persons(office) == {"Ann Berg": "Acme Ltd"}


def test_a_preview_and_a_limited_sync_ask_as_well(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    office.change("crm", "Contacts", ann, Account_Name=None)
    office.reset()

    preview = office.sync(preview=True)
    assert (preview.created, preview.failing) == (0, 1)
    assert Change.objects.get(run=preview).cause == MOVED
    assert set(links_of(ann)) == {PERSONS}

    limited = office.sync(only_ids=[ann])
    assert (limited.created, limited.failing) == (0, 1)
    assert asked_of(ann).flow == ALONE
    sync(office)
    assert office.writes() == {}


@pytest.mark.parametrize("way", ["fetch", "both"])
def test_it_is_carried_over_when_a_person_says_so(settled: Office, way: str) -> None:
    office = settled
    acme, ann, di = standing(office, way=way)
    office.change("crm", "Contacts", ann, Account_Name=None)
    office.change("crm", "Contacts", di, Account_Name=acme)
    sync(office)
    old_person = links_of(ann)[PERSONS].target_id
    old_customer = links_of(di)[ALONE].target_id

    moved.carry_over(None, [asked_of(ann), asked_of(di)])
    office.reset()
    sync(office)

    assert office.writes() == {"books POST /contacts": 1, "books POST /contacts/contactpersons": 1}
    assert states_of(ann) == {ALONE: ("in_sync", "")}
    assert states_of(di) == {PERSONS: ("in_sync", "")}
    # Nothing is deleted: what stood in Books stands there by itself, and does not come back.
    left = RecordLink.objects.filter(source_id=None).values_list("target_id", "state", "cause")
    assert set(left) == {
        (old_person, "excluded", "kept_alone"),
        (old_customer, "excluded", "kept_alone"),
    }
    assert len(office.records("crm", "Contacts")) == 2
    assert {act.kind for act in Decision.objects.all()} >= {"carry_over"}


@pytest.mark.parametrize("way", ["fetch", "both"])
def test_it_stays_as_it_is_when_a_person_says_so(settled: Office, way: str) -> None:
    office = settled
    acme, ann, _ = standing(office, way=way)
    office.change("crm", "Contacts", ann, Account_Name=None)
    sync(office)

    moved.keep(None, [asked_of(ann)])
    office.change("crm", "Contacts", ann, Phone="+47 22 33 44 55")
    office.reset()
    sync(office)

    assert office.writes() == {}
    assert states_of(ann) == {PERSONS: ("excluded", "rule"), ALONE: ("excluded", "kept_elsewhere")}
    assert office.sync(full=True).failing == 0

    office.change("crm", "Contacts", ann, Account_Name=acme)
    sync(office)
    assert states_of(ann) == {PERSONS: ("in_sync", "")}
    office.change("crm", "Contacts", ann, Account_Name=None)
    sync(office)
    assert asked_of(ann).flow == ALONE


def test_a_separated_pair_holds_its_record_until_somebody_says_what_it_is(
    settled: Office,
) -> None:
    office = settled
    _, ann, _ = standing(office)
    old = links_of(ann)[PERSONS].target_id
    pairs.separate(None, [links_of(ann)[PERSONS]], "Another Ann")
    office.change("crm", "Contacts", ann, Account_Name=None)
    office.reset()
    sync(office)
    assert office.writes() == {}
    assert asked_of(ann).flow == ALONE

    moved.carry_over(None, [asked_of(ann)])
    sync(office)

    assert states_of(ann) == {ALONE: ("in_sync", "")}
    assert RecordLink.objects.get(target_id=old).cause == "kept_alone"
    assert len(office.records("crm", "Contacts")) == 2


def test_once_the_old_pair_is_not_there_it_is_a_new_record(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    office.change("crm", "Contacts", ann, Account_Name=None)
    sync(office)
    RecordLink.objects.filter(source_id=ann, flow=PERSONS).delete()

    sync(office)

    assert states_of(ann) == {ALONE: ("in_sync", "")}
    assert kinds(office) == {"business": 1, "individual": 2}


def test_contacts_that_were_customers_are_asked_about_when_accounts_are_chosen_too(
    settled: Office,
) -> None:
    office = settled
    office.configure(module="contacts")
    (acme,) = office.accounts("Acme Ltd")
    ann = contact(office, "Ann", "Berg", Account_Name=acme)
    sync(office)
    assert kinds(office) == {"individual": 1}

    both(office)
    sync(office)

    assert kinds(office) == {"individual": 1, "business": 1}
    assert persons(office) == {}
    assert asked_of(ann).flow == PERSONS

    office.configure(module="contacts")
    sync(office)
    assert links_of(ann)[ALONE].state == "in_sync"
    assert not RecordLink.objects.filter(cause=MOVED).exists()
    assert kinds(office) == {"individual": 1, "business": 1}


def test_an_account_changed_for_another_is_carried_over_too(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office, way="both")
    (bolt,) = office.accounts("Bolt Ltd")
    office.change("crm", "Contacts", ann, Account_Name=bolt)
    office.reset()
    sync(office)
    assert office.writes() == {"books POST /contacts": 1}
    link = asked_of(ann)
    assert "Customer cannot be changed" in link.reason
    assert link.paired

    moved.carry_over(None, [link])
    sync(office)

    made = links_of(ann)[PERSONS].target_id
    there = {row["contact_person_id"]: row for row in office.records("books", "contactpersons")}
    assert there[made]["contact_id"] == office.link(bolt).target_id
    assert [row["first_name"] for row in there.values()].count("Ann") == 2
    assert states_of(ann) == {PERSONS: ("in_sync", "")}
    assert len(office.records("crm", "Contacts")) == 2


def test_a_person_kept_at_its_old_account_is_asked_about_no_more(settled: Office) -> None:
    office = settled
    acme, ann, _ = standing(office, way="both")
    (bolt,) = office.accounts("Bolt Ltd")
    office.change("crm", "Contacts", ann, Account_Name=bolt)
    sync(office)

    moved.keep(None, [asked_of(ann)])
    office.change("crm", "Contacts", ann, Phone="+47 22 33 44 55")
    office.reset()
    sync(office)
    assert office.writes() == {}
    assert states_of(ann) == {PERSONS: ("excluded", "kept_elsewhere")}

    office.change("crm", "Contacts", ann, Account_Name=acme)
    sync(office)
    assert states_of(ann) == {PERSONS: ("in_sync", "")}
    (person,) = [row for row in office.records("books", "contactpersons") if row["phone"]]
    assert person["phone"] == "+47 22 33 44 55"


def test_several_are_refused_when_nothing_is_asked_of_one(settled: Office) -> None:
    office = settled
    _, ann, di = standing(office)
    for act in (moved.keep, moved.carry_over):
        with pytest.raises(ValueError, match="Di Falk"):
            act(None, [links_of(di)[ALONE]])
    assert states_of(ann) == {PERSONS: ("in_sync", "")}


def test_a_sister_that_is_making_the_partner_is_waited_for(settled: Office) -> None:
    office = settled
    acme, _, _ = standing(office)
    bo = contact(office, "Bo", "Dahl", Account_Name=acme)
    (flow, direction), *_ = office.legs(PERSONS)
    run = pipeline.start(office.setting(PERSONS), flow, direction=direction)
    sending = Change.objects.create(
        run=run,
        setting=run.setting,
        flow=flow,
        action="create",
        status="sending",
        source_id=bo,
        created_at=timezone.now(),
    )
    office.change("crm", "Contacts", bo, Account_Name=None)
    office.reset()

    waiting = office.sync()

    assert (waiting.created, waiting.uncertain) == (0, 1)
    assert office.writes() == {}
    with evidence.lifted():
        sending.delete()
    pipeline.drive(run, sleep=office.sleep)
    sync(office)
    assert states_of(bo) == {ALONE: ("in_sync", "")}


def test_a_partner_that_a_sister_made_meanwhile_is_seen_right_before_the_write(
    settled: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = settled
    _, ann, _ = standing(office)
    office.change("crm", "Contacts", ann, Account_Name=None)
    office.reset()
    with monkeypatch.context() as planning:
        planning.setattr(Sisters, "held", lambda self, records: {})
        run = office.sync()

    assert office.writes() == {}
    assert [status for _, status, _ in office.changes(run)] == ["dropped"]
    office.sync(full=True)
    assert asked_of(ann).flow == ALONE
    sync(office)
