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
from playwright.sync_api import Browser

from integrations.models import Connection, Consent, Integration
from tests.screens import rows
from tests.screens.walker import Walker, chromium

__all__ = ["chromium"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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


def root() -> User:
    return User.objects.create_superuser("root", "root@office.example")


def connect(walker: Walker, label: str) -> None:
    page = walker.page
    walker.open("connections")
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
    live_server: Any, sandbox: str, chromium: Browser
) -> None:
    walker = Walker(chromium, live_server.url).sign_in(root())
    connect(walker, "Zoho Books")
    connect(walker, "Zoho CRM")
    books, crm = Connection.objects.get(app="books"), Connection.objects.get(app="crm")
    page = walker.page
    assert page.url == live_server.url + reverse("office:join", args=[books.pk, crm.pk])
    assert page.locator(".zs-tick-good").count() == 9
    page.click("button:has-text('Join them')")
    page.wait_for_url("**/modules/**")
    walker.assert_content()
    assert Integration.objects.get().name == "crm"


def test_an_invited_person_connects_without_a_login(
    live_server: Any, sandbox: str, chromium: Browser
) -> None:
    walker = Walker(chromium, live_server.url).sign_in(root())
    walker.open("invite", "crm")
    page = walker.page
    page.select_option("#id_data_center", "sandbox")
    page.fill("#id_address", "boss@crm.example")
    page.click("button:has-text('Send the link')")
    page.wait_for_url(live_server.url + reverse("office:connections"))
    link = re.search(r"http\S+", str(mail.outbox[0].body))
    assert link is not None

    boss = Walker(chromium, live_server.url, width=390)
    boss.page.goto(link[0])
    boss.look("invited")
    assert boss.page.locator("nav, aside").count() == 0
    boss.page.click("button:has-text('I know them, go on')")
    boss.page.click("#to-zoho")
    boss.page.click("button:has-text('Connect this organisation')")
    boss.page.wait_for_selector("text=is connected")
    walker.assert_content()
    boss.assert_content()
    assert Consent.objects.get().connection == Connection.objects.get(app="crm")


@pytest.mark.look
def test_the_pages_fit(live_server: Any, sandbox: str, chromium: Browser) -> None:
    made = rows.company(is_test=False)
    Connection.objects.filter(pk=made.crm.pk).update(
        status="reconnect",
        status_reason="The sign-in is not accepted any more: the consent was taken back.",
    )
    addresses = [
        reverse("office:connections"),
        reverse("office:connect", args=["books"]),
        reverse("office:connect-by-code", args=["crm"]),
        reverse("office:invite", args=["crm"]),
        reverse("office:connection", args=[made.books.pk]),
        reverse("office:connection", args=[made.crm.pk]),
        reverse("office:update-credentials", args=[made.crm.pk]),
        reverse("office:remove-connection", args=[made.crm.pk]),
    ]
    walker = Walker(chromium, live_server.url, every_look=True).sign_in(root())
    walker.look_at({f"connecting-{n}": address for n, address in enumerate(addresses)})
    walker.look_at({"invited-late": reverse("office:invited", args=["nonsense"])}, status=410)
    # The browser notes the 410 of the last one.
    walker.complaints = [line for line in walker.complaints if "410" not in line]
    walker.assert_content()
