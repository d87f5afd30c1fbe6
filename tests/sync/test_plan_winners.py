"""Fields that have a winner of their own where both sides of a pair were changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.sync.flow import Flow
from mappings.fields import Field
from tests.sync.planning import CLIENTS, candidate, case, paired, plan

OURS = {"Name": "Acme", "City": "Bergen", "Web": "https://ours.example"}
THEIRS = {"name": "Acme", "address": {"city": "Oslo"}, "website": "https://theirs.example"}
CITY, WEB = {"address.city": "Bergen"}, {"website": "https://ours.example"}


def flow(**wins: str) -> Flow:
    """The flow of the tables with winners for some of its source fields."""
    fields = tuple(replace(item, wins=wins.get(item.source, "")) for item in CLIENTS.fields)
    return replace(CLIENTS, fields=fields)


# winner of the module, winners of fields -> what is written and whether the rest is carried back;
# None: the run leaves the record to the other direction.
CASES: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[dict[str, Any], bool] | None] = {
    ("source", ()): ({**CITY, **WEB}, False),
    ("source", (("City", "target"),)): (WEB, True),
    ("source", (("City", "target"), ("Web", "target"))): None,
    ("source", (("Phone", "target"),)): ({**CITY, **WEB}, False),
    ("ledger", ()): None,
    ("ledger", (("City", "source"),)): (CITY, True),
    ("ledger", (("City", "source"), ("Web", "source"))): ({**CITY, **WEB}, False),
    ("ask", (("City", "source"), ("Web", "target"))): (CITY, True),
}


@pytest.mark.parametrize(("winner", "wins"), CASES)
def test_a_field_follows_its_own_winner(winner: str, wins: tuple[tuple[str, str], ...]) -> None:
    chosen = flow(**dict(wins))
    made = paired(OURS, THEIRS, far="moved", flow=chosen)
    decision = plan(made, flow=chosen, winner=winner, two_way=True)
    expected = CASES[winner, wins]
    if expected is None:
        assert (decision.action, decision.left) == ("none", True)
    else:
        assert (decision.action, decision.left) == ("update", False)
        assert (decision.values, decision.carry_back) == expected


def test_a_person_is_asked_about_the_other_fields_only() -> None:
    chosen = flow(City="source")
    decision = plan(
        paired(OURS, THEIRS, far="moved", flow=chosen), flow=chosen, winner="ask", two_way=True
    )
    assert (decision.action, decision.state) == ("conflict", "conflict")
    assert list(decision.details["fields"]) == ["website"]


@pytest.mark.parametrize(
    ("decision", "fields", "expected"),
    [
        ("keep_source", (), {**CITY, **WEB}),
        ("keep_target", (), CITY),
        ("by_field", ("website",), {**CITY, **WEB}),
        ("by_field", (), CITY),
    ],
)
def test_what_a_person_chose_holds_for_the_fields_that_were_asked_about(
    decision: str, fields: tuple[str, ...], expected: dict[str, Any]
) -> None:
    chosen = flow(City="source")
    made = paired(OURS, THEIRS, far="moved", flow=chosen, decision=decision)
    made = replace(made, pair=replace(made.pair, decided_fields=frozenset(fields)))
    planned = plan(made, flow=chosen, winner="ask", two_way=True)
    assert (planned.action, planned.values) == ("update", expected)
    assert planned.carry_back is (len(expected) == 1)


@pytest.mark.parametrize(
    ("near", "far", "writes"), [("moved", "still", True), ("still", "moved", False)]
)
def test_a_change_on_one_side_is_carried_whoever_wins_the_field(
    near: str, far: str, writes: bool
) -> None:
    chosen = flow(City="target", Web="source")
    made = paired(OURS, THEIRS, near=near, far=far, flow=chosen)
    decision = plan(made, flow=chosen, two_way=True)
    assert decision.values == ({**CITY, **WEB} if writes else {})
    assert decision.left is not writes


def test_one_way_nobody_has_to_win() -> None:
    chosen = flow(City="target")
    decision = plan(paired(OURS, THEIRS, far="moved", flow=chosen), flow=chosen)
    assert (decision.values, decision.carry_back) == ({**CITY, **WEB}, False)


def test_a_refused_value_leaves_the_rest_where_it_is() -> None:
    chosen = flow(Web="target")
    long = {**OURS, "City": "A city of a very long name"}
    decision = plan(
        paired(long, THEIRS, far="moved", flow=chosen), flow=chosen, two_way=True, winner="source"
    )
    assert (decision.state, decision.carry_back) == ("failing", False)


def test_a_duplicate_that_is_overwritten_keeps_the_fields_its_side_wins() -> None:
    chosen = flow(City="target")
    made = replace(
        case(OURS, flow=chosen, candidates=(candidate("Acme", "name"),)),
        target=THEIRS,
        target_read=True,
    )
    decision = plan(made, flow=chosen, duplicates="overwrite", two_way=True)
    assert (decision.action, decision.values, decision.carry_back) == ("link", WEB, True)


def test_seen_from_the_other_side_the_same_side_wins() -> None:
    pair = Field("City", "city", wins="source")
    turned = pair.reversed()
    assert turned is not None
    assert (turned.wins, turned.reversed()) == ("target", pair)
