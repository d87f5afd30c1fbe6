"""Deciding what is to happen to one record. Pure: no database, no network, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.sync.flow import POSSIBLE, Flow
from mappings.converters import FieldInfo
from mappings.fields import BLANK, CREATE, Mapped, Problem, check_values, storable
from mappings.values import Record, moment, normal, read, same

# Actions and states are those of Change.action and RecordLink.state.
IN_SYNC, EXCLUDED, WAITING, FAILING = "in_sync", "excluded", "waiting", "failing"
CONFLICT, UNDECIDED, GONE = "conflict", "undecided", "gone"


@dataclass(frozen=True)
class Candidate:
    """A target record that may be the same; `taken_by` names the source record it is paired with.

    `record_id` is empty for one that this very run is going to create.
    """

    record_id: str
    name: str
    kinds: frozenset[str]
    fits: bool = True
    taken_by: str = ""


@dataclass(frozen=True)
class Pair:
    """The pair as it was remembered: digests of both sides, and what a person decided."""

    far_id: str = ""
    state: str = IN_SYNC
    near_digest: bytes | None = None
    far_digest: bytes | None = None
    version: int = 0
    decision: str = ""
    decided_target: str = ""


@dataclass(frozen=True)
class Case:
    """All that is known of one source record when it is planned.

    `target` is the record it is paired with, or is to be paired with; None with `target_read`
    means that it is not there any more.
    """

    record: Record
    record_id: str
    mapped: Mapped
    digest: bytes
    pair: Pair = Pair()
    target: Record | None = None
    target_read: bool = False
    target_digest: bytes | None = None
    candidates: tuple[Candidate, ...] = ()
    name_owner: Candidate | None = None
    modified: str = ""
    target_modified: str = ""


@dataclass(frozen=True)
class Terms:
    """What holds for every record of the run: the flow, its setting, the target's rules."""

    flow: Flow
    catalogue: Mapping[str, FieldInfo]
    version: int = 1
    duplicates: str = "ask"
    winner: str = "source"
    two_way: bool = False
    target_is_ledger: bool = True
    target_name: str = "the other app"
    unique_path: str = ""
    second_names: bool = False
    whole: frozenset[str] = frozenset()
    finance_owned: frozenset[str] = frozenset()
    documents: str = ""
    locked_until: dt.date | None = None


@dataclass(frozen=True)
class Decision:
    """What happens to the record: an action, the state it is in afterwards, and why."""

    action: str = "none"
    state: str = IN_SYNC
    target_id: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, Any] = field(default_factory=dict)
    cause: str = ""
    reason: str = ""
    remedy: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    waiting_for: tuple[str, str] = ("", "")
    # Both sides mean the same, or a person said so: what they hold now is the common ground.
    agreed: bool = False
    # The ledger's value of a finance-owned field is to be carried back by the other direction.
    carry_back: bool = False
    # Nothing is known better than before: the other direction deals with the record.
    left: bool = False


def plan_record(case: Case, terms: Terms) -> Decision:
    """The one decision for a record, by the order: scope, references, pair, duplicates, checks."""
    for rule in terms.flow.rules:
        if not rule.test.holds(case.record):
            return Decision(
                state=EXCLUDED, cause="rule", reason=rule.reason, target_id=case.pair.far_id
            )
    if case.mapped.waiting:
        return _waiting(case)
    if case.pair.far_id:
        return _plan_pair(case, terms)
    return _plan_new(case, terms)


def _waiting(case: Case) -> Decision:
    flow, record_id, why = case.mapped.waiting[0]
    reason = f"It needs a record of {flow} that is not synced yet."
    return Decision(
        state=WAITING,
        cause="waiting",
        reason=f"{reason} {why}".strip(),
        remedy="Nothing, if that record is on its way; otherwise mend that one first.",
        waiting_for=(flow, record_id),
        target_id=case.pair.far_id,
    )


# Records that have a partner ---------------------------------------------------------------------


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
    if not diff:
        return Decision(target_id=pair.far_id, agreed=True)
    if pair.decision == "keep_target":
        return Decision(target_id=pair.far_id, agreed=True, carry_back=terms.two_way)
    if pair.decision != "keep_source":
        side = _moved(case, terms)
        if side == "target":
            return Decision(target_id=pair.far_id, left=True)
        if side == "both" and terms.two_way:
            settled = _settle_conflict(case, terms, diff)
            if settled is not None:
                return settled
    return _write(case, terms, diff, target_id=pair.far_id, action="update")


