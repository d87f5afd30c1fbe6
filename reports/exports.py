"""Files of rows: CSV and XLSX, written as the rows come, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, TextIO

from django.utils import timezone
from openpyxl import Workbook

from mappings.table_files import safe

# What XML cannot hold; left in, openpyxl refuses the whole file.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
ROWS_PER_SHEET = 1_048_576

Cell = str | int | float | Decimal


def cell(value: Any) -> Cell:
    """What a file holds for a value: numbers stay numbers, the rest is text no spreadsheet runs.

    Times are ISO 8601 in the time zone of the screens, with their offset; objects and lists JSON.
    """
    if type(value) is str:  # most of them
        return _safe(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return value if value.is_finite() else _safe(str(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else _safe(str(value))
    if isinstance(value, int):
        return value
    return _safe(_text(value))


def _safe(text: str) -> str:
    if not text.isprintable():
        text = UNPRINTABLE.sub("", text)
    return safe(text)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def write_csv(stream: TextIO, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write the rows as they come, with `headers` as first line; the number of rows."""
    writer = csv.writer(stream)
    writer.writerow([cell(header) for header in headers])
    number = 0
    for number, row in enumerate(rows, start=1):  # noqa: B007 - the last one is the answer
        writer.writerow([_plain(cell(value)) for value in row])
    return number


def _plain(value: Cell) -> Cell:
    # As text, Decimal("1E+3") is no number to most readers.
    return format(value, "f") if isinstance(value, Decimal) else value


def write_xlsx(
    stream: BinaryIO, headers: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "Rows"
) -> int:
    """Write a workbook without holding it in memory; the number of rows.

    `title` names the sheet; what does not fit into one goes on in further ones.
    """
    book = Workbook(write_only=True)
    first = [cell(header) for header in headers]
    sheet, number = None, 0
    for number, row in enumerate(rows, start=1):
        if sheet is None or (number - 1) % (ROWS_PER_SHEET - 1) == 0:
            sheet = _sheet(book, title, first)
        sheet.append([cell(value) for value in row])
    if sheet is None:
        _sheet(book, title, first)
    book.save(stream)
    return number


def _sheet(book: Workbook, title: str, headers: Sequence[Cell]) -> Any:
    number = len(book.worksheets) + 1
    sheet = book.create_sheet(title if number == 1 else f"{title} {number}")
    sheet.freeze_panes = "A2"
    sheet.append(headers)
    return sheet
