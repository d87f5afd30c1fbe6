"""Every morning in a real browser: what waits, decided by keyboard and mouse, in three looks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from integrations import access
from integrations.models import SyncRun
from integrations.sandbox.world import World
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.browser import browser
from tests.conftest import connect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "let-me-in-please"
SHOTS = os.environ.get("SCREENSHOTS", "")
LOOKS = [("light", 1440), ("dark", 1440), ("light", 390)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A company after its first sync; no worker runs but when told."""
    # Playwright's own event loop runs in this thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = World.build(company="demo", accounts=200, limits="off")
    connect(made, monkeypatch)
    call_command("sync", "crm.customers", verbosity=0)
    return made


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def complaints() -> list[str]:
    return []


def sign_in(
    chromium: Browser, base: str, complaints: list[str], scheme: str = "light", width: int = 1440
) -> Page:
    access.ensure_groups()
    user, made = User.objects.get_or_create(username="fin", defaults={"is_staff": True})
    if made:
        user.groups.add(Group.objects.get(name=access.FINANCE))
        user.set_password(PASSWORD)
        user.save()
    context = chromium.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 900},
    )
    page = context.new_page()
    page.on("console", lambda line: complaints.extend(_errors(line)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(base + reverse("admin:login"))
    page.fill("#id_username", "fin")
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    return page


def _errors(line: ConsoleMessage) -> list[str]:
    return [line.text] if line.type == "error" else []


def work() -> SyncRun:
    return pipeline.drive(SyncRun.objects.latest("pk"))


def test_a_failing_record_is_tried_again_in_three_clicks(
    world: World, chromium: Browser, live_server: Any, complaints: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("integrations.jobs.async_task", lambda *args: None)
    page = sign_in(chromium, live_server.url, complaints)
    link = RecordLink.objects.filter(state="failing", cause="too_long").first()
    assert link is not None

    page.get_by_role("link", name="A text is too long").click()
    page.get_by_role("button", name=f"Try {link.name} again").click()
    page.wait_for_url("**/office/syncs/*/")
    run = work()
    assert (run.read, run.failing) == (1, 1)
    expect(page.get_by_text("need", exact=False).first).to_be_visible()
    assert complaints == []


def test_a_duplicate_is_decided_with_the_keyboard_alone(
    world: World, chromium: Browser, live_server: Any, complaints: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("integrations.jobs.async_task", lambda *args: None)
    page = sign_in(chromium, live_server.url, complaints)
    free = next(
        link
        for link in RecordLink.objects.filter(state="undecided").order_by("pk")
        if not link.details["candidates"][0]["paired_with"]
    )
    page.goto(f"{live_server.url}/office/duplicates/{free.pk}/")
    # The comparison arrives by itself.
    expect(page.get_by_text("Receivable")).to_be_visible()

    page.get_by_role("radio").first.focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "same":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{free.name}: the same record.")).to_be_visible()
    free.refresh_from_db()
    assert (free.decision, free.due) == ("same", True)
    assert complaints == []


def test_writing_is_stopped_from_any_page_and_told_on_all(
    world: World, chromium: Browser, live_server: Any, complaints: list[str]
) -> None:
    page = sign_in(chromium, live_server.url, complaints)
    page.goto(f"{live_server.url}/office/history/?kind=live")
    page.get_by_role("link", name="Stop all writing").click()
    page.fill("textarea[name=reason]", "Month end")
    page.get_by_role("button", name="Stop all writing").click()
    page.wait_for_url("**/office/history/?kind=live")
    expect(page.get_by_text("All writing is stopped: Month end")).to_be_visible()
    page.goto(f"{live_server.url}/admin/mappings/recordlink/")
    expect(page.get_by_text("All writing is stopped: Month end")).to_be_visible()
    assert complaints == []


def test_what_is_filtered_is_what_is_in_the_file(
    world: World, chromium: Browser, live_server: Any, complaints: list[str]
) -> None:
    page = sign_in(chromium, live_server.url, complaints)
    page.goto(f"{live_server.url}/office/report/")
    name = RecordLink.objects.filter(state="in_sync").order_by("name")[0].name
    page.get_by_label("Record", exact=True).fill(name)
    page.get_by_role("button", name="Show", exact=True).click()
    with page.expect_download() as caught:
        page.get_by_role("link", name="CSV").click()
    text = Path(caught.value.path()).read_text()
    assert len(text.splitlines()) == 2
    assert name in text
    assert caught.value.suggested_filename.startswith("TEST-DATA-pushed-")
    assert complaints == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_pages_fit_and_raise_no_complaint(
    world: World,
    chromium: Browser,
    live_server: Any,
    complaints: list[str],
    scheme: str,
    width: int,
) -> None:
    page = sign_in(chromium, live_server.url, complaints, scheme, width)
    duplicate = RecordLink.objects.filter(state="undecided").order_by("pk")[0].pk
    changed = RecordLink.objects.filter(state="in_sync").order_by("pk")[0]
    changed.state, changed.details = "conflict", {"fields": {"notes": ["one", "two"]}}
    changed.save()
    addresses = {
        "start": "/admin/",
        "attention": "/office/attention/",
        "cause": "/office/attention/too_long/",
        "again": "/office/attention/too_long/again/?all=1",
        "duplicates": "/office/duplicates/",
        "duplicate": f"/office/duplicates/{duplicate}/",
        "decide": "/office/duplicates/decide/?all=1&choice=later",
        "both-sides": "/office/both-sides/",
        "difference": f"/office/both-sides/{changed.pk}/",
        "choose": "/office/both-sides/choose/?all=1&side=second",
        "history": "/office/history/",
        "report": "/office/report/",
        "stop": "/office/writing/stop/",
    }
    wide = []
    for name, address in addresses.items():
        answer = page.goto(live_server.url + address)
        assert answer is not None
        assert answer.status == 200, address
        page.wait_for_load_state("networkidle")
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wide.append(address)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}.png", full_page=True)
    assert wide == []
    assert complaints == []
