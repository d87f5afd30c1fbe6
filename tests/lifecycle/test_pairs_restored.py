"""Deleted, joined again, read in: pairs and decisions come back, and nothing at all is written."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from integrations import lifecycle, pair_files, pair_rows, pairs, removing
from integrations.models import FlowSetting, Integration
from mappings import pair_file
from mappings.models import RecordLink
from tests.conftest import URL, Office
from tests.flows.test_customer_choices import PERSONS, contact
from tests.lifecycle.conftest import crm

pytestmark = pytest.mark.django_db
ORDER = ("crm.customers", PERSONS, "crm.vendors", "crm.items")
STORE = (
    *(("crm", module) for module in ("Accounts", "Contacts", "Vendors", "Products")),
    *(("books", place) for place in ("contacts", "contactpersons", "items")),
)


def store(office: Office) -> dict[tuple[str, str], Any]:
    """Everything that stands in both apps, to the last time of change."""
    return {place: office.records(*place) for place in STORE}


def sync_all(office: Office) -> None:
    keys = [key for key in ORDER if office.legs(key)]
    for key in keys:
        assert office.sync(key).status == "done"


def settled(office: Office) -> None:
    """A second sync of any module finds nothing to do."""
    for key in ORDER:
        if office.legs(key):
            office.assert_settled(key)


def held(office: Office) -> set[tuple[Any, ...]]:
    """What holds of every record that is paired or was decided about."""
    rows = RecordLink.objects.all()
    return {
        (row.flow, *pair_rows.told_of(row, "")[:3], row.state, row.cause)
        for row in rows
        if row.paired or row.cause in ("separated", "kept_alone")
    }


def choices(office: Office) -> dict[str, dict[str, Any]]:
    names = ("extent", "duplicates", "winner", "options")
    return {
        row.flow: {name: getattr(row, name) for name in names}
        for row in FlowSetting.objects.filter(integration=crm(office))
    }


def again(office: Office, admin: Any, *, form: str = "") -> Any:
    """Delete the integration, join the apps again with the same choices, and check the file: the
    archive's, or a file written before in this form."""
    chosen, row = choices(office), crm(office)
    content = pair_file.written(pair_rows.exported(row), form) if form else b""
    lifecycle.disable(admin, row, "We start anew.")
    lifecycle.delete(admin, row, row.ledger.name, "We start anew.")
    call_command("connect_sandbox", url=URL, stdout=io.StringIO())
    new = Integration.objects.get()
    for flow, values in chosen.items():
        FlowSetting.objects.filter(integration=new, flow=flow).update(**values)
    office.setting = lambda key="crm.customers": FlowSetting.objects.select_related(  # type: ignore[method-assign]
        "integration"
    ).get(flow=key, integration=new)
    assert not RecordLink.objects.exists()
    if form:
        found = pair_file.read_file(f"pairs.{form}", content)
        assert found.errors == []
        return pair_files.judge(admin, new, f"pairs.{form}", found)
    ((archive, _),) = pair_rows.left_by(new)
    return pair_files.judge_archive(admin, new, archive)


def restored(office: Office, admin: Any, file: Any) -> None:
    assert {row.verdict for row in file.rows.filter(outcome="refused")} == set()
    pair_files.carry_out(admin, file)
    assert set(file.rows.values_list("outcome", flat=True)) == {"done"}


def company(office: Office) -> None:
    """Something of each kind of record."""
    office.accounts("Acme Ltd", "Bolt Ltd", "Cord Ltd", "Dirk Ltd", "Echo Ltd")
    ids = {row["Account_Name"]: row["id"] for row in office.records("crm", "Accounts")}
    contact(office, "Ann", "Berg", Account_Name=ids["Acme Ltd"], Email="ann@acme.example.org")
    contact(office, "Bo", "Dahl", Account_Name=ids["Acme Ltd"])
    contact(office, "Ida", "Alone", Email="ida@alone.example.org")
    contact(office, "Jon", "Alone", Email="jon@single.example.org")
    office.add("crm", "Vendors", *({"Vendor_Name": f"Vendor {n}"} for n in "ABC"))
    office.add(
        "crm", "Products", *({"Product_Name": f"Product {n}", "Unit_Price": 10} for n in "ABC")
    )


def named(name: str) -> RecordLink:
    return RecordLink.objects.get(name=name)


def decide(office: Office, admin: Any) -> None:
    """All that people can have decided: kept, separated, kept alone, and deleted but open."""
    pairs.keep(admin, [named("Acme Ltd"), named("Vendor A"), named("Product A"), named("Ann Berg")])
    apart = [named("Bolt Ltd"), named("Vendor B"), named("Product B"), named("Bo Dahl")]
    pairs.separate(admin, apart, "They are two.")
    for name, place in (
        ("Cord Ltd", "Accounts"), ("Dirk Ltd", "Accounts"), ("Ida Alone", "Contacts"),
        ("Vendor C", "Vendors"), ("Product C", "Products"),
    ):  # fmt: skip
        office.remove("crm", place, str(named(name).source_id))
    office.pass_time(7200)
    sync_all(office)
    assert named("Cord Ltd").state == "gone"
    removing.keep(admin, [named("Cord Ltd"), named("Vendor C")])


