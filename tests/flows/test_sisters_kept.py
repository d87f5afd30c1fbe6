"""What a person said, or is asked, of a contact holds for both of its flows and both directions:
after its partner was deleted, while it belongs elsewhere, by hand and by file (CRM-136, G-6)."""

from __future__ import annotations

import pytest

from integrations import moved, pairs, removing
from integrations.models import Change
from integrations.sync.case import KEPT_ELSEWHERE, MOVED
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, both, contact, kinds, persons, settled, sync
from tests.flows.test_merges import merge
from tests.flows.test_sisters import ALONE, asked_of, links_of, standing, states_of

__all__ = ["settled"]

PLACES = {PERSONS: "contactpersons", ALONE: "contacts"}


def delete_partner(office: Office, record_id: str, flow: str) -> RecordLink:
    """Delete a contact's partner in Books; returns the pair as the next sync finds it."""
    office.remove("books", PLACES[flow], str(links_of(record_id)[flow].target_id))
    office.pass_time(90_000)
    sync(office)
    link = links_of(record_id)[flow]
    assert (link.state, link.cause) == ("gone", "gone_target")
    return link


def elsewhere(office: Office) -> str:
    """Both ways: a contact whose account was merged into another one that has its own pair."""
    both(office, contacts_without_account="yes", extent="both")
    acme, bolt = office.accounts("Acme Ltd", "Bolt Ltd")
    ann = contact(office, "Ann", "Berg", Account_Name=acme)
    sync(office)
    merge(office, bolt, acme)
    office.pass_time(4000)
    sync(office)
    sync(office)
    return ann


@pytest.mark.parametrize("answered", [False, True], ids=["open", "kept"])
@pytest.mark.parametrize("flow", [PERSONS, ALONE])
def test_what_was_deleted_does_not_come_back_as_the_other_kind(
    settled: Office, flow: str, answered: bool
) -> None:
    office = settled
    acme, ann, di = standing(office, way="both")
    one, account, sister = (ann, None, ALONE) if flow == PERSONS else (di, acme, PERSONS)
    link = delete_partner(office, one, flow)
    if answered:
        removing.keep(None, [link])
    before = states_of(one)[flow]
    office.change("crm", "Contacts", one, Account_Name=account)
    office.reset()

    sync(office)
    sync(office)

    assert office.writes() == {}
    assert states_of(one) == {flow: before, sister: ("failing", MOVED)}
    assert "It was deleted in Zoho Books, where it was a" in asked_of(one).reason

    moved.keep(None, [asked_of(one)])
    office.change("crm", "Contacts", one, Phone="+47 22 33 44 55")
    sync(office)
    assert office.writes() == {}
    assert states_of(one) == {flow: before, sister: ("excluded", KEPT_ELSEWHERE)}


