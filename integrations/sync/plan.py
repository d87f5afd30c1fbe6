"""Deciding what is to happen to one record. Pure: no database, no network, no clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations.sync import refusals
from integrations.sync.case import (
    ASK,
    CONFLICT,
    EXCLUDED,
    GONE,
    UNDECIDED,
    WAITING,
    Candidate,
    Case,
    Decision,
    Pair,
    Terms,
)
from integrations.sync.duplicates import plan_new
from integrations.sync.flow import REVERSE
from integrations.sync.updates import differences, in_words, update

__all__ = ["Candidate", "Case", "Decision", "Pair", "Terms", "plan_record"]


def plan_record(case: Case, terms: Terms) -> Decision:
    """The one decision for a record, by the order: scope, references, pair, duplicates, checks."""
    for rule in terms.flow.rules:
        if not rule.test.holds(case.record):
            return Decision(
                state=EXCLUDED, cause="rule", reason=rule.reason, target_id=case.pair.far_id
            )
    if case.pair.parked and not case.pair.decision:
        return Decision(state=UNDECIDED, left=True)
    if case.mapped.waiting:
        return _waiting(case, terms)
    if case.pair.far_id:
        return _plan_pair(case, terms)
    return plan_new(case, terms)


def _waiting(case: Case, terms: Terms) -> Decision:
    flow, record_id, why = case.mapped.waiting[0]
    module = terms.modules.get(flow, flow)
    reason = f"It needs a record of {module} that is not synced yet."
    return Decision(
        state=WAITING,
        cause="waiting",
        reason=f"{reason} {why}".strip(),
        remedy="Nothing, if that record is on its way; otherwise mend that one first.",
        waiting_for=(flow, record_id),
        target_id=case.pair.far_id,
    )


def _plan_pair(case: Case, terms: Terms) -> Decision:
    pair = case.pair
    if case.target is None:
        return Decision(
            state=GONE,
            target_id=pair.far_id,
            cause="gone",
            reason=f"Its partner was deleted in {terms.target_name}.",
            remedy="Separate the pair to have it created again, or leave it.",
        )
    diff = differences(case, terms)
    if not diff and not refusals.problems_of(case, terms, {}, creating=False):
        return Decision(target_id=pair.far_id, agreed=True)
    if pair.decision == "keep_target":
        return Decision(target_id=pair.far_id, agreed=True, carry_back=terms.two_way)
    if pair.decision == "by_field":
        return _chosen(case, terms, diff)
    if terms.two_way and pair.decision != "keep_source":
        settled = _settle(case, terms, diff)
        if settled is not None:
            return settled
    return update(case, terms, diff, target_id=pair.far_id)


def _chosen(case: Case, terms: Terms, diff: dict[str, Any]) -> Decision:
    """Some fields get the source's values, as a person chose; the others keep the target's."""
    if terms.flow.direction == REVERSE:
        # The choice names fields as the forward run sees them.
        return Decision(target_id=case.pair.far_id, left=True)
    ours = {path: value for path, value in diff.items() if path in case.pair.decided_fields}
    rest = len(ours) < len(diff)
    if not ours:
        return Decision(target_id=case.pair.far_id, agreed=True, carry_back=terms.two_way)
    decision = update(case, terms, ours, target_id=case.pair.far_id)
    return replace(decision, carry_back=rest and terms.two_way)


def _settle(case: Case, terms: Terms, diff: dict[str, Any]) -> Decision | None:
    """None when the source's values are to be written, else what happens instead."""
    near, far = _moved(case, terms)
    left = Decision(target_id=case.pair.far_id, left=True)
    if near != far:
        return None if near else left
    # Without digests over the same fields nobody knows who moved: a difference is the winner's
    # to carry, never a change on both sides.
    if near and diff and terms.winner == ASK:
        return _conflict(case, terms, diff)
    return None if terms.near_wins(case) else left


def _moved(case: Case, terms: Terms) -> tuple[bool, bool]:
    """Whether the source and the target changed since both were known to agree.

    A side whose digest is missing while the other's is known has still to be carried over.
    """
    pair = case.pair
    if pair.version != terms.version or not (pair.near_digest or pair.far_digest):
        return False, False
    return case.digest != pair.near_digest, case.target_digest != pair.far_digest


def _conflict(case: Case, terms: Terms, diff: dict[str, Any]) -> Decision:
    if terms.flow.direction == REVERSE:
        # The forward run notes it, seen from its side.
        return Decision(state=CONFLICT, target_id=case.pair.far_id, left=True)
    return Decision(
        action="conflict",
        state=CONFLICT,
        target_id=case.pair.far_id,
        cause="both_changed",
        reason=f"It was changed on both sides: {terms.titles(diff)}.",
        remedy="Choose whose values stay.",
        details={"fields": in_words(case, diff)},
    )
