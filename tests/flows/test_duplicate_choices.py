"""Clone, Overwrite and Skip, by direction and by Books' preference (rules CRM-38 to CRM-45)."""

from __future__ import annotations

import pytest

from mappings.models import RecordLink
from tests.conftest import Office

NAME = "Fjord Shipping AS"
# extent, choice, Books takes two of a name -> (in CRM, in Books, states of what is known)
TABLE = {
    ("fetch", "clone", "no"): (1, 1, [("failing", "name_taken")]),
    ("fetch", "clone", "yes"): (1, 2, [("in_sync", "")]),
    ("fetch", "overwrite", "no"): (1, 1, [("in_sync", "")]),
    ("fetch", "overwrite", "yes"): (1, 1, [("in_sync", "")]),
    ("fetch", "skip", "no"): (1, 1, [("excluded", "duplicate_skipped")]),
    ("fetch", "skip", "yes"): (1, 1, [("excluded", "duplicate_skipped")]),
    ("both", "clone", "no"): (1, 1, [("excluded", "cloned"), ("failing", "name_taken")]),
    ("both", "clone", "yes"): (1, 2, [("excluded", "cloned"), ("in_sync", "")]),
    ("both", "overwrite", "no"): (1, 1, [("in_sync", "")]),
    ("both", "overwrite", "yes"): (1, 1, [("in_sync", "")]),
    ("both", "skip", "no"): (1, 1, [("excluded", "duplicate_skipped")] * 2),
    ("both", "skip", "yes"): (1, 1, [("excluded", "duplicate_skipped")] * 2),
}


@pytest.mark.parametrize(("extent", "choice", "second"), list(TABLE))
def test_what_each_choice_leaves_on_either_side(
    office: Office, extent: str, choice: str, second: str
) -> None:
    office.world.company["duplicate_names"] = second == "yes"
    there = {"contact_name": NAME, "contact_type": "customer"}
    native = office.add("books", "contacts", {**there, "billing_address": {"city": "Bergen"}})[0]
    account = office.accounts(NAME, Billing_City="Oslo")[0]
    office.configure(extent=extent, duplicates=choice, second_names=second)

    office.sync()

    in_crm, in_books, states = TABLE[extent, choice, second]
    assert len(office.records("crm", "Accounts")) == in_crm
    rows = {row["contact_id"]: row for row in office.records("books", "contacts")}
    assert len(rows) == in_books
    assert sorted(RecordLink.objects.values_list("state", "cause")) == states
    link = RecordLink.objects.get(source_id=account)
    if choice == "overwrite":
        assert link.target_id == native
    else:
        assert rows[native]["billing_address"]["city"] == "Bergen"
        assert link.target_id != native
    if link.state == "failing":
        assert NAME in link.reason
        assert "Rename" in link.remedy


def test_a_currency_that_books_does_not_have_says_where_to_add_it(office: Office) -> None:
    made = office.accounts(NAME, Currency="SEK", Exchange_Rate=10.6)[0]
    office.sync()
    link = office.link(made)
    assert (link.state, link.cause) == ("failing", "unknown_choice")
    assert "Currency" in link.reason
    assert "SEK" in link.reason
    assert "Add it" in link.remedy
