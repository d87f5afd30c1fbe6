"""Items: Books first in both directions, found by name and SKU (rules CRM-70 to CRM-79)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from integrations import configuring, trials
from mappings.fields import Field
from mappings.models import RecordLink
from tests.conftest import Office

KEY = "crm.items"


def items(office: Office) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in office.records("books", "items")}


def products(office: Office) -> list[dict[str, Any]]:
    return office.records("crm", "Products")


def product(office: Office, name: str, code: str = "", **values: Any) -> str:
    row = {"Product_Name": name, "Unit_Price": 10, "Product_Active": True, **values}
    return office.add("crm", "Products", {**row, **({"Product_Code": code} if code else {})})[0]


def item(office: Office, name: str, sku: str = "", **values: Any) -> str:
    return office.add("books", "items", {"name": name, "sku": sku, "rate": 10, **values})[0]


def test_a_product_becomes_an_item(office: Office) -> None:
    product(office, "Probe", "TP-1", Unit_Price=85.5, Usage_Unit="Each", Description="Steel")

    run = office.sync(KEY)

    assert (run.status, run.created) == ("done", 1)
    row = items(office)["Probe"]
    assert (row["sku"], row["rate"], row["unit"]) == ("TP-1", Decimal("85.5"), "Each")
    assert (row["description"], row["status"], row["product_type"]) == ("Steel", "active", "goods")
    office.assert_settled(KEY)


def test_the_status_follows_the_create_and_every_change_of_it(office: Office) -> None:
    made = product(office, "Probe", Product_Active=False)

    run = office.sync(KEY)

    assert (run.status, run.created, run.updated) == ("done", 1, 1)
    assert items(office)["Probe"]["status"] == "inactive"
    office.assert_settled(KEY)

    office.change("crm", "Products", made, Product_Active=True)
    office.reset()
    office.sync(KEY)
    assert office.writes() == {"books POST /items/{id}/active": 1}
    assert items(office)["Probe"]["status"] == "active"
    office.assert_settled(KEY)


def test_a_lost_answer_of_the_create_makes_no_second_item(office: Office) -> None:
    product(office, "Probe", Product_Active=False)
    lost = {"service": "books", "method": "POST", "path": "/items", "kind": "drop_answer"}
    office.faults({**lost, "times": 1})

    run = office.sync(KEY)

    assert (run.status, run.created) == ("done", 1)
    # Found again after the list was read, its status follows with the next sync.
    assert office.sync(KEY).updated == 1
    assert {name: row["status"] for name, row in items(office).items()} == {"Probe": "inactive"}
    office.assert_settled(KEY)


def test_a_price_in_another_currency_is_left_out(office: Office) -> None:
    product(office, "Probe", Currency="EUR", Exchange_Rate=0.92)
    run = office.sync(KEY)
    assert (run.excluded, run.created) == (1, 0)


def test_a_product_without_a_price_says_so(office: Office) -> None:
    made = product(office, "Probe", Unit_Price=None)
    office.sync(KEY)
    assert (office.link(made).state, office.link(made).cause) == ("failing", "required")


# Both ways, and where a duplicate falls (CRM-71, CRM-75) ------------------------------------------


def test_both_ways_books_goes_first(office: Office) -> None:
    office.configure(KEY, extent="both")
    item(office, "Meter", "M-1", unit="Each", status="inactive")
    product(office, "Probe", "P-1")

    run = office.sync(KEY)

    assert (run.direction, run.created) == ("forward", 1)
    rows = {row["Product_Name"]: row for row in products(office)}
    assert set(rows) == set(items(office)) == {"Meter", "Probe"}
    assert rows["Meter"]["Product_Active"] is False
    assert rows["Meter"]["Product_Code"] == "M-1"
    office.assert_settled(KEY)


@pytest.mark.parametrize(
    ("extent", "there", "here"), [("both", 2, 1), ("fetch", 1, 1)], ids=["in CRM", "in Books"]
)
def test_where_the_duplicate_of_a_clone_falls(
    office: Office, extent: str, there: int, here: int
) -> None:
    office.configure(KEY, extent=extent, duplicates="clone")
    item(office, "Probe", "P-1")
    product(office, "Probe", "P-2")

    office.sync(KEY)

    # Books takes no second item of one name, so one way the clone is refused, in Books.
    assert (len(products(office)), len(items(office))) == (there, here)
    states = sorted(RecordLink.objects.filter(flow=KEY).values_list("state", "cause"))
    expected = [("excluded", "cloned"), ("in_sync", "")] if extent == "both" else None
    assert states == (expected or [("failing", "name_taken")])
    office.assert_settled(KEY)


@pytest.mark.parametrize(("extent", "wins"), [("both", 10), ("fetch", 20)])
def test_overwrite_pairs_them_on_the_receiving_side(office: Office, extent: str, wins: int) -> None:
    office.configure(KEY, extent=extent, duplicates="overwrite")
    item(office, "Probe", rate=10)
    product(office, "Probe", Unit_Price=20)

    office.sync(KEY)

    assert len(products(office)) == len(items(office)) == 1
    assert (products(office)[0]["Unit_Price"], items(office)["Probe"]["rate"]) == (wins, wins)
    office.assert_settled(KEY)


# Name and SKU (CRM-72, CRM-73, E-14, E-17) -------------------------------------------------------


def test_the_same_sku_is_a_duplicate_under_another_name(office: Office) -> None:
    there = item(office, "Probe, old name", "TP-1")
    made = product(office, "Temperature probe", "tp-1")
    office.configure(KEY, duplicates="overwrite")

    run = office.sync(KEY)

    assert run.linked == 1
    assert office.link(made).target_id == there
    assert set(items(office)) == {"Temperature probe"}
    office.assert_settled(KEY)


@pytest.mark.parametrize("choice", ["ask", "overwrite", "skip", "clone"])
def test_name_and_sku_of_two_items_are_for_a_person_to_sort_out(
    office: Office, choice: str
) -> None:
    item(office, "Probe", "A-1")
    item(office, "Meter", "B-2")
    made = product(office, "Probe", "B-2")
    office.configure(KEY, duplicates=choice)
    office.reset()

    run = office.sync(KEY)

    assert run.undecided == 1
    assert office.writes() == {}
    link = office.link(made)
    assert (link.state, link.cause) == ("undecided", "ambiguous")
    assert link.reason == "Probe has the same name, Meter has the same SKU."
    assert len(link.details["candidates"]) == 2
    office.assert_settled(KEY)


def test_a_sku_that_another_item_has_is_refused_before_it_is_sent(office: Office) -> None:
    first, second = product(office, "Probe", "A-1"), product(office, "Meter", "B-2")
    office.sync(KEY)
    office.change("crm", "Products", second, Product_Code="A-1")
    office.reset()

    run = office.sync(KEY)

    assert run.failing == 1
    assert office.writes() == {}
    link = office.link(second)
    assert (link.cause, link.state) == ("value_taken", "failing")
    assert "SKU “A-1” is already used by Probe" in link.reason
    assert "Change one of the two" in link.remedy
    assert office.link(first).state == "in_sync"


def test_texts_that_are_too_long_are_never_cut(office: Office) -> None:
    made = product(office, "P" * 101)
    office.sync(KEY)
    assert office.link(made).cause == "too_long"
    assert items(office) == {}


# Goods or service by a mapped field (CRM-76) ------------------------------------------------------


def test_goods_or_service_by_a_field_of_crm(office: Office) -> None:
    pairs = [
        *trials.default_pairs(office.setting(KEY))[0],
        Field("Goods_or_Service", "product_type", "choice"),
    ]
    configuring.change_map(office.setting(KEY), pairs)
    product(office, "Repair", Goods_or_Service="Service")
    product(office, "Probe", Goods_or_Service="Goods")
    other = product(office, "Manual", Goods_or_Service="Both")

    office.sync(KEY)

    assert {name: row["product_type"] for name, row in items(office).items()} == {
        "Repair": "service",
        "Probe": "goods",
    }
    link = office.link(other)
    assert (link.state, link.cause) == ("failing", "unknown_choice")
    assert "Product type" in link.reason
    office.assert_settled(KEY)


def test_a_unit_that_crm_does_not_know_is_named(office: Office) -> None:
    office.configure(KEY, extent="push")
    there = item(office, "Cable", unit="furlong")
    office.sync(KEY)
    link = RecordLink.objects.get(target_id=there)
    assert (link.state, link.cause) == ("failing", "unknown_choice")
    assert "furlong" in link.reason


# One call for many -------------------------------------------------------------------------------


def test_details_of_many_items_are_read_by_the_hundred(office: Office) -> None:
    ids = [product(office, f"Probe of place {n}", f"P-{n}") for n in range(120)]
    office.sync(KEY)
    for record_id in ids:
        office.control("PATCH", f"records/crm/Products/{record_id}", {"Unit_Price": 12})
    office.pass_time(60)
    office.reset()

    run = office.sync(KEY)

    assert run.updated == 120
    assert office.calls("books").get("GET /itemdetails", 0) <= 2
    assert office.calls("books").get("GET /items/{id}", 0) == 0
