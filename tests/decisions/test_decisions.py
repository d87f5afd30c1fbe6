"""What people decide, what follows from it, and that each act is kept as a row."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations import approvals, decisions, jobs, many, pairs
from integrations.models import Change, Decision, SyncRun
from mappings.models import RecordLink
from tests.conftest import Office

pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def finance(office: Office) -> Any:
    return get_user_model().objects.create(username="finance")


def undecided(office: Office, *names: str) -> list[RecordLink]:
    rows = ({"contact_name": name, "contact_type": "customer"} for name in names)
    office.add("books", "contacts", *rows)
    office.accounts(*names)
    office.sync()
    return list(RecordLink.objects.filter(state="undecided").order_by("name"))


def kinds() -> list[str]:
    return list(Decision.objects.order_by("pk").values_list("kind", flat=True))


def test_same_pairs_them_with_the_next_write(office: Office, finance: Any) -> None:
    (link,) = undecided(office, "Acme Ltd")
    contact = link.details["candidates"][0]["id"]

    decisions.same(finance, link, contact)
    office.sync()

    link.refresh_from_db()
    assert (link.state, link.target_id, link.decision) == ("in_sync", contact, "")
    assert kinds() == ["same"]
    assert Decision.objects.get().target_id == contact


def test_same_takes_only_what_was_offered(office: Office, finance: Any) -> None:
    (link,) = undecided(office, "Acme Ltd")
    with pytest.raises(ValueError, match="not among those offered"):
        decisions.same(finance, link, "12345")
    assert kinds() == []


def test_later_writes_nothing_and_comes_back(office: Office, finance: Any) -> None:
    links = undecided(office, "Acme Ltd", "Bolt Ltd")
    decisions.later(finance, links)
    assert office.sync().read == 0
    assert all(link.later_until for link in RecordLink.objects.all())
    assert kinds() == ["later", "later"]


def test_a_decision_on_something_that_has_changed_is_refused(office: Office, finance: Any) -> None:
    (link,) = undecided(office, "Acme Ltd")
    decisions.same(finance, link, link.details["candidates"][0]["id"])
    office.sync()
    link.refresh_from_db()
    with pytest.raises(ValueError, match="Reload the page"):
        decisions.different(finance, [link])


def conflict(office: Office) -> RecordLink:
    office.configure(extent="both", winner="ask")
    values = {"Billing_City": "Oslo", "Billing_State": "East", "Fax": "+47 22 33 44 50"}
    account = office.accounts("Acme Ltd", **values)[0]
    office.sync()
    contact = office.link(account).target_id or ""
    office.change("books", "contacts", contact, billing_address={"city": "Turku", "state": "West"})
    office.change("crm", "Accounts", account, Billing_City="Bergen", Billing_State="North")
    office.sync()
    return office.link(account)


def test_a_conflict_is_decided_field_by_field(office: Office, finance: Any) -> None:
    link = conflict(office)
    assert link.state == "conflict"

    decisions.choose_values(finance, link, ["billing_address.city"])
    office.sync()

    address = office.customers()["Acme Ltd"]["billing_address"]
    (account,) = office.records("crm", "Accounts")
    assert (address["city"], address["state"]) == ("Bergen", "West")
    assert (account["Billing_City"], account["Billing_State"]) == ("Bergen", "West")
    assert office.link(account["id"]).state == "in_sync"
    assert kinds() == ["by_field"]


def test_trying_again_syncs_only_these_records(office: Office, finance: Any) -> None:
    bad, _other = office.accounts("Acme Ltd", "Bolt Ltd", Website="none at all")
    office.sync()
    office.change("crm", "Accounts", bad, Website="www.acme.example.org")

    (run,) = decisions.try_again(finance, [office.link(bad)])
    from integrations.sync import run as pipeline

    run = pipeline.drive(run, sleep=office.sleep)

    assert (run.status, run.read, run.created) == ("done", 1, 1)
    assert office.states() == {"Acme Ltd": "in_sync", "Bolt Ltd": "failing"}


def test_a_separated_pair_waits_for_a_person_even_in_a_full_sync(
    office: Office, finance: Any
) -> None:
    account = office.accounts("Acme Ltd")[0]
    office.sync()
    link = office.link(account)
    contact = link.target_id or ""

    pairs.separate(finance, [link], "Two companies of one name")
    office.change("crm", "Accounts", account, Account_Name="Acme Holding")
    run = office.sync(full=True)

    assert (run.created, run.updated, run.undecided) == (0, 0, 1)
    link.refresh_from_db()
    pairs.pair(finance, link, contact)
    assert office.sync().linked == 1
    assert set(office.customers()) == {"Acme Holding"}
    assert kinds() == ["separate", "pair"]


def test_who_asked_does_not_approve(office: Office, finance: Any) -> None:
    approver = get_user_model().objects.create(username="approver", is_superuser=True)
    office.accounts("Acme Ltd")
    preview = office.sync(preview=True)
    approvals.ask(finance, preview)
    with pytest.raises(ValueError, match="another person"):
        approvals.approve(finance, preview)

    approvals.approve(approver, preview)
    run = office.sync()

    assert (run.pk, run.created) == (preview.pk, 1)
    run.refresh_from_db()
    assert run.approved_by == approver
    assert kinds() == ["ask_approval", "approve"]


def test_asking_again_by_somebody_else_does_not_free_who_asked_first(
    office: Office, finance: Any
) -> None:
    both = get_user_model().objects.create(username="both", is_superuser=True)
    office.accounts("Acme Ltd")
    preview = office.sync(preview=True)
    approvals.ask(both, preview)
    approvals.ask(finance, preview)
    with pytest.raises(ValueError, match="another person"):
        approvals.approve(both, preview)
    office.sync()


def test_what_was_not_approved_is_not_written_by_anybody(office: Office, finance: Any) -> None:
    approver = get_user_model().objects.create(username="approver", is_superuser=True)
    office.accounts("Acme Ltd")
    preview = office.sync(preview=True)
    approvals.ask(finance, preview)
    approvals.reject(approver, preview, "Wrong month.")

    for act in (approvals.ask, approvals.approve):
        with pytest.raises(ValueError, match=r"It was not approved: Wrong month\."):
            act(approver, preview)
    assert kinds() == ["ask_approval", "reject"]
    office.sync()


def test_later_takes_an_answer_back(office: Office, finance: Any) -> None:
    office.add("books", "contacts", {"contact_name": "Acme Ltd", "contact_type": "customer"})
    office.accounts("Acme Ltd")
    office.sync()
    link = RecordLink.objects.get(name="Acme Ltd")
    decisions.different(finance, [link])
    decisions.later(finance, [link])

    link.refresh_from_db()
    assert (link.decision, link.due) == ("", False)
    assert link.later_until is not None


def test_a_cancelled_sync_writes_no_more_and_the_next_one_finds_all(
    office: Office, finance: Any
) -> None:
    office.accounts("Acme Ltd", "Bolt Ltd")
    decisions.stop_writing(finance, "Month end")
    run = office.sync()
    decisions.cancel(finance, run, "Not today")
    assert decisions.start_writing(finance) == 0

    assert office.sync().created == 2
    run.refresh_from_db()
    assert run.status == SyncRun.Status.CANCELLED
    assert kinds() == ["stop_writing", "stop", "start_writing"]


def test_what_waited_for_writing_is_queued_at_once(
    office: Office, finance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page does not say any more that writing is stopped, and nobody waits for the beat."""
    office.accounts("Acme Ltd")
    decisions.stop_writing(finance, "Month end")
    run = office.sync()
    assert "All writing is stopped: Month end" in run.reason

    woken: list[tuple[Any, ...]] = []
    monkeypatch.setattr(jobs, "async_task", lambda *message: woken.append(message))

    assert decisions.start_writing(finance) == 1

    run.refresh_from_db()
    assert (run.status, run.held, run.reason) == ("queued", None, "")
    assert woken == [(jobs.WORK, run.pk)]
    assert office.sync().created == 1


