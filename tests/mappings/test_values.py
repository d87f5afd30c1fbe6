"""One form for each value: what counts as equal, and what moves a record's digest."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.values import KINDS, Fingerprint, expand, moment, read, same

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=True),
    st.text(),
    st.sampled_from(["5", "5.00", "2026-11-03", "2026-11-03T09:30:00+01:00", "soon", "sNaN", " "]),
)
values = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    st.fixed_dictionaries({"id": scalars, "name": scalars}),
    st.lists(st.fixed_dictionaries({"id": scalars, "amount": scalars}), max_size=2),
)
kinds = st.sampled_from(sorted(KINDS))


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        ("", None, "text"),
        ("  ", None, "text"),
        ("Acme ", "Acme", "text"),
        ("a\r\nb", "a\nb", "text"),
        ([], None, "text"),
        (["a", ""], ["a"], "text"),
        (7, "7", "text"),
        ("5", Decimal("5.00"), "money"),
        (0, Decimal("-0.000"), "money"),
        ("500", Decimal("5E+2"), "number"),
        ("", None, "money"),
        (12345678901234567890123456789012345, "12345678901234567890123456789012345", "number"),
        ("2026-11-03", "2026-11-03T00:00:00Z", "date"),
        (dt.date(2026, 11, 3), dt.datetime(2026, 11, 3, 9, tzinfo=dt.UTC), "date"),
        ("2026-11-03T10:00:00+01:00", "2026-11-03T09:00:00Z", "datetime"),
        ("2026-11-03T01:30:00-0800", "2026-11-03T09:30:00+00:00", "datetime"),
        ("yes", True, "boolean"),
        ("", None, "boolean"),
        ({"id": "5", "name": "Acme"}, "5", "id"),
        ({"id": 5}, "5", "id"),
        ({"name": "Acme"}, "Acme", "text"),
        (
            [{"id": 1, "amount": Decimal("5.00")}],
            [{"amount": Decimal(5), "id": 1, "note": ""}],
            "lines",
        ),
    ],
)
def test_these_mean_the_same(a: Any, b: Any, kind: str) -> None:
    assert same(a, b, kind)
    assert Fingerprint([("x", kind)])({"x": a}) == Fingerprint([("x", kind)])({"x": b})


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        ("Acme", "acme", "text"),
        ("5", "5.01", "money"),
        ("0", None, "money"),
        (False, None, "boolean"),
        (Decimal("0.1"), Decimal("0.10000000000000000000000000000001"), "money"),
        (12345678901234567890123456789012345, 12345678901234567890123456789012346, "number"),
        ("2026-11-03", "2026-11-04", "date"),
        ("2026-11-03T10:00:00+01:00", "2026-11-03T10:00:00Z", "datetime"),
        ("soon", "later", "datetime"),
        ([{"amount": "5"}], [{"amount": "6"}], "lines"),
        ([{"amount": "5"}], [{"amount": "5"}, {"amount": "5"}], "lines"),
    ],
)
def test_these_do_not(a: Any, b: Any, kind: str) -> None:
    assert not same(a, b, kind)
    assert Fingerprint([("x", kind)])({"x": a}) != Fingerprint([("x", kind)])({"x": b})


@given(values, kinds)
def test_every_value_is_the_same_as_itself(value: Any, kind: str) -> None:
    assert same(value, value, kind)


@given(values, values, kinds)
def test_same_does_not_depend_on_the_side(a: Any, b: Any, kind: str) -> None:
    assert same(a, b, kind) == same(b, a, kind)


@given(
    st.dictionaries(st.sampled_from("abc"), values), st.dictionaries(st.sampled_from("abc"), values)
)
def test_digests_are_equal_exactly_when_every_field_is_the_same(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    paths = [("a", "text"), ("b", "money"), ("c", "lines")]
    alike = all(same(one.get(path), other.get(path), kind) for path, kind in paths)
    print_ = Fingerprint(paths)
    assert (print_(one) == print_(other)) is alike


def test_a_digest_is_over_the_named_paths_in_any_order_and_nothing_else() -> None:
    record = {"name": "Acme", "address": {"city": "Oslo"}, "seen": 1}
    one = Fingerprint([("name", "text"), ("address.city", "text")])
    other = Fingerprint([("address.city", "text"), ("name", "text"), ("name", "text")])

    assert one(record) == other({**record, "seen": 2})
    assert one(record) != one({**record, "address": {"city": "Bergen"}})
    assert len(one(record)) == 16


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "Acme"),
        ("address.city", "Oslo"),
        ("address.zip", None),
        ("name.city", None),
        ("nothing.at.all", None),
    ],
)
def test_read_follows_a_path_as_far_as_it_goes(path: str, value: Any) -> None:
    assert read({"name": "Acme", "address": {"city": "Oslo"}}, path) == value


@given(st.dictionaries(st.sampled_from(["a", "b.c", "b.d", "e.f.g"]), scalars))
def test_what_is_expanded_is_read_back(paths: dict[str, Any]) -> None:
    assert {path: read(expand(paths), path) for path in paths} == paths


@pytest.mark.parametrize(
    "text", ["soon", "2026-11-03T09:30:00", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_without_a_zone_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        moment(text)


def test_moments_are_in_utc() -> None:
    assert moment("2026-11-03T09:30:00-08:00") == dt.datetime(2026, 11, 3, 17, 30, tzinfo=dt.UTC)
    assert moment("") is moment(None) is None
