"""Setting up customers from accounts and contacts in a real browser; all its pages."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from integrations import access
from integrations.models import FlowSetting, SyncRun
from integrations.sandbox.world import World
from tests.screens.test_walk_work import walker_of, work, world
from tests.screens.walker import chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

__all__ = ["chromium", "world"]


def customers() -> FlowSetting:
    return FlowSetting.objects.get(flow="crm.customers")


def test_accounts_and_contacts_are_set_up_step_by_step(
    world: World, chromium: Browser, live_server: Any
) -> None:
    admin = walker_of(chromium, live_server.url, access.ADMIN)
    admin.open("module-steps", customers().pk)
    admin.page.get_by_label("Accounts and contacts").check()
    admin.page.get_by_label("Yes").first.check()
    admin.click("button", "Next")
    admin.click("button", "Next")
    admin.click("button", "Next")
    admin.sees("Individual customers: which Contacts of CRM")
    admin.page.get_by_label("Without e-mail").check()
    admin.look("two-views")
    admin.click("button", "Next")
    admin.sees("Individual customers: fields that are kept in step")
    admin.look("two-maps")
    admin.click("button", "Save and Sync", exact=True)
    admin.page.wait_for_url("**/syncs/**")
    while SyncRun.objects.filter(status__in=SyncRun.OPEN).exists():
        work()
    assert set(SyncRun.objects.values_list("flow", "status")) == {
        ("crm.customers", "done"),
        ("crm.individuals", "done"),
    }
    admin.open("module", customers().pk)
    admin.look("module-of-two")
    admin.click("link", "Field map: Individual customers")
    admin.sees("Individual customers: field map")
    admin.look("map-of-individuals")
    # What runs already: both parts are previewed before the choice can be confirmed.
    admin.open("module-steps", customers().pk)
    for _ in range(3):
        admin.click("button", "Next")
    admin.page.get_by_label("All records").last.check()
    admin.click("button", "Next")
    admin.click("button", "Preview")
    admin.sees("These choices are not in force yet")
    work()
    admin.sees("Not begun yet")
    admin.look("trial-half")
    work()
    admin.sees("Confirm the new choices", within=10)
    admin.look("trial-whole")
    admin.click("button", "Confirm the new choices")
    admin.sees("The new choices are in force.")
    assert customers().view_of("crm.individuals") == ("", "")
    admin.assert_content()


@pytest.mark.look
def test_its_pages_fit_and_raise_no_complaint(
    world: World, chromium: Browser, live_server: Any
) -> None:
    setting = customers()
    walker = walker_of(chromium, live_server.url, access.ADMIN, every_look=True)
    both = "?module=accounts_contacts&contacts_without_account=yes"
    walker.open("module-recommended", setting.pk)
    walker.page.goto(f"{walker.page.url}{both}")
    walker.look("recommended-of-two")
    walker.open("module-steps", setting.pk)
    walker.page.get_by_label("Accounts and contacts").check()
    walker.page.get_by_label("Yes").first.check()
    for name in ("direction-of-two", "duplicates-of-two", "two-views", "two-maps"):
        walker.click("button", "Next")
        walker.look(name)
    walker.click("button", "Save and Sync Later")
    walker.open("fields", setting.pk)
    walker.look("maps-of-two")
    walker.open("module-writing", setting.pk)
    walker.look("module-writing")
    walker.page.get_by_label("Look only").check()
    walker.fill(walker.page.get_by_label("Why"), "Month end")
    walker.click("button", "Save")
    walker.sees("Nothing is written")
    walker.look("module-looks-only")
    walker.open("integration", setting.integration_id)
    walker.look("integration-held")
    walker.open("modules")
    walker.look("modules-held")
    walker.assert_content()
