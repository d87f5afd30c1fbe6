"""Files of rows that people open in a spreadsheet: none of their text is run there, and what is
read back from them is what was written."""

from __future__ import annotations

from django.http import HttpResponseBase
from tablib import Dataset

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A spreadsheet takes text that begins so for a formula, and would run it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
TEST_DATA = "TEST DATA"
BAND = f"{TEST_DATA}: nothing here reaches your books"


def safe(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def kept(text: str) -> str:
    """The same for files that are read in again: `plain` gives back what it was, also a text that
    had such an apostrophe itself."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def plain(text: str) -> str:
    """The text of a cell that `kept` has made."""
    marked = text.startswith("'") and text.lstrip("'").startswith(FORMULA)
    return text[1:] if marked else text


def content_of(data: Dataset, form: str) -> bytes:
    """The rows as CSV or XLSX, to be read in again; each text of them safe."""
    made = Dataset(headers=data.headers, title=data.title or "Rows")
    for row in data:
        made.append([kept(value) if isinstance(value, str) else value for value in row])
    content = made.export(form)
    return content.encode() if isinstance(content, str) else bytes(content)


def marked_name(name: str, form: str, *, test_data: bool) -> str:
    """``TEST-DATA-pairs.csv``; without the first part for real data (G-4)."""
    mark = f"{TEST_DATA.replace(' ', '-')}-" if test_data else ""
    return f"{mark}{name}.{form}"


def attach(answer: HttpResponseBase, name: str) -> HttpResponseBase:
    """The answer as a file to be kept, by its name; the browser does not open it in the page."""
    form = name.rpartition(".")[2]
    answer.headers["Content-Type"] = TYPES[form]
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
