"""Files for spreadsheets: no text is run there, and what is read back is what was written."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.http import HttpResponse
from openpyxl import load_workbook
from tablib import Dataset

from mappings import map_file, pair_file
from mappings.models import FieldMap
from mappings.table_files import attach, content_of, kept, marked_name, plain

pytestmark = pytest.mark.django_db

TEXTS = ["=1+1", "+49 30", "-5", "@x", "'=1+1", "''=x", "'quoted'", "O'Neil", "plain", ""]


@pytest.mark.parametrize("text", TEXTS)
def test_a_safe_text_is_no_formula_and_can_be_read_back(text: str) -> None:
    assert not kept(text).startswith(("=", "+", "-", "@"))
    assert plain(kept(text)) == text


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_of_a_file_is_a_formula(form: str) -> None:
    content = content_of(Dataset(["=cmd()", "-5", 3], headers=["a", "b", "c"]), form)
    if form == "csv":
        assert content.decode().splitlines()[1] == "'=cmd(),'-5,3"
    else:
        sheet = load_workbook(BytesIO(content)).active
        assert sheet is not None
        assert [cell.data_type for cell in sheet[2]] == ["s", "s", "n"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_field_map_comes_back_as_it_was(form: str) -> None:
    rows = [
        FieldMap(source="=Account_Name", target="contact_name", via="text", on="always"),
        FieldMap(source="Site", target="-notes", via="default:'-5", on="always", clears=True),
        FieldMap(source="'@Fax", target="cf_fax", via="+text", on="create", wins="source"),
    ]
    content = map_file.written(rows, form)
    found = map_file.read_file(f"map.{form}", content)
    assert found.errors == []
    assert found.pairs == [row.pair for row in rows]
    assert b",=Account" not in content


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_pair_comes_back_as_it_was(form: str) -> None:
    row = pair_file.PairRow(2, "crm.customers", "1", "-2", "3", "4", "'=Acme", "pair", "+why")
    found = pair_file.read_file(f"pairs.{form}", pair_file.written([row], form))
    assert found.errors == []
    assert found.rows == [row]


def test_a_file_says_what_it_is_and_whose_data() -> None:
    name = marked_name("pairs-crm", "xlsx", test_data=True)
    answer = attach(HttpResponse(b""), name)
    assert (
        answer.headers["Content-Disposition"] == 'attachment; filename="TEST-DATA-pairs-crm.xlsx"'
    )
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert marked_name("pairs-crm", "csv", test_data=False) == "pairs-crm.csv"
