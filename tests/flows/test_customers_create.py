"""CRM accounts become Books customers: what is created, what is left out, what is refused."""

from __future__ import annotations

from tests.conftest import Office


def test_accounts_become_customers_with_their_fields(office: Office) -> None:
    office.accounts(
        "Acme Ltd",
        Phone="+44 20 7946 0018",
        Fax="+44 20 7946 0019",
        Website="www.acme.example.org",
        Billing_Street="1 Long Lane",
        Billing_City="London",
        Billing_Code="N1 7GU",
        Billing_Country="United Kingdom",
        Description="Pays early.",
        Currency="GBP",
    )

    run = office.sync()

    assert (run.status, run.read, run.created) == ("done", 1, 1)
    acme = office.customers()["Acme Ltd"]
    assert acme["contact_type"] == "customer"
    assert acme["customer_sub_type"] == "business"
    assert acme["company_name"] == "Acme Ltd"
    assert acme["website"] == "www.acme.example.org"
    assert acme["notes"] == "Pays early."
    assert acme["currency_code"] == "GBP"
    assert acme["billing_address"]["phone"] == "+44 20 7946 0018"
    assert acme["billing_address"]["fax"] == "+44 20 7946 0019"
    assert acme["billing_address"]["address"] == "1 Long Lane"
    assert acme["billing_address"]["zip"] == "N1 7GU"


def test_a_second_sync_makes_one_call_to_crm_and_none_to_books(office: Office) -> None:
    office.accounts(*(f"Company of {place}" for place in ("Oslo", "Turku", "Malmö")))
    office.sync()
    office.reset()

    run = office.sync()

    assert (run.status, run.read) == ("done", 0)
    assert office.calls("crm") == {"GET /Accounts": 1}
    assert office.calls("books") == {}
