"""Records without a partner: duplicates, native ids, decisions, and what a new record gets."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from integrations.sync.plan import Pair
from tests.sync.planning import THERE, candidate, case, plan

ACME = {"Name": "Acme", "City": "Oslo", "Limit": "5.00"}
CHOICES = ["ask", "overwrite", "clone", "skip"]

EXACT = candidate("Acme", "name", "loose")
TWIN = candidate("ACME", "name", "loose", record_id="t2")
TAKEN = candidate("Acme", "name", "loose", taken_by="Acme Norway")
PLANNED = candidate("Acme", "name", "loose", record_id="", taken_by="acme")
VENDOR = candidate("Acme", "name", "loose", fits=False)
FUZZY = candidate("Acme Limited", "loose")
FAINT = candidate("Bolt", "domain")


# By candidates, then by choice in the order of CHOICES.
TABLE = [
    ("nobody there", (), ("create", "create", "create", "create")),
    ("one of the same name", (EXACT,), ("undecided", "read", "create", "excluded")),
    ("two of the same name", (EXACT, TWIN), ("undecided", "undecided", "create", "excluded")),
    ("one, paired with another", (TAKEN,), ("undecided", "undecided", "create", "excluded")),
    ("one this run will make", (PLANNED,), ("undecided", "undecided", "create", "excluded")),
    ("one of another sort", (VENDOR,), ("create", "create", "create", "create")),
    ("one that looks alike", (FUZZY,), ("undecided", "undecided", "create", "undecided")),
    ("one that hardly does", (FAINT,), ("create", "create", "create", "create")),
    ("the same name and a look-alike", (EXACT, FUZZY), ("undecided", "read", "create", "excluded")),
]


@pytest.mark.parametrize(
    ("candidates", "choice", "becomes"),
    [
        pytest.param(candidates, choice, becomes, id=f"{says}, {choice}")
        for says, candidates, results in TABLE
        for choice, becomes in zip(CHOICES, results, strict=True)
    ],
)
def test_the_duplicate_choice_decides(
    candidates: tuple[Any, ...], choice: str, becomes: str
) -> None:
    decision = plan(case(ACME, candidates=candidates), duplicates=choice)
    assert becomes in {decision.action, decision.state}
    assert (decision.action != "none") is (becomes in {"create", "read"})


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("owner", [EXACT, VENDOR, PLANNED], ids=["a client", "a vendor", "planned"])
@pytest.mark.parametrize("second_names", [False, True])
def test_a_name_that_is_taken_refuses_a_new_record_unless_the_app_takes_it_twice(
    second_names: bool, owner: Any, choice: str
) -> None:
    made = case(ACME, owners={"name": owner}, pair=Pair(decision="different"))

    decision = plan(made, duplicates=choice, second_names=second_names)

    if second_names:
        assert decision.action == "create"
        return
    assert (decision.action, decision.state, decision.cause) == ("none", "failing", "name_taken")
    assert decision.reason == (
        "It would be refused because Display name “Acme” is already used by Acme in Daybook."
    )
    assert "Rename one of the two" in decision.remedy


def test_overwrite_reads_the_partner_then_pairs_and_writes_what_differs() -> None:
    made = case(ACME, candidates=(EXACT,))
    first = plan(made, duplicates="overwrite")
    assert (first.action, first.target_id) == ("read", THERE)

    target = {"name": "Acme", "address": {"city": "Bergen"}, "limit": Decimal(5)}
    then = plan(replace(made, target=target, target_read=True), duplicates="overwrite")

    assert (then.action, then.target_id, then.state) == ("link", THERE, "in_sync")
    assert then.values == {"address.city": "Oslo"}
    assert then.before == {"address.city": "Bergen"}


def test_a_partner_that_has_it_all_is_paired_and_nothing_is_written() -> None:
    target = {"name": "Acme", "address": {"city": "Oslo"}, "limit": Decimal(5)}
    made = case(ACME, candidates=(EXACT,), target=target, target_read=True)
    decision = plan(made, duplicates="overwrite")
    assert (decision.action, decision.values, decision.agreed) == ("link", {}, True)


def test_a_partner_that_vanished_meanwhile_needs_attention() -> None:
    made = case(ACME, candidates=(EXACT,), target_read=True)
    decision = plan(made, duplicates="overwrite")
    assert (decision.action, decision.state, decision.cause) == ("none", "failing", "missing")


def test_two_ways_a_pair_found_keeps_the_ledgers_values_where_those_win() -> None:
    target = {"name": "Acme", "address": {"city": "Bergen"}}
    made = case(ACME, candidates=(EXACT,), target=target, target_read=True)

    decision = plan(made, duplicates="overwrite", two_way=True, winner="ledger")

    assert (decision.action, decision.values, decision.carry_back) == ("link", {}, True)


def test_possible_duplicates_are_shown_best_first_with_score_and_reason() -> None:
    candidates = (
        candidate("Akme", "domain", "phone", record_id="t3"),
        candidate("Acme Limited", "loose", record_id="t2", taken_by="Acme UK"),
        candidate("Acme AS", "loose", "tax", record_id="t1"),
        candidate("Bolt", "phone", record_id="t4"),
    )

    decision = plan(case(ACME, candidates=candidates))

    assert decision.cause == "possible_duplicate"
    assert decision.reason.endswith("Acme AS (nearly the same name, the same tax number).")
    shown = decision.details["candidates"]
    assert [(row["id"], row["score"]) for row in shown] == [("t1", 100), ("t3", 90), ("t2", 70)]
    assert shown[2]["paired_with"] == "Acme UK"
    assert shown[1]["why"] == ["the same domain", "the same phone"]


def test_no_more_look_alikes_are_shown_than_a_person_reads() -> None:
    many = tuple(candidate("Acme", "loose", record_id=f"t{n:02}") for n in range(30))
    assert len(plan(case(ACME, candidates=many)).details["candidates"]) == 10


# Native ids --------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", CHOICES)
def test_what_the_vendors_own_integration_paired_is_adopted_without_asking(choice: str) -> None:
    native = candidate("Acme Oslo", "native")
    decision = plan(case(ACME, candidates=(EXACT, native)), duplicates=choice)
    assert (decision.action, decision.target_id) == ("read", native.record_id)


def test_a_native_id_beats_a_decision_that_it_is_another_record() -> None:
    made = case(ACME, candidates=(candidate("Acme", "native"),), pair=Pair(decision="different"))
    assert plan(made).action == "read"


@pytest.mark.parametrize("choice", CHOICES)
def test_several_native_ids_are_a_question(choice: str) -> None:
    both = (candidate("Acme", "native"), candidate("Acme 2", "native", record_id="t2"))
    decision = plan(case(ACME, candidates=both), duplicates=choice)
    assert decision.state == "undecided"
    assert decision.reason.startswith("Several records say that they belong to it:")


def test_a_native_id_of_a_record_paired_elsewhere_is_a_question() -> None:
    taken = candidate("Acme", "native", taken_by="Acme UK")
    assert plan(case(ACME, candidates=(taken,))).state == "undecided"


# Decisions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", CHOICES)
def test_decided_to_be_the_same_it_is_paired_with_the_one_chosen(choice: str) -> None:
    pair = Pair(decision="same", decided_target="t9")
    made = case(ACME, candidates=(EXACT,), pair=pair)
    decision = plan(made, duplicates=choice)
    assert (decision.action, decision.target_id) == ("read", "t9")


def test_decided_to_be_the_same_as_one_that_got_another_partner_meanwhile() -> None:
    pair = Pair(decision="same", decided_target=THERE)
    decision = plan(case(ACME, candidates=(TAKEN,), pair=pair))
    assert (decision.action, decision.state) == ("none", "undecided")
    assert decision.reason.startswith("The record chosen belongs to Acme Norway by now:")


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("alike", [EXACT, FUZZY, TAKEN], ids=["same name", "look-alike", "taken"])
def test_decided_to_be_different_it_is_created(alike: Any, choice: str) -> None:
    made = case(ACME, candidates=(alike,), pair=Pair(decision="different"))
    assert plan(made, duplicates=choice).action == "create"


# What a new record gets --------------------------------------------------------------------------


def test_a_new_record_gets_its_values_and_what_every_new_record_has() -> None:
    record = {**ACME, "Since": "2026-01-01", "Note": "n", "Fax": "", "Terms": "Net 60"}
    decision = plan(case(record))
    assert (decision.action, decision.state, decision.target_id) == ("create", "in_sync", "")
    assert decision.values == {
        "sort": "client",
        "name": "Acme",
        "address.city": "Oslo",
        "limit": "5.00",
        "terms": "60",
        "since": "2026-01-01",
        "note": "n",
    }


def test_amounts_are_decimals_until_they_are_stored_as_text() -> None:
    made = case({**ACME, "Limit": Decimal("1234567890123456.789")})
    assert made.mapped.values["limit"] == Decimal("1234567890123456.789")
    assert plan(made).values["limit"] == "1234567890123456.789"
