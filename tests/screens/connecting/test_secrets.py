"""No secret reaches a page, a log line, a session or the history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from auditlog.models import LogEntry
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse

from integrations.models import Consent, Grant
from integrations.sandbox.world import World
from tests.screens.connecting.steps import (
    CLIENT,
    SECRET,
    connect,
    consent_at,
    way_out,
    went,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything_said(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """All that pages, log lines, sessions and the history held during a test."""
    pages: list[str] = []
    original = Client.request

    def listening(self: Client, **environment: Any) -> Any:
        answer = original(self, **environment)
        pages.append(f"{answer.headers} {answer.content.decode(errors='replace')}")
        return answer

    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.DEBUG):
        patch.setattr(Client, "request", listening)
        yield lambda: "\n".join(
            [
                *pages,
                *(record.getMessage() for record in caplog.records if record.name != "django.db"),
                *(str(session.get_decoded()) for session in Session.objects.all()),
                *(f"{entry.changes} {entry.object_repr}" for entry in LogEntry.objects.all()),
                *(f"{letter.subject} {letter.body}" for letter in mail.outbox),
                *(str(row) for row in Consent.objects.all()),
            ]
        )


def test_no_secret_in_pages_logs_sessions_or_history(
    everything_said: Callable[[], str], world: World, admin: Client
) -> None:
    secrets = {SECRET}
    connect(admin, "books")
    crm = connect(admin, "crm")
    secrets |= {token for g in Grant.objects.all() for token in (g.refresh_token, g.access_token)}
    admin.post(reverse("office:connect", args=["crm"]), {"client_secret": "canary-typed-1"})
    admin.post(
        reverse("office:connect-by-code", args=["crm"]),
        {**CLIENT, "client_secret": "canary-typed-2", "code": "1000.canarycode.99887766"},
    )
    admin.post(
        reverse("office:invite", args=["crm"]),
        {**CLIENT, "client_secret": "canary-typed-3", "address": "boss@crm.example"},
    )
    admin.post(reverse("office:invite", args=["crm"]), {"client_secret": "canary-typed-4"})
    leave = went(admin.post(reverse("office:update-credentials", args=[crm.pk]), CLIENT))
    back = consent_at(way_out(admin, leave))
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    admin.get(back)
    secrets |= {token for g in Grant.objects.all() for token in (g.refresh_token, g.access_token)}
    for name, arguments in [
        ("connections", []),
        ("connection", [crm.pk]),
        ("update-credentials", [crm.pk]),
        ("remove-connection", [crm.pk]),
    ]:
        admin.get(reverse(f"office:{name}", args=arguments))

    text = everything_said()

    assert len(secrets) >= 5
    for secret in {*secrets, code, "canary-typed", "canarycode"}:
        assert secret not in text, secret
