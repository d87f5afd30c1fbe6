"""Records merged in their app (CRM-137): the pair goes on with the one that stayed, or is asked
about; only where nothing points to a merge is it told as a deletion."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations import removing
from integrations.models import Change, SyncRun
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import both, contact, persons, settled
from tests.flows.test_customer_choices import sync as sync_all

__all__ = ["settled"]

HOUR = 3600
TIMELINE = "GET /Accounts/{id}/__timeline"

pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def finance(office: Office) -> Any:
    return get_user_model().objects.create(username="finance")


def paired(office: Office, *names: str, **values: object) -> list[tuple[str, str]]:
    ids = office.accounts(*names, **values)
    office.sync()
    return [(one, office.link(one).target_id or "") for one in ids]


def unpaired(office: Office, name: str, **values: object) -> str:
    """An account that no pair has: entered after the last sync."""
    (account,) = office.accounts(name, **values)
    return account


def merge(office: Office, into: str, *others: str, at_once: bool = False) -> None:
    if not at_once:
        office.pass_time(60)
    body = {"service": "crm", "collection": "Accounts", "into": into, "records": list(others)}
    office.control("POST", "merge", body)


def empty_bin(office: Office, account: str) -> None:
    """Delete an account, and empty the recycle bin at once."""
    office.remove("crm", "Accounts", account)
    deleted = office.world.store.collection("crm", "deleted")
    deleted.replace(account, {**deleted[account], "merged": True})


def no_timelines(office: Office) -> None:
    office.faults(
        {
            "service": "crm",
            "method": "GET",
            "path": "/Accounts/{id}/__timeline",
            "kind": "status",
            "status": 400,
            "body": {"code": "NOT_SUPPORTED", "message": "not supported", "status": "error"},
        }
    )


def names_in_crm(office: Office) -> set[str]:
    return {row["Account_Name"] for row in office.records("crm", "Accounts")}


# Certain -----------------------------------------------------------------------------------------


def test_a_record_merged_away_hands_its_pair_to_the_survivor(office: Office) -> None:
    ((account, customer),) = paired(office, "Acme Ltd", Billing_City="Oslo")
    (survivor,) = office.accounts("Acme Ltd", Billing_City="Bergen")
    office.sync()
    assert office.link(survivor).state == "undecided"
    merge(office, survivor, account)
    office.pass_time(HOUR)

    run = office.sync()

    link = RecordLink.objects.get()
    assert (link.source_id, link.target_id, link.state) == (survivor, customer, "in_sync")
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Bergen"
    assert run.created == 0
    assert Change.objects.filter(cause="merged", source_id=survivor).count() == 1


@pytest.mark.parametrize("timelines", [True, False])
def test_the_contacts_that_moved_tell_of_a_merge_under_another_name(
    timelines: bool, settled: Office
) -> None:
    office = settled
    both(office)
    (account,) = office.accounts("Acme Ltd")
    contact(office, "Ann", "Berg", Account_Name=account)
    contact(office, "Bo", "Dahl", Account_Name=account)
    sync_all(office)
    customer = office.link(account).target_id
    survivor = unpaired(office, "Nordic Holding")
    merge(office, survivor, account)
    office.pass_time(HOUR)
    if not timelines:
        no_timelines(office)
    office.reset()

    office.sync()

    assert office.link(survivor).target_id == customer
    assert not RecordLink.objects.filter(state="gone").exists()
    assert set(office.customers()) == {"Nordic Holding"}
    reason = Change.objects.get(cause="merged").reason
    assert "Contacts of the deleted record belong to it now" in reason
    assert TIMELINE not in office.calls("crm")
    office.faults()
    sync_all(office)
    assert persons(office) == {"Ann Berg": "Nordic Holding", "Bo Dahl": "Nordic Holding"}


def test_the_history_of_the_one_that_stayed_tells_of_a_merge_under_another_name(
    office: Office,
) -> None:
    ((account, customer),) = paired(office, "Acme Ltd")
    survivor = unpaired(office, "Nordic Holding")
    merge(office, survivor, account)
    office.pass_time(HOUR)
    # Edited since, as was a third one; neither hides it.
    office.change("crm", "Accounts", survivor, Billing_City="Bergen")
    office.reset()

    run = office.sync()

    link = RecordLink.objects.get()
    assert (link.source_id, link.target_id, link.state) == (survivor, customer, "in_sync")
    assert (run.created, set(office.customers())) == (0, {"Nordic Holding"})
    assert office.calls("crm")[TIMELINE] == 1


def test_vendors_are_merged_as_well(office: Office) -> None:
    office.configure("crm.vendors", enabled="on")
    first, second = office.add(
        "crm", "Vendors", {"Vendor_Name": "Paper Co"}, {"Vendor_Name": "Nordic Paper"}
    )
    office.sync("crm.vendors")
    RecordLink.objects.filter(source_id=second).delete()
    office.pass_time(60)
    body = {"service": "crm", "collection": "Vendors", "into": second, "records": [first]}
    office.control("POST", "merge", body)
    office.pass_time(HOUR)

    office.sync("crm.vendors")

    assert not RecordLink.objects.filter(state="gone").exists()


def test_a_merge_is_seen_where_a_notification_told_of_a_deletion(office: Office) -> None:
    """The list of deletions was just read, so it is not due for an hour."""
    ((account, customer), _) = paired(office, "Acme Ltd", "Bolt Ltd")
    office.sync()
    survivor = unpaired(office, "Nordic Holding")
    merge(office, survivor, account)
    office.reset()

    run = office.sync(only_ids=[account], trigger=SyncRun.Trigger.WEBHOOK)

    assert run.status == "done"
    assert office.link(survivor).target_id == customer
    assert not RecordLink.objects.filter(state="gone").exists()
    assert office.calls("crm")["GET /Accounts/deleted"] == 1
    office.sync()
    assert set(office.customers()) == {"Nordic Holding", "Bolt Ltd"}


def test_a_merge_is_seen_by_the_sync_that_misses_the_record_in_its_target(office: Office) -> None:
    office.configure(extent="both")
    ((account, customer), _) = paired(office, "Acme Ltd", "Bolt Ltd")
    office.sync()
    survivor = unpaired(office, "Nordic Holding")
    merge(office, survivor, account)
    office.change("books", "contacts", customer, notes="VIP")
    RecordLink.objects.exclude(target_id=customer).exclude(name="Bolt Ltd").delete()

    office.pass_time(60)
    run = pipeline.start(
        office.setting(), "crm.customers", direction="reverse", only_ids=[customer]
    )
    pipeline.drive(run, sleep=office.sleep)

    link = RecordLink.objects.get(target_id=customer)
    assert (link.source_id, link.state) == (survivor, "in_sync")
    office.sync()
    assert names_in_crm(office) == {"Nordic Holding", "Bolt Ltd"}
    assert len(office.customers()) == 2


# Told, as both have pairs ------------------------------------------------------------------------


def test_a_merge_of_two_pairs_is_told_with_both(office: Office) -> None:
    (first, customer), (second, other) = paired(office, "Acme Ltd", "Nordic Holding")
    merge(office, second, first)
    office.pass_time(HOUR)
    office.reset()

    office.sync()

    link = office.link(first)
    assert (link.state, link.cause, link.target_id) == ("gone", "gone_source", customer)
    assert link.reason == (
        "It was merged into Nordic Holding in Zoho CRM, which is paired with Nordic Holding "
        "in Zoho Books."
    )
    assert "Merge these two in Zoho Books" in link.remedy
    assert office.link(second).target_id == other
    # A query is a POST as well.
    assert office.writes() in ({}, {"crm POST /coql": 1})


def test_three_merged_of_which_two_have_pairs_are_for_a_person(
    office: Office, finance: Any
) -> None:
    (first, customer), (second, _) = paired(office, "Acme Ltd", "Acme Norway Ltd")
    survivor = unpaired(office, "Nordic Holding")
    merge(office, survivor, first, second)
    office.pass_time(HOUR)

    office.sync()

    links = [office.link(one) for one in (first, second)]
    assert {link.state for link in links} == {"gone"}
    assert {one["id"] for link in links for one in link.details["survivors"]} == {survivor}
    removing.go_on_with(finance, links[0], survivor)
    office.sync()
    assert office.link(survivor).target_id == customer
    removing.keep(finance, [office.link(second)])


# Plain deletions ---------------------------------------------------------------------------------


def plain(office: Office, account: str) -> bool:
    link = office.link(account)
    return (link.state, link.details["survivors"]) == ("gone", []) and link.reason.startswith(
        "It was deleted in Zoho CRM"
    )


def test_a_record_in_the_recycle_bin_was_not_merged_nor_is_it_later(office: Office) -> None:
    ((account, _), (other, _)) = paired(office, "Acme Ltd", "Bolt Ltd")
    office.remove("crm", "Accounts", account)
    office.control("PATCH", f"records/crm/Accounts/{other}", {"Billing_City": "Bergen"})
    office.pass_time(HOUR)
    office.sync()
    assert plain(office, account)

    # The bin is emptied by itself, while somebody works on another record.
    office.pass_time(60 * 24 * HOUR - HOUR - 60)
    office.control("PATCH", f"records/crm/Accounts/{other}", {"Billing_City": "Oslo"})
    office.pass_time(HOUR)
    office.sync(full=True)

    assert plain(office, account)


def test_changed_at_that_moment_but_by_no_merge_is_no_sign(office: Office) -> None:
    ((account, _), (other, _)) = paired(office, "Acme Ltd", "Bolt Ltd")
    empty_bin(office, account)
    office.control("PATCH", f"records/crm/Accounts/{other}", {"Billing_City": "Bergen"})
    office.pass_time(HOUR)

    office.sync()

    assert plain(office, account)


def test_a_younger_namesake_did_not_take_it_in(office: Office) -> None:
    ((account, _),) = paired(office, "Acme Ltd")
    empty_bin(office, account)
    office.pass_time(60)
    office.accounts("Acme Ltd")
    office.pass_time(HOUR)

    office.sync()

    assert plain(office, account)


def test_many_that_are_gone_cost_few_calls(office: Office) -> None:
    ids = [one for one, _ in paired(office, *(f"Company of place {n}" for n in range(30)))]
    others = office.accounts(*(f"Somebody else {n}" for n in range(30)))
    office.configure(duplicates="skip")
    office.pass_time(60)
    for one, other in zip(ids, others, strict=True):
        merge(office, other, one, at_once=True)
    office.pass_time(HOUR)
    office.reset()

    office.sync()

    assert RecordLink.objects.filter(state="gone").count() == 30
    assert office.calls("crm")["GET /Accounts/deleted"] == 1
    assert office.calls("crm")[TIMELINE] <= 10
    assert office.calls("crm")["POST /coql"] <= 1
