"""What stands against a write: rules of the target, locked periods, fields that finance owns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from integrations.sync.case import FAILING, MOVED, Candidate, Case, Decision, Terms
from mappings.fields import BLANK, CREATE, Problem, check_values
from mappings.values import normal, read


def problems_of(
    case: Case, terms: Terms, values: Mapping[str, Any], *, creating: bool, target_id: str = ""
) -> list[Problem]:
    """Why the target would refuse these values, by rules that are known beforehand.

    `target_id` is the record that gets them, which may well have a name that is unique.
    """
    problems = [p for p in case.mapped.problems if creating or _would_update(p, case, terms)]
    problems += check_values(values, terms.catalogue, creating=creating)
    if not creating:
        problems += [_unchangeable(path, terms) for path in values if path in terms.fixed]
    if creating:
        problems += [_empty(path, terms) for path in terms.flow.mandatory if not values.get(path)]
    problems += [
        _taken(path, str(values[path]), owner, terms)
        for path, owner in case.owners.items()
        if path in values
        and not (terms.second_names and path == terms.name_path)
        and not (target_id and owner.record_id == target_id)
    ]
    return problems


def _empty(path: str, terms: Terms) -> Problem:
    title = terms.title(path)
    remedy = f"Fill in the field that is mapped to {title}."
    return Problem(title, "", "required", "is required and has no value", remedy, path)


def _unchangeable(path: str, terms: Terms) -> Problem:
    above = terms.flow.target.above
    if above is not None and path == above.path:
        return Problem(
            terms.title(path),
            "",
            MOVED,
            "cannot be changed once the record is there",
            "Say whether it stays as it is or is carried over. Or change it back where it comes "
            "from.",
            path,
        )
    return Problem(
        terms.title(path),
        "",
        "fixed_field",
        "cannot be changed once the record is there",
        f"Change it back, or separate the pair and have a new record made in {terms.target_name}.",
        path,
    )


def _taken(path: str, value: str, owner: Candidate, terms: Terms) -> Problem:
    said = f"is already used by {owner.name} in {terms.target_name}"
    named = path == terms.name_path
    cause, verb = ("name_taken", "Rename") if named else ("value_taken", "Change")
    remedy = f"{verb} one of the two, or pair this record with the existing one."
    return Problem(terms.title(path), value, cause, said, remedy, path, owner.name, owner.record_id)


def _would_update(problem: Problem, case: Case, terms: Terms) -> bool:
    """Whether an update would write the field at all: a value nobody sends refuses nothing."""
    for item in terms.flow.fields:
        if item.target == problem.path:
            present = normal(read(case.target or {}, item.target), item.kind)
            return item.on != CREATE and (item.on != BLANK or present is None)
    return True


def refused(problems: list[Problem], *, target_id: str, action: str) -> Decision:
    """The record needs attention; the sentence names every field, its value and what is wrong."""
    said = [f"{p.field} {f'“{p.value}” ' if p.value else ''}{p.message}" for p in problems]
    return Decision(
        state=FAILING,
        target_id=target_id,
        cause=problems[0].cause,
        reason="It would be refused because " + "; ".join(said) + ".",
        remedy=" ".join(dict.fromkeys(p.remedy for p in problems)),
        details={"would": action, "problems": [vars(p) for p in problems]},
    )


def locked(case: Case, terms: Terms) -> Decision | None:
    """G-9: a dated document of a locked period is held, also where the app would let it by.

    The lock day is locked. An existing document is bound by its own day as well, or a change of
    the day would move it out of a closed month.
    """
    until, flow = terms.locked_until, terms.flow
    if not flow.day or until is None or not terms.target_is_ledger:
        return None
    there = next((item.target for item in flow.fields if item.source == flow.day), "")
    for record, path in ((case.record, flow.day), (case.target or {}, there)):
        day = normal(read(record, path), "date") if path else None
        if day is not None and (held := _held(day, until)) is not None:
            return held
    return None


def _held(day: str, until: dt.date) -> Decision | None:
    try:
        if dt.date.fromisoformat(day) > until:
            return None
    except ValueError:
        return Decision(
            state=FAILING,
            cause="invalid",
            reason=f"Its date “{day}” is not a day, so it may lie in a locked period.",
            remedy="Correct the date at the source.",
        )
    return Decision(
        state=FAILING,
        cause="locked_period",
        reason=f"Its date {day} lies in a locked period (up to {until}).",
        remedy="Have the period unlocked, or change the date at the source.",
    )


def second_look(terms: Terms, diff: Mapping[str, Any]) -> dict[str, Any]:
    """G-10: what of an update says whom and where one pays."""
    return {
        path: value
        for path, value in diff.items()
        if not terms.second_look.isdisjoint({path, path.partition(".")[0]})
    }


def finance_owned(case: Case, terms: Terms, diff: Mapping[str, Any]) -> dict[str, Any]:
    """G-10: what of an update is finance's alone, as the target has documents for the record."""
    if case.pair.decision in {"keep_source", "by_field"} or not terms.documents:
        return {}
    if not normal(read(case.target or {}, terms.documents), "boolean"):
        return {}
    return {path: value for path, value in diff.items() if path in terms.finance_owned}
