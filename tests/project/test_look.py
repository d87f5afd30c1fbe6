"""The pages of other packages in a real browser: they load, and the CSP lets them work."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django_q.models import Schedule
from playwright.sync_api import ConsoleMessage, Page

from tests.browser import browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LISTS = (
    "auth_user",
    "auth_group",
    "django_q_schedule",
    "django_q_success",
    "django_q_failure",
    "django_q_ormq",
    "axes_accessattempt",
    "axes_accesslog",
    "auditlog_logentry",
)


@pytest.fixture
def addresses():
    group = Group.objects.create(name="Readers")
    user = User.objects.create_superuser("root", password="let-me-in")
    schedule = Schedule.objects.create(name="due", func="math.sqrt", args="4")
    return [
        reverse("admin:index"),
        *(reverse(f"admin:{name}_changelist") for name in LISTS),
        reverse("admin:auth_user_add"),
        reverse("admin:auth_user_change", args=[user.pk]),
        reverse("admin:auth_user_password_change", args=[user.pk]),
        reverse("admin:auth_group_change", args=[group.pk]),
        reverse("admin:django_q_schedule_change", args=[schedule.pk]),
        reverse("admin:password_change"),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_load_without_a_complaint_of_the_browser(live_server, addresses, scheme, monkeypatch):
    # Playwright's own event loop runs in this thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    complaints: list[str] = []
    hosts: set[str] = set()
    with browser() as chromium:
        page = chromium.new_context(color_scheme=scheme).new_page()
        page.on("console", lambda line: complaints.extend(errors_of(line)))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.goto(live_server.url + reverse("admin:login"))
        page.fill("#id_username", "root")
        page.fill("#id_password", "let-me-in")
        page.click("button[type=submit]")
        page.wait_for_url(live_server.url + reverse("admin:index"))
        for address in addresses:
            answer = page.goto(live_server.url + address)
            assert answer is not None
            assert answer.status == 200, address
            dark = page.locator("html").get_attribute("class") or ""
            assert ("dark" in dark) is (scheme == "dark"), address
            assert_fields_can_be_seen(page, address)

    assert complaints == []
    assert hosts == {live_server.url.split("/")[2]}


def errors_of(line: ConsoleMessage) -> list[str]:
    return [f"{line.location}: {line.text}"] if line.type == "error" else []


def assert_fields_can_be_seen(page: Page, address: str) -> None:
    """Every field of a form has a border, which those of a page without the look lack."""
    bare = page.evaluate(
        """() => [...document.querySelectorAll(
            '#content form input[type=text], #content form input[type=password], #content textarea'
        )].filter(field => field.offsetParent !== null && !field.closest('.selector')
            && getComputedStyle(field).borderTopWidth === '0px'
            && getComputedStyle(field.parentElement).borderTopWidth === '0px'
        ).map(field => field.name)"""
    )
    assert bare == [], address