def test_decisions_are_never_changed(office: Office, finance: Any) -> None:
    decisions.stop_writing(finance, "Month end")
    row = Decision.objects.get()
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()
    decisions.start_writing(finance)


def alone(office: Office, name: str = "Acme Ltd") -> RecordLink:
    """A record without a partner, which a person may give one."""
    account = office.accounts(name, Website="none at all")[0]
    office.sync()
    return RecordLink.objects.select_related("setting__integration").get(source_id=account)


@pytest.mark.parametrize(
    "named",
    ["4600000000000999999", "../invoices/1", "1?x=1", "1,2", " ", "9" * 61, "\u0661"],
)
def test_a_partner_has_to_be_there(office: Office, finance: Any, named: str) -> None:
    link = alone(office)
    office.reset()
    with pytest.raises(ValueError, match=r"no record|not an id|could not be read"):
        pairs.pair(finance, link, named)
    assert kinds() == []
    asked = office.control("GET", "requests?since=0")
    assert not any("invoices" in request["path"] for request in asked)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ({"contact_type": "vendor"}, "contact type is vendor, not customer"),
        (
            {"contact_type": "customer", "customer_sub_type": "individual"},
            "customer sub type is individual, not business",
        ),
    ],
)
def test_a_partner_has_to_be_of_the_right_kind(
    office: Office, finance: Any, kind: dict[str, str], says: str
) -> None:
    link = alone(office)
    (contact,) = office.add("books", "contacts", {"contact_name": "Bolt Ltd", **kind})
    with pytest.raises(ValueError, match=f"Bolt Ltd of Books is of another kind: {says}"):
        pairs.pair(finance, link, contact)
    assert kinds() == []


