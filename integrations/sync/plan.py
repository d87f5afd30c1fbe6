"""Deciding what is to happen to one record. Pure: no database, no network, no clock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from integrations.sync import refusals
from integrations.sync.case import (
    ASK,
    CLAIMED,
    CONFLICT,
    EXCLUDED,
    FAILING,
    GONE,
    GONE_SOURCE,
    GONE_TARGET,
    IN_SYNC,
    MOVED,
    WAITING,
    Candidate,
    Case,
    Decision,
    Pair,
    Terms,
    gone_words,
)
from integrations.sync.duplicates import plan_new
from integrations.sync.flow import REVERSE
from integrations.sync.updates import differences, in_words, partly, taken_over, update, written

KEEP_TARGET, BY_FIELD, FETCH = "keep_target", "by_field", "fetch"
KEEPING = frozenset({"keep_source", KEEP_TARGET, BY_FIELD})

__all__ = ["Candidate", "Case", "Decision", "Pair", "Terms", "plan_record"]


def plan_record(case: Case, terms: Terms) -> Decision:
    """The one decision for a record, by the order: scope, sister flows, references, pair,
    duplicates, checks."""
    if case.promised and not case.pair.far_id and case.pair.decision != "same":
        return _promised(case, terms)
    stays = _stays(case, terms)
    if stays is not None:
        return stays
    for rule in terms.flow.rules:
        if not rule.test.holds(case.record):
            return Decision(
                state=EXCLUDED, cause="rule", reason=rule.reason, target_id=case.pair.far_id
            )
    if not case.pair.far_id and (case.held or case.pair.kept_elsewhere):
        return _elsewhere(case, terms)
    if case.mapped.waiting:
        return _waiting(case, terms)
    if not case.pair.far_id:
        if case.took_in and not case.pair.decision:
            return _claimed(case.took_in)
        return plan_new(case, terms)
    decision = _plan_pair(case, terms)
    if decision.cause == MOVED and case.pair.kept_elsewhere:
        return Decision(state=EXCLUDED, target_id=case.pair.far_id, left=True)
    return decision


def _promised(case: Case, terms: Terms) -> Decision:
    """A person said, of the target record, that this one is its partner."""
    if terms.two_way:
        # The other direction makes the pair.
        return Decision(state=WAITING, left=True)
    answer = replace(case.pair, decision="same", decided_target=case.promised)
    return plan_record(replace(case, pair=answer), terms)


def _stays(case: Case, terms: Terms) -> Decision | None:
    """What stands until a person, or the other direction, has dealt with it."""
    pair = case.pair
    if (pair.parked and not pair.decision) or pair.asked_there:
        return Decision(state=pair.state, target_id=pair.far_id, left=True)
    if pair.lost and pair.far_id and case.target is None:
        # Asked about it, whatever has become of the record that is left.
        return _gone(case, terms)
    return None


def _elsewhere(case: Case, terms: Terms) -> Decision:
    """It has a partner by a sister flow: a second one is a person's to ask for."""
    if case.held is None or case.pair.kept_elsewhere:
        return Decision(state=EXCLUDED, left=True)
    there = case.held
    part_of = f" of {there.part_of}" if there.part_of else ""
    said = f" ({there.says})" if there.says else ""
    place = f"{there.becomes}{part_of}{said}"
    if there.lost:
        stands = f"It was deleted in {terms.target_name}, where it was {place}"
    else:
        stands = f"It is in {terms.target_name} already, as {place}"
    reason = f"{stands}, and would become {terms.flow.becomes} there now."
    return Decision(
        state=FAILING,
        cause=MOVED,
        reason=f"{there.why} {reason}".strip(),
        remedy=(
            "Say whether it stays as it is or is carried over. Or change it back where it comes "
            "from."
        ),
        details={"native": dict(there.native)} if there.native else {},
    )


def _claimed(gone: str) -> Decision:
    """It may take over the partner of a record that is gone, so it gets none of its own."""
    return Decision(
        state=EXCLUDED,
        cause=CLAIMED,
        reason=f"{gone or 'A record'} is gone and may have been merged into it.",
        remedy=f"Say of {gone or 'that one'}, under Deleted on one side, whether it was.",
    )


