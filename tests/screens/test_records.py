"""The page of a record and the search box: what they show and what can be done there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import access, evidence, registry
from integrations.models import Change, Connection, Decision
from mappings.models import FieldMap, RecordLink
from tests.conftest import Office
from tests.screens import rows
from tests.screens.people import client_of, finish_syncs, latest

pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def admin(world: Office) -> Client:
    return client_of(access.ADMIN)


def page(link: RecordLink, name: str = "record") -> str:
    return reverse(f"office:{name}", args=[link.pk])


def paired(world: Office, name: str = "Acme Ltd", **values: Any) -> RecordLink:
    account = world.accounts(name, **values)[0]
    world.sync()
    return world.link(account)


def test_it_shows_the_pair_its_state_and_how_much_is_compared(world: Office, admin: Client) -> None:
    link = paired(world, Billing_City="Oslo")
    world.reset()
    answer = admin.get(page(link))
    text = answer.content.decode()
    assert [side.record_id for side in answer.context["sides"]] == [link.source_id, link.target_id]
    assert f"{answer.context['compared']} of {answer.context['fields']} fields are compared" in text
    assert 0 < answer.context["compared"] < answer.context["fields"]
    assert "Nothing needs to be done." in text
    # Values are asked of the apps only when somebody wants them.
    assert world.calls("crm") == {}
    values = {v.title: v for v in admin.get(page(link), {"values": "1"}).context["values"]}
    city = values["Billing city"]
    assert (city.first, city.second, city.differs) == ("Oslo", "Oslo", False)


def test_values_that_differ_are_marked(world: Office, admin: Client) -> None:
    link = paired(world, Billing_City="Oslo")
    world.change("crm", "Accounts", link.source_id or "", Billing_City="Bergen")
    values = {v.title: v for v in admin.get(page(link), {"values": "1"}).context["values"]}
    assert values["Billing city"].differs


def test_what_is_stored_as_an_id_is_shown_as_people_read_it_and_compared_as_a_sync_does(
    world: Office, admin: Client
) -> None:
    link = paired(world, Billing_City="Oslo")
    values = {v.title: v for v in admin.get(page(link), {"values": "1"}).context["values"]}
    currency = values["Currency"]
    assert (currency.first, currency.second, currency.differs) == ("USD", "USD", False)
    world.change("crm", "Accounts", link.source_id or "", Currency="EUR")
    values = {v.title: v for v in admin.get(page(link), {"values": "1"}).context["values"]}
    assert (values["Currency"].first, values["Currency"].differs) == ("EUR", True)


def test_in_sync_is_not_said_to_need_nothing_above_values_that_differ(
    world: Office, admin: Client
) -> None:
    link = paired(world, Billing_City="Oslo")
    world.change("crm", "Accounts", link.source_id or "", Billing_City="Bergen")
    text = " ".join(admin.get(page(link), {"values": "1"}).content.decode().split())
    assert "1 field below differs now." in text
    assert "Nothing needs to be done" not in text
    # On a narrow screen each value carries the heading of its column.
    assert '<td data-label="Alike"><strong>differs</strong>' in text
    FieldMap.objects.filter(target="billing_address.city").update(on="create")
    text = " ".join(admin.get(page(link), {"values": "1"}).content.decode().split())
    assert "written only when the record is created" in text
    assert "Nothing needs to be done." in text


def test_an_app_that_does_not_answer_is_said_so(world: Office, admin: Client) -> None:
    link = paired(world)
    world.faults({"service": "crm", "kind": "status", "status": 500, "body": {}})
    text = admin.get(page(link), {"values": "1"}).content.decode()
    assert "The values could not be read" in text


def test_a_failing_record_is_synced_again_from_its_page(world: Office) -> None:
    account = world.accounts("Acme Ltd", Website="none at all")[0]
    world.sync()
    world.change("crm", "Accounts", account, Website="www.acme.example.org")
    link, finance = world.link(account), client_of(access.FINANCE)
    text = finance.get(page(link)).content.decode()
    assert "is not a web address" in text
    assert "What to do:" in text

    answer = finance.post(page(link, "record-sync"))

    assert answer.headers["Location"] == reverse("office:sync", args=[latest().pk])
    assert (finish_syncs(world)[-1].created, world.link(account).state) == (1, "in_sync")


def test_separate_keep_and_pair_again(world: Office, admin: Client) -> None:
    link = paired(world)
    admin.post(page(link, "record-keep"))
    link.refresh_from_db()
    assert link.pinned

    refused = admin.post(page(link, "record-separate"), {"reason": ""})
    assert "it is kept with the decision" in refused.content.decode()
    contact = link.target_id or ""
    admin.post(page(link, "record-separate"), {"reason": "Two companies"})
    link.refresh_from_db()
    assert not link.paired

    found = admin.get(page(link), {"find": "acme"}).context["candidates"]
    assert [(row.record_id, row.taken_by) for row in found] == [(contact, "")]
    admin.post(page(link, "record-pair"), {"target_id": contact, "name": "Acme Ltd"})
    world.sync()
    link.refresh_from_db()
    assert (link.state, link.target_id) == ("in_sync", contact)
    kinds = list(Decision.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["keep_pair", "separate", "pair"]
    text = admin.get(page(link)).content.decode()
    assert "Two companies" in text


def test_a_taken_partner_is_not_offered(world: Office, admin: Client) -> None:
    paired(world, "Acme Ltd")
    other = paired(world, "Bolt Ltd", Website="none at all")
    text = admin.get(page(other), {"find": "Acme"}).content.decode()
    assert "is paired with Acme Ltd" in text
    assert "Pair with Acme Ltd," not in text


def test_a_hand_made_partner_is_refused_in_a_sentence(world: Office, admin: Client) -> None:
    link = paired(world, Website="none at all")
    for sent, says in (({"target_id": "12345"}, "There is no record 12345 in Books"), ({}, "find")):
        text = admin.post(page(link, "record-pair"), sent, follow=True).content.decode()
        assert says in text
    assert not Decision.objects.exists()


def test_a_record_of_another_kind_is_not_offered(world: Office, admin: Client) -> None:
    world.add("books", "contacts", {"contact_name": "Bolt Ltd", "contact_type": "vendor"})
    link = paired(world, "Bolt Ltd", Website="none at all")
    text = admin.get(page(link), {"find": "Bolt"}).content.decode()
    assert "is of another kind: contact type is vendor, not customer" in text
    assert "Pair with Bolt Ltd," not in text


def test_pairs_are_repaired_by_admins_only(world: Office) -> None:
    link = paired(world)
    finance = client_of(access.FINANCE)
    assert (
        "Only the group Integration admin may separate" in finance.get(page(link)).content.decode()
    )
    for name in ("record-separate", "record-keep", "record-pair"):
        assert finance.post(page(link, name), {"reason": "x", "target_id": "1"}).status_code == 403
    auditor = client_of(access.AUDITOR)
    assert auditor.post(page(link, "record-sync")).status_code == 403
    assert (
        "Only the groups Finance staff and Integration admin"
        in auditor.get(page(link)).content.decode()
    )


def test_its_history_has_both_directions(world: Office, admin: Client) -> None:
    world.configure(extent="both")
    link = paired(world, Billing_City="Oslo")
    address = {"city": "Turku"}
    world.change("books", "contacts", link.target_id or "", billing_address=address)
    world.sync()
    lines = admin.get(page(world.link(link.source_id or ""))).context["lines"]
    assert [line.change.run.direction for line in lines] == ["reverse", "forward"]
    # Titles of CRM's fields stand beside those of Books.
    assert "Billing City" in lines[0].fields


# Finding ------------------------------------------------------------------------------------------


def found(client: Client, text: str) -> list[str]:
    """Names found; one alone leads straight to its page."""
    answer = client.get(reverse("office:search"), {"q": text}, follow=True)
    assert answer.status_code == 200
    if "lines" in answer.context and "link" in answer.context:
        return [answer.context["link"].name]
    return [line["link"].name for line in answer.context["lines"]]


def test_records_are_found_by_name_id_key_and_amount(world: Office, admin: Client) -> None:
    world.accounts("Acme Ltd", Website="www.acme.example.org", Phone="+47 22 33 44 55")
    world.accounts("Acme Holding", "Bolt & Nut Ltd")
    world.sync()
    link = RecordLink.objects.get(name="Bolt & Nut Ltd")
    with evidence.lifted():
        Change.objects.filter(name="Acme Ltd").update(amount=Decimal("1234.50"))

    assert found(admin, "acme") == ["Acme Holding", "Acme Ltd"]
    assert found(admin, "Nut") == ["Bolt & Nut Ltd"]
    assert found(admin, link.source_id or "") == ["Bolt & Nut Ltd"]
    assert found(admin, f" {link.target_id} ") == ["Bolt & Nut Ltd"]
    assert found(admin, "22 33 44 55") == ["Acme Ltd"]
    assert found(admin, "1234,5") == ["Acme Ltd"]
    assert found(admin, "nobody") == []


def test_the_search_promises_what_it_searches(
    world: Office, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No module has documents, so neither their numbers nor amounts are found."""
    (account,) = world.accounts("Acme Ltd", Phone="+47 22 33 44 55", Website="acme.example.org")
    world.sync()
    invoice = {"customer_id": world.link(account).target_id, "line_items": [{"rate": 75}]}
    (made,) = world.add("books", "invoices", invoice)
    rows_there = {row["invoice_id"]: row for row in world.records("books", "invoices")}
    assert found(admin, rows_there[made]["invoice_number"]) == []

    text = admin.get(reverse("office:search"), {"q": "INV-000001"}).content.decode()
    assert "not searched: no documents are synced" in text
    for kind in ("phone number", "tax number", "web or e-mail domain", "item code"):
        assert kind in text
    assert ", an amount" not in text
    box = admin.get(reverse("office:modules")).content.decode()
    assert "number, amount" not in box

    flows = registry.discover().flows
    with_amount = replace(flows["crm.customers"], amount="credit_limit")
    monkeypatch.setitem(flows, "crm.customers", with_amount)
    text = admin.get(reverse("office:search")).content.decode()
    assert ", an amount" in text
    assert "no documents are synced" not in text


