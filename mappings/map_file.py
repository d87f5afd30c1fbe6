"""Field maps as files: one row for each pair, checked row by row before anything changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zipfile import BadZipFile

from import_export import resources
from import_export.fields import Field as Column
from tablib import Dataset
from tablib.exceptions import TablibException

from mappings.fields import Field
from mappings.models import FieldMap
from mappings.table_files import CSV, TYPES, content_of, plain

COLUMNS = ("source", "target", "via", "on", "clears", "wins")
MOST_BYTES, MOST_ROWS = 1_000_000, 500
YES, NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0", ""})


@dataclass
class MapFile:
    """What a file holds: the pairs that could be read, and for the others row and reason."""

    pairs: list[Field] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """What a map would add to, change in and take from another one, by the field written."""

    added: list[Field]
    changed: list[tuple[Field, Field]]
    removed: list[Field]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def difference(before: Sequence[Field], after: Sequence[Field]) -> Difference:
    """`changed` holds (as it is, as it would be)."""
    old, new = ({pair.target: pair for pair in pairs} for pairs in (before, after))
    return Difference(
        added=[pair for target, pair in new.items() if target not in old],
        changed=[(old[t], pair) for t, pair in new.items() if t in old and old[t] != pair],
        removed=[pair for target, pair in old.items() if target not in new],
    )


class FieldMapResource(resources.ModelResource):
    """The columns of the file. Importing collects the pairs and stores none of them."""

    clears = Column(attribute="clears", column_name="clears")

    class Meta:
        model = FieldMap
        fields = COLUMNS
        export_order = COLUMNS
        import_id_fields: tuple[str, ...] = ()
        clean_model_instances = False
        use_transactions = False

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[Field] = []

    def dehydrate_clears(self, row: FieldMap) -> str:
        return "yes" if row.clears else "no"

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """Raises ValueError for what is no field pair at all."""
        for name in COLUMNS:
            row[name] = plain(str(row.get(name) or "").strip())
        if not row["source"] or not row["target"]:
            raise ValueError("The columns source and target must not be empty.")
        word = row["clears"].casefold()
        if word not in YES | NO:
            raise ValueError(f"clears={row['clears']!r} is not allowed; use yes, no.")
        row["clears"] = word in YES
        row["via"] = row["via"] or "text"
        row["on"] = row["on"] or FieldMap.On.ALWAYS.value

    def save_instance(self, instance: FieldMap, *args: Any, **kwargs: Any) -> None:
        self.pairs.append(instance.pair)

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        """Nothing was stored, so there is nothing to note."""


def written(rows: Any, file_format: str) -> bytes:
    """The file of a field map, as CSV or XLSX."""
    return content_of(FieldMapResource().export(rows), file_format)


def table(name: str, content: bytes, required: Sequence[str], most_rows: int) -> Dataset:
    """The rows of a CSV or XLSX file; ValueError for what is no table with these columns."""
    file_format = name.rpartition(".")[2].lower()
    if file_format not in TYPES:
        raise ValueError(f"Only files of these formats are read: {', '.join(TYPES)}.")
    try:
        loaded = content.decode("utf-8-sig") if file_format == CSV else content
        dataset = Dataset().load(loaded, format=file_format)
    except (TablibException, BadZipFile, ValueError, KeyError, OSError) as error:
        what = "a text file of UTF-8" if file_format == CSV else "an Excel workbook"
        raise ValueError(
            f"The file cannot be read: {name} is not {what}, or it is damaged. Export a file here, "
            "change that and send it again."
        ) from error
    headers = dataset.headers or []
    missing = [column for column in required if column not in headers]
    if missing:
        raise ValueError(f"The file has no column {missing[0]!r}; there must be {required}.")
    if len(dataset) > most_rows:
        raise ValueError(f"The file has more than {most_rows} rows.")
    return dataset


def read_file(name: str, content: bytes) -> MapFile:
    """The pairs in a file; ValueError for one that is no table with the right columns."""
    if len(content) > MOST_BYTES:
        raise ValueError("The file is too large for a field map.")
    dataset = table(name, content, ("source", "target"), MOST_ROWS)
    resource = FieldMapResource()
    result = resource.import_data(dataset, dry_run=True, raise_errors=False)
    # The first line of the file is its header.
    errors = [
        (number + 1, str(problem.error))
        for number, found in result.row_errors()
        for problem in found
    ]
    return MapFile(resource.pairs, errors)
