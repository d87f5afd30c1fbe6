"""Walks through the office in a real browser: find, change what runs, try out; all pages."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from integrations import access, decisions, jobs, trials
from integrations.models import FlowSetting, SyncRun
from integrations.sandbox.world import World
from integrations.sync import run as pipeline
from mappings.models import FieldMap, RecordLink
from tests.conftest import connect
from tests.screens.people import latest, person
from tests.screens.walker import Walker, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

__all__ = ["chromium"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Connected a moment ago; nothing is set up, and no worker runs but when told."""
    # Playwright's own event loop runs in this thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    monkeypatch.setattr("integrations.jobs.async_task", lambda *args: None)
    made = World.build(company="demo", accounts=60, limits="off")
    connect(made, monkeypatch)
    FieldMap.objects.all().delete()
    FlowSetting.objects.update(enabled=False)
    return made


def walker_of(chromium: Browser, base: str, group: str, **looks: Any) -> Walker:
    return Walker(chromium, base, **looks).sign_in(person(group))


def work() -> SyncRun:
    """What a worker would do now."""
    run = pipeline.drive(latest())
    jobs.follow(run)
    return run


def synced(world: World) -> SyncRun:
    """The first sync of the module, with recommended settings."""
    setting = FlowSetting.objects.select_related("integration").get(flow="crm.customers")
    admin = person(access.ADMIN)
    pairs = {setting.flow: trials.default_pairs(setting)[0]}
    trials.set_up(admin, setting, trials.recommended(setting), pairs)
    return pipeline.drive(decisions.start_sync(admin, setting))


def test_a_record_is_found_from_any_page_and_synced_again(
    world: World, chromium: Browser, live_server: Any
) -> None:
    synced(world)
    finance = walker_of(chromium, live_server.url, access.FINANCE)
    bad = RecordLink.objects.filter(state="failing").order_by("name").first()
    assert bad is not None
    finance.begin_counting()
    finance.fill(finance.page.locator("#find-record"), bad.name)
    finance.click("button", "Find", exact=True)
    if "?q=" in finance.page.url:
        finance.click("link", bad.name)
    finance.sees("What to do:")
    finance.look("record")
    finance.click("button", "Sync this record")
    finance.sees("Chosen records only.")
    assert finance.clicks <= 3
    work()
    # The page finds out by itself, and then stops asking.
    finance.sees("Finished, 1 needs attention")
    expect(finance.page.locator("[hx-trigger='every 2s']")).to_have_count(0)
    finance.assert_content()


def test_the_other_half_of_a_sync_appears_by_itself(
    world: World, chromium: Browser, live_server: Any
) -> None:
    synced(world)
    FlowSetting.objects.filter(flow="crm.customers").update(extent="both")
    setting = FlowSetting.objects.select_related("integration").get(flow="crm.customers")
    first = decisions.start_sync(person(access.ADMIN), setting)
    admin = walker_of(chromium, live_server.url, access.ADMIN)
    admin.open("sync", first.pk)
    admin.sees("Customers from Books to CRM follows")
    admin.look("parts-to-follow")
    work()
    second = latest()
    assert second.pk != first.pk
    admin.sees(second.name)
    pipeline.drive(second)
    expect(admin.page.locator("#parts")).to_contain_text("Finished")
    expect(admin.page.locator("#parts[hx-get]")).to_have_count(0)
    admin.look("parts-ended")
    admin.assert_content()


def test_changing_what_runs_step_by_step(world: World, chromium: Browser, live_server: Any) -> None:
    admin = walker_of(chromium, live_server.url, access.ADMIN)
    setting = FlowSetting.objects.get(flow="crm.customers")
    admin.open("module-recommended", setting.pk)
    admin.click("button", "Save and Sync", exact=True)
    work()
    admin.sees("Finished")

    admin.open("module-steps", setting.pk)
    admin.click("button", "Next")
    admin.page.get_by_label("Fetch from CRM").check()
    admin.look("step-direction")
    admin.click("button", "Next")
    admin.page.get_by_label("Overwrite").check()
    admin.look("step-duplicates")
    admin.click("button", "Next")
    admin.click("button", "Next")
    admin.look("step-fields")
    admin.click("button", "Preview")
    admin.sees("These choices are not in force yet")
    work()
    admin.sees("of them with transactions")
    admin.look("trial")
    admin.click("button", "Confirm the new choices")
    admin.sees("The new choices are in force.")
    setting.refresh_from_db()
    assert setting.duplicates == "overwrite"
    admin.assert_content()


def test_the_field_map_tries_converters_while_one_writes(
    world: World, chromium: Browser, live_server: Any
) -> None:
    admin = walker_of(chromium, live_server.url, access.ADMIN)
    setting = FlowSetting.objects.get(flow="crm.customers")
    admin.open("fields", setting.pk)
    admin.page.get_by_label("Value", exact=True).fill("12.50")
    admin.page.locator("#id_via").select_option("money")
    expect(admin.page.locator("#tried")).to_contain_text("Would be written: 12.50")
    admin.page.get_by_label("Value", exact=True).press_sequentially("x")
    expect(admin.page.locator("#tried")).to_contain_text("is not a number")
    admin.look("fields")

    admin.page.locator("details:has(#id_pair-1-target) > summary").click()
    admin.page.locator("#id_pair-1-target").select_option("credit_limit")
    admin.click("button", "Save", exact=True)
    admin.sees("Credit limit takes: amount.")
    admin.look("fields-refused")
    admin.assert_content()


@pytest.mark.look
def test_every_page_fits_and_raises_no_complaint(
    world: World, chromium: Browser, live_server: Any
) -> None:
    done = synced(world)
    setting = done.setting
    preview = pipeline.drive(decisions.start_sync(person(access.ADMIN), setting, preview=True))
    walker = walker_of(chromium, live_server.url, access.ADMIN, every_look=True)
    states = ("in_sync", "failing", "undecided")
    links = [RecordLink.objects.filter(state=state).first() for state in states]
    visits: list[tuple[str, list[Any]]] = [
        ("modules", []),
        ("module", [setting.pk]),
        ("module-recommended", [setting.pk]),
        ("module-steps", [setting.pk]),
        ("fields", [setting.pk]),
        ("preview", [preview.pk]),
        ("sync", [done.pk]),
        ("search", []),
        *(("record", [link.pk]) for link in links if link),
    ]
    for name, args in visits:
        walker.open(name, *args)
        walker.look(f"{name}-{args[0] if name == 'record' else ''}".rstrip("-"))
    walker.assert_content()
