"""Catalogues of fields and maps in force, as rows."""

from __future__ import annotations

import datetime as dt

from integrations.models import FlowSetting
from mappings import catalogue
from mappings.converters import FieldInfo
from mappings.fields import BLANK, Const, Field, Lines

AT = dt.datetime(2026, 11, 3, 9, tzinfo=dt.UTC)
SIZE = FieldInfo(
    "size",
    "Size",
    "choice",
    required=True,
    length=20,
    choices={"Small": "S"},
    custom=True,
    read_only=True,
    unique=True,
    remote_id="77",
    unmappable="Not for maps.",
)


def test_fields_come_back_as_they_were_described(setting: FlowSetting) -> None:
    connection = setting.integration.ledger_id
    assert catalogue.load_fields(connection, "contacts") == ({}, None)

    catalogue.store_fields(connection, "contacts", [SIZE, FieldInfo("old")], AT)
    catalogue.store_fields(connection, "contacts", [SIZE], AT)

    assert catalogue.load_fields(connection, "contacts") == ({"size": SIZE}, AT)


def test_a_map_comes_back_in_its_order(setting: FlowSetting) -> None:
    pairs = (Field("B", "b", "money", BLANK, True), Field("A", "a"))
    catalogue.store_pairs(setting.pk, setting.flow, (Field("Z", "z"),))
    catalogue.store_pairs(setting.pk, setting.flow, pairs)
    assert catalogue.pairs_in_force(setting.pk, setting.flow) == pairs


def test_lines_and_constants_stay_with_the_flow(setting: FlowSetting) -> None:
    declared = (Const("", "status", value="draft"), Field("A", "a"), Lines("lines", "lines"))
    catalogue.store_pairs(setting.pk, setting.flow, declared)
    assert catalogue.pairs_in_force(setting.pk, setting.flow) == (Field("A", "a"),)
