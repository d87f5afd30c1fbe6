"""What a cell holds: text that no spreadsheet runs, numbers that stay numbers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from reports import exports
from reports.exports import cell, write_csv, write_xlsx
from tests.reports.files import read_csv, read_xlsx

RUN_BY_SPREADSHEETS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0")


@pytest.mark.parametrize("text", RUN_BY_SPREADSHEETS)
def test_text_that_would_run_gets_an_apostrophe(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["\x00=1+1", "\x1b-1+1", "\x0b@x"])
def test_an_unprintable_character_hides_no_formula(text):
    assert cell(text) == f"'{text[1:]}"


@pytest.mark.parametrize("text", ["", "Acme", "a=b", "1-2", "'=1+1", "Ünïcode 株式会社", "a\nb"])
def test_other_text_is_left_alone(text):
    assert cell(text) == text


@pytest.mark.parametrize("number", [0, 5, -5, 1.5, -1.5, Decimal("-12.50"), Decimal("1E+3")])
def test_numbers_stay_numbers(number):
    assert cell(number) is number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (float("nan"), "nan"),
        (float("-inf"), "'-inf"),
        (Decimal("-Infinity"), "'-Infinity"),
        (dt.date(2025, 11, 21), "2025-11-21"),
        (dt.datetime(2025, 11, 21, 14, 2, 3, 9, tzinfo=dt.UTC), "2025-11-21T14:02:03+00:00"),
        ({"city": "Köln"}, '{"city": "Köln"}'),
        (["=1"], '["=1"]'),
    ],
)
def test_what_is_neither_is_text(value, text):
    assert cell(value) == text


def both(rows):
    text, data = StringIO(newline=""), BytesIO()
    assert write_csv(text, ["=name", "amount"], iter(rows)) == len(rows)
    assert write_xlsx(data, ["=name", "amount"], iter(rows)) == len(rows)
    return read_csv(text.getvalue().encode()), data.getvalue()


def test_a_file_is_safe_in_its_headers_too():
    lines, book = both([["-x", Decimal("-5.00")]])
    assert lines == [["'=name", "amount"], ["'-x", "-5.00"]]
    assert read_xlsx(book) == [["'=name", "amount"], ["'-x", -5]]


def test_no_cell_of_a_workbook_is_a_formula_and_amounts_are_numbers():
    _, book = both([[text, Decimal("-12.50")] for text in RUN_BY_SPREADSHEETS])
    sheet = load_workbook(BytesIO(book)).active
    assert {c.data_type for row in sheet.iter_rows(min_row=2, max_col=1) for c in row} == {"s"}
    assert {c.value for row in sheet.iter_rows(min_row=2, min_col=2) for c in row} == {-12.5}


def test_large_amounts_are_written_out():
    lines, _ = both([["x", Decimal("1E+3")]])
    assert lines[1] == ["x", "1000"]


def test_an_empty_report_has_its_headers():
    lines, book = both([])
    assert lines == [["'=name", "amount"]]
    assert read_xlsx(book) == [["'=name", "amount"]]


def test_what_does_not_fit_into_a_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(exports, "ROWS_PER_SHEET", 3)
    data = BytesIO()
    assert write_xlsx(data, ["n"], ([n] for n in range(5)), title="Changes") == 5
    book = load_workbook(data)
    assert book.sheetnames == ["Changes", "Changes 2", "Changes 3"]
    assert [[row[0] for row in s.values] for s in book] == [["n", 0, 1], ["n", 2, 3], ["n", 4]]
