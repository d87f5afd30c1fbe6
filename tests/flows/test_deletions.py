"""What was deleted on either side: noticed cheaply, noted on the pair, nothing written for it."""

from __future__ import annotations

from django.utils import timezone

from integrations.models import Change, DeletionsRead
from integrations.sync import deletions
from mappings.models import KnownRecord, RecordLink
from tests.conftest import Office

HOUR = 3600


def paired(office: Office, *names: str, **values: object) -> list[tuple[str, str]]:
    ids = office.accounts(*names, **values)
    office.sync()
    return [(one, office.link(one).target_id or "") for one in ids]


def test_an_account_deleted_in_crm_is_noticed_though_nothing_else_changed(office: Office) -> None:
    (account, contact), (other, _) = paired(office, "Acme Ltd", "Bolt Ltd")
    office.remove("crm", "Accounts", account)
    office.pass_time(HOUR)
    office.reset()

    run = office.sync()

    link = office.link(account)
    assert (link.state, link.cause, link.target_id) == ("gone", "gone_source", contact)
    assert "deleted in Zoho CRM" in link.reason
    assert office.link(other).state == "in_sync"
    assert set(office.customers()) == {"Acme Ltd", "Bolt Ltd"}
    assert office.writes() == {}
    assert run.failing == 1
    note = Change.objects.get(run=run)
    assert (note.state, note.source_id, note.target_id) == ("gone", account, contact)


def test_deletions_are_asked_for_once_an_hour_and_by_a_full_sync_at_once(office: Office) -> None:
    (account, _), _ = paired(office, "Acme Ltd", "Bolt Ltd")
    office.sync()
    office.remove("crm", "Accounts", account)
    office.reset()

    office.sync()
    assert "GET /Accounts/deleted" not in office.calls("crm")
    assert office.link(account).state == "in_sync"

    office.sync(full=True)
    assert office.calls("crm")["GET /Accounts/deleted"] == 1
    assert office.link(account).state == "gone"


def test_a_customer_deleted_in_books_is_noticed_though_crm_did_not_change(office: Office) -> None:
    (account, contact), _ = paired(office, "Acme Ltd", "Bolt Ltd")
    office.remove("books", "contacts", contact)
    office.pass_time(HOUR)
    office.reset()

    run = office.sync()

    link = office.link(account)
    assert (link.state, link.cause, run.created) == ("gone", "gone_target", 0)
    assert not KnownRecord.objects.filter(record_id=contact).exists()
    assert office.writes() == {}


def test_that_nothing_was_deleted_in_books_takes_one_page_to_prove(office: Office) -> None:
    paired(office, *(f"Company of place {number}" for number in range(230)))
    office.pass_time(HOUR)
    office.sync()
    office.pass_time(HOUR)
    office.reset()

    office.sync()

    # What changed since, and the page on which the list has to end.
    assert office.calls("books")["GET /contacts"] == 2


def test_a_customer_deleted_in_books_beside_a_new_one_is_noticed(office: Office) -> None:
    (account, contact), _ = paired(office, "Acme Ltd", "Bolt Ltd")
    office.remove("books", "contacts", contact)
    office.add("books", "contacts", {"contact_name": "Cord Ltd", "contact_type": "customer"})
    office.pass_time(HOUR)

    office.sync()

    assert office.link(account).state == "gone"
    assert KnownRecord.objects.filter(name="Cord Ltd").exists()


def test_a_much_shorter_list_never_means_that_all_were_deleted(office: Office) -> None:
    paired(office, *(f"Company of place {number}" for number in range(40)))
    office.pass_time(HOUR)
    empty = {
        "service": "books",
        "method": "GET",
        "path": "/contacts",
        "kind": "status",
        "status": 200,
        "body": {"code": 0, "contacts": [], "page_context": {"has_more_page": False}},
    }
    office.faults(empty)

    office.sync()

    assert not RecordLink.objects.exclude(state="in_sync").exists()
    assert DeletionsRead.objects.get(flow="crm.customers", place="target").doubtful == 40
    office.faults()
    office.pass_time(HOUR)
    office.sync()
    assert DeletionsRead.objects.get(flow="crm.customers", place="target").doubtful == 0


