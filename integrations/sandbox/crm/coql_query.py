"""COQL as data: what a query asks for, and how much a query may ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_COLUMNS, MOST_CRITERIA, MOST_VALUES = 50, 25, 50
MOST_ORDERS, MOST_GROUPS, MOST_AGGREGATES = 10, 4, 5
DEFAULT_LIMIT, MOST_ROWS, MOST_PAGED = 200, 2_000, 100_000
AGGREGATES = ("sum", "max", "min", "avg", "count")


@dataclass(slots=True, frozen=True)
class Column:
    """A selected column: a dotted path, the aggregate over it (or ""), and its name in the rows."""

    path: str
    aggregate: str = ""
    alias: str = ""

    @property
    def name(self) -> str:
        shown = f"{self.aggregate.upper()}({self.path})" if self.aggregate else self.path
        return self.alias or shown


@dataclass(slots=True, frozen=True)
class Comparison:
    path: str
    operator: str
    value: Any = None


@dataclass(slots=True, frozen=True)
class Pair:
    """Two criteria joined by `and` or `or`."""

    operator: str
    left: Any
    right: Any


@dataclass(slots=True)
class Query:
    module: str
    columns: list[Column]
    where: Any
    groups: list[str] = field(default_factory=list)
    orders: list[tuple[str, bool]] = field(default_factory=list)
    limit: int = DEFAULT_LIMIT
    offset: int = 0
