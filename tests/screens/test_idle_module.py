"""A module of which nothing is synced, as the options of another one stand: it says so and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from integrations import access, lifecycle
from integrations.models import FlowSetting
from integrations.standing import standings
from tests.conftest import Office
from tests.screens.people import client_of

PERSONS = "crm.contact_persons"
WHY = "in the set-up of Customers, CRM module has to be Accounts and contacts."


pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def world(make_office: Any) -> Office:
    office = make_office()
    FlowSetting.objects.filter(flow=PERSONS).update(enabled=True)
    return office


def test_it_names_the_choice_that_is_missing_and_offers_no_sync(world: Office) -> None:
    setting, admin = world.setting(PERSONS), client_of(access.ADMIN)
    page = reverse("office:module", args=[setting.pk])
    text = admin.get(page).content.decode()
    assert WHY in text
    assert "none as it is set" in text
    assert reverse("office:module", args=[world.setting().pk]) in text
    assert "start the first sync" not in text
    assert reverse("office:module-sync", args=[setting.pk]) not in text
    # Pressed all the same, from a page of before.
    sync = reverse("office:module-sync", args=[setting.pk])
    assert WHY in admin.post(sync, follow=True).content.decode()
    modules = admin.get(reverse("office:modules")).content.decode()
    assert "Takes no part as it is set" in modules


def test_with_that_choice_it_takes_part(world: Office) -> None:
    world.configure(module="accounts_contacts")
    (standing,) = [row for row in standings() if row.setting.flow == PERSONS]
    assert (standing.idle, standing.health[0]) == ("", "Not synced yet")


def test_it_is_not_named_among_those_synced_by_themselves(world: Office) -> None:
    world.accounts("Acme Ltd")
    world.sync()
    FlowSetting.objects.filter(flow=PERSONS).update(first_synced_at=world.setting().first_synced_at)
    integration = world.setting().integration
    assert lifecycle.held(integration).scheduled == ("Customers",)