def test_even_a_small_company_is_not_gone_because_a_list_is_empty(office: Office) -> None:
    paired(office, "Acme Ltd", "Bolt Ltd")
    office.pass_time(HOUR)
    empty = {"code": 0, "contacts": [], "page_context": {"has_more_page": False}}
    fault = {"service": "books", "method": "GET", "path": "/contacts", "kind": "status"}
    office.faults({**fault, "status": 200, "body": empty})

    office.sync()

    assert set(office.states().values()) == {"in_sync"}
    assert DeletionsRead.objects.get(flow="crm.customers", place="target").doubtful == 2


def test_both_ways_nothing_deleted_is_made_again(office: Office) -> None:
    """CRM-134 and CRM-136, whichever side a change comes from afterwards."""
    office.configure(extent="both")
    (first, _), (second, contact) = paired(office, "Acme Ltd", "Bolt Ltd")
    office.remove("crm", "Accounts", first)
    office.remove("books", "contacts", contact)
    office.pass_time(HOUR)
    office.sync()
    office.change("books", "contacts", office.link(first).target_id or "", notes="Call.")
    office.change("crm", "Accounts", second, Billing_City="Bergen")
    office.reset()

    office.sync()
    office.sync(full=True)

    assert office.writes() == {}
    assert [row["Account_Name"] for row in office.records("crm", "Accounts")] == ["Bolt Ltd"]
    assert set(office.customers()) == {"Acme Ltd"}
    assert office.link(first).cause == "gone_source"
    assert office.link(second).cause == "gone_target"


def test_a_record_without_a_partner_that_is_deleted_leaves_the_list(office: Office) -> None:
    office.add("books", "contacts", {"contact_name": "Acme Ltd", "contact_type": "customer"})
    (undecided,) = office.accounts("Acme Ltd")
    office.sync()
    assert office.link(undecided).state == "undecided"
    office.remove("crm", "Accounts", undecided)
    office.pass_time(HOUR)

    office.sync()

    assert not RecordLink.objects.exists()


def test_a_record_restored_from_the_recycle_bin_goes_on(office: Office) -> None:
    ((account, _),) = paired(office, "Acme Ltd")
    office.sync()
    row = RecordLink.objects.get(source_id=account)
    row.state, row.cause, row.since = "gone", "gone_source", timezone.now()
    row.save()

    office.change("crm", "Accounts", account, Billing_City="Bergen")
    office.sync()

    assert office.link(account).state == "in_sync"
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Bergen"


def test_what_many_deletions_are_read_by_is_a_page(office: Office) -> None:
    ids = office.accounts(*(f"Company of place {number}" for number in range(deletions.PAGE + 30)))
    office.sync()
    for one in ids:
        office.control("DELETE", f"records/crm/Accounts/{one}")
    office.pass_time(HOUR)
    office.reset()

    office.sync()

    assert RecordLink.objects.filter(state="gone").count() == deletions.PAGE + 30
    assert office.calls("crm")["GET /Accounts/deleted"] == 2


def test_an_item_deleted_in_books_is_noticed_within_a_day(office: Office) -> None:
    office.configure("crm.items", enabled="on", extent="push")
    first, _ = office.add(
        "books", "items", {"name": "Hammer", "rate": 12}, {"name": "Nail", "rate": 1}
    )
    office.sync("crm.items")
    assert RecordLink.objects.filter(flow="crm.items", state="in_sync").count() == 2
    office.remove("books", "items", first)
    office.pass_time(HOUR)
    office.sync("crm.items")
    assert not RecordLink.objects.filter(state="gone").exists()

    office.pass_time(24 * HOUR)
    office.sync("crm.items")

    link = RecordLink.objects.get(state="gone")
    assert (link.name, link.flow) == ("Hammer", "crm.items")
    assert len(office.records("crm", "Products")) == 2


def test_a_vendor_deleted_in_books_is_noticed_by_the_customers_sync_too(office: Office) -> None:
    office.configure("crm.vendors", enabled="on")
    office.accounts("Acme Ltd")
    (vendor,) = office.add("crm", "Vendors", {"Vendor_Name": "Paper Co"})
    office.sync("crm.vendors")
    office.sync()
    office.remove("books", "contacts", office.link(vendor).target_id or "")
    office.pass_time(HOUR)

    office.sync()

    assert office.link(vendor).state == "gone"
    assert RecordLink.objects.get(name="Acme Ltd").state == "in_sync"
