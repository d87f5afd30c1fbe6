"""Reading back what was exported."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

from openpyxl import load_workbook


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode(), newline="")))


def read_xlsx(data: bytes) -> list[list[Any]]:
    book = load_workbook(BytesIO(data))
    return [list(row) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]


def as_text(value: Any) -> str:
    """A cell of a workbook as the same cell stands in a CSV."""
    return "" if value is None else str(value)
