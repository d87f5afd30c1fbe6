"""The *Export* button of the lists."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations import evidence
from integrations.models import Change, Connection, Integration, SyncRun
from mappings.models import RecordLink
from mappings.table_files import BAND, TEST_DATA
from reports import report as reports_base
from reports.admin import EXPORTS
from reports.resources import typed
from tests.reports.files import as_text, read_csv, read_xlsx
from tests.screens import rows

pytestmark = pytest.mark.django_db
CSV, XLSX = "0", "1"


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def address(model, query: str = "") -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/export/{query}"


def export(client, model, form=CSV, query="", leave_out=()):
    """The answer to the form with all its columns chosen, but for `leave_out`."""
    fields = client.get(address(model, query)).context["form"].fields
    other = {"resource", "format", "export_items", *leave_out}
    chosen = {name: "on" for name in fields if name not in other}
    return client.post(address(model, query), {**chosen, "format": form, "resource": "0"})


def lines(client, model, query=""):
    return read_csv(export(client, model, query=query).content)


@pytest.mark.parametrize("model", EXPORTS, ids=lambda model: model.__name__)
def test_both_formats_hold_the_same(model, root, filled):
    csv = read_csv(export(root, model, CSV).content)
    xlsx = read_xlsx(export(root, model, XLSX).content)

    assert len(csv) > 1
    assert [[as_text(value) for value in row] for row in xlsx] == [
        [number(value) for value in row] for row in csv
    ]


def number(text: str) -> str:
    """A workbook writes 1.0 as 1."""
    try:
        return str(float(text)).removesuffix(".0") if "." in text else text
    except ValueError:
        return text


def test_the_file_has_what_the_list_showed(root, filled):
    assert {row[4] for row in lines(root, RecordLink)[1:]} == set(RecordLink.State.labels)
    failing = lines(root, RecordLink, "?state__exact=failing")
    assert [row[4] for row in failing[1:]] == ["Needs attention"]
    assert [row[0] for row in lines(root, RecordLink, "?q=customer+2")[1:]] == ["Customer 2"]


def test_the_order_is_that_of_the_list(root, filled):
    newest = [row[0] for row in lines(root, SyncRun)[1:]]
    assert newest == sorted(newest, key=int, reverse=True)
    assert [row[0] for row in lines(root, SyncRun, "?o=0")[1:]] == newest[::-1]


def test_columns_may_be_left_out(root, filled):
    whole, less = (
        read_csv(export(root, SyncRun, leave_out=out).content)
        for out in ((), ("runsreport_memory", "runsreport_reason"))
    )
    assert set(whole[0]) - set(less[0]) == {"memory in MB", "reason"}


def test_changes_have_one_line_for_each_field_and_no_formula(root, filled):
    written = Change.objects.get(status=Change.Status.WRITTEN)
    found = lines(root, Change, "?status__exact=written")
    headers = found[0]
    shown = [dict(zip(headers, row, strict=True)) for row in found[1:]]
    assert [(r["field"], r["before"], r["after"]) for r in shown] == [
        ("billing_address.city", "Bonn", "Köln"),
        ("notes", "", "'=1+1"),
    ]
    assert {r["sync"] for r in shown} == {str(written.run_id)}


def test_amounts_in_changes_are_numbers_again():
    assert typed("-12.50", "money") == Decimal("-12.50")
    assert typed("3", "number") == Decimal(3)
    assert typed("-12.50", "text") == "-12.50"
    assert typed("none", "money") == "none"
    assert typed(None, "money") is None


def test_test_data_is_marked_in_name_header_and_every_row(root, filled):
    answer = export(root, RecordLink)
    found = read_csv(answer.content)
    assert 'filename="TEST-DATA-records-' in answer.headers["Content-Disposition"]
    assert found[0][-1] == BAND
    assert {row[-1] for row in found[1:]} == {TEST_DATA}


def test_real_data_carries_no_mark(root, db):
    rows.fill(rows.company("acme", is_test=False), 2)
    answer = export(root, RecordLink)
    assert "TEST" not in answer.headers["Content-Disposition"]
    assert TEST_DATA not in answer.content.decode()


def test_beside_real_data_only_the_rows_of_test_data_are_marked(root, filled):
    rows.fill(rows.company("acme", is_test=False, number=2), 2)
    found = lines(root, RecordLink)
    at = found[0].index("integration")
    assert {(row[at], row[-1]) for row in found[1:]} == {
        ("Zoho CRM and Zoho Books (Acme GmbH 1)", TEST_DATA),
        ("Zoho CRM and Zoho Books (Acme GmbH 2)", ""),
    }
    of_acme = export(root, RecordLink, query="?integration=acme")
    assert "TEST" not in of_acme.headers["Content-Disposition"]
    for model in (Connection, Integration):
        assert {row[-1] for row in lines(root, model)[1:]} == {TEST_DATA, ""}


def test_too_many_rows_are_refused_with_the_command_that_takes_them(root, filled, monkeypatch):
    monkeypatch.setattr(reports_base, "AT_MOST", 3)
    for model, name in ((RecordLink, "records"), (Change, "changes"), (SyncRun, "runs")):
        answer = export(root, model)
        page = answer.content.decode()
        assert "Content-Disposition" not in answer.headers
        assert "more than 3 rows" in page
        assert f"manage.py export {name} --output FILE" in page


def test_lines_are_counted_not_only_rows(root, filled, monkeypatch):
    with evidence.lifted():
        Change.objects.exclude(status__in=("written", "failed")).delete()
    monkeypatch.setattr(reports_base, "AT_MOST", 3)
    assert "more than 3 rows" in export(root, Change).content.decode()


def test_who_may_not_see_a_list_may_not_export_it(filled):
    clerk = User.objects.create_user("clerk", is_staff=True)
    client = Client()
    client.force_login(clerk)
    assert client.get(address(Change)).status_code == 403
    assert client.post(address(Change), {"format": CSV}).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_change"))
    assert client.get(address(Change)).status_code == 200
    assert client.get(address(RecordLink)).status_code == 403


@pytest.mark.parametrize("model", EXPORTS, ids=lambda model: model.__name__)
def test_an_export_takes_as_many_statements_whatever_the_rows(model, root, filled):
    counts = []
    for start in (100, 200):
        export(root, model)
        with CaptureQueriesContext(connection) as caught:
            export(root, model)
        counts.append(len(caught))
        rows.fill(filled, 20, start=start)
        rows.company(f"crm-{start}", number=start)
    assert counts[0] == counts[1]


def test_ages_are_numbers(root, filled):
    RecordLink.objects.update(since=timezone.now() - dt.timedelta(hours=36))
    found = lines(root, RecordLink)
    assert {row[found[0].index("age in days")] for row in found[1:]} == {"1.5"}
