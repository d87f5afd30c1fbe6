"""Working lists: the customers that came from CRM, narrowed, acted on in bulk, exported."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations import access
from integrations.models import Decision
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens import rows
from tests.screens.people import client_of, finish_syncs, latest
from tests.screens.test_words import NEVER, read

LIST = "/office/lists/crm.customers/"


def names(page: Any) -> set[str]:
    return {row.record.name for row, _ in page.context["lines"]}


@pytest.fixture
def paired(office: Office) -> Office:
    """Three pairs, one of them found by its name, and a record without a partner."""
    office.configure(duplicates="overwrite")
    office.add("books", "contacts", {"contact_name": "Globex", "contact_type": "customer"})
    office.accounts("Acme Ltd", "Acme Bank", "Globex", Phone="+1 555 0100")
    office.accounts("Bad Ltd", Website="none at all")
    office.sync()
    return office


def test_only_pairs_are_listed_and_narrowed(paired: Office) -> None:
    auditor = client_of(access.AUDITOR)
    assert names(auditor.get(LIST)) == {"Acme Ltd", "Acme Bank", "Globex"}
    assert names(auditor.get(LIST, {"name": "acme"})) == {"Acme Ltd", "Acme Bank"}
    assert names(auditor.get(LIST, {"origin": "match"})) == {"Globex"}
    assert names(auditor.get(LIST, {"integration": "crm", "state": "in_sync"})) == {
        "Acme Ltd",
        "Acme Bank",
        "Globex",
    }
    assert "No pair is like that" in auditor.get(LIST, {"name": "zzz"}).content.decode()
    assert names(auditor.get(LIST, {"state": "nonsense"})) == set()
    assert auditor.get("/office/lists/crm.nothing/").status_code == 404
    page = auditor.get(LIST).content.decode()
    assert "Customers from CRM" in page
    assert "Sync these" not in page
    assert NEVER.findall(read(page)) == []


def picked(*wanted: str) -> list[int]:
    return list(RecordLink.objects.filter(name__in=wanted).values_list("pk", flat=True))


def test_the_ticked_ones_are_synced_and_no_others(paired: Office) -> None:
    for link in RecordLink.objects.filter(target_id__isnull=False):
        paired.change("crm", "Accounts", str(link.source_id), Phone="+1 555 0200")
    finance = client_of(access.FINANCE)
    look = finance.get(f"{LIST}sync/", {"record": picked("Acme Ltd", "Globex")})
    assert "2 pairs" in look.content.decode()

    finance.post(f"{LIST}sync/", {"record": picked("Acme Ltd", "Globex")})
    finish_syncs(paired)

    assert latest().updated == 2
    phones = {name: row["billing_address"]["phone"] for name, row in paired.customers().items()}
    assert phones["Acme Bank"] == "+1 555 0100"
    assert phones["Acme Ltd"] == phones["Globex"] == "+1 555 0200"
    assert paired.sync().updated == 1


def test_all_of_the_list_means_those_that_it_shows(paired: Office) -> None:
    admin = client_of(access.ADMIN)
    look = admin.get(f"{LIST}keep/", {"all": "1", "name": "acme"})
    assert look.context["total"] == 2
    sends = dict(look.context["sends"])
    assert sends == {"name": "acme", "all": "1", "seen": sends["seen"]}
    again = admin.post(f"{LIST}keep/", sends | {"seen": "what was shown before"})
    assert "The list has changed since you looked" in again.content.decode()
    assert not RecordLink.objects.filter(pinned=True).exists()
    admin.post(f"{LIST}keep/", sends)
    kept = RecordLink.objects.filter(pinned=True).values_list("name", flat=True)
    assert set(kept) == {"Acme Ltd", "Acme Bank"}
    assert Decision.objects.filter(kind="keep_pair").count() == 2


def test_separating_many_asks_why_and_leaves_both_records(paired: Office) -> None:
    admin, wanted = client_of(access.ADMIN), {"record": picked("Acme Ltd", "Acme Bank")}
    asked = admin.post(f"{LIST}separate/", wanted)
    assert asked.status_code == 200
    assert RecordLink.objects.filter(cause="separated").count() == 0
    before = set(paired.customers())
    with CaptureQueriesContext(connection) as caught:
        admin.post(f"{LIST}separate/", {**wanted, "reason": "Paired by mistake"})
    assert len(caught) < 30
    assert set(paired.customers()) == before
    assert names(admin.get(LIST)) == {"Globex"}
    reasons = Decision.objects.filter(kind="separate").values_list("name", "reason")
    assert set(reasons) == {("Acme Ltd", "Paired by mistake"), ("Acme Bank", "Paired by mistake")}


def test_who_may_do_what(paired: Office) -> None:
    finance = client_of(access.FINANCE)
    page = finance.get(LIST).content.decode()
    assert "Sync these" in page
    assert "Separate these pairs" not in page
    for act in ("keep", "separate"):
        answer = finance.post(f"{LIST}{act}/", {"record": picked("Globex"), "reason": "x"})
        assert answer.status_code == 403, act
    assert client_of(access.APPROVER).post(f"{LIST}sync/").status_code == 403
    assert finance.get(f"{LIST}delete/").status_code == 404
    assert finance.get(f"{LIST}sync/")["Location"] == LIST


def test_the_file_holds_what_was_ticked(paired: Office) -> None:
    auditor = client_of(access.AUDITOR)
    address = "/office/pairs/crm.customers/file/"
    answer = auditor.get(address, {"record": str(*picked("Globex")), "format": "csv"})
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(line["record"], line["how paired"]) for line in lines] == [
        ("Globex", "Found as a pair")
    ]
    every = auditor.get(address, {"all": "1", "name": "acme", "format": "xlsx"})
    assert every["Content-Type"].endswith("sheet")
    assert auditor.get(address)["Location"] == LIST


@pytest.mark.django_db
def test_pages_take_as_many_statements_whatever_there_is(admin_client: Any) -> None:
    made = rows.company()
    rows.fill(made, 16)
    run = rows.run(made.setting, only_ids=[f"55000000{n:05}" for n in range(16)])
    record = RecordLink.objects.filter(state="in_sync")[0].pk
    addresses = (
        LIST,
        f"{LIST}?name=cust",
        f"{LIST}sync/?all=1",
        f"{LIST}separate/?all=1",
        f"/office/fetch/{made.setting.pk}/",
        f"/office/fetch/done/{run.pk}/",
        f"/office/records/{record}/",
        f"/office/modules/{made.setting.pk}/",
        f"/office/connections/way/{made.integration.pk}/",
    )

    def statements(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert admin_client.get(address).status_code == 200, address
        return len(caught)

    for address in addresses:
        admin_client.get(address)
    few = {address: statements(address) for address in addresses}
    rows.fill(made, 40, start=100)
    run.only_ids = [link.source_id for link in RecordLink.objects.all()]
    run.save()
    many = {address: statements(address) for address in addresses}
    assert many == few
    assert max(many.values()) < 30, many
