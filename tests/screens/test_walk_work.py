"""A walk through the office in a real browser: set up, preview, approve, watch, cure, try out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from integrations import access, jobs
from integrations.models import FlowSetting, SyncRun
from integrations.sandbox.world import World
from integrations.sync import run as pipeline
from mappings.models import FieldMap, RecordLink
from tests.browser import browser
from tests.conftest import connect
from tests.screens.people import latest, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "let-me-in-please"
SHOTS = os.environ.get("SCREENSHOTS", "")


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


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


class Walker:
    """Somebody at the screen; counts the clicks and keeps what the browser complains of."""

    def __init__(self, chromium: Browser, base: str, group: str, **looks: Any) -> None:
        user = person(group)
        user.set_password(PASSWORD)
        user.save()
        self.base, self.clicks, self.complaints = base, 0, list[str]()
        width = looks.pop("width", 1366)
        self.look = f"{looks.get('color_scheme', 'light')}-{width}"
        context = chromium.new_context(viewport={"width": width, "height": 900}, **looks)
        self.page: Page = context.new_page()
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(base + reverse("admin:login"))
        self.page.fill("#id_username", user.username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("button[type=submit]")

    def _note(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.complaints.append(line.text)

    def open(self, name: str, *args: Any) -> None:
        self.page.goto(self.base + reverse(f"office:{name}", args=args))

    def click(self, role: Any, name: str, **more: Any) -> None:
        self.clicks += 1
        self.page.get_by_role(role, name=name, **more).first.click()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def shot(self, name: str) -> None:
        """Nothing may stick out sideways; kept as a picture where SCREENSHOTS names a folder."""
        wide = "document.documentElement.scrollWidth - window.innerWidth"
        assert self.page.evaluate(wide) <= 0, name
        if SHOTS:
            path = Path(SHOTS, f"{name}-{self.look}.png")
            self.page.screenshot(path=str(path), full_page=True)


def work() -> SyncRun:
    """What a worker would do now."""
    run = pipeline.drive(latest())
    jobs.follow(run)
    return run


def test_from_set_up_to_the_written_record(
    world: World, chromium: Browser, live_server: Any
) -> None:
    admin = Walker(chromium, live_server.url, access.ADMIN)
    admin.open("modules")
    admin.sees("Not set up yet")

    admin.click("link", "Set up Customers")
    admin.shot("recommended")
    admin.click("button", "Preview")
    admin.sees("Waiting to start")
    # From the second connection granted at most 12 clicks; these are the last two.
    assert admin.clicks == 2
    run = work()
    # The page finds out by itself.
    admin.sees("To be created")
    expect(admin.page.locator("[hx-trigger='every 2s']")).to_have_count(0)
    admin.shot("preview")

    finance = Walker(chromium, live_server.url, access.FINANCE)
    finance.open("preview", run.pk)
    finance.click("button", "Request approval")
    finance.sees("asked for approval")

    approver = Walker(chromium, live_server.url, access.APPROVER)
    approver.open("preview", run.pk)
    approver.sees("finance asked for approval")
    approver.shot("approval")
    approver.page.locator("button", has_text="Approve: write").click()
    approver.sees("Waiting to start")
    work()
    approver.sees("need attention")
    approver.shot("written")
    assert RecordLink.objects.filter(state="in_sync").count() > 30

    bad = RecordLink.objects.filter(state="failing").order_by("name").first()
    assert bad is not None
    finance.page.fill("#find-record", bad.name)
    finance.clicks = 0
    finance.click("button", "Find", exact=True)
    if finance.page.url.endswith("/records/") or "?q=" in finance.page.url:
        finance.click("link", bad.name)
    finance.sees("What to do:")
    finance.shot("record")
    finance.click("button", "Sync this record")
    finance.sees("Chosen records only.")
    assert finance.clicks <= 3
    work()
    finance.sees("Finished, 1 needs attention")
    assert [w.complaints for w in (admin, finance, approver)] == [[], [], []]


def test_changing_what_runs_step_by_step(world: World, chromium: Browser, live_server: Any) -> None:
    admin = Walker(chromium, live_server.url, access.ADMIN)
    setting = FlowSetting.objects.get(flow="crm.customers")
    admin.open("module-recommended", setting.pk)
    admin.click("button", "Save and Sync", exact=True)
    work()
    admin.sees("Finished")

    admin.open("module-steps", setting.pk)
    admin.click("button", "Next")
    admin.page.get_by_label("Fetch from CRM").check()
    admin.shot("step-direction")
    admin.click("button", "Next")
    admin.page.get_by_label("Overwrite").check()
    admin.shot("step-duplicates")
    admin.click("button", "Next")
    admin.click("button", "Next")
    admin.shot("step-fields")
    admin.click("button", "Preview")
    admin.sees("These choices are not in force yet")
    work()
    admin.sees("of them with transactions")
    admin.shot("trial")
    admin.click("button", "Confirm the new choices")
    admin.sees("The new choices are in force.")
    setting.refresh_from_db()
    assert setting.duplicates == "overwrite"
    assert admin.complaints == []


def test_the_field_map_tries_converters_while_one_writes(
    world: World, chromium: Browser, live_server: Any
) -> None:
    admin = Walker(chromium, live_server.url, access.ADMIN)
    setting = FlowSetting.objects.get(flow="crm.customers")
    admin.open("fields", setting.pk)
    admin.page.get_by_label("Value", exact=True).fill("12.50")
    admin.page.locator("#id_via").select_option("money")
    expect(admin.page.locator("#tried")).to_contain_text("Would be written: 12.50")
    admin.page.get_by_label("Value", exact=True).press_sequentially("x")
    expect(admin.page.locator("#tried")).to_contain_text("is not a number")
    admin.shot("fields")

    admin.page.locator("#id_pair-1-target").select_option("credit_limit")
    admin.click("button", "Save", exact=True)
    admin.sees("Credit limit takes: amount.")
    admin.shot("fields-refused")
    assert admin.complaints == []


LOOKS = [("light", 390), ("dark", 1366), ("dark", 390)]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_page_fits_and_raises_no_complaint(
    world: World, chromium: Browser, live_server: Any, scheme: Any, width: int
) -> None:
    from integrations import decisions, trials

    setting = FlowSetting.objects.select_related("integration").get(flow="crm.customers")
    admin = person(access.ADMIN)
    trials.set_up(admin, setting, trials.recommended(setting), trials.default_pairs(setting)[0])
    preview = pipeline.drive(decisions.start_sync(admin, setting, preview=True))
    synced = pipeline.drive(decisions.start_sync(admin, setting))
    walker = Walker(chromium, live_server.url, access.ADMIN, color_scheme=scheme, width=width)
    states = ("in_sync", "failing", "undecided")
    links = [RecordLink.objects.filter(state=state).first() for state in states]
    visits: list[tuple[str, list[Any]]] = [
        ("modules", []),
        ("module", [setting.pk]),
        ("module-recommended", [setting.pk]),
        ("module-steps", [setting.pk]),
        ("fields", [setting.pk]),
        ("preview", [preview.pk]),
        ("sync", [synced.pk]),
        ("search", []),
        *(("record", [link.pk]) for link in links if link),
    ]
    for name, args in visits:
        walker.open(name, *args)
        walker.shot(f"{name}-{args[0] if name == 'record' else ''}".rstrip("-"))
    assert walker.complaints == []
