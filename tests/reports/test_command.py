"""`manage.py export`, as a script uses it."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations import evidence
from integrations.models import Change, SyncRun
from mappings.models import RecordLink
from mappings.table_files import BAND
from reports.catalogue import NOT_YET, REPORTS
from tests.reports.files import as_text, read_csv, read_xlsx
from tests.screens import rows
from tests.screens.rows import CANARIES, first

pytestmark = pytest.mark.django_db


def export(*arguments: str) -> list[dict[str, str]]:
    """The rows on the standard output, by header."""
    out = StringIO(newline="")
    call_command("export", *arguments, stdout=out, stderr=StringIO())
    first, *others = read_csv(out.getvalue().encode())
    return [dict(zip(first, row, strict=True)) for row in others]


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("export", *arguments, stdout=StringIO(), stderr=StringIO())
    assert caught.value.returncode == 2
    return str(caught.value)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_the_same_in_both_formats(name, filled, tmp_path):
    csv, xlsx = tmp_path / "rows.csv", tmp_path / "rows.xlsx"
    for path in (csv, xlsx):
        call_command("export", name, output=str(path), stderr=StringIO())
    found = read_csv(csv.read_bytes())
    assert len(found) > 1
    assert len(read_xlsx(xlsx.read_bytes())) == len(found)
    assert as_text(read_xlsx(xlsx.read_bytes())[1][0]) == found[1][0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "rows.xlsx"]
    assert not any(secret in csv.read_text() for secret in CANARIES.values())


def test_the_format_may_be_named(filled, tmp_path):
    path = tmp_path / "rows.dat"
    call_command("export", "links", "--format", "xlsx", "--output", str(path), stderr=StringIO())
    assert path.read_bytes().startswith(b"PK")


def test_errors_are_the_records_that_need_a_person(filled):
    found = export("errors")
    assert {row["state"] for row in found} == {
        "Needs attention",
        "Changed on both sides",
        "Possible duplicate",
        "Not confirmed",
        "Deleted on one side",
    }
    assert all(row["cause"] and row["reason"] and row["what to do"] for row in found)
    RecordLink.objects.update(state="in_sync")
    assert export("errors") == []


def test_links_are_the_pairs(filled):
    alone = RecordLink.objects.get(target_id=None)
    found = export("links")
    assert len(found) == RecordLink.objects.count() - 1
    assert alone.source_id not in {row["first id"] for row in found}
    assert {(row["first app"], row["second app"]) for row in found} == {("CRM", "Books")}


def test_history_has_the_counts_of_each_sync(filled):
    found = export("history")
    assert len(found) == SyncRun.objects.count()
    assert {(r["module"], r["read"], r["created"], r["need attention"]) for r in found} == {
        ("Customers", "212", "40", "3")
    }
    assert "Finished, 3 need attention" in {row["outcome"] for row in found}


def test_pushed_is_what_was_written(filled):
    assert [row["record"] for row in export("pushed")] == [
        change.name for change in Change.objects.filter(status="written")
    ]
    (told, *_) = (row["before and after"] for row in export("pushed"))
    assert "Bonn -> Köln" in told
    assert "empty -> =1+1" in told


def test_settings_say_what_was_chosen(filled):
    (row,) = export("settings")
    assert row["module"] == "Customers"
    assert row["direction"] == "from CRM to Books"
    assert row["changed on both sides"] == "CRM wins"
    assert row["the module's own"] == "module=accounts"


def test_since_a_day_or_a_moment(filled):
    old = first(Change)
    with evidence.lifted():
        Change.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(days=40))
    day = timezone.localdate() - dt.timedelta(days=7)
    for text in (day.isoformat(), f"{day}T14:00", f"{day}T14:00:00+02:00"):
        assert old.name not in {row["record"] for row in export("changes", "--since", text)}
    assert old.name in {row["record"] for row in export("changes")}


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01", "2025-02-30", "2025-02-30T10:00", "1"])
def test_an_impossible_day_is_refused(text, db):
    assert text in refusal("changes", "--since", text)


def test_one_module_of_all_or_of_one_integration(filled):
    rows.fill(rows.company("acme", number=2), 2)
    first, second = (f"Zoho CRM and Zoho Books (Acme GmbH {number})" for number in (1, 2))
    every = export("links", "--flow", "crm.customers")
    assert {row["integration"] for row in every} == {first, second}
    some = export("links", "--flow", "acme:crm.customers")
    assert {row["integration"] for row in some} == {second}
    chosen = export("settings", "--flow", "acme:crm.customers")
    assert {row["integration"] for row in chosen} == {second}


def test_what_is_not_known_is_refused_with_what_is(filled):
    assert "There is no report 'eror'" in refusal("eror")
    assert all(name in refusal("eror") for name in REPORTS)
    assert "crm.customers" in refusal("links", "--flow", "crm.nothing")
    assert "crm" in refusal("links", "--flow", "nobody:crm.customers")
    assert "folder" in refusal("links", "--output", "/nowhere/at/all.csv")


@pytest.mark.parametrize("name", NOT_YET)
def test_what_comes_later_says_so(name, db):
    assert "not available yet" in refusal(name)


def test_test_data_is_said_on_standard_error_and_in_the_header(filled):
    error = StringIO()
    out = StringIO(newline="")
    call_command("export", "links", stdout=out, stderr=error)
    assert BAND in error.getvalue()
    assert read_csv(out.getvalue().encode())[0][-1] == BAND


def test_a_file_that_fails_half_way_leaves_the_old_one(filled, tmp_path, monkeypatch):
    path = tmp_path / "rows.csv"
    path.write_text("before")
    monkeypatch.setattr("reports.report.Report.mark", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("export", "links", output=str(path), stderr=StringIO())
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_is_not_held_in_memory(form, filled, tmp_path, monkeypatch):
    """Five times the rows take no more memory, once a chunk is full."""
    monkeypatch.setattr("reports.management.commands.export.CHUNK", 100)
    of = first(SyncRun)

    def peak(path: Path) -> int:
        tracemalloc.start()
        call_command("export", "changes", output=str(path), stderr=StringIO())
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    fill(of, 0, 400)
    few = peak(tmp_path / f"few.{form}")
    fill(of, 400, 1_600)
    many = peak(tmp_path / f"many.{form}")
    assert many < few * 2


def fill(of: SyncRun, start: int, count: int) -> None:
    Change.objects.bulk_create(
        (
            Change(
                run=of,
                setting=of.setting,
                flow=of.flow,
                action="update",
                status="written",
                source_id=str(n),
                name=f"Name {n}",
                values={"notes": f"Note {n}"},
                created_at=timezone.now(),
            )
            for n in range(start, start + count)
        ),
        batch_size=1_000,
    )
