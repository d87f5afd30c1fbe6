"""What an update of a target record consists of: only what differs, less what it must not touch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from integrations.sync import refusals
from integrations.sync.case import FAILING, IN_SYNC, OVERWRITE, TAKEN_OVER, Case, Decision, Terms
from integrations.sync.flow import FORWARD
from mappings.fields import BLANK, CREATE, SOURCE_WINS, equal, storable
from mappings.values import Record, normal, read


def differences(case: Case, terms: Terms) -> dict[str, Any]:
    """Target values that an update would change, by the rule of each field."""
    target = case.target or {}
    diff = {}
    for item in terms.flow.fields:
        if item.target not in case.mapped.values or item.on == CREATE:
            continue
        value, present = case.mapped.values[item.target], read(target, item.target)
        if item.on == BLANK and normal(present, item.kind) is not None:
            continue
        if not equal(item, value, present):
            diff[item.target] = value
    return diff


def in_words(case: Case, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Path -> [the source's value, the target's], as a person is shown them."""
    target = case.target or {}
    return {path: [storable(value), storable(read(target, path))] for path, value in values.items()}


def update(
    case: Case, terms: Terms, diff: dict[str, Any], *, target_id: str, action: str = "update"
) -> Decision:
    """Write what differs, less what finance owns; refused where the target would refuse it."""
    assert case.target is not None
    held = refusals.finance_owned(case, terms, diff)
    diff = {path: value for path, value in diff.items() if path not in held}
    watched = in_words(case, refusals.second_look(terms, diff))
    kept = {path for path, pair in watched.items() if case.pair.kept.get(path) == pair}
    unseen = any(case.pair.approved.get(path) != watched[path] for path in set(watched) - kept)
    if unseen and case.open_documents is None:
        return Decision(action="ask", target_id=target_id)
    if unseen and case.open_documents:
        return _looked_at_twice(terms, watched, target_id=target_id)
    diff = {path: value for path, value in diff.items() if path not in kept}
    problems = refusals.problems_of(case, terms, diff, creating=False, target_id=target_id)
    if problems:
        return refusals.refused(problems, target_id=target_id, action="update")
    locked = refusals.locked(case, terms)
    if locked is not None and diff:
        return replace(locked, target_id=target_id)
    decision = Decision(
        action=action if diff or action == "link" else "none",
        target_id=target_id,
        values={path: storable(value) for path, value in diff.items()},
        before={path: storable(read(case.target, path)) for path in diff},
        keep=_siblings(case.target, diff, terms),
        # A preview counts these: whoever chooses to overwrite is told before (G-10).
        details={"documents": True} if _has_documents(case, terms) else {},
    )
    if not (held or kept):
        return decision
    if terms.two_way:
        return replace(decision, carry_back=True)
    if not held:
        # With nothing left to write, what a person kept is what both sides agree on.
        return replace(decision, agreed=decision.action == "none")
    return replace(
        decision,
        state=FAILING,
        cause="finance_owned",
        reason=(
            f"It differs in {terms.titles(held)}, and as {terms.target_name} has documents for "
            "this record, only finance changes that."
        ),
        remedy=f"Change it in {terms.target_name}, or keep what is there.",
        details={**decision.details, "fields": in_words(case, held)},
    )


def taken_over(
    case: Case, terms: Terms, diff: Mapping[str, Any], target_id: str
) -> Decision | None:
    """A pair that the vendor's own integration made is taken over as it is (G-7): what differs is
    asked about, as both sides may have been right. None where nothing is to be asked: they are
    alike, the field map names who wins, or the module overwrites what is there."""
    asked = {path: value for path, value in diff.items() if path not in terms.own_winners}
    if not asked or terms.duplicates == OVERWRITE:
        return None
    says = next((match.says for match in terms.flow.match if match.native), "")
    owned = bool(refusals.finance_owned(case, terms, asked))
    only = f", of which only finance changes some, as {terms.target_name} has documents"
    return Decision(
        action="none" if case.pair.far_id else "link",
        state=FAILING,
        target_id=target_id,
        # What finance owns is decided record by record.
        cause="finance_owned" if owned else TAKEN_OVER,
        reason=f"{says}, and they differ in {terms.titles(asked)}{only if owned else ''}.",
        remedy="Choose whose values stay. Nothing is written before.",
        details={"fields": _as_declared(in_words(case, asked), terms), TAKEN_OVER: True},
    )


def _as_declared(fields: dict[str, list[Any]], terms: Terms) -> dict[str, list[Any]]:
    """Differences as the forward run sees them: answers name fields so."""
    if terms.flow.direction == FORWARD:
        return fields
    there = terms.declared_paths
    return {there[path]: values[::-1] for path, values in fields.items()}


def _looked_at_twice(terms: Terms, watched: Mapping[str, list[Any]], *, target_id: str) -> Decision:
    """Nothing of the update is written before a second person has approved what money goes by:
    all of it together, also where an earlier answer was for some of these values."""
    return Decision(
        state=FAILING,
        target_id=target_id,
        cause="second_look",
        reason=(
            f"{terms.titles(watched)} changed, and documents in {terms.target_name} wait to be "
            "paid by it."
        ),
        remedy="One person asks for the change, and another one approves it.",
        details={"fields": dict(watched)},
    )


def written(diff: Mapping[str, Any], terms: Terms, chosen: Collection[str]) -> dict[str, Any]:
    """The part of a difference in which the source's values are written: the fields it wins by
    the field map, and of those without a winner of their own the ones `chosen`."""
    own = terms.own_winners
    return {
        path: value
        for path, value in diff.items()
        if (own[path] == SOURCE_WINS if path in own else path in chosen)
    }


def partly(
    case: Case,
    terms: Terms,
    ours: dict[str, Any],
    diff: Mapping[str, Any],
    *,
    target_id: str,
    action: str = "update",
) -> Decision:
    """Write `ours` of what differs and leave the rest to the other direction."""
    decision = update(case, terms, ours, target_id=target_id, action=action)
    rest = terms.two_way and len(ours) < len(diff) and decision.state == IN_SYNC
    return replace(decision, carry_back=True) if rest else decision


def _has_documents(case: Case, terms: Terms) -> bool:
    if not terms.documents:
        return False
    return bool(normal(read(case.target or {}, terms.documents), "boolean"))


def _siblings(target: Record, diff: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """Unchanged parts of the objects that an update replaces as a whole, and what it repeats.

    Only fields that the catalogue knows: a record also shows what its app does not take back.
    """
    touched = {path.partition(".")[0] for path in diff} & terms.whole
    kept = {
        f"{parent}.{name}": storable(value)
        for parent in sorted(touched)
        for name, value in (target.get(parent) or {}).items()
        if f"{parent}.{name}" not in diff and f"{parent}.{name}" in terms.catalogue
    }
    repeated = terms.always if set(diff) - set(terms.born) else ()
    return kept | {path: storable(read(target, path)) for path in repeated if path not in diff}
