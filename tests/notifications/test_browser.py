"""The parts of pages that speak of notifications fit their windows, with long names and figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser

from integrations.models import Channel, Connection, NotificationCount
from tests.screens import rows
from tests.screens.connecting.test_browser import root
from tests.screens.walker import Walker, chromium

__all__ = ["chromium"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.look,
    pytest.mark.django_db(transaction=True),
]


def test_the_pages_fit(live_server: Any, chromium: Browser) -> None:
    made = rows.everything()
    Connection.objects.filter(pk=made.crm.pk).update(
        name="Gesellschaft für Bürobedarf und Gebäudereinigung an der Unterweser mbH & Co. KG"
    )
    channel = Channel.objects.get()
    Channel.objects.filter(pk=channel.pk).update(
        silent_for=12_345, refused_at=timezone.now(), told_since=timezone.now()
    )
    NotificationCount.objects.create(
        channel=channel, entity="Accounts", day=timezone.localdate(), told=123_456, missed=12_345
    )
    Channel.objects.create(
        connection=made.books,
        secret="x" * 48,
        status=Channel.Status.REFUSED,
        reason="Workflow rules are not part of the plan of this organisation. " * 3,
        asked_at=timezone.now() - dt.timedelta(days=2),
    )
    event = channel.events.all()[0]
    addresses = [
        reverse("office:connection", args=[made.crm.pk]),
        reverse("office:connection", args=[made.books.pk]),
        reverse("office:attention"),
        reverse("reports:dashboard"),
        reverse("admin:integrations_webhookevent_changelist"),
        reverse("admin:integrations_webhookevent_change", args=[event.pk]),
    ]
    walker = Walker(chromium, live_server.url, every_look=True).sign_in(root())
    walker.look_at({f"notifications-{n}": address for n, address in enumerate(addresses)})
    walker.page.goto(live_server.url + addresses[0])
    walker.click("button", "Stop being told")
    walker.page.wait_for_selector("text=Stopped by hand")
    walker.assert_content()