@pytest.mark.parametrize("text", ["", "\x00", "%", "_", "'", "9" * 400, "1e999", "NaN", "<script>"])
def test_odd_texts_are_answered(world: Office, admin: Client, text: str) -> None:
    assert found(admin, text) == []


def test_every_page_has_the_box_for_those_who_may_see_records(world: Office, admin: Client) -> None:
    for address in (reverse("admin:index"), reverse("office:modules")):
        assert 'role="search"' in admin.get(address).content.decode()
    assert client_of(access.AUDITOR).get(reverse("office:search")).status_code == 200


def test_pages_of_records_in_their_apps(db: None) -> None:
    made = rows.company(is_test=False)
    crm = registry.connector_for(made.crm)
    books = registry.connector_for(made.books)
    assert crm.web_url(crm.entity("Accounts"), "55") == (
        "https://crm.zoho.eu/crm/org6000001/tab/Accounts/55"
    )
    assert books.web_url(books.entity("contacts"), "46") == (
        "https://books.zoho.eu/app/6000001#/contacts/46"
    )
    made.grant.data_center = "sandbox"
    made.grant.save()
    stand_in = registry.connector_for(Connection.objects.get(pk=made.crm.pk))
    assert stand_in.web_url(stand_in.entity("Accounts"), "55") == ""


def test_statements_do_not_grow_with_the_history(
    world: Office, admin: Client, django_assert_max_num_queries: Any
) -> None:
    link = paired(world)
    run = latest()
    for number in range(60):
        rows.change(run, number, source_id=link.source_id)
    admin.get(page(link))
    with django_assert_max_num_queries(29):
        assert len(admin.get(page(link)).context["lines"]) == 50
    with django_assert_max_num_queries(25):
        admin.get(reverse("office:search"), {"q": "customer"})
