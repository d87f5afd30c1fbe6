"""A connected office that its apps tell of changes, and the queue, worked on in this process."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import orjson
from django.test import Client
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from integrations import jobs
from integrations.models import Channel, SyncRun, WebhookEvent
from integrations.sandbox import crm as crm_sandbox
from tests.conftest import Office

HERE = "http://office.test"


def told(office: Office) -> Channel:
    """The CRM channel of an office whose first sync is done; nothing is waiting anywhere."""
    office.sync()
    jobs.renew_watches()
    waiting(office)
    OrmQ.objects.all().delete()
    return channel()


def channel(app: str = "crm") -> Channel:
    return Channel.objects.select_related("connection").get(connection__app=app)


def waiting(office: Office) -> list[dict[str, Any]]:
    """What CRM would send now: `{"url", "body"}`, oldest first."""
    return crm_sandbox.take(office.world)


def post(url: str, body: bytes | dict[str, Any], **headers: str) -> int:
    """A call of this office as an app makes it; the status of the answer, which says nothing."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    there = urlsplit(url)
    address = f"{there.path}?{there.query}" if there.query else there.path
    answer = Client(enforce_csrf_checks=True).post(
        address, data, content_type="application/json", headers=headers
    )
    assert answer.content == b""
    assert not answer.cookies
    return answer.status_code


def deliver(office: Office) -> int:
    """Have CRM send what it has to say; how many calls that took."""
    calls = waiting(office)
    for call in calls:
        assert post(call["url"], call["body"]) == 200
    return len(calls)


def work(limit: int = 1000) -> int:
    """Do what is in the queue, one job after the other, as a single worker would."""
    done = 0
    while (row := OrmQ.objects.order_by("pk").first()) is not None:
        task = row.task
        row.delete()
        import_string(task["func"])(*task["args"], **task["kwargs"])
        done += 1
        assert done < limit, "the queue feeds itself"
    return done


def syncs() -> list[SyncRun]:
    """Those that followed notifications, oldest first."""
    return list(SyncRun.objects.filter(trigger="webhook").order_by("pk"))


def outcomes() -> list[str]:
    return list(WebhookEvent.objects.order_by("pk").values_list("outcome", flat=True))
