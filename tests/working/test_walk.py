"""The working lists, the search and the two-way switch in a real browser, in three looks."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from integrations import access, configuring, connecting
from integrations.models import Connection, Integration, SyncRun
from integrations.sandbox.world import World
from integrations.sync import run as pipeline
from tests.conftest import URL, connect
from tests.screens.people import person
from tests.screens.walker import Walker, chromium
from tests.several.conftest import SERVICES, setting_of

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Two Books organisations on one CRM, both synced; no worker runs but when told."""
    # Playwright's own event loop runs in this thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    monkeypatch.setattr("integrations.jobs.async_task", lambda *args: None)
    made = World.build(company="demo", accounts=60, limits="off", organizations=2)
    connect(made, monkeypatch)
    books = Connection.objects.get(app="books")
    rows = connecting.organizations("books", books.grant, base_url=URL)
    row = next(row for row in rows if row["name"] == SERVICES)
    second = connecting.join(
        "crm",
        connecting.keep_connection(
            "books", books.grant, row, base_url=URL, is_test=True, paced=False
        ),
        Connection.objects.get(app="crm"),
    )
    connecting.refresh_catalogues(second)
    for setting in second.flow_settings.all():
        connecting.configure_with_defaults(setting)
    configuring.apply_choices(setting_of(Integration.objects.earliest("pk")), {"extent": "both"})
    for integration in Integration.objects.all():
        pipeline.drive(pipeline.start(setting_of(integration), "crm.customers"))
    return made


def finish() -> None:
    for run in SyncRun.objects.filter(status__in=SyncRun.OPEN):
        pipeline.drive(run)


@pytest.mark.look
def test_lists_search_and_switch(
    world: World,
    chromium: Browser,
    live_server: Any,
) -> None:
    first, second = Integration.objects.order_by("pk")
    long_name = "Aktiengesellschaft für " + "Feinmechanik" * 9
    account = world.service("crm").screen_insert(world, "Accounts", {"Account_Name": long_name})
    admin = Walker(chromium, live_server.url, every_look=True).sign_in(person(access.ADMIN))

    admin.open("working", "crm.customers")
    admin.sees("Every pair of the module")
    admin.look("working-list")
    admin.page.get_by_role("checkbox", name="Choose").first.check()
    admin.click("button", "Separate these pairs")
    admin.sees("1 pair")
    admin.look("working-second-look")

    admin.open("fetch-search", setting_of(first).pk)
    admin.page.get_by_label("Account name").fill("feinmechanik")
    admin.click("button", "Search", exact=True)
    admin.sees("not here yet")
    admin.look("fetch-found")
    admin.page.get_by_role("checkbox", name="Pick").first.check()
    admin.click("button", "Fetch what is picked")
    admin.sees("Waiting to start")
    finish()
    admin.page.reload()
    admin.sees("New invoice")
    admin.look("fetched")
    admin.click("link", long_name)
    admin.sees("Fetch from CRM")
    admin.look("record-fetched")

    admin.open("module", setting_of(second).pk)
    admin.sees("only one of them can be linked both ways")
    admin.look("module-one-way")
    admin.open("connections")
    admin.look("connections-two")
    admin.open("way", second.pk)
    admin.sees("not known yet")
    admin.click("button", "Preview the switch")
    admin.sees("The previews are in progress")
    finish()
    admin.click("link", "Look again")
    admin.sees("Why it is switched")
    admin.look("way")
    admin.page.get_by_label("Why it is switched").fill("It leads now")
    admin.click("button", "Link Aurora Instruments Services")
    admin.sees("is linked both ways now")
    assert account["id"]
    admin.assert_content()
