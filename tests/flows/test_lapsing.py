"""Answers to open questions lapse where a change of direction makes them do nothing, or more."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations import decisions, jobs, lapsing, trials
from integrations.models import Decision, SyncRun
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office

pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def user(office: Office) -> Any:
    return get_user_model().objects.create(username="finance")


def in_conflict(office: Office) -> RecordLink:
    """A pair changed on both sides, of which a person is asked."""
    office.configure(extent="both", winner="ask")
    (account,) = office.accounts("Acme Ltd", Billing_City="Oslo")
    office.sync()
    contact = office.link(account).target_id or ""
    office.change("crm", "Accounts", account, Billing_City="Bergen")
    address = {"city": "Paris"}
    office.change("books", "contacts", contact, billing_address=address)
    office.sync()
    link = office.link(account)
    assert link.state == "conflict"
    return link


def cities(office: Office) -> tuple[str, str]:
    (account,) = office.records("crm", "Accounts")
    (customer,) = office.customers().values()
    return account["Billing_City"], customer["billing_address"]["city"]


def tried(office: Office, user: Any, extent: str) -> SyncRun:
    """Another direction, previewed to its end."""
    trial = trials.set_up(user, office.setting(), {"extent": extent}, None)
    assert trial is not None
    office.pass_time(60)
    first = run = pipeline.drive(trials.try_out(user, office.setting(), trial), sleep=office.sleep)
    while (following := jobs.follow(run)) is not None:
        run = pipeline.drive(following, sleep=office.sleep)
    first.refresh_from_db()
    return first


# (what was answered, the new direction, whether the answer holds, cities afterwards)
ANSWERS = [
    ("books", "fetch", False, ("Bergen", "Bergen")),
    ("books", "push", True, ("Paris", "Paris")),
    ("crm", "fetch", True, ("Bergen", "Bergen")),
    ("crm", "push", False, ("Paris", "Paris")),
]


@pytest.mark.parametrize(("values", "extent", "holds", "afterwards"), ANSWERS)
def test_an_answer_that_a_change_of_direction_makes_void_lapses(
    office: Office, user: Any, values: str, extent: str, holds: bool, afterwards: tuple[str, str]
) -> None:
    link = in_conflict(office)
    fields = list(link.details["fields"]) if values == "crm" else []
    decisions.choose_values(user, link, fields)

    run = tried(office, user, extent)

    told = lapsing.of_trial(run)
    assert [one.link.pk for one in told] == ([] if holds else [link.pk])
    trials.confirm(user, run)

    link.refresh_from_db()
    assert (link.decision == "") is not holds
    rows = Decision.objects.filter(kind="lapsed")
    if holds:
        assert not rows.exists()
    else:
        assert "has lapsed: Customers go from" in link.reason
        assert link.state == "waiting"
        (row,) = rows
        assert (row.source_id, row.by) == (link.source_id, user)
    office.sync()
    assert cities(office) == afterwards
    assert office.link(link.source_id or "").state == "in_sync"


def test_a_preview_shows_what_is_decided_anew_and_not_what_was_answered(
    office: Office, user: Any
) -> None:
    link = in_conflict(office)
    decisions.choose_values(user, link, [])

    run = tried(office, user, "fetch")

    (row,) = run.changes.all()
    assert (row.status, row.values) == ("planned", {"billing_address.city": "Bergen"})
    link.refresh_from_db()
    assert link.decision == "keep_target"
    # Nothing is in force: the answer does what it was given for.
    office.sync()
    assert cities(office) == ("Paris", "Paris")


def test_one_way_nobody_is_asked_whose_values_stay(office: Office, user: Any) -> None:
    link = in_conflict(office)

    trials.confirm(user, tried(office, user, "fetch"))

    link.refresh_from_db()
    assert (link.state, link.due) == ("waiting", True)
    assert link.reason == "Both sides were changed. Customers go from CRM to Books now."
    office.sync()
    assert cities(office) == ("Bergen", "Bergen")


def test_one_way_an_answer_that_left_a_side_alone_does_not_start_to_write_there(
    office: Office, user: Any
) -> None:
    link = in_conflict(office)
    office.configure(extent="fetch")
    RecordLink.objects.filter(pk=link.pk).update(decision="keep_target", due=True)

    office.configure(extent="both")

    link.refresh_from_db()
    assert (link.decision, link.due) == ("", True)
    office.sync()
    assert office.link(link.source_id or "").state == "conflict"
    decisions.choose_values(user, office.link(link.source_id or ""), [])
    office.sync()


def looks_alike(office: Office) -> RecordLink:
    """A customer of Books that looks like an account: asked about by the way back."""
    office.configure(extent="both")
    office.accounts("Acme Ltd")
    office.sync()
    row = {"contact_name": "ACME Limited", "contact_type": "customer"}
    office.add("books", "contacts", {**row, "customer_sub_type": "business"})
    office.sync()
    (link,) = RecordLink.objects.filter(state="undecided")
    assert link.source_id is None
    return link


@pytest.mark.parametrize("answered", [True, False])
def test_a_question_of_the_other_direction_is_no_question_any_more(
    answered: bool, office: Office, user: Any
) -> None:
    link = looks_alike(office)
    if answered:
        decisions.different(user, [link])

    run = tried(office, user, "fetch")
    assert len(lapsing.of_trial(run)) == answered
    trials.confirm(user, run)

    link.refresh_from_db()
    assert (link.state, link.cause, link.decision) == ("excluded", "one_way", "")
    assert link.reason.startswith("Customers do not go from Books to CRM any more")
    assert Decision.objects.filter(kind="lapsed").count() == answered
    office.sync()
    assert [row["Account_Name"] for row in office.records("crm", "Accounts")] == ["Acme Ltd"]

    # Both ways again it is asked anew.
    office.configure(extent="both")
    office.sync()
    link.refresh_from_db()
    assert (link.state, link.decision) == ("undecided", "")


def test_what_was_to_be_created_again_is_kept_by_itself(office: Office, user: Any) -> None:
    from integrations import removing

    office.configure(extent="both")
    account, _ = office.accounts("Acme Ltd", "Bolt Ltd")
    office.sync()
    office.remove("crm", "Accounts", account)
    office.pass_time(3600)
    office.sync()
    removing.make_again(user, [office.link(account)])

    office.configure(extent="fetch")

    link = RecordLink.objects.get(name="Acme Ltd")
    assert (link.state, link.cause) == ("excluded", "kept_alone")
    assert "“Create it again” has lapsed" in link.reason
    office.configure(extent="both")
    office.sync()
    assert [row["Account_Name"] for row in office.records("crm", "Accounts")] == ["Bolt Ltd"]


def test_the_modules_that_follow_lose_their_answers_too(office: Office, user: Any) -> None:
    office.configure(extent="both", module="accounts_contacts")
    office.configure("crm.contact_persons", extent="both")
    (account,) = office.accounts("Acme Ltd")
    office.sync()
    (person,) = office.add("crm", "Contacts", {"Last_Name": "Berg", "Account_Name": account})
    office.change("crm", "Contacts", person, First_Name="Ann")
    office.sync("crm.contact_persons")
    link = office.link(person)
    RecordLink.objects.filter(pk=link.pk).update(decision="keep_target", due=True)

    run = tried(office, user, "fetch")
    assert [one.link.pk for one in lapsing.of_trial(run)] == [link.pk]
    office.configure(extent="fetch")

    link.refresh_from_db()
    assert link.decision == ""
    assert Decision.objects.filter(kind="lapsed").count() == 1
    office.sync("crm.contact_persons")
