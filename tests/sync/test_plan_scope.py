"""Which records a sync is about at all, and which have to wait for another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.sync.flow import Rule, is_
from mappings.fields import Field, Parent
from tests.sync.planning import CLIENTS, THERE, candidate, case, paired, plan

OPEN = replace(
    CLIENTS,
    rules=(*CLIENTS.rules, Rule(is_("Status", "open"), "The client is closed.")),
    fields=(*CLIENTS.fields, Field("Owner", "owner_id", "linked:shop.owners")),
)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"Name": "", "Status": "open"}, "The client has no name."),
        ({"Name": "  ", "Status": "open"}, "The client has no name."),
        ({"Status": "open"}, "The client has no name."),
        ({"Name": "Acme", "Status": "closed"}, "The client is closed."),
        ({"Name": "Acme"}, "The client is closed."),
        ({"Name": "", "Status": "closed"}, "The client has no name."),
    ],
    ids=["empty", "blank", "missing", "another status", "no status", "the first rule is named"],
)
def test_a_record_that_breaks_a_rule_is_left_out_with_its_sentence(
    record: dict[str, str], reason: str
) -> None:
    decision = plan(case(record, flow=OPEN), flow=OPEN)
    assert (decision.action, decision.state, decision.cause) == ("none", "excluded", "rule")
    assert decision.reason == reason


def test_a_rule_does_not_mind_upper_and_lower_case() -> None:
    assert plan(case({"Name": "Acme", "Status": "Open"}, flow=OPEN), flow=OPEN).action == "create"


def test_a_pair_that_breaks_a_rule_stays_a_pair() -> None:
    decision = plan(paired({"Name": ""}, {"name": "Acme"}))
    assert (decision.state, decision.target_id, decision.action) == ("excluded", THERE, "none")


@pytest.mark.parametrize(
    ("parent", "says"),
    [
        (Parent(), "It needs a record of shop.owners that is not synced yet."),
        (
            Parent("", "Ida: no e-mail"),
            "It needs a record of shop.owners that is not synced yet. Ida: no e-mail",
        ),
    ],
    ids=["not seen yet", "standing still for a reason of its own"],
)
def test_a_record_waits_for_the_one_it_points_to(parent: Parent, says: str) -> None:
    record = {"Name": "Acme", "Status": "open", "Owner": {"id": "7"}}
    made = case(record, flow=OPEN, parents={("shop.owners", "7"): parent})

    decision = plan(made, flow=OPEN)

    assert (decision.action, decision.state) == ("none", "waiting")
    assert decision.waiting_for == ("shop.owners", "7")
    assert decision.reason == says


def test_nothing_else_is_looked_at_while_it_waits() -> None:
    record = {"Name": "Acme", "Status": "open", "Owner": "7", "Web": "n/a"}
    made = case(record, flow=OPEN, candidates=(candidate("Acme", "name"),))
    assert plan(made, flow=OPEN, duplicates="overwrite").state == "waiting"


def test_a_record_left_out_waits_for_nobody() -> None:
    record = {"Name": "Acme", "Status": "closed", "Owner": "7"}
    assert plan(case(record, flow=OPEN), flow=OPEN).state == "excluded"


def test_once_the_other_is_there_it_is_written_with_its_id() -> None:
    record = {"Name": "Acme", "Status": "open", "Owner": "7"}
    made = case(record, flow=OPEN, parents={("shop.owners", "7"): Parent("b7")})
    assert plan(made, flow=OPEN).values["owner_id"] == "b7"
