"""The pages of other packages in a real browser: they load, and the CSP lets them work."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django_q.models import Schedule
from playwright.sync_api import Page

from tests.screens.walker import Walker, chromium

__all__ = ["chromium"]

pytestmark = [pytest.mark.browser, pytest.mark.look, pytest.mark.django_db(transaction=True)]

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
    user = User.objects.create_superuser("root")
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


def test_pages_load_without_a_complaint_of_the_browser(live_server, addresses, chromium):
    walker = Walker(chromium, live_server.url, every_look=True)
    walker.sign_in(User.objects.get(username="root"))
    for number, address in enumerate(addresses):
        walker.look_at({f"package-{number}": address})
        assert_fields_can_be_seen(walker.page, address)
    walker.assert_content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_machine_says_whether_it_is_dark(live_server, addresses, chromium, scheme):
    walker = Walker(chromium, live_server.url, scheme=scheme)
    walker.sign_in(User.objects.get(username="root"))
    marks = walker.page.locator("html").get_attribute("class") or ""
    assert ("dark" in marks) is (scheme == "dark")
    assert_fields_can_be_seen(walker.page, "the first page")


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
