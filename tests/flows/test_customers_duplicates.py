"""What becomes of accounts that are, or look like, customers Books already has."""

from __future__ import annotations

import pytest

from mappings.models import RecordLink
from tests.conftest import Office

PLACE = {"billing_address": {"city": "Bergen", "country": "Norway"}}


def books_customer(office: Office, name: str, **values: object) -> str:
    row = {"contact_name": name, "contact_type": "customer", **values}
    return office.add("books", "contacts", row)[0]


def test_ask_pairs_nothing_and_says_what_looks_alike(office: Office) -> None:
    contact = books_customer(office, "Fjord Shipping AS")
    office.accounts("fjord shipping as ")

    run = office.sync()

    assert (run.undecided, run.created) == (1, 0)
    link = RecordLink.objects.get()
    assert link.state == "undecided"
    assert link.target_id is None
    candidate = link.details["candidates"][0]
    assert candidate["id"] == contact
    assert candidate["why"][0] == "the same name"
    assert "nearly the same name" not in candidate["why"]


def test_overwrite_pairs_and_writes_only_mapped_fields(office: Office) -> None:
    contact = books_customer(office, "Fjord Shipping AS", facebook="fjord", **PLACE)
    office.accounts("Fjord Shipping AS", Billing_City="Oslo")
    office.configure(duplicates="overwrite")

    run = office.sync()

    assert (run.linked, run.created) == (1, 0)
    row = office.customers()["Fjord Shipping AS"]
    assert row["contact_id"] == contact
    assert row["billing_address"]["city"] == "Oslo"
    # Not in CRM, so not blanked; not mapped, so not touched.
    assert row["billing_address"]["country"] == "Norway"
    assert row["facebook"] == "fjord"


@pytest.mark.parametrize("decided", [False, True], ids=["overwrite", "said to be the same"])
def test_a_partner_that_writes_the_name_otherwise_is_renamed(office: Office, decided: bool) -> None:
    """The name it gets is its own, so nobody else has it."""
    contact = books_customer(office, " FJORD SHIPPING AS", **PLACE)
    account = office.accounts("Fjord Shipping AS")[0]
    office.configure(duplicates="ask" if decided else "overwrite")
    if decided:
        office.sync()
        link = RecordLink.objects.filter(source_id=account)
        link.update(decision="same", decided_target=contact, due=True)

    run = office.sync()

    assert (run.linked, run.failing) == (1, 0)
    assert [(c["contact_id"], n) for n, c in office.customers().items()] == [
        (contact, "Fjord Shipping AS")
    ]


def test_skip_leaves_both_alone_and_counts_it_as_left_out(office: Office) -> None:
    books_customer(office, "Fjord Shipping AS", **PLACE)
    office.accounts("Fjord Shipping AS", Billing_City="Oslo")
    office.configure(duplicates="skip")

    run = office.sync()

    assert (run.excluded, run.failing, run.created) == (1, 0, 0)
    assert office.customers()["Fjord Shipping AS"]["billing_address"]["city"] == "Bergen"


def test_clone_is_refused_beforehand_where_books_takes_each_name_once(office: Office) -> None:
    books_customer(office, "Fjord Shipping AS")
    account = office.accounts("Fjord Shipping AS")[0]
    office.configure(duplicates="clone")
    office.reset()

    run = office.sync()

    assert run.failing == 1
    assert office.writes() == {}
    link = office.link(account)
    assert link.cause == "name_taken"
    assert "Fjord Shipping AS" in link.reason
    assert "Rename" in link.remedy


def test_a_vendor_of_the_same_name_is_no_partner_but_has_the_name(office: Office) -> None:
    office.add("books", "contacts", {"contact_name": "Fjord Shipping AS", "contact_type": "vendor"})
    account = office.accounts("Fjord Shipping AS")[0]
    office.configure(duplicates="overwrite")
    office.reset()

    office.sync()

    assert office.link(account).cause == "name_taken"
    assert office.writes() == {}


def test_an_inactive_customer_of_the_same_name_is_found_too(office: Office) -> None:
    books_customer(office, "Fjord Shipping AS", status="inactive")
    account = office.accounts("Fjord Shipping AS")[0]

    office.sync()

    assert office.link(account).state == "undecided"


def test_two_accounts_of_one_name_never_become_one_customer(office: Office) -> None:
    office.accounts("Fjord Shipping AS", "Fjord Shipping AS")

    run = office.sync()

    assert (run.created, run.undecided) == (1, 1)
    assert len(office.customers()) == 1


@pytest.mark.parametrize("second", ["Acme Limited", "ACME, Ltd.", "The Acme Ltd"])
def test_nearly_the_same_name_is_asked_about_and_never_merged(office: Office, second: str) -> None:
    office.accounts("Acme Ltd", second)
    office.configure(duplicates="overwrite")

    run = office.sync()

    assert (run.created, run.undecided) == (1, 1)
    asked = RecordLink.objects.get(state="undecided")
    assert "nearly the same name" in asked.reason


def test_the_same_domain_alone_is_no_duplicate_but_with_the_phone_it_is(office: Office) -> None:
    office.accounts("North Wind", Website="www.wind.example.org")
    office.accounts("South Wind", Website="https://wind.example.org/south")
    office.sync()
    assert office.states() == {"North Wind": "in_sync", "South Wind": "in_sync"}

    office.accounts("East Lamp", Website="lamp.example.org", Phone="+47 22 33 44 55")
    office.accounts("West Torch", Website="lamp.example.org", Phone="022 33 44 55")
    office.sync()

    assert sorted(office.states().values()) == ["in_sync", "in_sync", "in_sync", "undecided"]


def test_the_same_is_paired_and_different_is_created_once_a_person_said_so(office: Office) -> None:
    contact = books_customer(office, "Acme Ltd", **PLACE)
    books_customer(office, "Bolt Ltd")
    same, different = office.accounts("Acme Ltd", "Bolt Limited", Billing_City="Oslo")
    office.sync()
    RecordLink.objects.filter(source_id=same).update(
        decision="same", decided_target=contact, due=True
    )
    RecordLink.objects.filter(source_id=different).update(decision="different", due=True)

    run = office.sync()

    assert (run.linked, run.created) == (1, 1)
    customers = office.customers()
    assert customers["Acme Ltd"]["contact_id"] == contact
    assert customers["Acme Ltd"]["billing_address"]["city"] == "Oslo"
    assert set(customers) == {"Acme Ltd", "Bolt Ltd", "Bolt Limited"}


def test_a_pair_made_by_zohos_own_integration_is_adopted(office: Office) -> None:
    account = office.accounts("Fjord Shipping AS", Billing_City="Oslo")[0]
    contact = books_customer(
        office, "Fjord (old name)", zcrm_account_id=account, is_linked_with_zohocrm=True
    )

    run = office.sync()

    assert (run.linked, run.created) == (1, 0)
    assert office.link(account).target_id == contact
    # As it is: what differs is asked about.
    assert set(office.customers()) == {"Fjord (old name)"}


def test_a_customer_made_in_books_since_the_last_sync_is_seen(office: Office) -> None:
    office.accounts("Acme Ltd")
    office.sync()
    office.pass_time(600)
    books_customer(office, "Bolt Ltd")
    office.accounts("Bolt Ltd")

    run = office.sync()

    assert (run.created, run.undecided) == (0, 1)
