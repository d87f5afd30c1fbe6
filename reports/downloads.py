"""Answers that are files: what a page has filtered, as CSV or XLSX, however many rows it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse

from mappings.table_files import CSV, XLSX, attach
from reports.exports import write_csv, write_xlsx
from reports.formats import Csv, Xlsx
from reports.marks import Marks, file_name
from reports.report import AT_MOST, CHUNK, Report, TooMany

# A workbook is written whole before it is sent; beyond this a person would wait minutes.
WORKBOOK_AT_MOST = 100_000


def download(report: Report, rows: QuerySet[Any], form: str) -> HttpResponseBase:
    """The rows in their order; TooMany says what to do where a workbook would take too long.

    Up to 20,000 rows django-import-export makes the file, above that it is written as it is read.
    """
    marks = Marks.load()
    # The name is said before the rows are written.
    marks.met = marks.any_test and _any_test(rows)
    number = rows.order_by().values("pk")[: WORKBOOK_AT_MOST + 1].count()
    if number <= AT_MOST:
        answer: HttpResponseBase = HttpResponse(_small(report, rows, form, marks))
    elif form == CSV:
        answer = StreamingHttpResponse(_pieces(report, rows, marks))
    elif number <= WORKBOOK_AT_MOST:
        answer = _workbook(report, rows, marks)
    else:
        raise TooMany(
            f"A workbook on this page holds at most {WORKBOOK_AT_MOST:,} rows. Narrow the dates, "
            f"take CSV, or on the server: manage.py export {report.report} --format xlsx"
        )
    return attach(answer, file_name(report.report, form, test_data=marks.for_name))


def _any_test(rows: QuerySet[Any]) -> bool:
    return rows.order_by().filter(setting__integration__ledger__is_test=True)[:1].exists()


def _small(report: Report, rows: QuerySet[Any], form: str, marks: Marks) -> str | bytes:
    data = report.export(queryset=rows, marks=marks)
    made = Xlsx() if form == XLSX else Csv()
    return made.export_data(data)


def _lines(report: Report, rows: QuerySet[Any], marks: Marks) -> Iterator[list[Any]]:
    return report.lines(rows.iterator(chunk_size=CHUNK), report.columns(), marks)


def _pieces(report: Report, rows: QuerySet[Any], marks: Marks) -> Iterator[str]:
    """The file in pieces of some thousand lines."""
    headers = report.headers(report.columns(), marks)
    head = _text(headers, ())
    yield head
    lines = _lines(report, rows, marks)
    while piece := list(islice(lines, CHUNK)):
        yield _text(headers, piece).removeprefix(head)


def _text(headers: list[str], lines: Iterable[list[Any]]) -> str:
    stream = StringIO(newline="")
    write_csv(stream, headers, lines)
    return stream.getvalue()


def _workbook(report: Report, rows: QuerySet[Any], marks: Marks) -> FileResponse:
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it when it is sent
    headers = report.headers(report.columns(), marks)
    write_xlsx(file, headers, _lines(report, rows, marks), title=report.report)
    file.seek(0)
    return FileResponse(file)
