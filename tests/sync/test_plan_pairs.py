"""Records that have a partner: who moved, who wins, what an update sends."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from tests.sync.planning import THERE, paired, plan

OURS = {"Name": "Acme", "City": "Bergen"}
THEIRS = {"name": "Acme", "address": {"city": "Oslo", "street": "1 Long Lane", "key": "k"}}
LATER, EARLIER = "2026-11-03T10:00:00+01:00", "2026-11-03T08:59:59Z"

# What becomes of a difference, by who moved; in two-way, by the winner and the direction too.
ONE_WAY = [("still", "still"), ("moved", "still"), ("still", "moved"), ("moved", "moved")]


@pytest.mark.parametrize("winner", ["source", "ledger", "newest", "ask"])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize(("near", "far"), ONE_WAY)
def test_one_way_the_source_is_written_whoever_moved(
    near: str, far: str, direction: str, winner: str
) -> None:
    decision = plan(paired(OURS, THEIRS, near=near, far=far), direction=direction, winner=winner)
    assert (decision.action, decision.state) == ("update", "in_sync")
    assert decision.values == {"address.city": "Bergen"}


@pytest.mark.parametrize("winner", ["source", "ledger", "newest", "ask"])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize(
    ("near", "far", "written"), [("moved", "still", True), ("still", "moved", False)]
)
def test_two_ways_the_side_that_moved_alone_is_carried(
    near: str, far: str, written: bool, direction: str, winner: str
) -> None:
    decision = plan(
        paired(OURS, THEIRS, near=near, far=far), direction=direction, winner=winner, two_way=True
    )
    assert (decision.action == "update") is written
    assert decision.left is not written
    assert decision.agreed is False


# winner, direction -> whether the side that is read is written over the other.
WINS = {
    ("source", "forward"): True,
    ("source", "reverse"): False,
    ("ledger", "forward"): False,
    ("ledger", "reverse"): True,
}


@pytest.mark.parametrize(("winner", "direction"), WINS)
@pytest.mark.parametrize(
    "known",
    [
        {"near": "moved", "far": "moved"},
        {"near": "moved", "far": "moved", "version": 7},
        {"near": "unknown", "far": "unknown"},
        {"near": "still", "far": "still"},
    ],
    ids=[
        "both moved",
        "another version of the map",
        "no digests",
        "neither moved, yet they differ",
    ],
)
def test_two_ways_the_winner_carries_what_cannot_be_told_apart(
    known: dict[str, Any], winner: str, direction: str
) -> None:
    decision = plan(paired(OURS, THEIRS, **known), winner=winner, direction=direction, two_way=True)
    assert (decision.action == "update") is WINS[winner, direction]
    assert decision.left is not WINS[winner, direction]
    assert decision.state == "in_sync"


@pytest.mark.parametrize(
    ("ours", "theirs", "direction", "written"),
    [
        (LATER, EARLIER, "forward", True),
        (EARLIER, LATER, "forward", False),
        (LATER, EARLIER, "reverse", True),
        (EARLIER, LATER, "reverse", False),
        (LATER, LATER, "forward", True),
        (LATER, LATER, "reverse", False),
        ("", LATER, "forward", True),
        (LATER, "", "reverse", False),
    ],
    ids=[
        "read side later, forward",
        "read side earlier, forward",
        "read side later, reverse",
        "read side earlier, reverse",
        "the same moment: the module's source, forward",
        "the same moment: the module's source, reverse",
        "a time is missing: the module's source, forward",
        "a time is missing: the module's source, reverse",
    ],
)
def test_two_ways_the_later_change_wins(
    ours: str, theirs: str, direction: str, written: bool
) -> None:
    made = paired(OURS, THEIRS, far="moved", modified=ours, target_modified=theirs)
    decision = plan(made, winner="newest", direction=direction, two_way=True)
    assert (decision.action == "update") is written
    assert decision.left is not written


def test_two_ways_a_person_is_asked_with_both_values() -> None:
    made = paired({**OURS, "Limit": 5}, {**THEIRS, "limit": Decimal("7.50")}, far="moved")

    decision = plan(made, winner="ask", two_way=True)

    assert (decision.action, decision.state) == ("conflict", "conflict")
    assert (decision.cause, decision.target_id) == ("both_changed", THERE)
    assert decision.reason == "It was changed on both sides: City, Credit limit."
    assert decision.details["fields"] == {
        "address.city": ["Bergen", "Oslo"],
        "limit": ["5", "7.50"],
    }
    assert not decision.agreed


def test_the_reverse_run_leaves_the_question_as_the_forward_run_put_it() -> None:
    made = paired(OURS, THEIRS, far="moved")
    decision = plan(made, winner="ask", two_way=True, direction="reverse")
    assert (decision.action, decision.state, decision.left) == ("none", "conflict", True)


@pytest.mark.parametrize(("direction", "written"), [("forward", True), ("reverse", False)])
def test_a_changed_map_is_no_change_on_both_sides_even_where_a_person_is_asked(
    direction: str, written: bool
) -> None:
    made = paired(OURS, THEIRS, far="moved", version=7)
    decision = plan(made, winner="ask", two_way=True, direction=direction)
    assert (decision.action == "update") is written
    assert decision.state == "in_sync"


@pytest.mark.parametrize(
    ("near", "far", "written"), [("unknown", "still", True), ("still", "unknown", False)]
)
@pytest.mark.parametrize("winner", ["source", "ledger"])
def test_a_side_still_to_be_carried_counts_as_moved(
    near: str, far: str, written: bool, winner: str
) -> None:
    made = paired(OURS, THEIRS, near=near, far=far)
    for direction in ("forward", "reverse"):
        decision = plan(made, winner=winner, two_way=True, direction=direction)
        assert (decision.action == "update") is written
        assert decision.left is not written


@pytest.mark.parametrize(
    ("two_way", "winner", "far", "version"),
    list(product([True, False], ["source", "ledger", "newest", "ask"], ["still", "moved"], [1, 7])),
)
def test_sides_that_mean_the_same_agree_whoever_moved(
    two_way: bool, winner: str, far: str, version: int
) -> None:
    made = paired(
        {"Name": "Acme ", "City": "Oslo", "Limit": "5"},
        {"name": "Acme", "address": {"city": "Oslo"}, "limit": Decimal("5.00")},
        far=far,
        version=version,
    )
    decision = plan(made, winner=winner, two_way=two_way)
    assert (decision.action, decision.state, decision.agreed) == ("none", "in_sync", True)


@pytest.mark.parametrize("two_way", [True, False])
@pytest.mark.parametrize("winner", ["source", "ledger", "ask"])
def test_a_person_keeps_the_values_of_the_side_that_is_read(two_way: bool, winner: str) -> None:
    made = paired(OURS, THEIRS, far="moved", decision="keep_source")
    decision = plan(made, winner=winner, two_way=two_way)
    assert (decision.action, decision.values) == ("update", {"address.city": "Bergen"})


@pytest.mark.parametrize("two_way", [True, False])
def test_a_person_keeps_the_values_of_the_other_side(two_way: bool) -> None:
    decision = plan(paired(OURS, THEIRS, far="moved", decision="keep_target"), two_way=two_way)
    assert (decision.action, decision.agreed, decision.carry_back) == ("none", True, two_way)


def test_a_partner_that_was_deleted_is_not_made_again() -> None:
    decision = plan(paired(OURS, None))
    assert (decision.action, decision.state, decision.cause) == ("none", "gone", "gone_target")
    assert decision.target_id == THERE
    assert decision.reason == "It was deleted in Daybook; its partner was left as it is."


# What an update sends ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "target", "sent"),
    [
        ({"City": "Bergen"}, {}, {"address.city": "Bergen"}),
        ({"City": ""}, {"address": {"city": "Oslo"}}, {}),
        ({"Fax": ""}, {"fax": "123"}, {"fax": None}),
        ({"Fax": ""}, {"fax": ""}, {}),
        ({"Since": "2026-01-01"}, {"since": "2025-01-01"}, {}),
        ({"Note": "new"}, {"note": "old"}, {}),
        ({"Note": "new"}, {"note": "  "}, {"note": "new"}),
        ({"Limit": "5"}, {"limit": Decimal("5.000")}, {}),
        ({"Limit": Decimal("0.10")}, {"limit": Decimal("0.2")}, {"limit": "0.10"}),
        ({"Terms": "net 30"}, {"terms": "60"}, {"terms": "30"}),
        ({"Terms": "net 30"}, {"terms": "30"}, {}),
    ],
    ids=[
        "what differs",
        "an empty value leaves the target's",
        "an empty value clears where it may",
        "nothing to clear",
        "only when created: not now",
        "only where blank: it is not",
        "only where blank: it is",
        "equal amounts are equal",
        "an amount with all its digits",
        "the stored value of a choice",
        "the same choice",
    ],
)
def test_an_update_sends_what_differs_by_the_rule_of_each_field(
    record: dict[str, Any], target: dict[str, Any], sent: dict[str, Any]
) -> None:
    decision = plan(paired({"Name": "Acme", **record}, {"name": "Acme", **target}))
    assert decision.values == sent
    assert (decision.action, decision.agreed) == (("update", False) if sent else ("none", True))


def test_an_update_remembers_what_stood_there_and_what_stands_beside_it() -> None:
    decision = plan(paired(OURS, THEIRS))
    assert decision.before == {"address.city": "Oslo"}
    # The address is replaced as a whole; what its app does not take back is not sent.
    assert decision.keep == {"address.street": "1 Long Lane"}


def test_nothing_stands_beside_a_field_of_its_own() -> None:
    decision = plan(paired({**OURS, "City": "Oslo", "Fax": "1"}, THEIRS))
    assert (decision.values, decision.keep) == ({"fax": "1"}, {})


def test_a_value_that_cannot_be_carried_needs_attention_though_all_else_agrees() -> None:
    decision = plan(paired({"Name": "Acme", "Web": "n/a"}, {"name": "Acme"}))
    assert (decision.action, decision.state, decision.cause) == ("none", "failing", "invalid")
    assert decision.target_id == THERE
    assert decision.reason == "It would be refused because Website “n/a” is not a web address."


def test_a_value_that_is_not_sent_refuses_nothing() -> None:
    # The e-mail address is written when a client is created, and this one is there.
    decision = plan(paired({"Name": "Acme", "Mail": "jo@"}, {"name": "Acme"}))
    assert (decision.state, decision.agreed) == ("in_sync", True)


def test_what_cannot_be_carried_is_no_question_to_a_person() -> None:
    made = paired({"Name": "Acme", "Web": "n/a"}, {"name": "Acme", "website": "a.com"}, far="moved")
    assert plan(made, winner="ask", two_way=True).state == "failing"
