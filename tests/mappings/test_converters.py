"""Converters: what they make of a value, what they refuse, and the way back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.converters import CONVERTERS, FieldInfo, Unusable, converter
from mappings.values import KINDS, same

SIZE = FieldInfo("size", "Size", "choice", choices={"Small": "S", "Very large": "XL"})
PLAIN = FieldInfo("x")


def test_every_converter_has_a_kind_and_an_inverse_there_is() -> None:
    for item in CONVERTERS.values():
        assert item.kind in KINDS
        assert item.inverse is None or CONVERTERS[item.inverse].inverse == item.name


@pytest.mark.parametrize(
    ("name", "value", "converted"),
    [
        ("text", "  Acme ", "Acme"),
        ("text", 5, "5"),
        ("text", {"id": "1", "name": "Ida"}, "Ida"),
        ("text", ["Red", "", "Blue"], "Red; Blue"),
        ("text", [], None),
        ("text", " ", None),
        ("website", "www.acme.com", "www.acme.com"),
        ("website", "https://acme.co.uk:8080/a?b=1", "https://acme.co.uk:8080/a?b=1"),
        ("email", " jo@acme.com ", "jo@acme.com"),
        ("money", "12.50", Decimal("12.50")),
        ("money", 5, Decimal(5)),
        ("money", "", None),
        ("number", Decimal("0.1"), Decimal("0.1")),
        ("boolean", "Yes", True),
        ("boolean", "off", False),
        ("boolean", False, False),
        ("boolean", "", None),
        ("date", "2026-11-03T09:30:00Z", "2026-11-03"),
        ("date", None, None),
        ("datetime", "2026-11-03T09:30:00+01:00", "2026-11-03T08:30:00+00:00"),
        ("datetime", "", None),
        ("choice", "very LARGE", "XL"),
        ("choice", "XL", "XL"),
        ("choice", None, None),
        ("choice_label", "XL", "Very large"),
        ("choice_label", "M", "M"),
    ],
)
def test_conversions(name: str, value: Any, converted: Any) -> None:
    info = SIZE if name.startswith("choice") else PLAIN
    assert converter(name).convert(value, info) == converted


@pytest.mark.parametrize(
    ("name", "value", "cause"),
    [
        ("website", "n/a", "invalid"),
        ("website", "not a site", "invalid"),
        ("email", "jo@acme", "invalid"),
        ("email", "jo@acme.com, ida@acme.com", "invalid"),
        ("email", "@acme.com", "invalid"),
        ("money", "12,50", "invalid"),
        ("money", "NaN", "invalid"),
        ("money", "Infinity", "invalid"),
        ("number", "many", "invalid"),
        ("boolean", "maybe", "invalid"),
        ("date", "03/11/2026", "invalid"),
        ("datetime", "2026-11-03T09:30:00", "invalid"),
        ("choice", "Medium", "unknown_choice"),
    ],
)
def test_a_value_without_meaning_is_refused_with_a_remedy(
    name: str, value: Any, cause: str
) -> None:
    with pytest.raises(Unusable) as caught:
        converter(name).convert(value, SIZE if name == "choice" else PLAIN)
    assert caught.value.cause == cause
    assert str(caught.value).startswith("is ")
    assert caught.value.remedy.endswith(".")


def test_a_choice_without_a_list_is_free_text() -> None:
    assert converter("choice").convert("Anything", PLAIN) == "Anything"


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_amounts_go_there_and_back_without_losing_a_digit(amount: Decimal) -> None:
    there = converter("money").convert(str(amount), PLAIN)
    assert isinstance(there, Decimal)
    assert there == amount
    assert same(converter("money").convert(there, PLAIN), amount, "money")


@given(st.sampled_from(["text", "boolean", "date", "datetime", "email", "website"]), st.text())
def test_what_was_converted_once_converts_to_itself(name: str, value: str) -> None:
    item = converter(name)
    try:
        there = item.convert(value, PLAIN)
    except Unusable:
        return
    back = converter(item.inverse or name).convert(there, PLAIN)
    assert same(back, there, item.kind)


@given(st.sampled_from(list(SIZE.choices)))
def test_a_choice_comes_back_as_what_people_read(label: str) -> None:
    stored = converter("choice").convert(label, SIZE)
    assert converter("choice_label").convert(stored, SIZE) == label


def test_a_linked_field_is_its_own_inverse() -> None:
    linked = converter("linked:app.parents")
    assert (linked.kind, linked.inverse) == ("id", "linked:app.parents")


def test_an_unknown_converter_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="No converter is called 'fax'; there are active, boolean"):
        converter("fax")


def test_a_field_is_called_by_its_label_or_by_its_name_in_words() -> None:
    assert FieldInfo("contact_name", "Display name").title == "Display name"
    assert FieldInfo("billing_address.zip").title == "Billing address zip"
