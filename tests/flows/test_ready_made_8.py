"""Ready-made check 8: customers, vendors and items born on either side, deleted on either side,
with and without transactions (CRM-133 to CRM-138). Nothing is deleted or made again by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations import removing
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office

DAY = 24 * 3600
LINE = {"name": "Work", "rate": 100, "quantity": 1}


@dataclass(frozen=True)
class Kind:
    """One kind of record: where it stands in CRM and in Books, by which field it is named there,
    and what else a record has; `used_in` is a document for it, as (collection, its pointer)."""

    module: str
    crm: tuple[str, str]
    books: tuple[str, str]
    there: dict[str, Any]
    here: dict[str, Any]
    used_in: tuple[str, str]
    # Whether a sync deletes what it made in Books and nobody used.
    deleted: bool = True


KINDS = {
    "customer": Kind(
        "crm.customers",
        ("Accounts", "Account_Name"),
        ("contacts", "contact_name"),
        {},
        {"contact_type": "customer", "customer_sub_type": "business"},
        ("invoices", "customer_id"),
    ),
    "vendor": Kind(
        "crm.vendors",
        ("Vendors", "Vendor_Name"),
        ("contacts", "contact_name"),
        {},
        {"contact_type": "vendor"},
        ("bills", "vendor_id"),
    ),
    # Books does not say what hangs on an item, so none is ever deleted from here (G-6).
    "item": Kind(
        "crm.items",
        ("Products", "Product_Name"),
        ("items", "name"),
        {"Unit_Price": 10, "Product_Active": True},
        {"rate": 10},
        ("invoices", "item_id"),
        deleted=False,
    ),
}


pytestmark = pytest.mark.usefixtures("asleep")


def born(office: Office, kind: Kind, where: str) -> RecordLink:
    """A pair whose record was entered in `where`, beside another pair."""
    office.configure(kind.module, extent="both")
    (collection, name), (books, title) = kind.crm, kind.books
    if where == "crm":
        office.add("crm", collection, {name: "Acme Ltd", **kind.there})
    else:
        office.add("books", books, {title: "Acme Ltd", **kind.here})
    office.add("crm", collection, {name: "Bolt Ltd", **kind.there})
    office.sync(kind.module)
    return RecordLink.objects.get(name="Acme Ltd")


def used(office: Office, kind: Kind, link: RecordLink) -> None:
    collection, pointer = kind.used_in
    row: dict[str, Any] = {"date": "2026-10-01", "line_items": [LINE]}
    if pointer == "item_id":
        buyer = {"contact_name": "Buyer", "contact_type": "customer"}
        row["customer_id"] = office.add("books", "contacts", buyer)[0]
        row["line_items"] = [{**LINE, "item_id": link.target_id}]
    else:
        row[pointer] = link.target_id
    if collection == "bills":
        row["bill_number"] = "B-1"
    office.add("books", collection, row)


def deleted(office: Office, kind: Kind, link: RecordLink, where: str) -> None:
    if where == "crm":
        office.remove("crm", kind.crm[0], link.source_id or "")
    else:
        _without_documents(office)
        office.remove("books", kind.books[0], link.target_id or "")
    office.pass_time(DAY)
    office.reset()
    office.sync(kind.module)
    office.sync(kind.module, full=True)


def _without_documents(office: Office) -> None:
    """Books deletes nothing that has transactions, so its own people delete these first."""
    org = next(iter(office.world.parts["books"].values()))
    for invoice in office.records("books", "invoices"):
        office.remove("books", "invoices", invoice["invoice_id"])
    for bill in office.records("books", "bills"):
        org.bills.remove(bill["bill_id"])


def standing(office: Office, kind: Kind) -> tuple[bool, bool]:
    """Whether the record stands in CRM, and in Books."""
    sides = (("crm", *kind.crm), ("books", *kind.books))
    crm, books = (
        any(row[name] == "Acme Ltd" for row in office.records(app, collection))
        for app, collection, name in sides
    )
    return crm, books


@pytest.mark.parametrize("transactions", [False, True], ids=["unused", "used"])
@pytest.mark.parametrize("where", ["crm", "books"])
@pytest.mark.parametrize("origin", ["crm", "books"])
@pytest.mark.parametrize("name", KINDS)
def test_what_is_deleted_on_one_side_stays_on_the_other(
    name: str, origin: str, where: str, transactions: bool, office: Office
) -> None:
    kind = KINDS[name]
    link = born(office, kind, origin)
    if transactions:
        used(office, kind, link)

    deleted(office, kind, link, where)

    assert office.writes() == {}
    assert standing(office, kind) == ((False, True) if where == "crm" else (True, False))
    link.refresh_from_db()
    assert (link.state, removing.lost_side(link)) == (
        "gone",
        "source" if where == "crm" else "target",
    )
    office.assert_settled(kind.module)


@pytest.mark.parametrize("transactions", [False, True], ids=["unused", "used"])
@pytest.mark.parametrize("origin", ["crm", "books"])
@pytest.mark.parametrize("name", KINDS)
def test_delete_takes_only_what_a_sync_made_in_books_and_nobody_used(
    name: str, origin: str, transactions: bool, office: Office
) -> None:
    kind = KINDS[name]
    goes = kind.deleted and origin == "crm" and not transactions
    link = born(office, kind, origin)
    if transactions:
        used(office, kind, link)
    deleted(office, kind, link, "crm")
    link.refresh_from_db()
    user: Any = get_user_model().objects.create(username="admin")

    if not kind.deleted:
        assert removing.ways(link) == ("inactive",)
        with pytest.raises(ValueError, match="do it in the app"):
            removing.take_out(user, [link], "delete")
        assert standing(office, kind) == (False, True)
        return
    (run,) = removing.take_out(user, [link], "delete")
    office.pass_time(60)
    run = pipeline.drive(run, sleep=office.sleep)

    assert run.deleted == int(goes)
    assert standing(office, kind) == (False, not goes)
    if not goes:
        link.refresh_from_db()
        assert link.reason
        assert "inactive" in link.remedy
