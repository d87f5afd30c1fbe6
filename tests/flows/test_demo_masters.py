"""The demo company's vendors, products and people: most go through, the odd ones say why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_contact_persons import PERSONS


def states(flow: str) -> dict[tuple[str, str], int]:
    rows = RecordLink.objects.filter(flow=flow).values_list("state", "cause")
    return dict(Counter(rows))


def test_the_masters_of_the_demo_company(make_office: Callable[..., Office]) -> None:
    office = make_office(company="demo", accounts=300)
    office.configure(module="accounts_contacts", contacts_without_account="yes")
    for key in ("crm.customers", PERSONS, "crm.vendors", "crm.items"):
        run = office.sync(key)
        assert run.status == "done", run.reason

    vendors, items = states("crm.vendors"), states("crm.items")
    assert vendors["in_sync", ""] >= 6
    assert vendors["undecided", "possible_duplicate"] >= 1
    # The same name as an item, for a person to say; name and code of two of them; a price in
    # another currency, none at all, and a name that is too long.
    assert items["in_sync", ""] >= 2
    assert items["undecided", "possible_duplicate"] >= 8
    assert items["undecided", "ambiguous"] == 1
    assert items["excluded", "rule"] == 1
    assert items["failing", "required"] == 1
    assert items["failing", "too_long"] == 1

    people, individuals = states(PERSONS), states("crm.individuals")
    assert people["in_sync", ""] > 300
    # Their account is not in Books yet, for a reason that it tells itself.
    assert people["waiting", "waiting"] < 0.15 * sum(people.values())
    assert individuals["in_sync", ""] >= 1
    for key in ("crm.customers", PERSONS, "crm.vendors", "crm.items"):
        office.assert_settled(key)


def test_an_ask_of_every_module_both_ways_loses_no_person(
    make_office: Callable[..., Office],
) -> None:
    office = make_office(company="demo", accounts=60)
    before = {row["contact_person_id"] for row in office.records("books", "contactpersons")}
    office.configure(
        module="accounts_contacts", contacts_without_account="yes", extent="both",
        duplicates="overwrite",
    )  # fmt: skip
    for key in ("crm.customers", PERSONS):
        assert office.sync(key).status == "done"

    after = {row["contact_person_id"] for row in office.records("books", "contactpersons")}
    assert before <= after
    office.assert_settled()
    office.assert_settled(PERSONS)
