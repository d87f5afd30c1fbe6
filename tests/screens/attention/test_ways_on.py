"""No dead ends: who can do what a page advises, where it is done, and what is certain to fail."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from integrations import attention
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens.attention.conftest import undecided


def refused_name(office: Office) -> RecordLink:
    """An account whose name a Books customer has already."""
    office.configure(duplicates="clone")
    office.add("books", "contacts", {"contact_name": "Acme Ltd", "contact_type": "customer"})
    account = office.accounts("Acme Ltd")[0]
    office.sync()
    link = office.link(account)
    assert link.cause == "name_taken"
    return link


def contact_of(office: Office, name: str) -> str:
    rows = office.world.store.collection("books", "contacts", "contact_id").values()
    return str(next(row["contact_id"] for row in rows if row["contact_name"] == name))


def test_finance_is_told_who_pairs_a_record_whose_name_is_taken(
    office: Office, finance: Client
) -> None:
    link = refused_name(office)
    text = finance.get("/office/attention/name_taken/").content.decode()
    assert "Ask an Integration admin" in text
    assert "Pair with" not in text
    assert f"/office/records/{link.pk}/?find=" not in text


def test_an_admin_is_led_to_the_record_that_the_reason_names(
    office: Office, member: Callable[[str], Client]
) -> None:
    link, contact = refused_name(office), contact_of(office, "Acme Ltd")
    admin = member("Integration admin")
    pages = ["/office/attention/name_taken/", f"/office/records/{link.pk}/"]
    for address in pages:
        text = admin.get(address).content.decode()
        assert "Pair with Acme Ltd" in text
        assert f"/office/records/{link.pk}/?find={contact}#pair" in text
        assert "Ask an Integration admin" not in text
    found = admin.get(f"/office/records/{link.pk}/?find={contact}").content.decode()
    assert f'name="target_id" value="{contact}"' in found

    admin.post(f"/office/records/{link.pk}/pair/", {"target_id": contact})
    office.sync()
    link.refresh_from_db()
    assert (link.state, link.target_id) == ("in_sync", contact)


def test_what_was_refused_without_saying_by_which_is_looked_for_by_its_name(
    office: Office, member: Callable[[str], Client]
) -> None:
    link = refused_name(office)
    RecordLink.objects.filter(pk=link.pk).update(details={})
    text = member("Integration admin").get("/office/attention/name_taken/").content.decode()
    assert f"/office/records/{link.pk}/?find=Acme%20Ltd#pair" in text


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ("Finance staff", "Ask an Integration admin to separate that one first"),
        ("Integration admin", "separate that one first"),
    ],
)
def test_a_look_alike_that_is_taken_says_who_frees_it(
    group: str, said: str, office: Office, member: Callable[[str], Client]
) -> None:
    office.accounts("Acme Ltd", "ACME Ltd.")
    office.sync()
    (link,) = RecordLink.objects.filter(state="undecided")
    text = member(group).get(f"/office/duplicates/{link.pk}/").content.decode()
    assert said in text
    assert ("Ask an Integration admin" in text) is (group == "Finance staff")


@pytest.mark.parametrize(
    ("second_names", "there", "said"),
    [
        ("no", "Acme Ltd", "It will be refused"),
        ("no", "ACME LTD", "It will be refused"),
        ("no", "Acme Limited", ""),
        ("yes", "Acme Ltd", ""),
    ],
)
def test_a_second_record_of_one_name_is_said_to_fail_where_it_is_certain_to(
    second_names: str, there: str, said: str, office: Office, finance: Client
) -> None:
    office.world.company["duplicate_names"] = second_names == "yes"
    office.configure(second_names=second_names)
    office.add("books", "contacts", {"contact_name": there, "contact_type": "customer"})
    office.accounts("Acme Ltd")
    office.sync()
    (link,) = RecordLink.objects.filter(state="undecided")
    text = finance.get(f"/office/duplicates/{link.pk}/").content.decode()
    effect = text[text.index('id="does-different"') :].partition("</p>")[0]
    assert "may refuse" not in effect
    assert ("It will be refused" in effect) is bool(said)
    assert ("Change the name in CRM" in effect and "The same" in effect) is bool(said)
    address = f"/office/duplicates/decide/?choice=different&record={link.pk}"
    look = finance.get(address).content.decode()
    assert ("will be refused" in look) is bool(said)

    # The page told the truth.
    finance.post(f"/office/duplicates/{link.pk}/decide/", {"choice": "different"})
    office.sync()
    link.refresh_from_db()
    assert (link.cause == "name_taken") is bool(said)


def test_a_customer_that_is_inactive_is_said_to_be(office: Office, finance: Client) -> None:
    office.add(
        "books",
        "contacts",
        {"contact_name": "Acme Ltd", "contact_type": "customer", "status": "inactive"},
        {"contact_name": "Bolt Ltd", "contact_type": "customer"},
    )
    office.accounts("Acme Ltd", "Bolt Ltd")
    office.sync()
    acme, bolt = RecordLink.objects.filter(state="undecided").order_by("name")
    said = "is inactive in Books"
    assert said in finance.get(f"/office/duplicates/{acme.pk}/").content.decode()
    assert said not in finance.get(f"/office/duplicates/{bolt.pk}/").content.decode()


def test_each_thing_to_do_leads_to_where_it_is_done(office: Office, finance: Client) -> None:
    link = undecided(office, "Acme Ltd", "Bolt Ltd")[0]
    RecordLink.objects.filter(pk=link.pk).update(state="failing", cause="name_taken")
    for address in ("/office/dashboard/", "/office/attention/"):
        text = finance.get(address).content.decode()
        cells = re.findall(r'data-label="What to do">(.*?)</td>', text, re.DOTALL)
        assert len(cells) == len(attention.groups()) == 2
        ways = {re.search(r'href="([^"]+)"', cell)[1] for cell in cells}  # type: ignore[index]
        assert ways == {reverse("office:duplicates"), "/office/attention/name_taken/"}
