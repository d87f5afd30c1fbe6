"""The index of what stands in an app: learned in pages, found by key."""

from __future__ import annotations

import datetime as dt

import pytest

from integrations.models import FlowSetting
from mappings import known
from mappings.known import Known

AT = dt.datetime(2026, 11, 3, 9, tzinfo=dt.UTC)


@pytest.fixture
def here(setting: FlowSetting) -> int:
    return setting.integration.ledger_id


def acme(record_id: str = "1", name: str = "Acme", *keys: str) -> Known:
    return Known(record_id, name, {"type": "customer"}, AT, frozenset(keys or ("name:acme",)))


def test_a_record_is_found_under_each_of_its_keys(here: int) -> None:
    known.learn(here, "contacts", [acme("1", "Acme", "name:acme", "phone:22334455")])

    found = known.find(here, "contacts", ["name:acme", "phone:22334455", "name:bolt"])

    assert {key: [row.record_id for row in rows] for key, rows in found.items()} == {
        "name:acme": ["1"],
        "phone:22334455": ["1"],
    }
    row = found["name:acme"][0]
    assert (row.name, row.facts, row.modified) == ("Acme", {"type": "customer"}, AT)


def test_several_records_may_share_a_key(here: int) -> None:
    known.learn(here, "contacts", [acme("1"), acme("2")])
    found = known.find(here, "contacts", ["name:acme"])["name:acme"]
    assert {row.record_id for row in found} == {"1", "2"}


def test_a_renamed_record_is_not_found_under_its_old_name(here: int) -> None:
    known.learn(here, "contacts", [acme("1")])
    known.learn(here, "contacts", [acme("1", "Bolt", "name:bolt")])
    assert known.find(here, "contacts", ["name:acme"]) == {}
    assert known.find(here, "contacts", ["name:bolt"])["name:bolt"][0].name == "Bolt"


def test_a_record_read_twice_in_one_page_counts_as_it_was_last(here: int) -> None:
    known.learn(here, "contacts", [acme("1"), acme("1", "Bolt", "name:bolt")])
    assert set(known.find(here, "contacts", ["name:acme", "name:bolt"])) == {"name:bolt"}


def test_apps_and_entities_are_apart(here: int, setting: FlowSetting) -> None:
    known.learn(here, "contacts", [acme()])
    assert known.find(here, "items", ["name:acme"]) == {}
    assert known.find(setting.integration.other_id, "contacts", ["name:acme"]) == {}


def test_what_is_forgotten_is_not_found(here: int) -> None:
    known.learn(here, "contacts", [acme("1"), acme("2")])
    known.forget(here, "contacts", ["1"])
    found = known.find(here, "contacts", ["name:acme"])["name:acme"]
    assert [row.record_id for row in found] == ["2"]


def test_how_far_it_was_read_moves_on(here: int) -> None:
    assert known.read_until(here, "contacts") is None
    for hours in (0, 1):
        known.set_read_until(here, "contacts", AT + dt.timedelta(hours=hours))
    assert known.read_until(here, "contacts") == AT + dt.timedelta(hours=1)


def test_records_changed_since_are_counted(here: int) -> None:
    known.learn(here, "contacts", [acme("1"), acme("2")])
    assert known.written_since(here, "contacts", AT) == 2
    assert known.written_since(here, "contacts", AT + dt.timedelta(seconds=1)) == 0


def test_a_page_costs_the_same_few_statements(
    here: int, django_assert_max_num_queries: object
) -> None:
    page = [acme(str(n), f"Acme {n}", f"name:acme {n}", f"loose:{n}") for n in range(200)]
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        known.learn(here, "contacts", page)
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        assert len(known.find(here, "contacts", [f"name:acme {n}" for n in range(200)])) == 200


def test_nothing_asked_costs_nothing(here: int, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        known.find(here, "contacts", [])
        known.learn(here, "contacts", [])
