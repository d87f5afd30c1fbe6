"""A pair that stands still keeps what both sides agreed on, whatever moves meanwhile."""

from __future__ import annotations

import pytest

from tests.conftest import Office
from tests.flows.test_customers_two_way import accounts, two_way


@pytest.mark.parametrize("winner", ["source", "newest"])
def test_an_edit_that_could_not_be_carried_is_not_undone_from_the_other_side(
    office: Office, winner: str
) -> None:
    two_way(office, winner=winner)
    account = office.accounts("Acme Ltd", Website="www.acme.example.org", Billing_City="Oslo")[0]
    office.sync()
    contact = office.link(account).target_id or ""
    office.change("crm", "Accounts", account, Billing_City="Malmö", Website="n/a")
    office.sync()
    assert office.link(account).state == "failing"

    office.change("books", "contacts", contact, facebook="acme")
    office.sync()
    assert accounts(office)["Acme Ltd"]["Billing_City"] == "Malmö"
    assert office.link(account).state == "failing"

    office.change("crm", "Accounts", account, Website="www.acme.example.org")
    office.sync()
    assert office.link(account).state == "in_sync"
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Malmö"


def test_a_pair_that_needs_attention_is_not_looked_at_again_unchanged(office: Office) -> None:
    account = office.accounts("Acme Ltd", Website="www.acme.example.org")[0]
    office.sync()
    office.change("crm", "Accounts", account, Website="n/a")
    office.sync()
    assert office.link(account).state == "failing"
    office.reset()

    office.sync()

    assert office.calls("books") == {}
