"""Records without a partner: one found in the target, one a person has to choose, or a new one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations.sync import refusals
from integrations.sync.case import (
    EXCLUDED,
    FAILING,
    LEDGER,
    UNDECIDED,
    Candidate,
    Case,
    Decision,
    Terms,
)
from integrations.sync.flow import POSSIBLE
from integrations.sync.updates import differences, partly, taken_over, written
from mappings.fields import storable

SHOWN = 10


def plan_new(case: Case, terms: Terms) -> Decision:
    """By the order: what a person decided, ids the vendor left, look-alikes, a new record."""
    if case.pair.decision == "same" and case.pair.decided_target:
        return _as_decided(case, terms)
    native = [c for c in case.candidates if c.fits and not c.apart and _sure(c, terms, native=True)]
    if len(native) == 1 and not native[0].taken_by:
        return _adopt(case, terms, native[0].record_id, native=True)
    if len(native) > 1:
        return _undecided(native, terms, "Several records say that they belong to it.")
    if case.pair.decision != "different":
        decided = _duplicate(case, terms)
        if decided is not None:
            return decided
    return _create(case, terms)


def _as_decided(case: Case, terms: Terms) -> Decision:
    chosen = case.pair.decided_target
    taken = [c for c in case.candidates if c.record_id == chosen and c.taken_by]
    if taken:
        return _undecided(taken, terms, f"The record chosen belongs to {taken[0].taken_by} by now.")
    return _adopt(case, terms, chosen)


def _sure(candidate: Candidate, terms: Terms, *, native: bool = False) -> bool:
    """Whether a kind of key says without doubt that the candidate is the same."""
    return any(
        match.kind in candidate.kinds and (match.native if native else match.exact)
        for match in terms.flow.match
    )


def _duplicate(case: Case, terms: Terms) -> Decision | None:
    """What the duplicate choice makes of look-alikes; None when the record is to be created."""
    exact = [c for c in case.candidates if c.fits and _sure(c, terms)]
    if _ambiguous(exact, terms):
        return _undecided(exact, terms, _whose(exact, terms), cause="ambiguous")
    if terms.duplicates == "clone":
        return _cloned(exact, terms) if terms.second_leg else None
    if exact:
        return _exact_duplicate(case, terms, exact)
    possible = [
        c
        for c in case.candidates
        # Of one that is taken nobody needs to be asked: the value it has is refused a second time.
        if c.fits and score(c, terms) >= POSSIBLE and not (c.taken_by and c.kinds & terms.apart)
    ]
    if possible:
        return _undecided(possible, terms, "It looks like a record that is already there.")
    return None


def _ambiguous(exact: list[Candidate], terms: Terms) -> bool:
    """Whether one record is the same by one kind of key and another by another kind."""
    kinds = [frozenset(m.kind for m in terms.flow.match if m.exact) & c.kinds for c in exact]
    return len(kinds) > 1 and not frozenset.intersection(*kinds)


def _whose(exact: list[Candidate], terms: Terms) -> str:
    says = {match.kind: match.says for match in terms.flow.match if match.exact}
    found = [
        f"{candidate.name} has {says[kind]}"
        for kind in says
        for candidate in exact
        if kind in candidate.kinds
    ]
    return f"{', '.join(found)}."


def _cloned(exact: list[Candidate], terms: Terms) -> Decision | None:
    """Both ways, duplicates fall where the first direction writes: a record beside which a clone
    was made, or could not be made, stays what it was in its own app."""
    if not exact:
        return None
    made = all(candidate.taken_by for candidate in exact)
    what = "was cloned beside it" if made else "is to be cloned beside it"
    return Decision(
        state=EXCLUDED,
        cause="cloned",
        reason=f"{exact[0].name} of {terms.target_name} {what}; this record stays as it is.",
        details=_shown(exact, terms),
    )


def _exact_duplicate(case: Case, terms: Terms, exact: list[Candidate]) -> Decision:
    if terms.duplicates == "skip":
        return Decision(
            state=EXCLUDED,
            cause="duplicate_skipped",
            reason=f"{exact[0].name} is already in {terms.target_name}; duplicates are skipped.",
            details=_shown(exact, terms),
        )
    if len(exact) > 1:
        return _undecided(exact, terms, f"{len(exact)} records are like it.")
    if exact[0].taken_by or not exact[0].record_id:
        return _undecided(exact, terms, "The one like it is already taken by another record.")
    if exact[0].apart:
        return _undecided(exact, terms, "A person separated the one like it from its partner.")
    if terms.duplicates == "overwrite":
        return _adopt(case, terms, exact[0].record_id)
    return _undecided(exact, terms, "A record like it is already there.")


def score(candidate: Candidate, terms: Terms) -> int:
    """How much speaks for a candidate; `POSSIBLE` and more is worth a person's look."""
    return min(100, sum(match.score for match in terms.flow.match if match.kind in candidate.kinds))


def _shown(candidates: list[Candidate], terms: Terms) -> dict[str, Any]:
    ranked = sorted(candidates, key=lambda c: (-score(c, terms), c.record_id))
    return {
        "candidates": [
            {
                "id": c.record_id,
                "name": c.name,
                "score": score(c, terms),
                "why": [
                    m.says
                    for m in terms.flow.match
                    if m.kind in c.kinds and m.within not in c.kinds
                ],
                "paired_with": c.taken_by,
            }
            for c in ranked[:SHOWN]
        ]
    }


def _undecided(
    candidates: list[Candidate], terms: Terms, reason: str, *, cause: str = "possible_duplicate"
) -> Decision:
    details = _shown(candidates, terms)
    best = details["candidates"][0]
    why = f" ({', '.join(best['why'])})" if best["why"] else ""
    told = reason if cause == "ambiguous" else f"{reason.removesuffix('.')}: {best['name']}{why}."
    return Decision(
        state=UNDECIDED,
        cause=cause,
        reason=told,
        remedy="Say whether they are the same.",
        details=details,
    )


def _adopt(case: Case, terms: Terms, target_id: str, *, native: bool = False) -> Decision:
    """Pair with a record that is there, and give it the source's values; what the vendor's own
    integration paired is taken over as it is."""
    if not case.target_read:
        return Decision(action="read", target_id=target_id)
    if case.target is None:
        return Decision(
            state=FAILING,
            cause="missing",
            reason=f"The record chosen as its partner is not in {terms.target_name} any more.",
            remedy="Decide again.",
        )
    diff = differences(case, terms)
    if native and (asked := taken_over(case, terms, diff, target_id)) is not None:
        return asked
    ledger_wins = terms.two_way and terms.winner == LEDGER and terms.target_is_ledger
    ours = written(diff, terms, () if ledger_wins else diff)
    if diff and not ours:
        return Decision(action="link", target_id=target_id, carry_back=True)
    decision = partly(case, terms, ours, diff, target_id=target_id, action="link")
    return decision if diff or decision.state == FAILING else replace(decision, agreed=True)


def _create(case: Case, terms: Terms) -> Decision:
    values = {
        **terms.flow.on_create,
        **{k: v for k, v in case.mapped.values.items() if v is not None},
    }
    problems = refusals.problems_of(case, terms, values, creating=True)
    if problems:
        return refusals.refused(problems, target_id="", action="create")
    held = refusals.locked(case, terms)
    if held is not None:
        return held
    # What a new record has by itself is no part of the create; where it differs, it follows.
    then = [path for path, born in terms.born.items() if values.get(path, born) != born]
    return Decision(
        action="create",
        values={k: storable(v) for k, v in values.items() if k not in terms.born},
        details={"then": then} if then else {},
    )