def test_a_partner_has_to_be_free(office: Office, finance: Any) -> None:
    """Neither paired with another record nor promised to one."""
    acme, bolt = alone(office), alone(office, "Bolt Ltd")
    (crane,) = office.accounts("Crane Ltd")
    office.sync()
    taken = office.link(crane).target_id or ""
    with pytest.raises(ValueError, match="is paired with Crane Ltd"):
        pairs.pair(finance, acme, taken)

    (free,) = office.add("books", "contacts", {"contact_name": "Else", "contact_type": "customer"})
    pairs.pair(finance, acme, free)
    with pytest.raises(ValueError, match="it is promised to Acme Ltd"):
        pairs.pair(finance, bolt, free)
    assert Decision.objects.get().details == {"name": "Else"}

    # What is wrong with the record itself is said of the new pair, once.
    office.sync()
    row = Change.objects.filter(name="Acme Ltd").latest("pk")
    assert (row.state, row.cause) == ("failing", office.link(acme.source_id or "").cause)


def test_a_partner_is_named_from_the_first_record(office: Office, finance: Any) -> None:
    office.configure(extent="both")
    (contact,) = office.add(
        "books",
        "contacts",
        {"contact_name": "Else", "contact_type": "customer", "customer_sub_type": "individual"},
    )
    office.sync()
    link = RecordLink.objects.get(target_id=contact)
    with pytest.raises(ValueError, match="stands in the second app only"):
        pairs.pair(finance, link, contact)


def test_two_records_said_to_be_the_same_as_one_are_not_both_heard(
    office: Office, finance: Any
) -> None:
    """By one answer for many, or one after the other."""
    first, second = undecided(office, "Acme Ltd", "Bolt Ltd")
    contact = first.details["candidates"][0]["id"]
    second.details["candidates"] = first.details["candidates"]
    second.save()

    refused = many.same(finance, [(first, contact), (second, contact)])

    assert refused == ["Bolt Ltd: it is to be paired with Acme Ltd by the same answer."]
    with pytest.raises(ValueError, match="it is promised to Acme Ltd"):
        decisions.same(finance, second, contact)
    assert kinds() == ["same"]
    office.sync()
