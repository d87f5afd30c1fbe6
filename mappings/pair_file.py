"""Pairs as files: one row for each pair, with what is to be done with it, read row by row.

A file written here also carries what people decided of records that are no pairs (any more), in
the column `holds`, and what was last seen of each pair, in `seen`; the act `restore` brings both
back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from import_export import resources
from import_export.fields import Field as Column
from import_export.instance_loaders import BaseInstanceLoader
from tablib import Dataset

from mappings.map_file import table
from mappings.table_files import content_of, plain

COLUMNS = (
    "module",
    "first_organisation",
    "first_id",
    "second_organisation",
    "second_id",
    "name",
    "do",
    "reason",
    "holds",
    "seen",
)
NEEDED = ("module", "first_id", "second_id", "do")
PAIR, SEPARATE, KEEP, RESTORE = "pair", "separate", "keep", "restore"
ACTS = (PAIR, SEPARATE, KEEP, RESTORE)
# What `holds` may say: how two records stood to one another, or one that was left by itself.
PAIRED, PAIRED_KEPT = "paired", "paired and kept"
FIRST_SEPARATED, SECOND_SEPARATED = "first separated", "second separated"
# Of both records at once, as files said it that had no row for the second one.
SEPARATED = "separated"
FIRST_DELETED, SECOND_DELETED = "first deleted", "second deleted"
FIRST_ALONE, SECOND_ALONE = "first kept alone", "second kept alone"
# A person said that the second app keeps the first one's record where it has it.
PAIRED_IN_PLACE, FIRST_IN_PLACE = "paired in place", "first in place"
# The sides that each of them takes: a record may be named in several rows, but taken by one.
TAKES = {
    PAIRED: ("first", "second"),
    PAIRED_KEPT: ("first", "second"),
    FIRST_DELETED: ("first", "second"),
    SECOND_DELETED: ("first", "second"),
    FIRST_SEPARATED: ("first",),
    SECOND_SEPARATED: ("second",),
    SEPARATED: ("first",),
    FIRST_ALONE: ("first",),
    SECOND_ALONE: ("second",),
    PAIRED_IN_PLACE: ("first", "second"),
    FIRST_IN_PLACE: ("first",),
}
MOST_BYTES, MOST_ROWS = 20_000_000, 50_000


@dataclass
class PairRow:
    """One row of a file; `number` is its line."""

    number: int = 0
    module: str = ""
    first_organisation: str = ""
    first_id: str = ""
    second_organisation: str = ""
    second_id: str = ""
    name: str = ""
    do: str = ""
    reason: str = ""
    holds: str = ""
    seen: str = ""


def taken_by(do: str, holds: str) -> tuple[str, ...]:
    """The sides whose records a row is about; of the others it tells the id only."""
    return TAKES[holds] if do == RESTORE else ("first", "second")


@dataclass
class PairTable:
    """What a file holds: the rows that could be read, and for the others line and reason."""

    rows: list[PairRow] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


class PairResource(resources.Resource):
    """The columns of the file. Importing collects the rows and stores none of them."""

    class Meta:
        skip_diff = True
        use_transactions = False
        force_init_instance = True
        instance_loader_class = BaseInstanceLoader

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[PairRow] = []

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """Raises ValueError for what asks for nothing that can be done."""
        for name in COLUMNS:
            value = row.get(name)
            row[name] = plain(str(value if value is not None else "").strip())
        row["do"] = row["do"].casefold()
        if row["do"] and row["do"] not in ACTS:
            raise ValueError(f"do={row['do']!r} is not known; use {', '.join(ACTS)}, or nothing.")
        row["holds"] = row["holds"].casefold()
        if row["do"] == RESTORE:
            _only_restorable(row)
        elif row["do"] and not (row["module"] and row["first_id"] and row["second_id"]):
            raise ValueError("The columns module, first_id and second_id must not be empty.")
        if row["do"] == SEPARATE and not row["reason"]:
            raise ValueError("Say in the column reason why the pair is separated.")

    def init_instance(self, row: dict[str, Any] | None = None) -> PairRow:
        return PairRow()

    def save_instance(self, instance: PairRow, *args: Any, **kwargs: Any) -> None:
        self.rows.append(instance)

    def import_instance(self, instance: PairRow, row: dict[str, Any], **kwargs: Any) -> None:
        # The first line of the file is its header.
        instance.number = int(kwargs.get("row_number") or 0) + 1
        for name in COLUMNS:
            setattr(instance, name, row[name])

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        """Nothing was stored, so there is nothing to note."""


def _only_restorable(row: dict[str, Any]) -> None:
    """What is restored has to say of which organisations it is: pairs are never carried over."""
    if row["holds"] not in TAKES:
        raise ValueError(
            f"holds={row['holds']!r} is not known; restore needs one of {', '.join(TAKES)}."
        )
    needed = ("module", "first_organisation", "second_organisation")
    ids = tuple(f"{side}_id" for side in TAKES[row["holds"]])
    empty = [name for name in (*needed, *ids) if not row[name]]
    if empty:
        raise ValueError(f"To restore a row, {', '.join(empty)} must not be empty.")


for _name in COLUMNS:
    PairResource.fields[_name] = Column(attribute=_name, column_name=_name)


def each_by_itself(rows: list[PairRow], last: int = 0) -> list[PairRow]:
    """Rows that tell of both records of a separated pair at once, as one for each. The second
    record gets a row, numbered after the `last` one, unless another row is about it."""
    old = [row for row in rows if row.do == RESTORE and row.holds == SEPARATED]
    taken = {
        (row.module, row.second_id)
        for row in (rows if old else ())
        if "second" in taken_by(row.do, row.holds)
    }
    more: list[PairRow] = []
    for row in old:
        row.holds = FIRST_SEPARATED
        if row.second_id and (row.module, row.second_id) not in taken:
            taken.add((row.module, row.second_id))
            number = last + len(more) + 1
            more.append(replace(row, number=number, holds=SECOND_SEPARATED, seen=""))
    return [*rows, *more]


def written(rows: Iterable[PairRow], file_format: str) -> bytes:
    """The file of these pairs, as CSV or XLSX; no spreadsheet runs any of its text."""
    data = Dataset(headers=list(COLUMNS), title="Pairs")
    for row in rows:
        values = asdict(row)
        data.append([values[name] for name in COLUMNS])
    return content_of(data, file_format)


def read_file(name: str, content: bytes) -> PairTable:
    """The rows that ask for something; ValueError for a file that is no table of pairs."""
    if len(content) > MOST_BYTES:
        raise ValueError("The file is too large.")
    dataset = table(name, content, NEEDED, MOST_ROWS)
    resource = PairResource()
    # Nothing is stored; a dry run would have the database begin and undo it for each row.
    result = resource.import_data(dataset, dry_run=False, raise_errors=False)
    errors = [
        (number + 1, str(problem.error))
        for number, found in result.row_errors()
        for problem in found
    ]
    lines = len(dataset)
    return PairTable(each_by_itself([row for row in resource.rows if row.do], lines + 1), errors)
