"""Collections, their indexes and orders, and the file behind them."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

from integrations.sandbox.store import Collection, Store


def names(held: Collection) -> list[str]:
    return [held[one]["name"] for one in held.ordered("name", lambda r: r["name"])]


@pytest.fixture
def held() -> Collection:
    found = Store().collection("books", "things", "thing_id")
    for number, name in enumerate(("b", "a", "c")):
        found.insert({"thing_id": str(number), "name": name})
    return found


def test_an_id_is_taken_once(held):
    with pytest.raises(ValueError, match="already holds 1"):
        held.insert({"thing_id": "1", "name": "x"})


def test_what_is_not_there_cannot_be_replaced(held):
    with pytest.raises(KeyError):
        held.replace("9", {"thing_id": "9", "name": "x"})


def test_an_index_follows_every_write(held):
    held.index("name", lambda r: r["name"])
    held.replace("0", {"thing_id": "0", "name": "a"})
    assert held.by("name", "a") == ["1", "0"]
    held.remove("1")
    assert held.by("name", "a") == ["0"]
    assert held.by("name", "b") == []


def test_an_index_of_many_keys(held):
    held.index("letters", lambda r: list(r["name"]), many=True)
    held.replace("2", {"thing_id": "2", "name": "ab"})
    assert held.by("letters", "a") == ["1", "2"]


def test_an_order_follows_every_write(held):
    assert names(held) == ["a", "b", "c"]
    held.replace("1", {"thing_id": "1", "name": "z"})
    held.insert({"thing_id": "3", "name": "bb"})
    held.remove("2")
    assert names(held) == ["b", "bb", "z"]


def test_an_order_kept_up_to_date_equals_one_sorted_anew():
    chance = random.Random(7)
    held = Store().collection("x", "y")
    for number in range(300):
        held.insert({"id": str(number), "name": chance.randrange(50)})
    held.ordered("name", lambda r: r["name"])
    for _ in range(30):
        one = str(chance.randrange(300))
        if one in held and chance.random() < 0.3:
            held.remove(one)
        elif one in held:
            held.replace(one, {"id": one, "name": chance.randrange(50)})
        kept = held.ordered("name", lambda r: r["name"])
        assert kept == sorted(held.ids(), key=lambda i: (held[i]["name"], i))


def test_none_leaves_a_record_out_of_an_order(held):
    assert held.ordered("x", lambda r: None if r["name"] == "b" else r["name"]) == ["1", "2"]


def test_a_cached_result_ends_with_the_next_write(held):
    calls = []
    for _ in range(2):
        held.cached("k", lambda: calls.append(1))
    held.remove("0")
    held.cached("k", lambda: calls.append(1))
    assert len(calls) == 2


def test_ids_are_19_digits_rising_and_the_same_again():
    first, again = Store(), Store()
    ids = [first.new_id("books") for _ in range(3)]
    assert ids == [again.new_id("books") for _ in range(3)] == sorted(ids)
    assert {len(one) for one in ids} == {19}
    assert first.new_id("crm") not in ids


def test_a_file_brings_everything_back(tmp_path: Path):
    file = str(tmp_path / "store.db")
    store = Store(file)
    held = store.collection("books", "things", "thing_id")
    held.insert({"thing_id": "1", "rate": Decimal("1.20"), "name": "Ä", "deep": [{"x": None}]})
    held.insert({"thing_id": "2", "rate": Decimal(3)})
    held.insert({"thing_id": "3"})
    held.remove("2")
    held.replace("1", {**held["1"], "name": "Ö"})
    last = store.new_id("books")
    store.meta["clock_offset"] = 5.0
    store.flush()

    again = Store(file)
    found = again.collection("books", "things", "thing_id")
    assert found.values() == [
        {"thing_id": "1", "rate": Decimal("1.20"), "name": "Ö", "deep": [{"x": None}]},
        {"thing_id": "3"},
    ]
    assert str(found["1"]["rate"]) == "1.20"
    assert again.new_id("books") > last
    assert again.meta["clock_offset"] == 5.0


def test_a_company_left_half_built_is_begun_again(tmp_path: Path):
    file = str(tmp_path / "store.db")
    store = Store(file)
    store.meta["building"] = True
    store.collection("books", "things").insert({"id": "1"})
    store.flush()
    again = Store(file)
    assert again.collection("books", "things").values() == []
    assert again.meta == {}
