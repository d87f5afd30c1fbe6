"""The lists and pages in a real browser: light, dark and narrow."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import ConsoleMessage

from tests.browser import browser
from tests.screens import rows
from tests.screens.test_urls import lists, root_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def errors_of(line: ConsoleMessage) -> list[str]:
    return [line.text] if line.type == "error" else []


LOOKS = [("light", 1440), ("dark", 1440), ("light", 390)]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_lists_and_pages_fit_and_raise_no_complaint(live_server, scheme, width, monkeypatch):
    # Playwright's own event loop runs in this thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    rows.everything()
    User.objects.create_superuser("root", password="let-me-in")
    addresses = []
    for model in lists():
        base = f"/{root_of(model)}"
        addresses += [base, f"{base}export/", f"{base}{rows.first(model).pk}/change/"]
    complaints: list[str] = []
    with browser() as chromium:
        context = chromium.new_context(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 900},
        )
        page = context.new_page()
        page.on("console", lambda line: complaints.extend(errors_of(line)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + reverse("admin:login"))
        page.fill("#id_username", "root")
        page.fill("#id_password", "let-me-in")
        page.click("button[type=submit]")
        page.wait_for_url(live_server.url + reverse("admin:index"))
        wide = []
        for address in addresses:
            answer = page.goto(live_server.url + address)
            assert answer is not None
            assert answer.status == 200, address
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wide.append(address)

    assert complaints == []
    assert wide == []
