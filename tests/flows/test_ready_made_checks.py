"""Ready-made checks 2 to 5 and 9 as tables, as far as no other file has them.

| check | elsewhere |
|---|---|
| 1 three choices of customers | `test_customer_choices` |
| 2 clone, overwrite, skip, of business customers | `test_duplicate_choices` |
| 3 renames of accounts and contacts | `test_customer_choices` |
| 4 the contact in its view, the account not | `test_customer_choices` |
| 8 deleted on either side | `test_ready_made_8` |
| 9 both choices, customers alone | `tests/lifecycle/test_deleting` |
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations import lifecycle
from integrations.models import ArchivedPair, Integration
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, both, contact, persons, sync
from tests.flows.test_duplicate_choices import TABLE
from tests.flows.test_items import KEY as ITEMS
from tests.flows.test_items import item, items, product, products
from tests.flows.test_vendors import KEY as VENDORS
from tests.flows.test_vendors import add, vendors
from tests.lifecycle.conftest import work

CUSTOMERS = "crm.customers"
NAME = "Ann Berg"


pytestmark = pytest.mark.usefixtures("asleep")


# 2: CRM-38 to CRM-42, of the kinds that are not accounts ------------------------------------------


def entered(office: Office, kind: str) -> tuple[str, str]:
    """The same name on both sides: (in CRM, in Books)."""
    town = {"billing_address": {"city": "Bergen"}}
    person = {"contact_persons": [{"first_name": "Ann", "last_name": "Berg"}]}
    if kind == "vendor":
        row = {"contact_name": NAME, "contact_type": "vendor", **town}
        return add(office, NAME, City="Oslo"), office.add("books", "contacts", row)[0]
    row = {"contact_name": NAME, "contact_type": "customer", "customer_sub_type": "individual"}
    there = office.add("books", "contacts", {**row, **person, **town})[0]
    return contact(office, "Ann", "Berg", Mailing_City="Oslo"), there


@pytest.mark.parametrize(("extent", "choice", "second"), list(TABLE))
@pytest.mark.parametrize("kind", ["vendor", "individual"])
def test_2_what_each_choice_leaves_on_either_side(
    office: Office, kind: str, extent: str, choice: str, second: str
) -> None:
    office.world.company["duplicate_names"] = second == "yes"
    made, native = entered(office, kind)
    module = VENDORS if kind == "vendor" else CUSTOMERS
    if kind == "individual":
        office.configure(module="contacts")
    office.configure(module, extent=extent, duplicates=choice, second_names=second)

    office.sync(module)

    in_crm, in_books, states = TABLE[extent, choice, second]
    assert len(office.records("crm", "Vendors" if kind == "vendor" else "Contacts")) == in_crm
    rows = {row["contact_id"]: row for row in office.records("books", "contacts")}
    assert len(rows) == in_books
    assert sorted(RecordLink.objects.values_list("state", "cause")) == states
    overwritten = choice == "overwrite"
    assert (office.link(made).target_id == native) is overwritten
    assert rows[native]["billing_address"]["city"] == ("Oslo" if overwritten else "Bergen")
    office.assert_settled(module)


# 3: CRM-37 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", ["ask", "overwrite", "clone", "skip"])
def test_3_renamed_on_either_side_it_stays_the_pair_it_was(office: Office, choice: str) -> None:
    """Also where another record has the old name by then: names are asked of new records only."""
    for module in (CUSTOMERS, VENDORS, ITEMS):
        office.configure(module, extent="both", duplicates=choice)
    account, vendor = office.accounts("Acme Ltd")[0], add(office, "Kanda")
    thing = product(office, "Probe", "P-1")
    everything = ((CUSTOMERS, account), (VENDORS, vendor), (ITEMS, thing))
    for module, _ in everything:
        office.sync(module)
    partner = {made: office.link(made).target_id or "" for _, made in everything}

    office.change("crm", "Accounts", account, Account_Name="Acme AS")
    office.change("crm", "Vendors", vendor, Vendor_Name="Kanda KK")
    office.change("crm", "Products", thing, Product_Name="Probe 2")
    for module, _ in everything:
        run = office.sync(module)
        assert (run.status, run.created) == ("done", 0)
    assert set(office.customers()) == {"Acme AS", "Kanda KK"}
    assert set(items(office)) == {"Probe 2"}

    office.change("books", "contacts", partner[account], contact_name="Acme ASA")
    office.change("books", "contacts", partner[vendor], contact_name="Kanda GK")
    office.change("books", "items", partner[thing], name="Probe 3")
    for module, _ in everything:
        office.sync(module)
        office.assert_settled(module)
    assert [row["Account_Name"] for row in office.records("crm", "Accounts")] == ["Acme ASA"]
    assert [row["Vendor_Name"] for row in office.records("crm", "Vendors")] == ["Kanda GK"]
    assert [row["Product_Name"] for row in products(office)] == ["Probe 3"]
    assert {made: office.link(made).target_id for _, made in everything} == partner


# 4: CRM-47, CRM-49 --------------------------------------------------------------------------------


@pytest.mark.parametrize("without", [False, True], ids=["of the account", "alone"])
@pytest.mark.parametrize("contact_in_view", [True, False])
@pytest.mark.parametrize("account_in_view", [True, False])
def test_4_a_contact_needs_both_views(
    office: Office, account_in_view: bool, contact_in_view: bool, without: bool
) -> None:
    both(office, contacts_without_account="yes", view="Key accounts")
    office.configure(PERSONS, view="Without e-mail")
    account = office.accounts("Acme Ltd", Key_Account=account_in_view)[0]
    mail = {} if contact_in_view else {"Email": "ann@acme.example.org"}
    contact(office, "Ann", "Berg", Account_Name=None if without else account, **mail)

    runs = sync(office)

    names = {"Acme Ltd"} if account_in_view else set()
    # A contact of no account is in the view of individuals, which takes all here.
    assert set(office.customers()) == (names | {NAME} if without else names)
    goes = account_in_view and contact_in_view and not without
    assert persons(office) == ({NAME: "Acme Ltd"} if goes else {})
    assert sum(run.failing + run.undecided for run in runs) == 0
    office.assert_settled(PERSONS)


def test_4_the_contact_comes_with_its_account_and_stays_when_that_leaves(office: Office) -> None:
    both(office, view="Key accounts")
    office.configure(PERSONS, view="Without e-mail")
    account = office.accounts("Acme Ltd", Key_Account=False)[0]
    made = contact(office, "Ann", "Berg", Account_Name=account)
    sync(office)
    assert persons(office) == {}

    office.change("crm", "Accounts", account, Key_Account=True)
    sync(office)
    assert persons(office) == {NAME: "Acme Ltd"}

    office.change("crm", "Accounts", account, Key_Account=False, Billing_City="Oslo")
    office.pass_time(25 * 3600)
    sync(office)
    assert persons(office) == {NAME: "Acme Ltd"}
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == ""
    assert office.link(account).paired
    assert office.link(made).paired


# 5: CRM-71 to CRM-75 ------------------------------------------------------------------------------

# Direction and choice -> products in CRM, items in Books, states; Books goes first both ways.
FALLS = {
    ("both", "clone"): (2, 1, [("excluded", "cloned"), ("in_sync", "")]),
    ("both", "overwrite"): (1, 1, [("in_sync", "")]),
    ("both", "skip"): (1, 1, [("excluded", "duplicate_skipped")] * 2),
    ("both", "ask"): (1, 1, [("undecided", "possible_duplicate")] * 2),
    # Books takes no second item of a name.
    ("fetch", "clone"): (1, 1, [("failing", "name_taken")]),
    ("fetch", "overwrite"): (1, 1, [("in_sync", "")]),
    ("fetch", "skip"): (1, 1, [("excluded", "duplicate_skipped")]),
    ("fetch", "ask"): (1, 1, [("undecided", "possible_duplicate")]),
}


@pytest.mark.parametrize(("extent", "choice"), list(FALLS))
def test_5_where_the_duplicate_of_an_item_falls(office: Office, extent: str, choice: str) -> None:
    office.configure(ITEMS, extent=extent, duplicates=choice)
    there = item(office, "Probe", "P-1", rate=10)
    here = product(office, "Probe", Unit_Price=20)

    run = office.sync(ITEMS)

    in_crm, in_books, states = FALLS[extent, choice]
    assert run.status == "done"
    assert (len(products(office)), len(items(office))) == (in_crm, in_books)
    links = RecordLink.objects.filter(flow=ITEMS)
    assert sorted(links.values_list("state", "cause")) == states
    overwritten = choice == "overwrite"
    # The values of the side that is read first are those of the other one afterwards.
    price = {"both": (10, 10), "fetch": (20, 20)}[extent] if overwritten else (20, 10)
    by_id = {row["id"]: row for row in products(office)}
    assert (by_id[here]["Unit_Price"], items(office)["Probe"]["rate"]) == price
    assert links.filter(source_id=here, target_id=there).exists() is overwritten
    office.assert_settled(ITEMS)


# 9: CRM-144, of every module at once --------------------------------------------------------------


def company(office: Office) -> None:
    """Of each kind one that is used in Books and one that is not, made by a sync."""
    both(office)
    account, _ = office.accounts("Used Ltd", "Idle Ltd")
    contact(office, "Ann", "Berg", Account_Name=account)
    supplier = add(office, "Used vendor")
    add(office, "Idle vendor")
    thing = product(office, "Used item", "U-1")
    product(office, "Idle item", "I-1")
    for module in (CUSTOMERS, PERSONS, VENDORS, ITEMS):
        office.sync(module)
    line = {"name": "Work", "rate": 100, "quantity": 1, "item_id": office.link(thing).target_id}
    row = {"date": "2026-10-01", "line_items": [line]}
    office.add("books", "invoices", {"customer_id": office.link(account).target_id, **row})
    bill = {"vendor_id": office.link(supplier).target_id, "bill_number": "B-1", **row}
    office.add("books", "bills", bill)


def left(office: Office) -> dict[str, int]:
    sides = {
        "crm": ("Accounts", "Contacts", "Vendors", "Products"),
        "books": ("contacts", "contactpersons", "items"),
    }
    return {name: len(office.records(app, name)) for app, names in sides.items() for name in names}


@pytest.mark.parametrize("choice", ["all", "with transactions"])
def test_9_what_remains_of_a_deleted_integration(make_office: Any, choice: str) -> None:
    office = make_office()
    company(office)
    before = left(office)
    admin: Any = get_user_model().objects.create(username="admin", is_superuser=True)
    integration = Integration.objects.get()
    lifecycle.disable(admin, integration, "We leave CRM.")
    integration.refresh_from_db()
    if choice == "with transactions":
        lifecycle.preview_removals(admin, integration)
        work(office)
        lifecycle.carry_out_removals(admin, integration, integration.ledger.name)
        work(office)

    lifecycle.delete(admin, integration, integration.ledger.name, "We leave CRM.")

    # Items stay whatever was chosen: Books does not say what hangs on them (G-6).
    gone = Counter({"contacts": 2} if choice == "with transactions" else {})
    assert left(office) == {name: number - gone[name] for name, number in before.items()}
    named = {*office.customers(), *vendors(office)}
    assert named >= {"Used Ltd", "Used vendor"}
    assert ("Idle Ltd" in named) is (choice == "all")
    assert not RecordLink.objects.exists()
    # Also what was taken out of Books on purpose, so that it does not come back after rejoining.
    assert ArchivedPair.objects.count() == 7
    assert not Integration.objects.exists()