@pytest.mark.parametrize("form", ["", "csv", "xlsx"])
@pytest.mark.parametrize("extent", ["fetch", "both"])
def test_a_round_trip_writes_nothing(office: Office, admin: Any, extent: str, form: str) -> None:
    office.configure(module="accounts_contacts", contacts_without_account="yes", extent=extent)
    for key in ORDER[1:]:
        office.configure(key, extent=extent)
    company(office)
    sync_all(office)
    decide(office, admin)
    sync_all(office)
    before, links = store(office), held(office)
    assert {row[3] for row in links} >= {
        "paired", "paired and kept", "first separated", "second separated", "first deleted",
        "second kept alone",
    }  # fmt: skip

    file = again(office, admin, form=form)
    restored(office, admin, file)
    assert held(office) == links
    office.reset()
    sync_all(office)

    assert office.writes() == {}
    assert store(office) == before
    assert held(office) == links
    settled(office)


def test_what_was_deleted_in_books_comes_back_as_deleted(office: Office, admin: Any) -> None:
    acme, bolt, *_ = office.accounts("Acme Ltd", "Bolt Ltd", "Cord Ltd", "Dirk Ltd")
    sync_all(office)
    for one in (acme, bolt):
        office.remove("books", "contacts", str(office.link(one).target_id))
    office.pass_time(7200)
    office.sync(full=True)
    assert (office.link(acme).state, office.link(acme).cause) == ("gone", "gone_target")
    removing.keep(admin, [office.link(bolt)])
    before, links = store(office), held(office)

    restored(office, admin, again(office, admin))
    office.reset()
    sync_all(office)

    assert office.writes() == {}
    assert (store(office), held(office)) == (before, links)
    settled(office)


def test_deleted_between_export_and_import_it_is_asked_about_too(
    office: Office, admin: Any
) -> None:
    acme, bolt = office.accounts("Acme Ltd", "Bolt Ltd")
    sync_all(office)
    content = pair_file.written(pair_rows.exported(crm(office)), "csv")
    office.remove("crm", "Accounts", bolt)
    before = store(office)
    again(office, admin)
    found = pair_file.read_file("pairs.csv", content)
    file = pair_files.judge(admin, Integration.objects.get(), "pairs.csv", found)
    told = dict(file.rows.values_list("first_id", "holds"))
    assert told == {acme: "paired", bolt: "first deleted"}

    restored(office, admin, file)
    sync_all(office)

    assert office.link(bolt).state == "gone"
    assert store(office) == before
    settled(office)


def test_a_change_made_meanwhile_is_carried_and_not_overwritten(office: Office, admin: Any) -> None:
    office.configure(extent="both", winner="source")
    acme, bolt = office.accounts("Acme Ltd", "Bolt Ltd", Website="https://one.example")
    sync_all(office)
    file = again(office, admin)
    office.change("books", "contacts", _target(file, acme), website="https://two.example")
    office.change("crm", "Accounts", bolt, Website="https://three.example")
    restored(office, admin, file)

    sync_all(office)

    sites = {row["Account_Name"]: row["Website"] for row in office.records("crm", "Accounts")}
    assert sites == {"Acme Ltd": "https://two.example", "Bolt Ltd": "https://three.example"}
    assert office.customers()["Bolt Ltd"]["website"] == "https://three.example"
    settled(office)


def test_changed_on_both_sides_it_is_asked_again(office: Office, admin: Any) -> None:
    office.configure(extent="both", winner="ask")
    (acme,) = office.accounts("Acme Ltd", Website="https://one.example")
    sync_all(office)
    office.change(
        "books", "contacts", str(office.link(acme).target_id), website="https://two.example"
    )
    office.change("crm", "Accounts", acme, Website="https://three.example")
    sync_all(office)
    assert office.link(acme).state == "conflict"
    before = store(office)

    restored(office, admin, again(office, admin))
    sync_all(office)

    assert office.link(acme).state == "conflict"
    assert store(office) == before
    settled(office)


def _target(file: Any, first_id: str) -> str:
    return str(file.rows.get(first_id=first_id).second_id)


def test_a_customer_of_another_sort_by_now_is_still_its_pair(office: Office, admin: Any) -> None:
    office.configure(module="accounts_contacts", contacts_without_account="yes")
    (acme,) = office.accounts("Acme Ltd")
    ida = contact(office, "Ida", "Alone", Email="ida@alone.example.org")
    sync_all(office)
    sorts = ((acme, "individual"), (ida, "business"))
    for one, sort in sorts:
        target = str(office.link(one).target_id)
        office.change("books", "contacts", target, customer_sub_type=sort)
    sync_all(office)
    before = store(office)

    restored(office, admin, again(office, admin, form="csv"))
    sync_all(office)

    assert store(office) == before
    settled(office)


def test_the_export_of_the_whole_demo_company_is_taken_in(
    make_office: Callable[..., Office],
) -> None:
    office = make_office(company="demo", accounts=120)
    admin = get_user_model().objects.create(username="admin", is_superuser=True)
    office.configure(module="accounts_contacts", contacts_without_account="yes")
    sync_all(office)
    file = again(office, admin, form="csv")
    assert [row.verdict for row in file.rows.filter(outcome="refused")] == []
    before = store(office)

    restored(office, admin, file)
    office.reset()
    sync_all(office)

    assert (office.writes(), store(office)) == ({}, before)
    settled(office)
