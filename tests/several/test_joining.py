"""Which way an integration goes: the first both ways, later ones and other currencies one way."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from integrations import access, configuring, decisions, jobs, trials, ways
from integrations.models import Integration
from tests.conftest import Office
from tests.screens.people import client_of
from tests.several.conftest import EUROPE, SERVICES, customers, join, setting_of


def test_the_first_is_linked_both_ways_and_later_ones_one_way(several: Office) -> None:
    first = Integration.objects.get()
    second, third = join(several, SERVICES), join(several, EUROPE)

    assert [row.way for row in (first, second, third)] == ["both", "later", "currency"]
    assert [row.name for row in (first, second, third)] == ["crm", "crm-2", "crm-3"]
    assert ways.why_one_way(first) == ""
    assert "only one of them can be linked both ways" in ways.why_one_way(second)
    assert "CRM has USD, Books has EUR" in ways.why_one_way(third)


def test_an_organisation_of_another_currency_leaves_the_two_way_link_to_the_next(
    several: Office,
) -> None:
    Integration.objects.all().delete()
    from integrations.models import Connection

    Connection.objects.filter(app="books").update(base_currency="JPY")
    from integrations import connecting

    first = connecting.join(
        "crm", Connection.objects.get(app="books"), Connection.objects.get(app="crm")
    )
    assert first.way == "currency"
    assert join(several, SERVICES).way == "both"


def test_two_links_both_ways_with_one_organisation_cannot_be_stored(several: Office) -> None:
    second = join(several, SERVICES)
    second.way = "both"
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


@pytest.mark.parametrize("extent", ["push", "both"])
def test_one_way_refuses_the_other_directions_with_the_reason(several: Office, extent: str) -> None:
    setting = setting_of(join(several, SERVICES))
    with pytest.raises(ValidationError) as refused:
        configuring.apply_choices(setting, {"extent": extent})
    assert refused.value.messages == [
        f"extent='{extent}' is not allowed; use fetch. {ways.why_one_way(setting.integration)}"
    ]
    assert configuring.allowed(setting)["extent"] == ("fetch",)
    assert trials.recommended(setting)["extent"] == "fetch"


def test_whatever_is_stored_nothing_goes_out_of_a_one_way_organisation(several: Office) -> None:
    setting = setting_of(join(several, SERVICES))
    setting.extent = "both"
    assert jobs.legs(setting) == [("crm.customers", "forward")]
    setting.extent = "push"
    assert jobs.legs(setting) == []


def test_items_are_refused_where_the_base_currencies_differ(several: Office) -> None:
    there, elsewhere = join(several, SERVICES), join(several, EUROPE)
    items = [setting_of(integration, "crm.items") for integration in (there, elsewhere)]
    assert [setting.enabled for setting in items] == [True, False]
    assert all(setting_of(elsewhere, key).enabled for key in ("crm.customers", "crm.vendors"))
    with pytest.raises(ValidationError) as refused:
        configuring.apply_choices(items[1], {"enabled": "on"})
    (why,) = refused.value.messages
    assert "the base currencies differ: CRM has USD, Books has EUR" in why
    assert jobs.legs(items[1]) == []
    with pytest.raises(ValueError, match="the base currencies differ"):
        decisions.start_sync(None, items[1], preview=True)

    admin = client_of(access.ADMIN)
    modules = admin.get("/office/modules/").content.decode()
    assert modules.count("Items cannot be synced in this integration.") == 1
    assert "Not in this integration" in modules
    page = admin.get(f"/office/modules/{items[1].pk}/").content.decode()
    assert why in page.replace("&#x27;", "'")
    assert ">Sync now<" not in page


def test_each_organisation_gets_the_records_into_its_own_books(several: Office) -> None:
    first, second = Integration.objects.get(), join(several, SERVICES)
    several.accounts("Acme Ltd", "Globex")
    for run in (several.sync_of(setting_of(first)), several.sync_of(setting_of(second))):
        assert (run.status, run.created) == ("done", 2)

    assert customers(several, first) == customers(several, second) == {"Acme Ltd", "Globex"}
    asked = several.control("GET", "requests")
    ids = {r["query"].get("organization_id") for r in asked if r["service"] == "books"}
    assert ids - {None} == {first.ledger.organization_id, second.ledger.organization_id}
    assert {r["path"] for r in asked if r["service"] == "books" and not r["query"]} <= {
        "/books/v3/organizations"
    }


def test_what_is_entered_in_a_one_way_organisation_stays_there(several: Office) -> None:
    second = join(several, SERVICES)
    several.control(
        "POST",
        f"records/books/contacts?organization_id={second.ledger.organization_id}",
        [{"contact_name": "Only here", "contact_type": "customer"}],
    )
    several.sync_of(setting_of(second))
    assert several.records("crm", "Accounts") == []