def test_what_was_deleted_and_kept_stays_away_when_another_choice_is_made(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    removing.keep(None, [delete_partner(office, ann, PERSONS)])
    office.configure(module="contacts")
    office.reset()

    sync(office)

    assert office.writes() == {}
    assert asked_of(ann).flow == ALONE


def test_what_was_deleted_is_made_in_its_new_place_when_a_person_says_so(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    delete_partner(office, ann, PERSONS)
    office.change("crm", "Contacts", ann, Account_Name=None)
    sync(office)

    moved.carry_over(None, [asked_of(ann)])
    sync(office)

    assert states_of(ann) == {ALONE: ("in_sync", "")}
    assert kinds(office) == {"business": 1, "individual": 2}
    assert persons(office) == {}


def test_created_again_it_is_made_once_in_the_place_it_has_now(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    link = delete_partner(office, ann, PERSONS)
    office.change("crm", "Contacts", ann, Account_Name=None)
    sync(office)

    removing.make_again(None, [link])
    sync(office)
    sync(office)

    assert states_of(ann)[ALONE] == ("in_sync", "")
    assert kinds(office) == {"business": 1, "individual": 2}
    assert persons(office) == {}


def test_what_may_have_been_merged_is_not_carried_over_before_that_is_said(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    link = delete_partner(office, ann, PERSONS)
    office.change("crm", "Contacts", ann, Account_Name=None)
    sync(office)
    details = {"survivors": [{"id": "1", "name": "Ann B."}]}
    RecordLink.objects.filter(pk=link.pk).update(details=details)

    with pytest.raises(ValueError, match="may have been merged"):
        moved.carry_over(None, [asked_of(ann)])


def test_a_deletion_stays_a_question_when_a_rule_leaves_the_contact_out(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    office.configure(contacts_without_account="no")
    sync(office)
    delete_partner(office, ann, PERSONS)

    office.change("crm", "Contacts", ann, Account_Name=None)
    sync(office)

    assert states_of(ann) == {PERSONS: ("gone", "gone_target")}
    assert links_of(ann)[PERSONS].reason.startswith("It was deleted in Zoho Books")


def test_both_ways_the_question_stands_until_it_is_answered(settled: Office) -> None:
    office = settled
    ann = elsewhere(office)
    asked = asked_of(ann)
    assert (asked.state, asked.flow) == ("failing", PERSONS)
    assert "Customer cannot be changed" in asked.reason

    for phone in ("+47 22 33 44 51", "+47 22 33 44 52"):
        rows = Change.objects.count()
        office.change("crm", "Contacts", ann, Phone=phone)
        sync(office)
        assert states_of(ann) == {PERSONS: ("failing", MOVED)}
        assert Change.objects.count() == rows
    office.sync(full=True)
    office.sync(PERSONS, full=True)
    assert states_of(ann) == {PERSONS: ("failing", MOVED)}


def test_both_ways_a_contact_kept_in_its_place_stays_there(settled: Office) -> None:
    office = settled
    ann = elsewhere(office)
    moved.keep(None, [asked_of(ann)])
    office.change("crm", "Contacts", ann, Phone="+47 22 33 44 55")
    office.reset()

    sync(office)
    office.sync(PERSONS, full=True)

    assert office.writes() == {}
    assert states_of(ann) == {PERSONS: ("excluded", KEPT_ELSEWHERE)}


def test_both_ways_a_contact_is_carried_over_to_its_new_account(settled: Office) -> None:
    office = settled
    ann = elsewhere(office)
    old = links_of(ann)[PERSONS].target_id

    moved.carry_over(None, [asked_of(ann)])
    sync(office)

    assert states_of(ann) == {PERSONS: ("in_sync", "")}
    assert links_of(ann)[PERSONS].target_id != old
    assert RecordLink.objects.get(target_id=old).cause == "kept_alone"
    assert len(office.records("crm", "Contacts")) == 1


@pytest.mark.parametrize("winner", ["source", "books"])
def test_both_ways_the_old_pair_stands_still_while_its_sister_asks(
    settled: Office, winner: str
) -> None:
    office = settled
    acme, ann, _ = standing(office, way="both")
    office.configure(PERSONS, winner=winner)
    sync(office)
    person = str(links_of(ann)[PERSONS].target_id)
    office.remove("crm", "Accounts", acme)
    office.pass_time(4000)
    sync(office)
    sync(office)
    assert states_of(ann) == {PERSONS: ("excluded", "rule"), ALONE: ("failing", MOVED)}

    office.change("books", "contactpersons", person, phone="+47 99 88 77 66")
    office.reset()
    sync(office)

    assert office.writes() == {}
    assert states_of(ann) == {PERSONS: ("excluded", "rule"), ALONE: ("failing", MOVED)}


def another_customer(office: Office) -> str:
    row = {
        "contact_name": "Ann Other",
        "contact_type": "customer",
        "customer_sub_type": "individual",
        "contact_persons": [{"first_name": "Ann", "last_name": "Other"}],
    }
    (made,) = office.add("books", "contacts", row)
    return made


def test_a_contact_with_a_partner_elsewhere_is_paired_once_that_pair_is_separated(
    settled: Office,
) -> None:
    office = settled
    _, ann, _ = standing(office)
    office.change("crm", "Contacts", ann, Account_Name=None)
    sync(office)
    other = another_customer(office)

    with pytest.raises(ValueError, match="as a contact person of Acme Ltd"):
        pairs.pair(None, asked_of(ann), other)
    assert asked_of(ann).decision == ""

    old = links_of(ann)[PERSONS]
    person = old.target_id
    pairs.separate(None, [old], "She left.")
    pairs.pair(None, asked_of(ann), other)
    sync(office)

    assert states_of(ann) == {ALONE: ("in_sync", "")}
    assert links_of(ann)[ALONE].target_id == other
    assert RecordLink.objects.get(target_id=person).cause == "kept_alone"


def test_a_contact_kept_without_its_partner_is_paired_in_its_new_place(settled: Office) -> None:
    office = settled
    _, ann, _ = standing(office)
    removing.keep(None, [delete_partner(office, ann, PERSONS)])
    office.change("crm", "Contacts", ann, Account_Name=None)
    sync(office)
    moved.keep(None, [asked_of(ann)])
    other = another_customer(office)

    pairs.pair(None, links_of(ann)[ALONE], other)
    sync(office)

    assert states_of(ann) == {ALONE: ("in_sync", "")}
    assert links_of(ann)[ALONE].target_id == other
