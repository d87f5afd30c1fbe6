"""Ready-made check 8: customers born on either side, deleted on either side, with and without
transactions (CRM-133 to CRM-138). Nothing is deleted or made again by itself in any of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations import removing
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office

HOUR = 3600


@pytest.fixture(autouse=True)
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.jobs.async_task", lambda *args: None)


def born(office: Office, where: str) -> RecordLink:
    """A pair whose record was entered in `where`, beside another pair."""
    office.configure(extent="both")
    if where == "crm":
        office.accounts("Acme Ltd")
    else:
        row = {"contact_name": "Acme Ltd", "contact_type": "customer"}
        office.add("books", "contacts", {**row, "customer_sub_type": "business"})
    office.accounts("Bolt Ltd")
    office.sync()
    return RecordLink.objects.get(name="Acme Ltd")


def used(office: Office, link: RecordLink) -> None:
    line = {"name": "Work", "rate": 100, "quantity": 1}
    row = {"customer_id": link.target_id, "date": "2026-10-01", "line_items": [line]}
    office.add("books", "invoices", row)


def deleted(office: Office, link: RecordLink, where: str) -> None:
    if where == "crm":
        office.remove("crm", "Accounts", link.source_id or "")
    else:
        for invoice in office.records("books", "invoices"):
            office.remove("books", "invoices", invoice["invoice_id"])
        office.remove("books", "contacts", link.target_id or "")
    office.pass_time(HOUR)
    office.reset()
    office.sync()
    office.sync(full=True)


def standing(office: Office) -> tuple[bool, bool]:
    """Whether the record stands in CRM, and in Books."""
    accounts = {row["Account_Name"] for row in office.records("crm", "Accounts")}
    return "Acme Ltd" in accounts, "Acme Ltd" in office.customers()


@pytest.mark.parametrize("transactions", [False, True])
@pytest.mark.parametrize("where", ["crm", "books"])
@pytest.mark.parametrize("origin", ["crm", "books"])
def test_what_is_deleted_on_one_side_stays_on_the_other(
    origin: str, where: str, transactions: bool, office: Office
) -> None:
    link = born(office, origin)
    if transactions:
        used(office, link)

    deleted(office, link, where)

    assert office.writes() == {}
    assert standing(office) == ((False, True) if where == "crm" else (True, False))
    link.refresh_from_db()
    assert (link.state, removing.lost_side(link)) == (
        "gone",
        "source" if where == "crm" else "target",
    )


@pytest.mark.parametrize(
    ("origin", "transactions", "goes"),
    [("crm", False, True), ("crm", True, False), ("books", False, False), ("books", True, False)],
)
def test_delete_takes_only_what_a_sync_made_in_books_and_nobody_used(
    origin: str, transactions: bool, goes: bool, office: Office
) -> None:
    link = born(office, origin)
    if transactions:
        used(office, link)
    deleted(office, link, "crm")
    link.refresh_from_db()
    user: Any = get_user_model().objects.create(username="admin")

    (run,) = removing.take_out(user, [link], "delete")
    office.pass_time(60)
    run = pipeline.drive(run, sleep=office.sleep)

    assert run.deleted == int(goes)
    assert standing(office) == (False, not goes)
