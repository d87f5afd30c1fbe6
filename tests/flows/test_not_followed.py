"""Pairs that no choice of the module syncs any more say so, and come back with the choice
(rules CRM-23 to CRM-26, CRM-49)."""

from __future__ import annotations

import pytest

from integrations import trials
from integrations.sync import run as pipeline
from integrations.sync import unfollowed
from integrations.sync.unfollowed import NOT_FOLLOWED
from integrations.views.trial import trial_facts
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, contact, kinds, persons, settled, sync

__all__ = ["settled"]


def by_flow(flow: str) -> dict[str, tuple[str, str]]:
    rows = RecordLink.objects.filter(flow=flow)
    return {row.name: (row.state, row.cause) for row in rows}


LEFT, FOLLOWED = ("excluded", NOT_FOLLOWED), ("in_sync", "")


@pytest.mark.parametrize("way", ["fetch", "both"])
def test_customers_from_accounts_while_contacts_are_chosen(settled: Office, way: str) -> None:
    office = settled
    office.configure(extent=way)
    acme, bolt = office.accounts("Acme Ltd", "Bolt Ltd")
    sync(office)

    office.configure(module="contacts")

    assert by_flow("crm.customers") == {"Acme Ltd": LEFT, "Bolt Ltd": LEFT}
    link = office.link(acme)
    assert link.paired
    assert link.reason == (
        "Customers are not synced any more as the module is set, so nothing of it is carried over."
    )
    contact(office, "Ann", "Berg")
    office.change("crm", "Accounts", bolt, Phone="+47 22 33 44 55")
    sync(office)
    assert by_flow("crm.customers") == {"Acme Ltd": LEFT, "Bolt Ltd": LEFT}
    assert by_flow("crm.individuals") == {"Ann Berg": FOLLOWED}
    assert kinds(office) == {"business": 2, "individual": 1}

    office.configure(module="accounts")
    assert by_flow("crm.customers") == {"Acme Ltd": FOLLOWED, "Bolt Ltd": FOLLOWED}
    assert by_flow("crm.individuals") == {"Ann Berg": LEFT}
    office.reset()
    sync(office)

    # What was changed meanwhile is carried over; nothing is made a second time.
    assert office.writes() == {"books PUT /contacts/{id}": 1}
    assert kinds(office) == {"business": 2, "individual": 1}
    assert by_flow("crm.customers") == {"Acme Ltd": FOLLOWED, "Bolt Ltd": FOLLOWED}


def test_contact_persons_are_a_module_of_their_own_and_follow(settled: Office) -> None:
    office = settled
    office.configure(module="accounts_contacts", contacts_without_account="yes")
    (acme,) = office.accounts("Acme Ltd")
    contact(office, "Ann", "Berg", Account_Name=acme)
    contact(office, "Di", "Falk")
    sync(office)

    office.configure(module="accounts")
    assert by_flow(PERSONS) == {"Ann Berg": LEFT}
    assert by_flow("crm.individuals") == {"Di Falk": LEFT}
    assert by_flow("crm.customers") == {"Acme Ltd": FOLLOWED}
    sync(office)

    office.configure(module="accounts_contacts", contacts_without_account="no")
    assert by_flow(PERSONS) == {"Ann Berg": FOLLOWED}
    assert by_flow("crm.individuals") == {"Di Falk": LEFT}
    office.reset()
    sync(office)
    assert office.writes() == {}
    assert persons(office) == {"Ann Berg": "Acme Ltd"}


def test_what_needed_a_person_is_looked_at_anew_when_it_is_followed_again(settled: Office) -> None:
    office = settled
    (acme,) = office.accounts("Acme Ltd")
    sync(office)
    office.change("crm", "Accounts", acme, Website="none at all")
    (bad,) = office.accounts("Bolt Ltd", Website="none either")
    sync(office)
    assert by_flow("crm.customers")["Acme Ltd"] == ("failing", "invalid")

    office.configure(module="contacts")
    assert by_flow("crm.customers") == {"Acme Ltd": LEFT, "Bolt Ltd": LEFT}
    sync(office)

    office.configure(module="accounts")
    sync(office)
    invalid = ("failing", "invalid")
    assert by_flow("crm.customers") == {"Acme Ltd": invalid, "Bolt Ltd": invalid}
    assert office.link(bad).target_id is None


def test_what_people_kept_or_separated_stays_what_they_said(settled: Office) -> None:
    office = settled
    office.accounts("Acme Ltd", "Bolt Ltd")
    sync(office)
    RecordLink.objects.filter(name="Acme Ltd").update(state="excluded", cause="kept_alone")
    RecordLink.objects.filter(name="Bolt Ltd").update(state="gone", cause="gone_source")

    office.configure(module="contacts")

    kept, gone = ("excluded", "kept_alone"), ("gone", "gone_source")
    assert by_flow("crm.customers") == {"Acme Ltd": kept, "Bolt Ltd": gone}


def test_a_trial_says_how_many_and_takes_effect_when_confirmed(
    settled: Office, asleep: None
) -> None:
    office = settled
    office.configure(module="accounts_contacts")
    (acme,) = office.accounts("Acme Ltd")
    contact(office, "Ann", "Berg", Account_Name=acme)
    sync(office)
    setting = office.setting()
    trial = trials.set_up(None, setting, {"module": "contacts"}, None)
    assert trial is not None

    run = pipeline.drive(trials.try_out(None, setting, trial), sleep=office.sleep)

    assert trial_facts(run)["left_behind"] == 2
    assert unfollowed.left_behind(office.setting()) == 0
    assert by_flow("crm.customers") == {"Acme Ltd": FOLLOWED}

    trials.confirm(None, run)
    assert by_flow("crm.customers") == {"Acme Ltd": LEFT}
    assert by_flow(PERSONS) == {"Ann Berg": LEFT}
    sync(office)
