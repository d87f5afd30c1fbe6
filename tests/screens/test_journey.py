"""The whole way in a real browser, with a worker and a stand-in of their own: sign in, connect, set
up, preview, approve, watch, decide a duplicate, cure a record, export. By mouse and by keyboard."""

from __future__ import annotations

import csv
import re
import signal
import socket
from collections.abc import Callable, Iterator
from io import StringIO
from subprocess import Popen
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Locator

from integrations import access
from integrations.models import Integration
from mappings.models import RecordLink
from tests.engine.conftest import start_process
from tests.screens.people import person
from tests.screens.walker import Walker, chromium

__all__ = ["chromium", "start_process"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Start = Callable[..., "Popen[str]"]
# Processes need their while to start, and the worker its turn; nothing is expected sooner.
PATIENCE = 60.0


@pytest.fixture
def sandbox(start_process: Start, settings: Any) -> str:
    """The address of a served stand-in with a small company."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = ("--port", str(port), "--accounts", "200", "--limits", "off")
    process = start_process("manage.py", "sandbox", *flags)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("sandbox ready"), line
    settings.SANDBOX_URL = line.split()[-1]
    return str(settings.SANDBOX_URL)


@pytest.fixture
def worker(start_process: Start, sandbox: str) -> Iterator[None]:
    """The queue's own processes, ended in an orderly way: killed they would leave children."""
    access.ensure_groups()
    process = start_process("manage.py", "qcluster", SANDBOX_URL=sandbox, LOG_LEVEL="ERROR")
    yield
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)


class Journey:
    """The people of one installation, each with a window."""

    def __init__(self, chromium: Browser, base: str, keyboard: bool) -> None:
        self.chromium, self.base, self.keyboard = chromium, base, keyboard
        self.people: list[Walker] = []

    def walker(self, group: str) -> Walker:
        scheme = "dark" if self.keyboard else "light"
        walker = Walker(self.chromium, self.base, keyboard=self.keyboard, scheme=scheme)
        self.people.append(walker)
        return walker.sign_in(person(group))


def button(walker: Walker, words: str) -> Locator:
    return walker.page.locator("button", has_text=words).first


def connect(admin: Walker, label: str) -> None:
    admin.open("connections")
    admin.press(admin.page.locator("a.zs-button-main", has_text=f"Connect {label}"))
    admin.look(f"connect-{label[-5:].strip().lower()}")
    admin.choose(admin.page.locator("#id_data_center"), "Sandbox (test data)")
    admin.click("button", "Continue")
    admin.press(admin.page.locator("#to-zoho"))
    # Here the consent has been given, and the product has believed it.
    admin.page.wait_for_selector("#id_organization")
    admin.begin_counting()
    admin.look("organisation")
    admin.click("button", "Connect this organisation")
    admin.page.wait_for_load_state()


@pytest.mark.parametrize(
    "keyboard",
    [pytest.param(False, marks=pytest.mark.journey, id="mouse"), pytest.param(True, id="keyboard")],
)
def test_from_signing_in_to_the_file(
    chromium: Browser, live_server: Any, sandbox: str, worker: None, keyboard: bool
) -> None:
    journey = Journey(chromium, live_server.url, keyboard)
    admin = journey.walker(access.ADMIN)
    admin.look("start-empty")
    connect(admin, "Zoho Books")
    admin.look("connections-one")
    connect(admin, "Zoho CRM")

    admin.look("join")
    admin.click("button", "Join them")
    admin.page.wait_for_url("**/recommended/")
    admin.look("recommended")
    admin.click("button", "Preview")
    admin.page.wait_for_url("**/previews/**")
    # One screen is where the consent led to; counting began on it.
    assert admin.clicks <= 12
    assert admin.screens + 1 <= 5
    admin.sees("To be created", within=PATIENCE)
    admin.look("preview")
    admin.picture("preview")
    assert Integration.objects.get().name == "crm"

    approve(journey, admin)
    finance = journey.walker(access.FINANCE)
    finance.look("start")
    finance.picture("dashboard")
    decide_a_duplicate(finance)
    cure_a_record(finance, sandbox)
    export(finance)
    for walker in journey.people:
        walker.assert_content()


def approve(journey: Journey, admin: Walker) -> None:
    admin.click("button", "Request approval")
    admin.sees("asked for approval")
    approver = journey.walker(access.APPROVER)
    approver.page.goto(admin.page.url)
    approver.look("approval")
    approver.press(button(approver, "Approve: write"))
    approver.sees(re.compile("Finished, .* need"), within=PATIENCE)
    approver.look("sync")
    assert RecordLink.objects.filter(state="in_sync").count() > 30


def decide_a_duplicate(finance: Walker) -> None:
    free = next(
        link
        for link in RecordLink.objects.filter(state="undecided").order_by("pk")
        if not link.details["candidates"][0]["paired_with"]
    )
    finance.click("link", "Possible duplicates")
    finance.look("duplicates")
    finance.click("link", f"Compare {free.name}")
    finance.look("duplicate")
    finance.sees("Receivable")
    finance.picture("duplicate")
    finance.press(finance.page.locator("button[value=same]").first)
    finance.sees(f"{free.name}: the same record.")
    finance.click("link", "All possible duplicates")
    finance.click("button", "Write the decided ones now")
    finance.sees("Finished", within=PATIENCE)
    free.refresh_from_db()
    assert (free.state, bool(free.target_id)) == ("in_sync", True), free.reason


def cure_a_record(finance: Walker, sandbox: str) -> None:
    """Mended in CRM by whoever works there; here it is tried again, in three clicks at most."""
    bad = RecordLink.objects.filter(
        state="failing", cause="too_long", reason__icontains="phone"
    ).order_by("pk")[0]
    row = f"{sandbox}/_sandbox/records/crm/Accounts/{bad.source_id}"
    requests.patch(
        row, json={"Phone": "+47 22 33 44 50", "Fax": None}, timeout=10
    ).raise_for_status()
    finance.page.goto(f"{finance.base}/admin/")
    finance.begin_counting()
    finance.click("link", "A text is too long")
    finance.look("cause")
    finance.click("button", f"Try {bad.name} again")
    finance.page.wait_for_url("**/office/syncs/*/")
    assert finance.clicks <= 3
    finance.sees("Finished", within=PATIENCE)
    bad.refresh_from_db()
    assert bad.state == "in_sync", bad.reason


def export(finance: Walker) -> None:
    finance.click("link", "Integration report")
    finance.look("report")
    with finance.page.expect_download() as caught:
        finance.click("link", "CSV", leaves=False)
    assert caught.value.suggested_filename.startswith("TEST-DATA-pushed-")
    text = caught.value.path().read_text("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    in_sync = RecordLink.objects.filter(state="in_sync")
    assert {row["record"] for row in rows} >= set(in_sync.values_list("name", flat=True))
