"""What stands against a write: rules of the target, locked periods, fields that finance owns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from integrations.sync.case import FAILING, Case, Decision, Terms
from mappings.fields import BLANK, CREATE, Problem, check_values
from mappings.values import normal, read


def problems_of(
    case: Case, terms: Terms, values: Mapping[str, Any], *, creating: bool
) -> list[Problem]:
    """Why the target would refuse these values, by rules that are known beforehand."""
    problems = [p for p in case.mapped.problems if creating or _would_update(p, case, terms)]
    problems += check_values(values, terms.catalogue, creating=creating)
    owner = case.name_owner
    if owner is not None and terms.unique_path in values and not terms.second_names:
        problems.append(
            Problem(
                terms.title(terms.unique_path),
                str(values[terms.unique_path]),
                "name_taken",
                f"is already used by {owner.name} in {terms.target_name}",
                "Rename one of the two, or pair this record with the existing one.",
                terms.unique_path,
            )
        )
    return problems


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


def finance_owned(case: Case, terms: Terms, diff: Mapping[str, Any]) -> dict[str, Any]:
    """G-10: what of an update is finance's alone, as the target has documents for the record."""
    if case.pair.decision in {"keep_source", "by_field"} or not terms.documents:
        return {}
    if not normal(read(case.target or {}, terms.documents), "boolean"):
        return {}
    return {path: value for path, value in diff.items() if path in terms.finance_owned}
