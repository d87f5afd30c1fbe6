"""Connecting in a real browser, against a served stand-in: out to it and back."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Browser, Page

from integrations.models import Connection, Consent, Integration
from tests.browser import browser
from tests.screens import rows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [("light", 1280), ("dark", 1280), ("light", 390)]


@pytest.fixture
def sandbox(settings: Any) -> Iterator[str]:
    """The address of a stand-in that is served by the command, with an empty company."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = ("--port", str(port), "--company", "empty", "--limits", "off")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sandbox", *flags],
        cwd=project.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("sandbox ready"), line
    settings.SANDBOX_URL = line.split()[-1]
    yield settings.SANDBOX_URL
    process.terminate()
    process.communicate(timeout=30)


def open_page(chromium: Browser, complaints: list[str], **look: Any) -> Page:
    page = chromium.new_context(**look).new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    return page


def sign_in(page: Page, base: str) -> None:
    page.goto(base + reverse("admin:login"))
    page.fill("#id_username", "root")
    page.fill("#id_password", "let-me-in")
    page.click("button[type=submit]")
    page.wait_for_url(base + reverse("admin:index"))


def connect(page: Page, base: str, label: str) -> None:
    page.goto(base + reverse("office:connections"))
    page.click(f"a.zs-button-main:has-text('Connect {label}')")
    page.select_option("#id_data_center", "sandbox")
    page.click("button:has-text('Continue')")
    page.click("#to-zoho")
    page.wait_for_selector("#id_organization")
    assert "code=" not in page.url
    assert page.is_disabled("#id_organization")
    page.click("button:has-text('Connect this organisation')")
    page.wait_for_load_state()


def test_two_apps_are_connected_and_joined(
    live_server: Any, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Playwright's own event loop runs in this thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    User.objects.create_superuser("root", "root@office.example", "let-me-in")
    complaints: list[str] = []
    with browser() as chromium:
        page = open_page(chromium, complaints)
        sign_in(page, live_server.url)
        connect(page, live_server.url, "Zoho Books")
        connect(page, live_server.url, "Zoho CRM")
        books, crm = Connection.objects.get(app="books"), Connection.objects.get(app="crm")
        assert page.url == live_server.url + reverse("office:join", args=[books.pk, crm.pk])
        assert page.locator(".zs-tick-good").count() == 8
        page.click("button:has-text('Join them')")
        page.wait_for_url("**/modules/**")

    assert complaints == []
    assert Integration.objects.get().name == "crm"


def test_an_invited_person_connects_without_a_login(
    live_server: Any, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    User.objects.create_superuser("root", "root@office.example", "let-me-in")
    complaints: list[str] = []
    with browser() as chromium:
        page = open_page(chromium, complaints)
        sign_in(page, live_server.url)
        page.goto(live_server.url + reverse("office:invite", args=["crm"]))
        page.select_option("#id_data_center", "sandbox")
        page.fill("#id_address", "boss@crm.example")
        page.click("button:has-text('Send the link')")
        page.wait_for_url(live_server.url + reverse("office:connections"))
        link = re.search(r"http\S+", str(mail.outbox[0].body))
        assert link is not None

        boss = open_page(chromium, complaints, viewport={"width": 390, "height": 800})
        boss.goto(link[0])
        assert not boss.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert boss.locator("nav, aside").count() == 0
        boss.click("button:has-text('I know them, go on')")
        boss.click("#to-zoho")
        boss.click("button:has-text('Connect this organisation')")
        boss.wait_for_selector("text=is connected")

    assert complaints == []
    assert Consent.objects.get().connection == Connection.objects.get(app="crm")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_pages_fit(
    live_server: Any, sandbox: str, scheme: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = rows.company(is_test=False)
    Connection.objects.filter(pk=made.crm.pk).update(
        status="reconnect", status_reason="The accounts server refused the stored consent."
    )
    User.objects.create_superuser("root", password="let-me-in")
    addresses = [
        reverse("office:connections"),
        reverse("office:connect", args=["books"]),
        reverse("office:connect-by-code", args=["crm"]),
        reverse("office:invite", args=["crm"]),
        reverse("office:connection", args=[made.books.pk]),
        reverse("office:connection", args=[made.crm.pk]),
        reverse("office:update-credentials", args=[made.crm.pk]),
        reverse("office:remove-connection", args=[made.crm.pk]),
        reverse("office:invited", args=["nonsense"]),
    ]
    complaints: list[str] = []
    with browser() as chromium:
        look = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
        page = open_page(chromium, complaints, **look)
        sign_in(page, live_server.url)
        wide = []
        for address in addresses:
            page.goto(live_server.url + address)
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wide.append(address)

    # The last one answers 410, which the browser notes.
    assert [line for line in complaints if "410" not in line] == []
    assert wide == []