def _moved(case: Case, terms: Terms) -> str:
    """Which side changed since the last sync: source, target, both, or unknown."""
    pair = case.pair
    if pair.version != terms.version or pair.near_digest is None or pair.far_digest is None:
        # Digests over other fields say nothing; by value the sides differ, and that is the
        # winner's to carry, never "both moved".
        loses = terms.two_way and terms.winner == "books" and terms.target_is_ledger
        return "target" if loses else "unknown"
    source, target = case.digest != pair.near_digest, case.target_digest != pair.far_digest
    if source and target:
        return "both"
    if target and terms.two_way:
        return "target"
    return "source"


def _settle_conflict(case: Case, terms: Terms, diff: dict[str, Any]) -> Decision | None:
    """None when the source's values are to be written, else what happens instead."""
    winner = terms.winner
    if winner == "newest":
        ours, theirs = moment(case.modified), moment(case.target_modified)
        winner = "near" if ours and theirs and ours >= theirs else "far"
    elif winner == "books":
        winner = "far" if terms.target_is_ledger else "near"
    elif winner == "source":
        winner = "near" if terms.flow.direction == "forward" else "far"
    if winner == "near":
        return None
    if winner == "far":
        return Decision(target_id=case.pair.far_id, left=True)
    if terms.flow.direction == "reverse":
        # The forward run has noted it, seen from its side.
        return Decision(state=CONFLICT, target_id=case.pair.far_id, left=True)
    assert case.target is not None
    both = {
        path: [storable(value), storable(read(case.target, path))] for path, value in diff.items()
    }
    return Decision(
        action="conflict",
        state=CONFLICT,
        target_id=case.pair.far_id,
        cause="both_changed",
        reason="It was changed on both sides: " + ", ".join(_titles(diff, terms)) + ".",
        remedy="Choose whose values stay.",
        details={"fields": both},
    )


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
        if not same(value, present, item.kind):
            diff[item.target] = value
    return diff


# Records that have none --------------------------------------------------------------------------


def _plan_new(case: Case, terms: Terms) -> Decision:
    if case.pair.decision == "same" and case.pair.decided_target:
        return _adopt(case, terms, case.pair.decided_target)
    native = [c for c in case.candidates if c.fits and _kinds(c, terms, native=True)]
    if len(native) == 1 and not native[0].taken_by:
        return _adopt(case, terms, native[0].record_id)
    if len(native) > 1:
        return _undecided(native, terms, "Several records say that they belong to it.")
    if case.pair.decision != "different":
        decided = _duplicate(case, terms)
        if decided is not None:
            return decided
    return _create(case, terms)


def _kinds(candidate: Candidate, terms: Terms, *, native: bool = False) -> list[str]:
    """Kinds of key by which a candidate is the same without doubt."""
    return [
        match.kind
        for match in terms.flow.match
        if match.kind in candidate.kinds and (match.native if native else match.exact)
    ]


def _duplicate(case: Case, terms: Terms) -> Decision | None:
    """What the duplicate choice makes of look-alikes; None when the record is to be created."""
    exact = [c for c in case.candidates if c.fits and _kinds(c, terms)]
    if exact:
        return _exact_duplicate(case, terms, exact)
    possible = [c for c in case.candidates if c.fits and score(c, terms) >= POSSIBLE]
    if possible and terms.duplicates != "clone":
        return _undecided(possible, terms, "It looks like a record that is already there.")
    return None


def _exact_duplicate(case: Case, terms: Terms, exact: list[Candidate]) -> Decision | None:
    if terms.duplicates == "clone":
        return None
    if terms.duplicates == "skip":
        return Decision(
            state=EXCLUDED,
            cause="duplicate_skipped",
            reason=f"{exact[0].name} is already in {terms.target_name}; duplicates are skipped.",
            details=_shown(exact, terms),
        )
    if len(exact) > 1:
        return _undecided(exact, terms, f"{len(exact)} records have the same name.")
    if exact[0].taken_by or not exact[0].record_id:
        return _undecided(exact, terms, f"{exact[0].name} is already taken by another record.")
    if terms.duplicates == "overwrite":
        return _adopt(case, terms, exact[0].record_id)
    return _undecided(exact, terms, "A record of the same name is already there.")


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
                "why": [m.says for m in terms.flow.match if m.kind in c.kinds],
                "paired_with": c.taken_by,
            }
            for c in ranked[:10]
        ]
    }


def _undecided(candidates: list[Candidate], terms: Terms, reason: str) -> Decision:
    details = _shown(candidates, terms)
    best = details["candidates"][0]
    names = f"{best['name']} ({', '.join(best['why'])})"
    return Decision(
        state=UNDECIDED,
        cause="possible_duplicate",
        reason=f"{reason} {names}",
        remedy="Say whether they are the same.",
        details=details,
    )


def _adopt(case: Case, terms: Terms, target_id: str) -> Decision:
    """Pair with a record that is there, and give it the source's values."""
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
    keeps_target = terms.two_way and terms.winner == "books" and terms.target_is_ledger
    if keeps_target and diff:
        return Decision(action="link", target_id=target_id, carry_back=True)
    if not diff:
        return Decision(action="link", target_id=target_id, agreed=True)
    return _write(case, terms, diff, target_id=target_id, action="link")


