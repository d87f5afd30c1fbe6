"""A separated pair stays two records, whichever way its module goes, until a person says else."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model

from integrations import apart, decisions, many, pairs
from integrations.models import SyncRun
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, contact

pytestmark = pytest.mark.usefixtures("asleep")
# Module, where its records stand in either app, and the field that carries the name.
PLACES = {
    "crm.customers": (("crm", "Accounts"), ("books", "contacts"), "Phone"),
    "crm.vendors": (("crm", "Vendors"), ("books", "contacts"), "Phone"),
    "crm.items": (("crm", "Products"), ("books", "items"), "Description"),
    PERSONS: (("crm", "Contacts"), ("books", "contactpersons"), "Phone"),
}
MODULES = list(PLACES)


@pytest.fixture
def user(office: Office) -> Any:
    return get_user_model().objects.create(username="admin", is_superuser=True)


def a_pair(office: Office, key: str, extent: str = "both", **choices: str) -> RecordLink:
    """One pair of the module, as a first sync made it."""
    office.configure(module="accounts_contacts", extent=extent)
    if key != "crm.customers":
        office.configure(key, extent=extent)
    office.configure(key, **choices)
    if key in ("crm.customers", PERSONS):
        account = office.accounts("Acme Ltd")[0]
        made = account
        if key == PERSONS:
            made = contact(office, "Ann", "Berg", Account_Name=account, Email="ann@acme.example")
        if extent == "push":
            office.configure(extent="fetch")
        office.sync()
    elif key == "crm.vendors":
        (made,) = office.add("crm", "Vendors", {"Vendor_Name": "Vendor A"})
    else:
        (made,) = office.add("crm", "Products", {"Product_Name": "Product A", "Unit_Price": 10})
    if extent == "push":
        office.configure(key, extent="fetch")
    office.sync(key)
    if extent == "push":
        office.configure(key, extent="push")
    link = office.link(made)
    assert link.paired, link.reason
    return link


def counts(office: Office, key: str) -> tuple[int, int]:
    return (len(office.records(*PLACES[key][0])), len(office.records(*PLACES[key][1])))


def halves(key: str) -> list[tuple[bool, str, str]]:
    rows = RecordLink.objects.filter(flow=key, cause="separated").order_by("pk")
    return [(bool(row.source_id), row.state, row.cause) for row in rows]


HALVES = {
    "fetch": [(True, "undecided", "separated"), (False, "excluded", "separated")],
    "push": [(True, "excluded", "separated"), (False, "undecided", "separated")],
    "both": [(True, "undecided", "separated"), (False, "undecided", "separated")],
}


def plain(office: Office, key: str, first: str, second: str) -> None:
    office.sync(key)


def full(office: Office, key: str, first: str, second: str) -> None:
    office.sync(key, full=True)


def preview(office: Office, key: str, first: str, second: str) -> None:
    run = office.sync(key, preview=True, full=True)
    assert (run.created, run.linked, run.updated) == (0, 0, 0)


def limited(office: Office, key: str, first: str, second: str) -> None:
    for trigger in (SyncRun.Trigger.HAND, SyncRun.Trigger.WEBHOOK):
        for flow, way in office.legs(key):
            if flow == key:
                ids = [first] if way == SyncRun.Direction.FORWARD else [second]
                run = pipeline.start(
                    office.setting(key), key, direction=way, only_ids=ids, trigger=trigger
                )
                assert pipeline.drive(run, sleep=office.sleep).status == "done"


def edited(office: Office, key: str, first: str, second: str) -> None:
    one, two, field = PLACES[key]
    office.change(*one, first, **{field: "+47 22 33 44 55"})
    office.change(*two, second, **{field.lower(): "+47 99 88 77 66"})
    office.sync(key)


SYNCS: list[Callable[[Office, str, str, str], None]] = [plain, full, preview, limited, edited]


@pytest.mark.parametrize("extent", ["fetch", "both"])
@pytest.mark.parametrize("key", MODULES)
@pytest.mark.parametrize("duplicates", ["ask", "overwrite", "clone"])
def test_no_sync_makes_anything_of_either_record(
    office: Office, user: Any, key: str, extent: str, duplicates: str
) -> None:
    link = a_pair(office, key, extent, duplicates=duplicates)
    first, second = str(link.source_id), str(link.target_id)
    pairs.separate(user, [link], "They are two.")
    before = counts(office, key)
    assert halves(key) == HALVES[extent]

    for way in SYNCS:
        office.reset()
        way(office, key, first, second)
        assert office.writes() == {}, way.__name__

    assert (counts(office, key), halves(key)) == (before, HALVES[extent])
    office.assert_settled(key)


@pytest.mark.parametrize("key", MODULES)
def test_turned_both_ways_later_the_second_record_is_asked_about(
    office: Office, user: Any, key: str
) -> None:
    link = a_pair(office, key, "fetch")
    pairs.separate(user, [link], "They are two.")
    before = counts(office, key)
    for extent in ("both", "push", "both", "fetch"):
        office.configure(extent=extent)
        office.configure(key, extent=extent)
        assert halves(key) == HALVES[extent]
        office.sync(key, full=True)
        assert (counts(office, key), halves(key)) == (before, HALVES[extent])
    office.configure(key, extent="both")
    office.assert_settled(key)


@pytest.mark.parametrize("answer", ["by hand", "first", "second", "both"])
@pytest.mark.parametrize("key", MODULES)
def test_paired_again_both_memories_are_gone(
    office: Office, user: Any, key: str, answer: str
) -> None:
    link = a_pair(office, key)
    first, second = str(link.source_id), str(link.target_id)
    pairs.separate(user, [link], "They are two.")
    office.sync(key)
    one = RecordLink.objects.select_related("setting__integration").get(source_id=first)
    two = RecordLink.objects.get(target_id=second)
    before = counts(office, key)

    if answer == "by hand":
        pairs.pair(user, one, second)
    if answer in ("first", "both"):
        assert many.same(user, [(one, second)]) == []
    if answer in ("second", "both"):
        assert many.same(user, [(two, first)]) == []
    # A notification may name the second record before the answer is carried out.
    limited(office, key, first, second)
    office.sync(key)

    assert [(row.source_id, row.target_id, row.state) for row in links(key)] == [
        (first, second, "in_sync")
    ]
    assert counts(office, key) == before
    office.assert_settled(key)


def links(key: str) -> list[RecordLink]:
    return list(RecordLink.objects.filter(flow=key))


@pytest.mark.parametrize("key", ["crm.customers", "crm.vendors"])
def test_pushed_only_a_pair_is_made_again_from_either_page(
    office: Office, user: Any, key: str
) -> None:
    link = a_pair(office, key, "push")
    first, second = str(link.source_id), str(link.target_id)
    pairs.separate(user, [link], "They are two.")
    one = RecordLink.objects.select_related("setting__integration").get(source_id=first)

    pairs.pair(user, one, second)
    office.sync(key)

    assert [(row.source_id, row.target_id, row.state) for row in links(key)] == [
        (first, second, "in_sync")
    ]
    office.assert_settled(key)


def test_said_to_be_another_record_it_is_created_and_the_other_one_stays(
    office: Office, user: Any
) -> None:
    link = a_pair(office, "crm.vendors", duplicates="overwrite")
    first, second = str(link.source_id), str(link.target_id)
    pairs.separate(user, [link], "They are two.")
    office.change("crm", "Vendors", first, Vendor_Name="Vendor B")
    decisions.different(user, [RecordLink.objects.get(source_id=first)])

    office.sync("crm.vendors")

    assert office.link(first).target_id not in (None, second)
    assert counts(office, "crm.vendors") == (1, 2)
    assert halves("crm.vendors") == HALVES["both"][1:]
    office.assert_settled("crm.vendors")


def test_a_new_record_that_looks_like_a_separated_one_is_asked_about(
    office: Office, user: Any
) -> None:
    """Whatever the duplicate choice: only a person gives it another partner."""
    link = a_pair(office, "crm.vendors", duplicates="overwrite")
    first, second = str(link.source_id), str(link.target_id)
    pairs.separate(user, [link], "They are two.")
    office.change("crm", "Vendors", first, Vendor_Name="Vendor B")
    (new,) = office.add("crm", "Vendors", {"Vendor_Name": "Vendor A"})

    office.sync("crm.vendors")

    assert (office.link(new).state, office.link(new).target_id) == ("undecided", None)
    assert "separated" in office.link(new).reason
    assert many.same(user, [(office.link(new), second)]) == []
    office.sync("crm.vendors")
    assert office.link(new).target_id == second
    assert halves("crm.vendors") == HALVES["both"][:1]
    office.assert_settled("crm.vendors")


def test_answers_of_both_records_never_contradict(office: Office, user: Any) -> None:
    link = a_pair(office, "crm.vendors")
    first, second = str(link.source_id), str(link.target_id)
    pairs.separate(user, [link], "They are two.")
    one, two = office.link(first), RecordLink.objects.get(target_id=second)
    decisions.different(user, [two])
    assert many.same(user, [(one, second)]) == []
    two.refresh_from_db()
    assert (two.decision, two.due) == ("", False)
    with pytest.raises(ValueError, match="promised to Vendor A"):
        decisions.different(user, [two])

    office.sync("crm.vendors")

    assert office.link(first).target_id == second
    office.assert_settled("crm.vendors")


def test_a_partner_of_the_first_app_has_to_be_free_too(office: Office, user: Any) -> None:
    link = a_pair(office, "crm.vendors")
    first, second = str(link.source_id), str(link.target_id)
    (other,) = office.add("books", "contacts", {"contact_name": "Else", "contact_type": "vendor"})
    pairs.separate(user, [link], "They are two.")
    # Its name is the other one's, which the ledger keeps unique.
    office.change("crm", "Vendors", first, Vendor_Name="Vendor B")
    one = RecordLink.objects.select_related("setting__integration").get(source_id=first)
    pairs.pair(user, one, other)

    (refused,) = many.same(user, [(RecordLink.objects.get(target_id=second), first)])

    assert "it is promised to Vendor A" in refused
    office.sync("crm.vendors")
    assert office.link(first).target_id == other
    (refused,) = many.same(user, [(RecordLink.objects.get(target_id=second), first)])
    assert "it is paired with Vendor B" in refused
    office.assert_settled("crm.vendors")


def test_separated_and_deleted_in_its_app_nothing_is_asked(office: Office, user: Any) -> None:
    link = a_pair(office, "crm.vendors")
    second = str(link.target_id)
    pairs.separate(user, [link], "They are two.")
    office.remove("books", "contacts", second)
    office.pass_time(7200)

    office.sync("crm.vendors", full=True)

    assert halves("crm.vendors") == HALVES["both"][:1]
    office.assert_settled("crm.vendors")


def test_what_a_sister_reads_is_left_as_well(office: Office, user: Any) -> None:
    """The records of a module belong to all its flows: one flow's separation binds the others."""
    link = a_pair(office, "crm.customers", contacts_without_account="yes")
    second = str(link.target_id)
    pairs.separate(user, [link], "They are two.")
    office.change("books", "contacts", second, customer_sub_type="individual")
    before = len(office.records("crm", "Contacts"))

    office.sync("crm.customers", full=True)

    assert len(office.records("crm", "Contacts")) == before
    assert RecordLink.objects.get(target_id=second).cause == "separated"
    office.assert_settled()


