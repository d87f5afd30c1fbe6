"""Sister flows are declared so that each knows the other, and what a record becomes by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations import checks, registry

PERSONS, ALONE = "crm.contact_persons", "crm.individuals"


@pytest.mark.parametrize(
    ("flow", "changed", "said"),
    [
        (PERSONS, {}, ""),
        (ALONE, {}, ""),
        (ALONE, {"becomes": ""}, "has sisters and does not say what it becomes"),
        (ALONE, {"sisters": ("crm.none",)}, "has the sister 'crm.none', which is not declared"),
        (ALONE, {"sisters": ("crm.customers",)}, "crm.customers, which does not name it"),
    ],
)
def test_what_is_wrong_with_a_sister_is_said(flow: str, changed: dict[str, Any], said: str) -> None:
    item = replace(registry.flow(flow), **changed)
    problems = checks.problems_of(item, registry.discover())
    assert [said in problem for problem in problems] == ([True] if said else [])


def test_a_sister_reads_the_same_records() -> None:
    found = registry.discover()
    item = replace(registry.flow(ALONE), source=registry.flow("crm.customers").source)
    assert any("reads other records" in problem for problem in checks.problems_of(item, found))
