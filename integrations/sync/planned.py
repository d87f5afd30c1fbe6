"""A page of records after planning: what was decided of each, and how many needed no decision."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from integrations.sync.plan import Case, Decision
from mappings.models import RecordLink

# What a record that needs no planning is counted as.
COUNTED_AS = {
    "in_sync": "unchanged",
    "conflict": "conflicts",
    "gone": "failing",
}


@dataclass(frozen=True)
class Planned:
    """A decided record: what was known, what follows, and its link row if it has one."""

    case: Case
    decision: Decision
    link: RecordLink | None


@dataclass
class PlannedPage:
    """A page after planning; `quiet` counts the records that needed none."""

    planned: list[Planned] = field(default_factory=list)
    quiet: Counter[str] = field(default_factory=Counter)
    new_keys: list[tuple[str, str, str]] = field(default_factory=list)
    # Records that were asked about here and are a sister flow's again.
    handed_back: list[str] = field(default_factory=list)
    read: int = 0
