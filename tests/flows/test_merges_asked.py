"""What may have been merged: asked of a person, and nothing made twice or lost meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import removing
from integrations.models import SyncRun
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_merges import (
    HOUR,
    finance,
    merge,
    names_in_crm,
    no_timelines,
    paired,
    unpaired,
)

__all__ = ["finance"]

pytestmark = pytest.mark.usefixtures("asleep")


def doubtful(office: Office) -> tuple[RecordLink, str]:
    """Two merges of one moment, under other names: which was merged into which is not told."""
    office.configure(extent="both")
    ((account, _), _) = paired(office, "Acme Ltd", "Bolt Ltd")
    survivor, second, third = office.accounts("Nordic Holding", "Cord Ltd", "Dahl Ltd")
    merge(office, survivor, account)
    merge(office, second, third, at_once=True)
    office.pass_time(HOUR)
    office.sync()
    return RecordLink.objects.get(state="gone"), survivor


def test_what_is_likely_is_asked_and_nothing_is_made_of_it_meanwhile(
    office: Office, finance: Any
) -> None:
    link, survivor = doubtful(office)
    assert set(office.customers()) == {"Acme Ltd", "Bolt Ltd"}
    assert office.link(survivor).cause == "claimed"
    assert link.reason.startswith("Was it merged in Zoho CRM? It may have been merged into ")
    assert survivor in [one["id"] for one in link.details["survivors"]]
    assert "Pair its partner with that one" in link.remedy
    office.sync(full=True)
    link.refresh_from_db()
    assert link.reason.startswith("Was it merged in Zoho CRM?")

    removing.go_on_with(finance, link, survivor)
    office.sync()

    assert office.link(survivor).target_id == link.target_id
    # The other one that might have been is a customer of its own.
    assert set(office.customers()) == {"Nordic Holding", "Bolt Ltd", "Cord Ltd"}


@pytest.mark.parametrize("act", ["again", "delete"])
def test_nothing_is_made_twice_or_deleted_before_somebody_says_it_was_no_merge(
    act: str, office: Office, finance: Any
) -> None:
    link, _ = doubtful(office)

    def do(**said: bool) -> Any:
        if act == "again":
            return removing.make_again(finance, [link], **said)
        return removing.take_out(finance, [link], "delete", **said)

    with pytest.raises(ValueError, match="may have been merged into another"):
        do()
    link.refresh_from_db()
    assert (link.state, SyncRun.objects.filter(act="delete").count()) == ("gone", 0)

    do(not_merged=True)
    for run in SyncRun.objects.filter(act="delete"):
        office.pass_time(60)
        assert pipeline.drive(run, sleep=office.sleep).deleted == 1
    office.sync()
    assert ("Acme Ltd" in names_in_crm(office)) is (act == "again")
    assert ("Acme Ltd" in office.customers()) is (act == "again")


def test_chosen_so_what_is_left_of_a_possible_merge_is_not_deleted(office: Office) -> None:
    office.configure(on_gone="remove")
    link, _ = doubtful(office)
    assert "Acme Ltd" in office.customers()
    assert link.reason.startswith("Was it merged")


def test_without_histories_what_changed_at_that_moment_is_asked_about(office: Office) -> None:
    ((account, _),) = paired(office, "Acme Ltd")
    survivor = unpaired(office, "Nordic Holding")
    merge(office, survivor, account)
    office.pass_time(HOUR)
    no_timelines(office)

    office.sync()

    link = office.link(account)
    (offered,) = link.details["survivors"]
    assert (offered["id"], offered["signs"]) == (survivor, "changed at that moment")
    assert link.reason == (
        "Was it merged in Zoho CRM? It may have been merged into Nordic Holding."
    )


def test_a_person_names_the_record_it_was_merged_into(office: Office, finance: Any) -> None:
    office.configure(second_names="yes", duplicates="clone")
    first, _ = office.accounts("Acme Ltd", "Bolt Ltd")
    office.sync()
    contact = office.link(first).target_id
    twin = office.accounts("Acme Ltd", "ACME LTD ")
    office.pass_time(60)
    body = {"service": "crm", "collection": "Accounts", "into": twin[0], "records": [first]}
    office.control("POST", "merge", body)
    office.change("crm", "Accounts", twin[1], Billing_City="Oslo")
    office.pass_time(HOUR)
    RecordLink.objects.filter(source_id__in=twin).delete()
    no_timelines(office)
    office.sync()
    link = office.link(first)
    offered = [one["id"] for one in link.details["survivors"]]
    assert sorted(offered) == sorted(twin)
    RecordLink.objects.filter(source_id=twin[0]).delete()

    removing.go_on_with(finance, link, twin[0])
    office.sync()

    assert office.link(twin[0]).target_id == contact
