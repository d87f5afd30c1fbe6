"""Suggestions for fields that are not mapped."""

from __future__ import annotations

import pytest

from mappings.converters import FieldInfo
from mappings.fields import Field
from mappings.suggest import suggest


def table(*infos: FieldInfo) -> dict[str, FieldInfo]:
    return {info.name: info for info in infos}


@pytest.mark.parametrize(
    ("source", "target", "via"),
    [
        (
            FieldInfo("Billing_Code"),
            FieldInfo("billing_address.zip", "Billing postal code"),
            "text",
        ),
        (FieldInfo("Description"), FieldInfo("notes", "Remarks"), "text"),
        (FieldInfo("Web", kind="url"), FieldInfo("website", kind="url"), "website"),
        (FieldInfo("Tier", kind="choice"), FieldInfo("cf_tier", "Tier"), "choice_label"),
        (FieldInfo("Unit_Price", kind="money"), FieldInfo("rate", "Unit rate", "money"), "money"),
        (FieldInfo("Due", kind="datetime"), FieldInfo("due", kind="date"), "date"),
    ],
)
def test_fields_that_mean_the_same_are_suggested(
    source: FieldInfo, target: FieldInfo, via: str
) -> None:
    (found,) = suggest(table(source), table(target), [])
    assert found.pair == Field(source.name, target.name, via)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (FieldInfo("Billing_City"), FieldInfo("shipping_address.state", "Shipping state")),
        (FieldInfo("Phone"), FieldInfo("phone", kind="number")),
        (FieldInfo("Id"), FieldInfo("id", read_only=True)),
        (FieldInfo("Bank"), FieldInfo("bank", unmappable="Entered there only.")),
    ],
)
def test_others_are_not(source: FieldInfo, target: FieldInfo) -> None:
    assert suggest(table(source), table(target), []) == []


def test_what_is_mapped_is_left_alone_and_each_field_is_suggested_once() -> None:
    sources = table(FieldInfo("Phone"), FieldInfo("Telephone"), FieldInfo("Fax"))
    targets = table(FieldInfo("phone"), FieldInfo("fax"))
    found = suggest(sources, targets, [Field("Fax", "fax")])
    assert [item.pair for item in found] == [Field("Phone", "phone")]