def test_the_words_say_what_can_be_done(office: Office, user: Any) -> None:
    link = a_pair(office, "crm.vendors", "fetch")
    pairs.separate(user, [link], "They are two.")
    one, two = RecordLink.objects.filter(cause="separated").order_by("pk")
    assert (one.reason, one.details["candidates"][0]["id"]) == (
        "The pair was separated by hand.",
        two.target_id,
    )
    assert two.remedy == (
        "Nothing. If it is to have a partner, pair it on the page of the record in CRM."
    )
    apart.only_unpromised([two])


@pytest.mark.parametrize("extent", ["fetch", "both"])
def test_what_was_separated_before_both_were_remembered(
    office: Office, user: Any, extent: str
) -> None:
    """The migration gives the second record the link that it would have had."""
    link = a_pair(office, "crm.vendors", extent)
    pairs.separate(user, [link], "They are two.")
    halves_of = RecordLink.objects.filter(cause="separated", source_id=None)
    columns = ("target_id", "name", "state", "cause", "reason", "details")
    expected = list(halves_of.values_list(*columns))
    halves_of.delete()

    migration = import_module("integrations.migrations.0029_separated_on_both_sides")
    for _ in range(2):
        migration.remember_second(apps, None)

    assert list(halves_of.values_list(*columns)) == expected
    assert counts(office, "crm.vendors") == (1, 1)
    office.assert_settled("crm.vendors")