def _waiting(case: Case, terms: Terms) -> Decision:
    in_reverse = terms.two_way and terms.flow.direction == REVERSE
    left_out = case.pair.kept_elsewhere or (in_reverse and case.pair.state == EXCLUDED)
    if case.pair.far_id and left_out:
        # By a person, or by a rule of the forward run: nothing of it is on its way.
        return Decision(state=EXCLUDED, target_id=case.pair.far_id, left=True)
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


def _gone(case: Case, terms: Terms) -> Decision:
    reason, remedy = case.pair.lost or gone_words(terms.target_name)
    cause = GONE_SOURCE if terms.flow.direction == REVERSE else GONE_TARGET
    return Decision(
        state=GONE, target_id=case.pair.far_id, cause=cause, reason=reason, remedy=remedy
    )


def _plan_pair(case: Case, terms: Terms) -> Decision:
    pair = case.pair
    if case.target is None:
        return _gone(case, terms)
    diff = differences(case, terms)
    if not diff and not refusals.problems_of(case, terms, {}, creating=False):
        return Decision(target_id=pair.far_id, agreed=True)
    if pair.decision in KEEPING:
        return _chosen(case, terms, diff)
    if pair.decision == FETCH:
        return _fetched(case, terms, diff)
    if pair.taken_over:
        if terms.two_way and terms.flow.direction == REVERSE:
            # The forward run asks, seen from its side.
            return Decision(state=pair.state, target_id=pair.far_id, left=True)
        if (asked := taken_over(case, terms, diff, pair.far_id)) is not None:
            return asked
    if terms.two_way:
        return _settle(case, terms, diff)
    return update(case, terms, diff, target_id=pair.far_id)


def _chosen(case: Case, terms: Terms, diff: dict[str, Any]) -> Decision:
    """Some fields get the source's values, as a person chose; the others keep the target's."""
    pair = case.pair
    chosen: Collection[str] = pair.decided_fields if pair.decision == BY_FIELD else diff.keys()
    if pair.decision == BY_FIELD and terms.flow.direction == REVERSE:
        # The choice names fields as the forward run sees them, which carries it where there is one.
        if terms.two_way:
            return Decision(target_id=pair.far_id, left=True)
        there = terms.declared_paths
        chosen = {path for path in diff if there[path] not in pair.decided_fields}
    ours = written(diff, terms, () if pair.decision == KEEP_TARGET else chosen)
    if diff and not ours:
        return Decision(target_id=pair.far_id, agreed=True, carry_back=terms.two_way)
    return partly(case, terms, ours, diff, target_id=case.pair.far_id)


def _fetched(case: Case, terms: Terms, diff: dict[str, Any]) -> Decision:
    """A person asked for the source's present values in the ledger; what finance owns there, and
    what its side wins by the field map, stays."""
    if not terms.target_is_ledger:
        return Decision(target_id=case.pair.far_id, left=True)
    ours = written(diff, terms, diff)
    decision = partly(case, terms, ours, diff, target_id=case.pair.far_id)
    # With nothing left to write, the request is met.
    met = decision.action == "none" and decision.state == IN_SYNC
    return replace(decision, agreed=True) if met else decision


def _settle(case: Case, terms: Terms, diff: dict[str, Any]) -> Decision:
    """In both directions: whoever moved carries its values; where both did, the winner does."""
    near, far = _moved(case, terms)
    left = Decision(target_id=case.pair.far_id, left=True)
    if near:
        if not far:
            return update(case, terms, diff, target_id=case.pair.far_id)
    elif far:
        # Changed on both sides, and here changed back: nothing is against the other's values.
        changed_back = case.pair.state == CONFLICT
        return replace(left, left=False, carry_back=True) if changed_back else left
    # Without digests over the same fields nobody knows who moved: a difference is the winner's
    # to carry, never a change on both sides.
    asked = {path: value for path, value in diff.items() if path not in terms.own_winners}
    if near and asked and terms.winner == ASK:
        return _conflict(case, terms, asked)
    near_wins = terms.near_wins(case)
    ours = written(diff, terms, diff if near_wins else ())
    if not ours and not (near_wins and not diff):
        return left
    return partly(case, terms, ours, diff, target_id=case.pair.far_id)


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
