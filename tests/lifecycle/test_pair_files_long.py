"""Long files of pairs: few statements, left to the queue, told how far they are, gone on with."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations import access, jobs, lifecycle, pair_files
from integrations.models import Decision, PairFile, PairFileRow
from mappings import pair_file
from mappings.models import KnownRecord, RecordLink
from mappings.pair_file import PairRow, PairTable
from tests.conftest import Office
from tests.lifecycle.conftest import crm
from tests.screens.people import client_of
from tests.screens.test_words import read

FLOW = "crm.customers"


def known(office: Office, number: int) -> list[PairRow]:
    """Rows of pairs whose records are known to stand in both apps, so that nothing is asked."""
    row = crm(office)
    sides = ((row.other, "Accounts", 1), (row.ledger, "contacts", 2))
    KnownRecord.objects.bulk_create(
        KnownRecord(connection=side, entity=entity, record_id=f"{digit}{n:08}", name=f"No {n}")
        for side, entity, digit in sides
        for n in range(number)
    )
    return [
        PairRow(
            number=n + 2,
            module=FLOW,
            first_organisation=row.other.organization_id,
            first_id=f"1{n:08}",
            second_organisation=row.ledger.organization_id,
            second_id=f"2{n:08}",
            name=f"No {n}",
            do="restore",
            holds="paired",
        )
        for n in range(number)
    ]


def worked_off(file: PairFile) -> int:
    """What a worker does: slices until nothing is left; how many there were."""
    slices = 0
    while PairFile.objects.get(pk=file.pk).is_open:
        pair_files.work(file.pk)
        slices += 1
        assert slices < 50
    file.refresh_from_db()
    return slices


def statements(office: Office, admin: Any, rows: list[PairRow]) -> tuple[int, int]:
    """How many it takes to judge so many rows, and to carry them out."""
    with CaptureQueriesContext(connection) as judging:
        file = pair_files.judge(admin, crm(office), "pairs.csv", PairTable(rows))
    assert file.phase == "checked"
    with CaptureQueriesContext(connection) as doing:
        assert pair_files.carry_out(admin, file) == {"restore": len(rows)}
    return len(judging), len(doing)


def test_the_number_of_statements_is_not_that_of_the_rows(office: Office, admin: Any) -> None:
    rows = known(office, 440)
    few, many = statements(office, admin, rows[:40]), statements(office, admin, rows[40:])
    # SQLite takes about thirty rows of a wide table in one statement, PostgreSQL all of them.
    more = 400 // 25 if connection.vendor == "sqlite" else 0
    assert many[0] - few[0] <= 3 * more
    assert many[1] - few[1] <= 3 * more
    assert max(few) < 45
    assert RecordLink.objects.count() == 440
    assert Decision.objects.filter(kind="pair").count() == 440


def test_reading_a_file_takes_no_statement(office: Office) -> None:
    content = pair_file.written(known(office, 30), "csv")
    with CaptureQueriesContext(connection) as reading:
        assert len(pair_file.read_file("pairs.csv", content).rows) == 30
    assert len(reading) == 0


def test_a_long_file_is_left_to_the_queue(office: Office, admin: Any) -> None:
    rows = known(office, pair_files.AT_ONCE + 1)
    file = pair_files.judge(admin, crm(office), "pairs.csv", PairTable(rows))
    assert file.phase == "checking"
    with pytest.raises(ValueError, match="still being checked"):
        pair_files.carry_out(admin, file)
    assert worked_off(file) >= 1
    assert file.phase == "checked"

    assert pair_files.carry_out(admin, file) == {}
    assert PairFile.objects.get().phase == "doing"
    assert not RecordLink.objects.exists()
    worked_off(file)

    assert (file.phase, file.done_by) == ("done", admin)
    assert pair_files.done_by_act(file) == {"restore": len(rows)}
    with pytest.raises(ValueError, match="carried out already"):
        pair_files.carry_out(admin, file)


def test_a_worker_that_died_is_followed_by_another(
    office: Office, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = known(office, pair_files.AT_ONCE + 1)
    file = pair_files.judge(admin, crm(office), "pairs.csv", PairTable(rows))
    woken: list[int] = []
    monkeypatch.setattr("integrations.pair_files.async_task", lambda name, pk: woken.append(pk))
    held = PairFile.objects.filter(pk=file.pk)
    held.update(lease_token="dead", lease_until=timezone.now() + pair_files.LEASE)
    assert pair_files.work(file.pk) == "checking"
    jobs.sync_due()
    assert woken == []
    assert not PairFileRow.objects.filter(outcome="fit").exists()

    office.pass_time(pair_files.LEASE.total_seconds() + 1)
    jobs.sync_due()
    assert woken == [file.pk]
    worked_off(file)
    assert file.phase == "checked"


def test_an_app_that_stays_away_is_asked_again_later(office: Office, admin: Any) -> None:
    (one,) = office.accounts("Acme Ltd")
    office.sync()
    target = str(office.link(one).target_id)
    RecordLink.objects.all().delete()
    row = PairRow(number=2, module=FLOW, first_id=one, second_id=target, do="pair")
    office.faults({"service": "crm", "kind": "status", "status": 503})
    file = pair_files.judge(admin, crm(office), "pairs.csv", PairTable([row]))
    assert (file.phase, bool(file.reason)) == ("checking", True)
    assert pair_files.work(file.pk) == "checking"

    office.faults()
    office.pass_time(dt.timedelta(hours=1).total_seconds())
    assert pair_files.work(file.pk) == "checked"
    file.refresh_from_db()
    assert (file.reason, file.not_before) == ("", None)
    assert file.rows.get().outcome == "fit"


def test_what_has_to_be_asked_for_is_asked_in_parts(
    office: Office, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.pair_judging.MOST_REQUESTS", 2)
    names = [f"Company of place {number}" for number in range(9)]
    ids = office.accounts(*names)
    office.sync()
    rows = [
        PairRow(number=n, module=FLOW, first_id=one, second_id=str(office.link(one).target_id),
                do="pair")
        for n, one in enumerate(ids, 2)
    ]  # fmt: skip
    for model in (RecordLink, KnownRecord):
        model.objects.all().delete()
    office.reset()
    file = pair_files.judge(admin, crm(office), "pairs.csv", PairTable(rows))

    assert set(file.rows.values_list("outcome", flat=True)) == {"fit"}
    assert office.calls("books")["GET /contacts/{id}"] == 9


def test_nothing_is_made_for_an_integration_deleted_meanwhile(office: Office, admin: Any) -> None:
    rows = known(office, pair_files.AT_ONCE + 1)
    file = pair_files.judge(admin, crm(office), "pairs.csv", PairTable(rows))
    worked_off(file)
    pair_files.carry_out(admin, file)
    lifecycle.disable(admin, crm(office), "We leave CRM.")
    lifecycle.delete(admin, crm(office), "Aurora Instruments", "We leave CRM.")

    worked_off(file)

    assert not RecordLink.objects.exists()
    assert set(file.rows.values_list("verdict", flat=True)) == {pair_files.DELETED}


def test_the_page_says_how_far_it_is(office: Office) -> None:
    browser: Client = client_of(access.ADMIN)
    rows = known(office, pair_files.AT_ONCE + 1)
    sent = io.BytesIO(pair_file.written(rows, "csv"))
    sent.name = "pairs.csv"
    browser.post(f"/office/integrations/{crm(office).pk}/pairs/", {"file": sent})
    file = PairFile.objects.get()
    page = f"/office/integrations/pairs/{file.pk}/"

    def told(address: str) -> str:
        answer = browser.get(address)
        assert answer.status_code == 200
        return " ".join(read(answer.content.decode()).split())

    assert "Being checked: 0 of 501 rows" in told(f"{page}progress/")
    assert "Carry out" not in told(page)
    worked_off(file)
    assert browser.get(f"{page}progress/").headers["HX-Refresh"] == "true"
    assert "501 to be restored as paired" in told(page)
    browser.post(page)
    assert "Being carried out: 0 of 501 rows" in told(page)
    worked_off(file)
    said = told(page)
    assert "Done: 501 restored as paired" in said
    assert "restore: paired" in said
    office.pass_time(600)
    PairFile.objects.update(phase="doing")
    assert "Is a worker running?" in told(page)
    for group in (access.AUDITOR, access.APPROVER):
        assert client_of(group).get(f"{page}progress/").status_code == 403
