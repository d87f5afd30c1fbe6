"""What a paired account carries over when it changes, and what it leaves alone."""

from __future__ import annotations

from mappings.models import RecordLink
from tests.conftest import Office


def paired(office: Office, name: str = "Acme Ltd", **values: object) -> tuple[str, str]:
    account = office.accounts(name, **values)[0]
    assert office.sync().created == 1
    return account, office.link(account).target_id or ""


def test_a_rename_follows_the_pair_and_makes_no_second_customer(office: Office) -> None:
    account, contact = paired(office)
    office.change("crm", "Accounts", account, Account_Name="Acme Group Ltd")

    run = office.sync()

    assert (run.updated, run.created) == (1, 0)
    assert office.customers()["Acme Group Ltd"]["contact_id"] == contact


def test_an_update_sends_what_changed_and_no_contact_persons(office: Office) -> None:
    account, contact = paired(office, Billing_City="Oslo", Phone="+47 22 33 44 55")
    person = {"first_name": "Ida", "last_name": "Berg", "email": "ida@acme.example.org"}
    office.change("books", "contacts", contact, contact_persons=[person])
    office.change("crm", "Accounts", account, Billing_City="Bergen")
    since = office.control("GET", "requests")[-1]["number"]

    office.sync()

    (sent,) = [
        request
        for request in office.control("GET", f"requests?since={since}")
        if request["method"] == "PUT"
    ]
    assert set(sent["body"]) == {"billing_address"}
    row = office.customers()["Acme Ltd"]
    assert row["billing_address"]["city"] == "Bergen"
    assert row["billing_address"]["phone"] == "+47 22 33 44 55"
    assert [p["first_name"] for p in row["contact_persons"]] == ["Ida"]


def test_an_unmapped_change_costs_one_list_call_and_nothing_else(office: Office) -> None:
    account, _ = paired(office)
    office.change("crm", "Accounts", account, Industry="Banking")
    office.reset()

    run = office.sync()

    assert (run.read, run.unchanged) == (1, 1)
    assert office.calls("crm") == {"GET /Accounts": 1}
    assert office.calls("books") == {}


def test_an_empty_value_blanks_nothing_unless_the_map_says_so(office: Office) -> None:
    account, _ = paired(office, Description="Pays early.", Fax="+47 1 2345678")
    office.change("crm", "Accounts", account, Description=None, Fax=None)
    office.sync()
    assert office.customers()["Acme Ltd"]["notes"] == "Pays early."

    from mappings.models import FieldMap

    FieldMap.objects.filter(target="notes").update(clears=True)
    office.configure(every="1h")
    from integrations import configuring

    setting = office.setting()
    configuring.new_version(setting, remapped=True)
    setting.save()
    office.sync()

    row = office.customers()["Acme Ltd"]
    assert row["notes"] == ""
    assert row["billing_address"]["fax"] == "+47 1 2345678"


def test_one_way_an_edit_in_books_stays_until_the_account_changes(office: Office) -> None:
    account, contact = paired(office, Billing_City="Oslo")
    office.change("books", "contacts", contact, notes="Call first.", billing_address={"city": "X"})
    assert office.sync().updated == 0

    office.change("crm", "Accounts", account, Phone="+47 22 33 44 55")
    office.sync()

    row = office.customers()["Acme Ltd"]
    assert row["billing_address"]["city"] == "Oslo"
    assert row["notes"] == "Call first."


def test_a_customer_deleted_in_books_is_gone_and_not_made_again(office: Office) -> None:
    account, contact = paired(office)
    office.remove("books", "contacts", contact)
    office.change("crm", "Accounts", account, Billing_City="Bergen")

    run = office.sync()

    assert (run.created, run.updated) == (0, 0)
    link = office.link(account)
    assert (link.state, link.target_id) == ("gone", contact)
    assert office.customers() == {}


def test_finance_owned_fields_of_a_customer_with_invoices_wait_for_a_person(
    office: Office,
) -> None:
    account, contact = paired(office, Billing_Country="Norway", Billing_City="Oslo")
    invoice = {
        "customer_id": contact,
        "date": "2026-10-01",
        "line_items": [{"name": "Work", "rate": 100, "quantity": 1}],
    }
    office.add("books", "invoices", invoice)
    office.change("crm", "Accounts", account, Billing_Country="Sweden", Billing_City="Malmö")

    run = office.sync()

    assert (run.updated, run.failing) == (1, 1)
    address = office.customers()["Acme Ltd"]["billing_address"]
    assert (address["country"], address["city"]) == ("Norway", "Malmö")
    link = office.link(account)
    assert (link.state, link.cause) == ("failing", "finance_owned")
    assert link.details["fields"] == {"billing_address.country": ["Sweden", "Norway"]}


def test_a_changed_map_compares_by_value_and_writes_only_differences(office: Office) -> None:
    paired(office, "Acme Ltd", Industry="Banking")
    office.accounts("Bolt Ltd")
    office.sync()
    from integrations import configuring
    from mappings import catalogue
    from mappings.fields import Field

    setting = office.setting()
    pairs = catalogue.pairs_in_force(setting.pk, setting.flow)
    configuring.change_map(setting, (*pairs, Field("Industry", "facebook")))
    office.reset()

    run = office.sync()

    assert (run.read, run.updated, run.unchanged) == (2, 1, 1)
    assert office.customers()["Acme Ltd"]["facebook"] == "Banking"
    assert RecordLink.objects.filter(state="in_sync").count() == 2


def test_a_view_limits_what_is_fetched_and_one_that_left_it_stays_paired(
    make_office: object,
) -> None:
    office: Office = make_office(company="demo", accounts=60)  # type: ignore[operator]
    office.configure(view="Key accounts")

    run = office.sync()

    assert 0 < run.read < 60
    assert RecordLink.objects.count() == run.read
    office.assert_settled()


def test_what_lies_outside_the_view_is_not_created_when_a_choice_changes(office: Office) -> None:
    """CRM-46: only the view's records are pulled, also those that waited for something."""
    inside, outside = office.accounts("Acme Ltd", "Bolt Ltd", Website="none at all")
    office.sync()
    office.change("crm", "Accounts", inside, Rating="Active", Annual_Revenue=9_000_000)
    office.configure(view="Key accounts")
    listed = {row["source_id"] for row in RecordLink.objects.values("source_id")}
    assert listed == {inside, outside}
    office.change("crm", "Accounts", outside, Website="www.bolt.example.org")

    office.sync()
    office.configure(winner="ask")
    office.sync()

    assert "Bolt Ltd" not in office.customers()
    assert office.link(outside).state == "excluded"
    assert "Key accounts" in office.link(outside).reason


def test_a_choice_that_maps_nothing_anew_asks_for_no_record_and_undoes_no_edit(
    office: Office,
) -> None:
    office.configure(extent="both")
    account = office.accounts("Acme Ltd", Description="As sold.")[0]
    office.sync()
    contact = office.link(account).target_id or ""
    office.change("books", "contacts", contact, notes="Call first.")
    office.configure(duplicates="skip")
    office.reset()

    office.sync()

    assert office.customers()["Acme Ltd"]["notes"] == "Call first."
    (row,) = office.records("crm", "Accounts")
    assert row["Description"] == "Call first."
    # One detail for the contact that moved, none for comparing what did not.
    assert office.calls("books").get("GET /contacts/{id}", 0) <= 1
