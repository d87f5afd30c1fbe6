"""Whether a module writes: seen on its page and its integration's, changed with a reason."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from integrations import access, decisions
from integrations.models import Decision, Integration, SyncRun
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, person

pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def admin(world: Office) -> Client:
    return client_of(access.ADMIN)


def shown(client: Client, name: str, key: int) -> str:
    return str(client.get(reverse(f"office:{name}", args=[key])).content.decode())


def set_to(client: Client, world: Office, writing: str, reason: str = "Month end") -> str:
    address = reverse("office:module-writing", args=[world.setting().pk])
    sent = {"writing": writing, "reason": reason}
    return str(client.post(address, sent, follow=True).content.decode())


def test_it_is_seen_where_the_module_is_seen(world: Office, admin: Client) -> None:
    setting = world.setting()
    assert "What is synced is written, from CRM to Books." in shown(admin, "module", setting.pk)
    set_to(admin, world, "look_only")

    page = shown(admin, "module", setting.pk)
    assert "Nothing is written: this module is set to Look only." in page
    assert "Let it write" in page
    whole = shown(admin, "integration", setting.integration_id)
    assert "Modules held back" in whole
    assert ">Customers</a>: Look only" in whole
    listed = admin.get(reverse("office:modules")).content.decode()
    assert listed.count("Look only") == 1

    Integration.objects.update(writing="stopped")
    page = shown(admin, "module", setting.pk)
    assert "the integration Zoho CRM and Zoho Books (Aurora Instruments) is set to Stopped" in page
    assert "Let the whole integration write" in page


def test_it_is_changed_with_a_reason_that_is_kept(world: Office, admin: Client) -> None:
    assert "Say why" in set_to(admin, world, "look_only", reason="")
    assert world.setting().writing == "on"
    assert "writing is Look only now" in set_to(admin, world, "look_only")
    assert "Writing is Look only already." in set_to(admin, world, "look_only")

    decision = Decision.objects.get()
    assert (decision.kind, decision.name, decision.reason) == (
        "set_writing",
        "Customers",
        "Month end",
    )
    assert (decision.by, decision.setting) == (person(access.ADMIN), world.setting())
    assert decision.details["choices"] == {"writing": ["on", "look_only"]}
    # The integration's page tells what was done to its modules as well.
    whole = shown(admin, "integration", world.setting().integration_id)
    assert "Writing changed by admin: Customers from On to Look only. Month end" in whole
    listed = reverse("admin:integrations_decision_change", args=[decision.pk])
    assert "<td>Look only</td>" in admin.get(listed).content.decode()


def test_the_button_before_says_what_is_chosen(world: Office, admin: Client) -> None:
    address = reverse("office:module-writing", args=[world.setting().pk])
    form = admin.get(address, {"to": "look_only"}).context["form"]
    assert form.initial == {"writing": "look_only"}
    assert admin.get(address, {"to": "x"}).context["form"].initial == {"writing": "on"}


def test_a_module_that_looks_only_writes_nothing_and_then_goes_on(
    world: Office, admin: Client
) -> None:
    world.accounts("Acme Ltd")
    run = decisions.start_sync(person(access.ADMIN), world.setting())
    set_to(admin, world, "look_only")
    finish_syncs(world)
    run.refresh_from_db()
    assert (run.status, run.held, world.writes()) == ("paused", "stopped", {})
    page = shown(admin, "module-writing", world.setting().pk)
    assert "1 sync waits for this" in page
    # Whoever starts one now gets a preview.
    SyncRun.objects.filter(pk=run.pk).update(status="cancelled")
    assert decisions.start_sync(person(access.ADMIN), world.setting()).mode == "preview"
    SyncRun.objects.filter(pk=run.pk).update(status="paused")

    set_to(admin, world, "on")
    finish_syncs(world)
    assert set(world.customers()) == {"Acme Ltd"}


def test_only_admins_change_it(world: Office) -> None:
    for group in (access.FINANCE, access.APPROVER, access.AUDITOR):
        client = client_of(group)
        address = reverse("office:module-writing", args=[world.setting().pk])
        assert client.post(address, {"writing": "stopped", "reason": "x"}).status_code == 403
        assert "Look only</a>" not in shown(client, "module", world.setting().pk)
    assert world.setting().writing == "on"
