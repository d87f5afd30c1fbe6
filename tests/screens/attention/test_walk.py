"""Every morning in a real browser: stopping all writing, files, and all pages in three looks."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, expect

from integrations import access
from integrations.sandbox.world import World
from mappings.models import RecordLink
from tests.conftest import connect
from tests.screens.people import person
from tests.screens.walker import Walker, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

__all__ = ["chromium"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A company after its first sync; no worker runs but when told."""
    # Playwright's own event loop runs in this thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = World.build(company="demo", accounts=200, limits="off")
    connect(made, monkeypatch)
    call_command("sync", "crm.customers", verbosity=0)
    return made


def sign_in(chromium: Browser, base: str, **looks: Any) -> Walker:
    return Walker(chromium, base, **looks).sign_in(person(access.FINANCE))


def test_writing_is_stopped_from_any_page_and_told_on_all(
    world: World, chromium: Browser, live_server: Any
) -> None:
    walker = sign_in(chromium, live_server.url)
    page = walker.page
    page.goto(f"{live_server.url}/office/history/?kind=live")
    page.get_by_role("link", name="Stop all writing").click()
    page.fill("textarea[name=reason]", "Month end")
    page.get_by_role("button", name="Stop all writing").click()
    page.wait_for_url("**/office/history/?kind=live")
    expect(page.get_by_text("All writing is stopped: Month end")).to_be_visible()
    page.goto(f"{live_server.url}/admin/mappings/recordlink/")
    expect(page.get_by_text("All writing is stopped: Month end")).to_be_visible()
    walker.assert_content()


def test_what_is_filtered_is_what_is_in_the_file(
    world: World, chromium: Browser, live_server: Any
) -> None:
    walker = sign_in(chromium, live_server.url)
    page = walker.page
    page.goto(f"{live_server.url}/office/report/")
    name = RecordLink.objects.filter(state="in_sync").order_by("name")[0].name
    page.get_by_label("Record", exact=True).fill(name)
    page.get_by_role("button", name="Show", exact=True).click()
    with page.expect_download() as caught:
        page.get_by_role("link", name="CSV").click()
    with Path(caught.value.path()).open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["record"] == name
    assert caught.value.suggested_filename.startswith("TEST-DATA-pushed-")
    walker.assert_content()


@pytest.mark.look
def test_pages_fit_and_raise_no_complaint(
    world: World, chromium: Browser, live_server: Any
) -> None:
    walker = sign_in(chromium, live_server.url, every_look=True)
    duplicate = RecordLink.objects.filter(state="undecided").order_by("pk")[0].pk
    changed = RecordLink.objects.filter(state="in_sync").order_by("pk")[0]
    changed.state, changed.details = "conflict", {"fields": {"notes": ["one", "two"]}}
    changed.save()
    asked = RecordLink.objects.filter(state="in_sync").order_by("pk")[1]
    asked.state, asked.cause = "failing", "second_look"
    asked.details = {
        "fields": {"email": ["new@x.example", "old@x.example"], "phone": ["2", "1"]},
        "asked": {
            "by": person(access.ADMIN).pk,
            "at": timezone.now().isoformat(),
            "fields": ["email"],
        },
    }
    asked.save()
    moved, taken_over = RecordLink.objects.filter(state="in_sync").order_by("pk")[2:4]
    moved.state, moved.cause = "failing", "moved"
    moved.reason = (
        "The contact belongs to no account. It is in Zoho Books already, as a contact person of "
        "Acme Ltd, and would become an individual customer there now."
    )
    moved.save()
    taken_over.state, taken_over.cause = "failing", "taken_over"
    taken_over.reason = "Zoho's own integration paired them, and they differ in Display name."
    taken_over.details = {"fields": {"contact_name": ["Fjord AS", "Fjord (old name)"]}}
    taken_over.save()
    # Both in one: the page of who may decide, and of who may approve.
    person(access.FINANCE).groups.add(Group.objects.get(name=access.APPROVER))
    addresses = {
        "start": "/admin/",
        "attention": "/office/attention/",
        "cause": "/office/attention/too_long/",
        "again": "/office/attention/too_long/again/?all=1",
        "duplicates": "/office/duplicates/",
        "duplicate": f"/office/duplicates/{duplicate}/",
        "decided-meanwhile": f"/office/duplicates/{changed.pk}/",
        "decide": "/office/duplicates/decide/?all=1&choice=later",
        "both-sides": "/office/both-sides/",
        "difference": f"/office/both-sides/{changed.pk}/",
        "second-look": f"/office/both-sides/{asked.pk}/",
        "taken-over": f"/office/both-sides/{taken_over.pk}/",
        "elsewhere": "/office/elsewhere/",
        "carry-over": "/office/elsewhere/decide/?all=1&choice=carry",
        "choose": "/office/both-sides/choose/?all=1&side=second",
        "history": "/office/history/",
        "report": "/office/report/",
        "stop": "/office/writing/stop/",
    }
    walker.look_at(addresses)
    walker.assert_content()
