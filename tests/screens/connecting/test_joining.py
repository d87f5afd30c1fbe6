"""Joining two connections: what is needed, what is refused."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Connection, FlowSetting, Grant, Integration
from integrations.sandbox.company import further
from integrations.sandbox.world import World
from integrations.words import integration_name
from tests.screens.connecting.steps import (
    change_org,
    connect,
    shown,
    signed_in,
)

pytestmark = pytest.mark.django_db


def test_test_data_and_real_data_are_never_joined(world: World, admin: Client) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    Connection.objects.filter(pk=crm.pk).update(is_test=False)
    address = reverse("office:join", args=[books.pk, crm.pk])

    for answer in (admin.get(address), admin.post(address, {"name": "crm"})):
        assert answer.status_code == 409
        assert "cannot be joined" in answer.content.decode()
    assert "cannot be joined" in shown(admin, reverse("office:connections"))
    assert not Integration.objects.exists()


def test_a_real_pair_starts_in_look_only(world: World, admin: Client) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    Connection.objects.update(is_test=False)
    address = reverse("office:join", args=[books.pk, crm.pk])
    assert "Look only" in shown(admin, address)
    admin.post(address, {"name": "crm"})
    assert Integration.objects.get().writing == "look_only"


PLANS = [("standard", False), ("free", False), ("professional", True), ("ultimate", True)]


@pytest.mark.parametrize(("plan", "suffices"), PLANS)
def test_the_plan_has_to_be_professional_or_higher(
    plan: str, suffices: bool, world: World, admin: Client
) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    change_org(world, license_details={"paid": True, "paid_type": plan})
    address = reverse("office:join", args=[books.pk, crm.pk])

    page = admin.post(address, {"name": "crm"})

    assert Integration.objects.exists() == suffices
    if not suffices:
        text = page.content.decode()
        assert f"The plan is {plan.capitalize()}." in text
        assert "can change the plan" in text


def test_a_trial_of_a_higher_plan_suffices(world: World, admin: Client) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    trial = {"paid": False, "paid_type": "free", "trial_type": "enterprise"}
    change_org(world, license_details=trial)
    admin.post(reverse("office:join", args=[books.pk, crm.pk]), {"name": "crm"})
    assert Integration.objects.exists()


def test_with_different_base_currencies_they_are_joined_one_way(
    world: World, admin: Client
) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    change_org(world, iso_code="JPY")
    address = reverse("office:join", args=[books.pk, crm.pk])
    page = shown(admin, address)
    assert "CRM has JPY, Books has USD" in page
    assert "can change the home currency" in page
    assert "One way: from CRM to Books." in page
    assert "Join them one way" in page
    assert "Missing" not in page

    admin.post(address, {"name": "crm"})

    integration = Integration.objects.get()
    assert integration.way == "currency"
    assert "The base currencies differ" in shown(admin, reverse("office:modules"))
    # What was read is known from now on.
    assert Connection.objects.get(pk=crm.pk).base_currency == "JPY"


def test_a_second_organisation_is_joined_one_way_and_says_why(world: World, admin: Client) -> None:
    further.more(world, 1)
    one = connect(admin, "books", "10234695")
    crm = connect(admin, "crm")
    admin.post(reverse("office:join", args=[one.pk, crm.pk]), {"name": "crm"})
    two = connect(admin, "books", "10234832")
    address = reverse("office:join", args=[two.pk, crm.pk])

    page = shown(admin, address)
    assert "CRM Aurora Instruments is linked both ways with Books Aurora Instruments." in page
    assert "only one of them can be linked both ways" in page
    assert 'value="crm-2"' in page
    admin.post(address, {"name": "crm-2"})

    assert [row.way for row in Integration.objects.order_by("pk")] == ["both", "later"]
    connections = shown(admin, reverse("office:connections"))
    joined = Integration.objects.get(name="crm-2")
    assert f"Change the way of {integration_name(joined)}" in connections
    setting = FlowSetting.objects.get(integration__name="crm-2", flow="crm.customers")
    steps = reverse("office:module-steps", args=[setting.pk])
    admin.get(steps)
    asked = admin.post(
        steps,
        {
            "steps-current_step": "module",
            f"steps_{setting.pk}-current_step": "module",
            "module-module": "accounts",
            "module-contacts_without_account": "no",
            "module-second_names": "no",
            "module-on_gone": "leave",
        },
    ).content.decode()
    assert "Fetch from CRM" in asked
    assert "only one of them can be linked both ways" in asked
    assert "Sync both ways" not in asked


def test_the_role_and_the_permissions_are_looked_at(world: World, admin: Client) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    owner = next(
        user
        for user in world.store.collection("crm", "users").values()
        if user["email"] == signed_in(world, "crm")
    )
    profiles = world.store.collection("crm", "profiles").values()
    other = next(p for p in profiles if p["name"] != "Administrator")
    world.store.collection("crm", "users").replace(owner["id"], {**owner, "profile": other["id"]})
    Grant.objects.filter(pk=books.grant_id).update(scopes="ZohoBooks.contacts.ALL")

    text = admin.post(
        reverse("office:join", args=[books.pk, crm.pk]), {"name": "crm"}
    ).content.decode()

    assert f"is {other['name']}" in text
    assert "An administrator of" in text
    assert "Not allowed: ZohoBooks.settings.ALL" in text
    assert not Integration.objects.exists()


def test_what_cannot_be_found_out_hinders_nobody(world: World, admin: Client) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    Grant.objects.update(scopes="")
    address = reverse("office:join", args=[books.pk, crm.pk])
    assert "Not found out" in shown(admin, address)
    admin.post(address, {"name": "crm"})
    assert Integration.objects.exists()


def test_short_names_are_checked(world: World, admin: Client) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    address = reverse("office:join", args=[books.pk, crm.pk])
    for name in ("", "Two Words", "ünï", "-a", "x" * 41):
        assert admin.post(address, {"name": name}).status_code == 200, name
    assert not Integration.objects.exists()
