"""*Look only*: what is pressed then reads and previews, and no page says that it wrote."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from integrations.models import FlowSetting, Integration, SyncRun, Writing
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens.attention.conftest import confirm, said, undecided
from tests.screens.people import finish_syncs

LONG = "x" * 120
AGAIN, NOTHING = "/office/attention/too_long/again/", "nothing is written (Look only)"
CUSTOMERS, VENDORS = "crm.customers", "crm.vendors"


def too_long(office: Office) -> None:
    """A record of each of two modules that Books refuses."""
    office.accounts("Acme Ltd", Billing_City=LONG)
    office.add("crm", "Vendors", {"Vendor_Name": "Bolt Ltd", "City": LONG})
    for key in (CUSTOMERS, VENDORS):
        office.sync(key)
    assert RecordLink.objects.filter(state="failing").count() == 2


def look_only(*flows: str) -> None:
    FlowSetting.objects.filter(flow__in=flows).update(writing=Writing.LOOK_ONLY)


def linked(message: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', message)


def new_runs(before: int) -> dict[str, SyncRun]:
    return {run.flow: run for run in SyncRun.objects.filter(pk__gt=before)}


@pytest.mark.parametrize(
    ("looking", "says", "never"),
    [
        ((), ["2 records: tried again now."], ["Look only"]),
        ((CUSTOMERS, VENDORS), ["Look only", "nothing is written"], ["tried again now"]),
        ((VENDORS,), ["Look only", "nothing is written", "Written now"], ["2 records: tried"]),
    ],
)
def test_what_is_tried_again_says_whether_it_writes(
    office: Office, finance: Client, looking: tuple[str, ...], says: list[str], never: list[str]
) -> None:
    too_long(office)
    look_only(*looking)
    before = SyncRun.objects.order_by("-pk")[0].pk

    look = finance.get(AGAIN, {"all": "1"})
    into = {share.module: share.into for share in look.context["shares"]}
    assert [text == NOTHING for text in into.values()].count(True) == len(looking)
    assert (NOTHING in look.content.decode()) == bool(looking)
    assert ("written where nothing stands" in look.content.decode()) == (len(looking) < 2)

    answer = finance.post(AGAIN, {"all": "1", "seen": look.context["seen"]}, follow=True)
    text, runs = said(answer), new_runs(before)
    assert {key for key, run in runs.items() if run.mode == "preview"} == set(looking)
    for part in says:
        assert part in text
    for part in never:
        assert part not in text
    places = {"preview": "previews", "live": "syncs"}
    assert set(linked(text)) == {f"/office/{places[r.mode]}/{r.pk}/" for r in runs.values()}
    # A link, not the text of one.
    assert "&lt;a" not in answer.content.decode()

    office.reset()
    finish_syncs(office)
    assert office.writes() == {}


def test_one_module_that_looks_only_says_nothing_of_writing(
    office: Office, finance: Client
) -> None:
    too_long(office)
    look_only(CUSTOMERS, VENDORS)
    (link,) = RecordLink.objects.filter(flow=CUSTOMERS)
    answer = finance.post("/office/attention/try/", {"record": link.pk}, follow=True)
    assert "tried again now" not in said(answer)
    assert "Look only" in said(answer)


@pytest.mark.parametrize("several", [False, True])
def test_decided_ones_that_are_only_looked_at_are_not_called_written(
    office: Office, finance: Client, several: bool
) -> None:
    undecided(office, "Acme Ltd")
    if several:
        office.add("books", "contacts", {"contact_name": "Bolt Ltd", "contact_type": "vendor"})
        office.add("crm", "Vendors", {"Vendor_Name": "Bolt Ltd"})
        office.sync(VENDORS)
    links = RecordLink.objects.filter(state="undecided")
    assert links.count() == 1 + several
    for link in links:
        address = f"/office/duplicates/{link.pk}/decide/"
        finance.post(address, {"choice": "same", "target": link.details["candidates"][0]["id"]})
    look_only(CUSTOMERS, VENDORS)
    before = SyncRun.objects.order_by("-pk")[0].pk

    shown = finance.get("/office/duplicates/write/").content.decode()
    assert NOTHING in shown
    assert "read again and written" not in shown
    answer = finance.post("/office/duplicates/write/", follow=True)
    text, runs = said(answer), new_runs(before)
    assert len(runs) == 1 + several
    assert "written now" not in text
    assert "Look only" in text
    if several:
        assert set(linked(text)) == {f"/office/previews/{run.pk}/" for run in runs.values()}


def test_pairs_synced_from_their_list_are_not_called_synced(
    office: Office, finance: Client
) -> None:
    office.accounts("Acme Ltd")
    office.sync()
    Integration.objects.update(writing=Writing.LOOK_ONLY)
    address = "/office/lists/crm.customers/sync/"
    look = finance.get(address, {"all": "1"})
    assert NOTHING in look.content.decode()
    answer = finance.post(address, dict(look.context["sends"]), follow=True)
    assert "synced now" not in said(answer)
    assert "Look only" in said(answer)


def test_a_few_to_be_deleted_are_not_called_many(office: Office, member) -> None:
    admin = member("Integration admin")
    (account,) = office.accounts("Acme Ltd")
    office.sync()
    office.remove("crm", "Accounts", account)
    office.pass_time(3600)
    office.sync()
    look_only(CUSTOMERS)
    look = admin.get("/office/deleted/decide/", {"choice": "delete", "all": "1"})
    assert NOTHING in look.content.decode()

    answer = confirm(admin, "/office/deleted/decide/", choice="delete", all="1")
    text = said(admin.get(answer.headers["Location"]))
    assert "More than 25" not in text
    assert "Look only" in text
    office.reset()
    finish_syncs(office)
    assert office.writes() == {}
