"""The one address strangers may post to: what it takes, what it refuses, what it tells."""

from __future__ import annotations

import uuid

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from integrations import webhooks
from integrations.models import Channel, Connection, WebhookEvent
from tests.notifications.telling import post
from tests.screens import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    made = rows.company()
    return Channel.objects.create(
        connection=made.crm,
        secret="proof-of-crm",
        remote={"channel_id": "42"},
        status=Channel.Status.ACTIVE,
        told_since=timezone.now(),
    )


def body(**changed: object) -> dict[str, object]:
    return {
        "module": "Accounts",
        "ids": ["5500000000001"],
        "operation": "update",
        "channel_id": "42",
        "token": "proof-of-crm",
        **changed,
    }


def hook(channel: Channel) -> str:
    return f"/hooks/{channel.address}/"


def test_a_genuine_one_is_kept_encrypted_and_queued(channel: Channel) -> None:
    assert post(hook(channel), body()) == 200

    event = WebhookEvent.objects.get()
    assert orjson.loads(event.body) == body()
    assert event.status == "received"
    assert OrmQ.objects.get().task["args"] == (event.pk,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM integrations_webhookevent")
        (stored,) = cursor.fetchone()
    assert "proof-of-crm" not in stored
    assert "Accounts" not in stored


FORGED = [
    {"token": "wrong"},
    {"token": ""},
    {"token": None},
    {"token": ["proof-of-crm"]},
    {"channel_id": "43"},
    {"channel_id": None},
]


@pytest.mark.parametrize("changed", FORGED, ids=str)
def test_a_forged_one_is_answered_alike_and_leaves_nothing(
    changed: dict[str, object], channel: Channel
) -> None:
    assert post(hook(channel), body(**changed)) == post(hook(channel), body())

    assert WebhookEvent.objects.count() == 1
    assert OrmQ.objects.count() == 1
    channel.refresh_from_db()
    assert channel.refused_at is not None


def test_a_flood_of_forged_ones_is_written_down_once_a_minute(channel: Channel) -> None:
    for number in range(5):
        post(hook(channel), body(token=f"wrong {number}"))
    channel.refresh_from_db()
    first = channel.refused_at
    post(hook(channel), body(token="wrong again"))
    channel.refresh_from_db()
    assert channel.refused_at == first


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"1"])
def test_nonsense_is_answered_alike(data: bytes, channel: Channel) -> None:
    assert post(hook(channel), data) == 200
    assert WebhookEvent.objects.count() == 0


def test_an_unknown_address_is_answered_alike_and_costs_one_look(
    channel: Channel, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert post(f"/hooks/{uuid.uuid4()}/", body()) == 200
    assert WebhookEvent.objects.count() == 0


def test_a_stopped_channel_takes_nothing(channel: Channel) -> None:
    Channel.objects.update(status=Channel.Status.STOPPED)
    assert post(hook(channel), body()) == 200
    assert WebhookEvent.objects.count() == 0


def test_a_proof_that_cannot_be_read_any_more_proves_nothing(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(refused_at=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE integrations_channel SET secret = 'gAAAAnonsense'")
    assert post(hook(channel), body()) == 200
    assert WebhookEvent.objects.count() == 0


def test_too_large_a_body_is_not_read(channel: Channel) -> None:
    large = orjson.dumps(body(padding="x" * webhooks.LONGEST))
    assert post(hook(channel), large) == 413
    just = orjson.dumps(body(padding=""))
    room = webhooks.LONGEST - len(just)
    assert post(hook(channel), orjson.dumps(body(padding="x" * room))) == 200
    assert WebhookEvent.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_only_post_is_answered(method: str, channel: Channel) -> None:
    answer = getattr(Client(), method)(hook(channel))
    assert answer.status_code == 405


def test_taking_one_in_costs_a_fixed_number_of_statements(
    channel: Channel, django_assert_max_num_queries: object
) -> None:
    # Channel, savepoint, event, savepoint, whether others wait, job.
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        post(hook(channel), body())


def test_the_proof_of_one_channel_opens_no_other(channel: Channel) -> None:
    books = Connection.objects.get(app="books")
    other = Channel.objects.create(connection=books, secret="proof-of-books", status="active")
    post(hook(other), body())
    post(hook(other), body(token="proof-of-books"))
    assert WebhookEvent.objects.count() == 0


def test_no_line_of_the_log_says_what_came(
    channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    post(hook(channel), body())
    post(hook(channel), body(token="another-proof"))
    assert "proof" not in caplog.text
    assert "5500000000001" not in caplog.text
