"""What is not written: values the target would refuse, locked periods, fields that finance owns."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mappings.fields import Field
from tests.sync.planning import CATALOGUE, CLIENTS, THERE, candidate, case, paired, plan

ACME = {"Name": "Acme", "City": "Oslo"}


@pytest.mark.parametrize(
    ("record", "cause", "says", "remedy"),
    [
        (
            {"Name": "Acme International AG"},
            "too_long",
            "Display name “Acme International AG” has 21 characters; 20 are allowed",
            "Shorten it, or map the field to one that holds more.",
        ),
        (
            {"Web": "n/a"},
            "invalid",
            "Website “n/a” is not a web address",
            "Correct it, for example www.example.com.",
        ),
        (
            {"Mail": "jo@"},
            "invalid",
            "Mail “jo@” is not an e-mail address",
            "Correct it, for example name@example.com.",
        ),
        ({"Limit": "much"}, "invalid", "Credit limit “much” is not a number", "Enter digits only."),
        (
            {"Since": "soon"},
            "invalid",
            "Since “soon” is not a day",
            "Enter it as year-month-day.",
        ),
        (
            {"Terms": "Net 90"},
            "unknown_choice",
            "Payment terms “Net 90” is not among the values of Payment terms",
            "Add it to Payment terms in the receiving app, or choose another value.",
        ),
    ],
    ids=["too long", "no web address", "no e-mail", "no number", "no day", "unknown choice"],
)
def test_a_create_that_would_be_refused_says_field_value_and_remedy(
    record: dict[str, str], cause: str, says: str, remedy: str
) -> None:
    decision = plan(case({**ACME, **record}))
    assert (decision.action, decision.state, decision.cause) == ("none", "failing", cause)
    assert decision.reason == f"It would be refused because {says}."
    assert decision.remedy == remedy
    assert decision.details["would"] == "create"
    assert decision.details["problems"][0]["value"] in says


def test_a_required_field_without_a_value_is_named() -> None:
    flow = replace(CLIENTS, rules=())
    decision = plan(case({"City": "Oslo"}, flow=flow), flow=flow)
    assert decision.cause == "required"
    assert decision.reason == (
        "It would be refused because Display name is required and has no value."
    )


def test_everything_that_is_wrong_is_said_at_once() -> None:
    decision = plan(case({**ACME, "Web": "n/a", "City": "Llanfairpwllgwyngyll"}))
    assert "Website “n/a” is not a web address; City “Llanfairpwllgwyngyll” has" in decision.reason
    assert [row["path"] for row in decision.details["problems"]] == ["website", "address.city"]
    assert len(decision.remedy.split(". ")) == 2


def test_an_update_is_checked_by_what_it_sends() -> None:
    decision = plan(paired({**ACME, "City": "Llanfairpwllgwyngyll"}, {"name": "Acme"}))
    assert (decision.state, decision.cause, decision.target_id) == ("failing", "too_long", THERE)
    assert decision.details["would"] == "update"


def test_an_update_may_leave_a_value_that_is_too_long_already() -> None:
    long = "Acme International AG"
    decision = plan(paired({"Name": long, "City": "Oslo"}, {"name": long}))
    assert decision.values == {"address.city": "Oslo"}


@pytest.mark.parametrize(("there", "state"), [("Old name", "failing"), ("Acme", "in_sync")])
def test_a_rename_to_a_name_that_is_taken_is_refused(there: str, state: str) -> None:
    owner = candidate("Acme", record_id="t2")
    made = paired(ACME, {"name": there, "address": {"city": "Oslo"}}, owners={"name": owner})
    decision = plan(made)
    assert decision.state == state
    assert (decision.cause == "name_taken") is (state == "failing")


def test_a_field_the_catalogue_does_not_know_is_not_judged() -> None:
    flow = CLIENTS.with_fields([*CLIENTS.fields, Field("Extra", "cf_extra")])
    decision = plan(case({**ACME, "Extra": "x" * 5000}, flow=flow), flow=flow)
    assert decision.action == "create"


# G-9: locked periods -----------------------------------------------------------------------------

LOCK = dt.date(2026, 9, 30)
BILLS = replace(CLIENTS, fields=(*CLIENTS.fields, Field("Day", "date", "date")), day="Day")


@pytest.mark.parametrize(
    ("day", "held"),
    [
        ("2026-09-29", True),
        ("2026-09-30", True),
        ("2026-09-30T23:59:59+02:00", True),
        ("2026-10-01", False),
        ("", False),
    ],
    ids=["before", "the lock day itself", "its last second", "the day after", "no day at all"],
)
def test_a_document_of_a_locked_period_is_not_created(day: str, held: bool) -> None:
    decision = plan(case({**ACME, "Day": day}, flow=BILLS), flow=BILLS, locked_until=LOCK)
    if not held:
        assert decision.action == "create"
        return
    assert (decision.action, decision.state, decision.cause) == ("none", "failing", "locked_period")
    assert decision.reason == (f"Its date {day[:10]} lies in a locked period (up to 2026-09-30).")
    assert decision.remedy


@pytest.mark.parametrize(
    ("ours", "theirs", "held"),
    [
        ("2026-09-30", "2026-10-05", True),
        ("2026-10-05", "2026-09-30", True),
        ("2026-10-05", "2026-10-06", False),
    ],
    ids=["moved into it", "moved out of it", "outside all the time"],
)
def test_a_document_is_neither_moved_into_a_locked_period_nor_out_of_it(
    ours: str, theirs: str, held: bool
) -> None:
    made = paired({**ACME, "Day": ours}, {"name": "Acme", "date": theirs}, flow=BILLS)
    decision = plan(made, flow=BILLS, locked_until=LOCK)
    assert (decision.cause == "locked_period") is held
    assert (decision.action == "update") is not held
    assert decision.target_id == THERE


def test_a_locked_document_that_agrees_is_in_sync() -> None:
    made = paired(
        {**ACME, "Day": "2026-09-01"},
        {"name": "Acme", "address": {"city": "Oslo"}, "date": "2026-09-01"},
        flow=BILLS,
    )
    assert plan(made, flow=BILLS, locked_until=LOCK).agreed


def test_a_pair_found_in_a_locked_period_may_be_remembered_but_not_changed() -> None:
    target = {"name": "Acme", "address": {"city": "Bergen"}, "date": "2026-09-01"}
    found = case(
        {**ACME, "Day": "2026-09-01"},
        flow=BILLS,
        candidates=(candidate("Acme", "name"),),
        target=target,
        target_read=True,
    )
    asked = {"flow": BILLS, "locked_until": LOCK, "duplicates": "overwrite"}
    assert plan(found, **asked).cause == "locked_period"
    same = replace(found, target={**target, "address": {"city": "Oslo"}})
    assert plan(same, **asked).action == "link"


def test_the_lock_binds_writes_into_the_ledger_only() -> None:
    made = case({**ACME, "Day": "2026-09-01"}, flow=BILLS)
    decision = plan(made, flow=BILLS, locked_until=LOCK, direction="reverse")
    assert decision.action == "create"


def test_a_date_that_cannot_be_read_is_held() -> None:
    unmapped = replace(CLIENTS, day="Day")
    decision = plan(
        case({**ACME, "Day": "30 Sept"}, flow=unmapped), flow=unmapped, locked_until=LOCK
    )
    assert (decision.state, decision.cause) == ("failing", "invalid")


@pytest.mark.parametrize(
    ("flow", "until"), [(BILLS, None), (CLIENTS, LOCK)], ids=["no lock", "a module without dates"]
)
def test_where_nothing_is_locked_nothing_is_held(flow: Any, until: Any) -> None:
    made = case({**ACME, "Day": "2026-09-01"}, flow=flow)
    assert plan(made, flow=flow, locked_until=until).action == "create"


# G-10: what finance owns -------------------------------------------------------------------------

CHANGED = {"Name": "Acme", "City": "Oslo", "Limit": "500", "Terms": "Net 60"}
BOOKED = {"name": "Acme", "address": {"city": "Bergen"}, "limit": Decimal(100), "terms": "30"}


def test_without_documents_every_field_is_written() -> None:
    decision = plan(paired(CHANGED, {**BOOKED, "has_documents": False}))
    assert decision.values == {"address.city": "Oslo", "limit": "500", "terms": "60"}


def test_with_documents_the_rest_is_written_and_the_difference_shown() -> None:
    decision = plan(paired(CHANGED, {**BOOKED, "has_documents": True}))
    assert (decision.action, decision.values) == ("update", {"address.city": "Oslo"})
    assert (decision.state, decision.cause) == ("failing", "finance_owned")
    assert decision.details["fields"] == {"limit": ["500", "100"], "terms": ["60", "30"]}
    assert decision.reason.startswith("It differs in Credit limit, Payment terms, and as Daybook")


def test_with_documents_and_nothing_else_changed_nothing_is_written() -> None:
    made = paired({**CHANGED, "City": "Bergen"}, {**BOOKED, "has_documents": True})
    decision = plan(made)
    assert (decision.action, decision.values, decision.state) == ("none", {}, "failing")


@pytest.mark.parametrize("city", ["Oslo", "Bergen"])
def test_two_ways_the_ledgers_values_are_carried_back(city: str) -> None:
    made = paired({**CHANGED, "City": city}, {**BOOKED, "has_documents": True})
    decision = plan(made, two_way=True)
    assert (decision.state, decision.carry_back) == ("in_sync", True)
    assert decision.values == ({"address.city": "Oslo"} if city == "Oslo" else {})


def test_a_person_may_write_them_all_the_same() -> None:
    made = paired(CHANGED, {**BOOKED, "has_documents": True}, decision="keep_source")
    assert plan(made).values == {"address.city": "Oslo", "limit": "500", "terms": "60"}


def test_equal_amounts_are_no_difference_for_finance() -> None:
    made = paired(
        {"Name": "Acme", "Limit": "100.00"}, {"name": "Acme", "limit": 100, "has_documents": True}
    )
    assert plan(made).agreed


def test_a_pair_found_by_overwrite_is_bound_by_it_as_well() -> None:
    found = case(
        CHANGED,
        candidates=(candidate("Acme", "name"),),
        target={**BOOKED, "has_documents": True},
        target_read=True,
    )
    decision = plan(found, duplicates="overwrite")
    assert (decision.action, decision.values) == ("link", {"address.city": "Oslo"})
    assert decision.cause == "finance_owned"


def test_the_value_of_a_finance_field_is_not_checked_where_it_is_not_sent() -> None:
    catalogue = {**CATALOGUE, "limit": replace(CATALOGUE["limit"], required=True)}
    made = paired({"Name": "Acme"}, {"name": "Acme", "has_documents": True})
    assert plan(made, catalogue=catalogue).agreed