def _create(case: Case, terms: Terms) -> Decision:
    values = {**terms.flow.fixed, **{k: v for k, v in case.mapped.values.items() if v is not None}}
    problems = _problems(case, terms, values, creating=True)
    if problems:
        return _refused(problems, target_id="", action="create")
    held = _locked(case, terms)
    if held is not None:
        return held
    return Decision(action="create", values={k: storable(v) for k, v in values.items()})


# Checks and guards, the same for every write -----------------------------------------------------


def _write(
    case: Case, terms: Terms, diff: dict[str, Any], *, target_id: str, action: str
) -> Decision:
    """An update of what differs, less what finance owns; refused where the target would refuse."""
    assert case.target is not None
    held = _finance_held(case, terms, diff)
    diff = {path: value for path, value in diff.items() if path not in held}
    problems = _problems(case, terms, diff, creating=False)
    if problems:
        return _refused(problems, target_id=target_id, action="update")
    locked = _locked(case, terms)
    if locked is not None and diff:
        return replace(locked, target_id=target_id)
    decision = Decision(
        action=action if diff or action == "link" else "none",
        target_id=target_id,
        values={path: storable(value) for path, value in diff.items()},
        before={path: storable(read(case.target, path)) for path in diff},
        keep=_siblings(case.target, diff, terms.whole),
    )
    if not held:
        return decision
    if terms.two_way:
        return replace(decision, carry_back=True)
    return replace(
        decision,
        state=FAILING,
        cause="finance_owned",
        reason=(
            f"{', '.join(_titles(held, terms))} differs, and {terms.target_name} has documents for "
            "this record, so only finance changes it."
        ),
        remedy=f"Change it in {terms.target_name}, or keep what is there.",
        details={
            "fields": {
                path: [storable(value), storable(read(case.target, path))]
                for path, value in held.items()
            }
        },
    )


def _finance_held(case: Case, terms: Terms, diff: dict[str, Any]) -> dict[str, Any]:
    if case.pair.decision == "keep_source" or not terms.documents:
        return {}
    if not normal(read(case.target or {}, terms.documents), "boolean"):
        return {}
    return {path: value for path, value in diff.items() if path in terms.finance_owned}


def _siblings(target: Record, diff: dict[str, Any], whole: frozenset[str]) -> dict[str, Any]:
    """Unchanged parts of the objects that an update replaces as a whole."""
    touched = {path.partition(".")[0] for path in diff} & whole
    return {
        f"{parent}.{name}": storable(value)
        for parent in sorted(touched)
        for name, value in (target.get(parent) or {}).items()
        if f"{parent}.{name}" not in diff and not isinstance(value, (dict, list))
    }


def _problems(
    case: Case, terms: Terms, values: Mapping[str, Any], *, creating: bool
) -> list[Problem]:
    problems = [*case.mapped.problems, *check_values(values, terms.catalogue, creating=creating)]
    owner = case.name_owner
    if owner is not None and terms.unique_path in values and not terms.second_names:
        problems.append(
            Problem(
                _title(terms.unique_path, terms),
                str(values[terms.unique_path]),
                "name_taken",
                f"is already used by {owner.name} in {terms.target_name}",
                "Rename one of the two, or pair this record with the existing one.",
            )
        )
    return problems


def _refused(problems: list[Problem], *, target_id: str, action: str) -> Decision:
    said = [f"{p.field} {f'“{p.value}” ' if p.value else ''}{p.message}" for p in problems]
    return Decision(
        state=FAILING,
        target_id=target_id,
        cause=problems[0].cause,
        reason="It would be refused because " + "; ".join(said) + ".",
        remedy=" ".join(dict.fromkeys(p.remedy for p in problems)),
        details={"would": action, "problems": [vars(p) for p in problems]},
    )


def _locked(case: Case, terms: Terms) -> Decision | None:
    """G-9: a dated document on or before the lock day is held, also where Books would let it by."""
    if not terms.flow.day or terms.locked_until is None:
        return None
    day = normal(read(case.record, terms.flow.day), "date")
    if day is None or dt.date.fromisoformat(day) > terms.locked_until:
        return None
    return Decision(
        state=FAILING,
        cause="locked_period",
        reason=f"Its date {day} lies in a locked period (up to {terms.locked_until}).",
        remedy="Have the period unlocked, or change the date at the source.",
    )


def _title(path: str, terms: Terms) -> str:
    return terms.catalogue.get(path, FieldInfo(path)).title


def _titles(paths: Mapping[str, Any], terms: Terms) -> list[str]:
    return [_title(path, terms) for path in paths]
