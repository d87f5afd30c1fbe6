"""What is not there, not allowed or broken is answered in the frame, plainly to strangers."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path, reverse

from zohosync import failures, logs

pytestmark = pytest.mark.django_db
SIDE_BAR = 'id="nav-sidebar"'


def fail(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


urlpatterns = [
    path("fails/", fail),
    path("refuses/", refuse),
    path("", include("zohosync.urls")),
]
handler403 = "zohosync.failures.not_allowed"
handler500 = "zohosync.failures.broken"


@pytest.fixture
def clerk() -> Client:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    return client


@pytest.fixture
def stranger() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


@pytest.fixture
def no_database() -> Iterator[None]:
    def refused(*args: Any) -> None:
        raise OperationalError("the database does not answer")

    with connection.execute_wrapper(refused):
        yield


def text_of(answer: Any) -> str:
    return answer.content.decode()


def test_an_unknown_address_is_answered_in_the_frame(clerk: Client, stranger: Client) -> None:
    answer = clerk.get("/office/nowhere/")
    assert answer.status_code == 404
    assert "There is no such page" in text_of(answer)
    assert SIDE_BAR in text_of(answer)

    answer = stranger.get("/office/nowhere/")
    assert answer.status_code == 404
    assert "There is no such page" in text_of(answer)
    assert SIDE_BAR not in text_of(answer)
    assert reverse("admin:login") in text_of(answer)


@override_settings(ROOT_URLCONF=__name__)
def test_what_is_not_allowed_says_whom_to_ask(clerk: Client, stranger: Client) -> None:
    answer = clerk.get("/refuses/")
    assert answer.status_code == 403
    assert "Ask whoever manages the users" in text_of(answer)
    assert SIDE_BAR in text_of(answer)
    assert SIDE_BAR not in text_of(stranger.get("/refuses/"))


def test_a_form_that_is_not_taken_says_that_nothing_was_changed(
    clerk: Client, stranger: Client
) -> None:
    for client, framed in ((clerk, True), (stranger, False)):
        answer = client.post(reverse("admin:login"), {"username": "kim", "password": "x"})
        assert answer.status_code == 403
        assert "nothing was changed" in text_of(answer)
        assert (SIDE_BAR in text_of(answer)) is framed


@override_settings(ROOT_URLCONF=__name__)
def test_an_error_gives_a_reference_that_stands_in_the_log(
    clerk: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "django.request"):
        answer = clerk.get("/fails/")
    assert answer.status_code == 500
    found = re.search(r"<strong>(\w{4}-\w{4})</strong>", text_of(answer))
    assert found is not None
    (line,) = caplog.records
    assert f"reference {found[1]}: /fails/" in logs.redact(line.getMessage())
    assert line.exc_info is not None
    assert line.exc_info[0] is ZeroDivisionError


@override_settings(ROOT_URLCONF=__name__)
def test_an_error_is_told_without_a_database(clerk: Client, no_database: None) -> None:
    # Neither the session nor the page that was asked for can be read.
    answer = clerk.get("/office/attention/")
    assert answer.status_code == 500
    assert "Something has gone wrong" in text_of(answer)


def test_a_request_that_cannot_be_understood_gets_a_page(stranger: Client) -> None:
    answer = stranger.get("/admin/login/", headers={"Host": "elsewhere.example.org"})
    assert answer.status_code == 400
    assert "This cannot be answered" in text_of(answer)


def test_two_errors_have_two_references() -> None:
    request = HttpRequest()
    first, second = failures.broken(request), failures.broken(request)
    assert first.reason_phrase != second.reason_phrase
