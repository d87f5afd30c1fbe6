"""Sync history and integration report: their filters, and files of exactly what is filtered."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from integrations.models import Change, SyncRun
from reports import downloads
from tests.screens import rows

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SECOND = "Zoho CRM and Zoho Books (Acme GmbH 2)"
TODAY = timezone.localdate().isoformat()


def days_ago(number: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=number)


def body(answer: Any) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


def lines(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body(answer).decode())))[1:]


@pytest.fixture
def two(db) -> tuple[rows.Company, rows.Company]:
    return rows.company(), rows.company("second", number=2)


def shown(root, **query: str) -> list[int]:
    page = root.get("/office/history/", query)
    return [run.pk for run, _, _ in page.context["lines"]]


def test_the_history_is_narrowed_by_days_integration_module_kind_and_outcome(root, two):
    first, second = two
    old = rows.run(first.setting, created_at=days_ago(10), failing=0)
    new = rows.run(second.setting)
    preview = rows.run(first.setting, mode=SyncRun.Mode.PREVIEW, failing=0)
    assert shown(root) == [preview.pk, new.pk, old.pk]
    assert shown(root, since=TODAY) == [preview.pk, new.pk]
    assert shown(root, until=days_ago(5).date().isoformat()) == [old.pk]
    assert shown(root, integration="second") == [new.pk]
    assert shown(root, module="crm.customers", kind="preview") == [preview.pk]
    assert shown(root, outcome="open") == [new.pk]
    assert shown(root, outcome="clean") == [preview.pk, old.pk]


def test_a_wrong_filter_says_so_and_shows_nothing(root, two):
    rows.run(two[0].setting)
    page = root.get("/office/history/", {"since": TODAY, "until": "2020-01-01"})
    assert page.context["form"].errors == {"until": ["It lies before the first day."]}
    assert page.context["lines"] == []
    for query in ({"since": "x"}, {"module": "x"}, {"integration": "x"}, {"outcome": "x"}):
        page = root.get("/office/history/", query)
        assert page.context["form"].errors
        assert page.context["lines"] == []
        assert root.get("/office/history/file/", query).status_code == 302


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_files_hold_what_is_filtered(root, two, form):
    first, second = two
    rows.run(first.setting)
    run = rows.run(second.setting)
    answer = root.get("/office/history/file/", {"integration": "second", "format": form})
    assert answer["Content-Disposition"].startswith('attachment; filename="TEST-DATA-history-')
    if form == "csv":
        (line,) = lines(answer)
        assert line[2] == SECOND
        assert str(run.pk) in line
    else:
        sheet = load_workbook(io.BytesIO(body(answer))).active
        assert sheet.max_row == 2
        assert sheet["C2"].value == SECOND


def written(made: rows.Company, number: int, **values: Any) -> Change:
    run = SyncRun.objects.filter(setting=made.setting).first() or rows.run(made.setting)
    return rows.change(run, number, **{"final_at": timezone.now(), **values})


def names(root, **query: str) -> list[str]:
    page = root.get("/office/report/", query)
    return [line.change.name for line in page.context["lines"]]


def test_the_report_shows_what_was_written_with_every_field(root, two):
    written(two[0], 1)
    written(two[0], 2, status=Change.Status.FAILED)
    page = root.get("/office/report/").content.decode()
    assert "Customer 1" in page
    assert "Customer 2" not in page
    for text in ("Bonn", "Köln", "from CRM to Books"):
        assert text in page


def test_the_report_goes_by_the_time_of_the_write(root, two):
    """An approved preview may have been planned long before it was written."""
    written(two[0], 1, created_at=days_ago(30), final_at=timezone.now())
    written(two[0], 2, created_at=days_ago(30), final_at=days_ago(20))
    assert names(root) == ["Customer 1", "Customer 2"]
    assert names(root, since=TODAY) == ["Customer 1"]


def test_the_report_is_narrowed_by_app_action_and_record(root, two):
    made = two[0]
    written(made, 1)
    written(made, 2, action=Change.Action.CREATE)
    rows.link(made.setting, 2, name="Bolt Ltd")
    back = rows.run(made.setting, direction=SyncRun.Direction.REVERSE, only_ids=["1"])
    rows.change(back, 3, final_at=timezone.now())
    assert names(root, into="crm") == ["Customer 3"]
    assert sorted(names(root, into="books")) == ["Customer 1", "Customer 2"]
    assert names(root, action="create") == ["Customer 2"]
    assert names(root, name="bolt") == ["Customer 2"]
    assert names(root, name="5500000000001") == ["Customer 1"]
    assert names(root, name="4600000000001") == ["Customer 1"]
    for odd in ("'", "%", "\x00", "9" * 60, "😀"):
        assert names(root, name=odd) == []


def test_a_long_file_is_streamed_with_the_same_lines(root, two, monkeypatch):
    for number in range(7):
        written(two[0], number)
    small = root.get("/office/report/file/", {"format": "csv"})
    monkeypatch.setattr(downloads, "AT_MOST", 5)
    monkeypatch.setattr(downloads, "CHUNK", 3)
    long = root.get("/office/report/file/", {"format": "csv"})
    assert long.streaming
    assert not small.streaming
    assert body(long) == body(small)
    book = root.get("/office/report/file/", {"format": "xlsx"})
    assert load_workbook(io.BytesIO(body(book))).active.max_row == 8


def test_a_workbook_that_would_take_too_long_says_what_to_do(root, two, monkeypatch):
    for number in range(3):
        written(two[0], number)
    monkeypatch.setattr(downloads, "AT_MOST", 1)
    monkeypatch.setattr(downloads, "WORKBOOK_AT_MOST", 2)
    answer = root.get("/office/report/file/", {"format": "xlsx"}, follow=True)
    assert "manage.py export pushed --format xlsx" in answer.content.decode()
    assert "TEST-DATA" in root.get("/office/report/file/")["Content-Disposition"]


def test_empty_reports_say_what_to_do(root, db):
    assert "Nothing has been synced yet" in root.get("/office/history/").content.decode()
    assert "Nothing has been written yet" in root.get("/office/report/").content.decode()
    page = root.get("/office/report/", {"name": "x"}).content.decode()
    assert "Nothing that was written passes the filters." in page
