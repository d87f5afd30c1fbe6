"""`manage.py pairs`: the file of the screens, written and read in from the command line."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations import access
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens.people import client_of


@pytest.fixture(autouse=True)
def asleep(asleep: None) -> None:
    """For every test of this file."""


def said(*args: str, **options: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("pairs", *args, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_the_command_and_the_page_write_the_same_file(office: Office, tmp_path: Path) -> None:
    office.accounts("Acme Ltd", "=Bolt Ltd")
    office.sync()
    path = tmp_path / "pairs.csv"
    assert "2 rows in" in said("crm", "--export", str(path))[0]
    page = f"/office/integrations/{office.setting().integration_id}/pairs.csv"
    assert client_of(access.ADMIN).get(page).content == path.read_bytes()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_was_written_is_read_in(office: Office, tmp_path: Path, form: str) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    target, path = office.link(acme).target_id, str(tmp_path / f"pairs.{form}")
    said("crm", "--export", path)
    assert "it is so already" in said("crm", "--import", path)[0]
    RecordLink.objects.all().delete()

    out, _ = said("crm", "--import", path)
    assert "in order" in out
    assert "Nothing was changed" in out
    assert not RecordLink.objects.exists()
    out, _ = said("crm", "--import", path, "--yes")
    assert "1  done" in out
    assert office.link(acme).target_id == target


def test_what_cannot_be_done_is_told_by_line(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("module,first_id,second_id,do\ncrm.customers,1,2,keep\n")
    out, err = said("crm", "--import", str(path), "--yes")
    assert "cannot be done" in out
    assert "line 2: These two are not a pair" in err


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("books", "--export", "x.csv"), "There are: crm"),
        (("crm", "--export", "x.pdf"), "neither in .csv"),
        (("crm", "--import", "/nowhere/x.csv"), "cannot be read"),
    ],
)
def test_wrong_use_is_told(office: Office, args: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        said(*args)
