"""Mapping a record: values, what is wrong with them, what they wait for."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from mappings.converters import FieldInfo
from mappings.fields import (
    BLANK,
    CREATE,
    Const,
    Field,
    Lines,
    Parent,
    check_values,
    equal,
    map_values,
    parents_needed,
    storable,
)

INVOICES = Lines(
    "invoices",
    "invoices",
    fields=(
        Field("id", "invoice_id", "linked:pay.invoices"),
        Field("amount", "amount_applied", "money"),
    ),
)


def test_values_stand_under_the_target_paths() -> None:
    fields = (Field("Name", "contact_name"), Field("Billing.City", "billing_address.city"))

    mapped = map_values(fields, {"Name": " Acme ", "Billing": {"City": "Oslo"}}, {}, {})

    assert mapped.values == {"contact_name": "Acme", "billing_address.city": "Oslo"}
    assert (mapped.problems, mapped.waiting) == ([], [])


def test_an_empty_value_clears_the_target_only_where_it_may() -> None:
    fields = (Field("Fax", "fax"), Field("Phone", "phone", clears=True))

    assert map_values(fields, {"Fax": "", "Phone": ""}, {}, {}).values == {"phone": None}


def test_every_unusable_value_is_named_not_only_the_first() -> None:
    fields = (Field("Mail", "email", "email"), Field("Web", "website", "website"))
    catalogue = {"email": FieldInfo("email", "E-mail")}

    mapped = map_values(fields, {"Mail": "jo@", "Web": "n/a"}, catalogue, {})

    assert mapped.values == {}
    assert [(p.field, p.path, p.value) for p in mapped.problems] == [
        ("E-mail", "email", "jo@"),
        ("Website", "website", "n/a"),
    ]


def test_a_long_value_is_shown_cut() -> None:
    mapped = map_values((Field("Web", "website", "website"),), {"Web": "no " * 100}, {}, {})
    assert len(mapped.problems[0].value) == 78
    assert mapped.problems[0].value.endswith("…")


def test_a_choice_is_looked_up_in_the_target_and_its_label_in_the_source() -> None:
    currency = {"currency_id": FieldInfo("currency_id", choices={"EUR": "4601"})}

    there = map_values(
        (Field("Currency", "currency_id", "choice"),), {"Currency": "eur"}, currency, {}
    )
    back = map_values(
        (Field("currency_id", "Currency", "choice_label"),),
        {"currency_id": "4601"},
        {},
        {},
        currency,
    )

    assert there.values == {"currency_id": "4601"}
    assert back.values == {"Currency": "EUR"}


def test_a_constant_needs_no_source_and_has_no_way_back() -> None:
    const = Const("", "status", value="draft")
    assert map_values((const,), {}, {}, {}).values == {"status": "draft"}
    assert const.on == CREATE
    assert const.reversed() is None


@pytest.mark.parametrize(
    ("raw", "parents", "values", "waiting"),
    [
        ("7", {("pay.owners", "7"): Parent("b7")}, {"owner_id": "b7"}, []),
        ({"id": 7, "name": "Ida"}, {("pay.owners", "7"): Parent("b7")}, {"owner_id": "b7"}, []),
        (
            "7",
            {("pay.owners", "7"): Parent("", "Ida: no e-mail")},
            {},
            [("pay.owners", "7", "Ida: no e-mail")],
        ),
        ("7", {}, {}, [("pay.owners", "7", "")]),
        (None, {}, {}, []),
        ("", {}, {}, []),
    ],
    ids=["paired", "an object", "not paired, with its reason", "unknown", "none", "empty"],
)
def test_a_linked_field_gives_the_partner_or_waits(
    raw: Any, parents: Any, values: Any, waiting: Any
) -> None:
    field = Field("owner", "owner_id", "linked:pay.owners")
    mapped = map_values((field,), {"owner": raw}, {}, parents)
    assert (mapped.values, mapped.waiting) == (values, waiting)


def test_lines_are_mapped_one_by_one_and_wait_for_each_of_theirs() -> None:
    record = {"invoices": [{"id": "1", "amount": "5.00"}, {"id": "2", "amount": "x"}]}
    parents = {("pay.invoices", "1"): Parent("b1")}

    mapped = map_values((INVOICES,), record, {}, parents)

    assert mapped.values == {
        "invoices": [{"invoice_id": "b1", "amount_applied": Decimal("5.00")}, {}]
    }
    assert mapped.waiting == [("pay.invoices", "2", "")]
    assert [problem.path for problem in mapped.problems] == ["invoices"]
    assert parents_needed((INVOICES,), record) == {("pay.invoices", "1"), ("pay.invoices", "2")}


@pytest.mark.parametrize(
    ("there", "is_equal"),
    [
        ([{"invoice_id": "b1", "amount_applied": Decimal(5), "invoice_number": "INV-1"}], True),
        ([{"invoice_id": "b1", "amount_applied": Decimal("5.01")}], False),
        ([], False),
        (None, False),
    ],
    ids=["also with parts of the target's own", "another amount", "no line", "nothing"],
)
def test_lines_are_compared_by_their_mapped_parts(there: Any, is_equal: bool) -> None:
    assert (
        equal(INVOICES, [{"invoice_id": "b1", "amount_applied": Decimal("5.00")}], there)
        is is_equal
    )


def test_a_field_turns_round_where_its_converter_does() -> None:
    field = Field("Currency", "currency_id", "choice", on=BLANK, clears=True)
    assert field.reversed() == Field("currency_id", "Currency", "choice_label", BLANK, True)
    assert INVOICES.reversed() is None


CATALOGUE = {
    "name": FieldInfo("name", "Display name", required=True, length=5),
    "size": FieldInfo("size", "Size", "choice", choices={"Small": "S"}),
}


@pytest.mark.parametrize(
    ("values", "creating", "causes"),
    [
        ({"name": "Acme", "size": "S"}, True, []),
        ({}, True, ["required"]),
        ({"name": " "}, True, ["required"]),
        ({}, False, []),
        ({"name": None}, False, ["required"]),
        ({"name": "Acme Ltd"}, False, ["too_long"]),
        ({"name": "Acme", "size": "Small"}, True, ["unknown_choice"]),
        ({"name": "Acme", "cf_free": "x" * 1000}, True, []),
    ],
    ids=[
        "all is well",
        "a new record lacks a required field",
        "blanks are no value",
        "an update leaves it alone",
        "an update would blank it",
        "too long",
        "the label of a drop-down where its value belongs",
        "a field nobody described",
    ],
)
def test_what_the_target_would_refuse(
    values: dict[str, Any], creating: bool, causes: list[str]
) -> None:
    problems = check_values(values, CATALOGUE, creating=creating)
    assert [problem.cause for problem in problems] == causes


def test_a_refusal_names_field_value_cause_and_remedy() -> None:
    problem = check_values({"name": "Acme Ltd"}, CATALOGUE, creating=True)[0]
    assert (problem.field, problem.path, problem.value) == ("Display name", "name", "Acme Ltd")
    assert problem.message == "has 8 characters; 5 are allowed"
    assert problem.remedy.startswith("Shorten it")


def test_what_is_stored_keeps_every_digit_of_an_amount() -> None:
    value = {"amount": Decimal("0.10"), "lines": [{"rate": Decimal("5.00")}], "tags": ["a", "b"]}
    assert json.loads(json.dumps(storable(value))) == {
        "amount": "0.10",
        "lines": [{"rate": "5.00"}],
        "tags": ["a", "b"],
    }
