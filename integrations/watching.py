"""Keeping the channels by which apps tell of changes: made, renewed before they lapse, stopped."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from integrations import registry
from integrations.connector import Connector
from integrations.errors import SyncError
from integrations.legs import reading
from integrations.models import Channel, Connection, Decision, Integration
from integrations.watch import Asked, Notifications

log = logging.getLogger(__name__)

PATH = "/hooks/{address}/"
# Of its life, so much has to be left; beyond that it is renewed.
HALF = 2
# What was refused is asked for again after this; a channel must not cost the day's requests.
ASKED_AGAIN_AFTER = dt.timedelta(minutes=30)
# Longer than making a channel takes, so that two workers do not make it twice.
BUSY = dt.timedelta(minutes=10)
BUSY_NOW = "It is being asked at this moment. Try again in a minute."
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

Status = Channel.Status


def base_url(connection: Connection) -> str:
    """Where the apps reach this office; '' where they cannot.

    A sandbox on this machine reaches it at its local address, without any setting. A real
    organisation calls over HTTPS or not at all: what it sends are names and addresses.
    """
    url = settings.PUBLIC_URL.rstrip("/")
    if not connection.is_test:
        return url if url.startswith("https://") else ""
    local = urlsplit(connection.base_url).hostname in LOOPBACK
    return url or (settings.LOCAL_URL if local else "")


def no_address(connection: Connection) -> str:
    """Why the apps cannot reach this office, for the person who could change that."""
    if settings.PUBLIC_URL and not connection.is_test:
        return "PUBLIC_URL has to begin with https:// for a real organisation to call it."
    return (
        "Nobody has said at which address the apps can reach this office. Whoever runs this "
        "installation sets PUBLIC_URL, such as https://sync.example.org."
    )


def wanted(connection: Connection) -> list[str]:
    """The entities whose changes some module reads, and the app tells of, in a fixed order."""
    kind = registry.connector_class(connection.app)
    form = kind.notifications
    if form is None:
        return []
    entities = {entity for *_, entity in reading(connection)}
    return sorted(name for name in entities if form.tells_of(kind.entities[name]))


def can_tell(connection: Connection) -> bool:
    """Whether the app is one that tells of changes at all."""
    return registry.connector_class(connection.app).notifications is not None


def channel_of(connection: Connection) -> Channel:
    """The channel of a connection, made at first need and not yet asked for."""
    channel, _ = Channel.objects.defer("secret").get_or_create(
        connection=connection, defaults={"secret": _new_secret()}
    )
    return channel


def _new_secret() -> str:
    """Letters and digits, at most 50: what every app takes."""
    return secrets.token_hex(24)


def _secret_of(channel: Channel) -> str:
    """The channel's secret; a new one where no listed key opens it: it is ours to choose."""
    try:
        return Channel.objects.values_list("secret", flat=True).get(pk=channel.pk)
    except InvalidToken:
        secret = _new_secret()
        Channel.objects.filter(pk=channel.pk).update(secret=secret)
        return secret


def review_all() -> int:
    """Bring every channel to what it should be; how many apps were spoken to."""
    return sum(review(connection) for connection in Connection.objects.select_related("grant"))


def behind(integration: Integration) -> bool:
    """Whether an app is yet to be asked to tell of what the integration's modules read by now."""
    for connection in (integration.ledger, integration.other):
        if not can_tell(connection) or not base_url(connection):
            continue
        channel = Channel.objects.defer("secret").filter(connection=connection).first()
        stopped = channel is not None and channel.status == Status.STOPPED
        there = [] if channel is None else channel.entities
        if not stopped and not set(wanted(connection)) <= set(there):
            return True
    return False


def review(connection: Connection) -> bool:
    """Make, renew or stop the channel of one organisation where it is time; whether it was.

    Asks the app only when something has changed, or when half of the channel's life has passed.
    """
    if not can_tell(connection) or connection.status == Connection.Status.RECONNECT:
        return False
    channel = Channel.objects.defer("secret").filter(connection=connection).first()
    entities = wanted(connection)
    if channel is not None and (channel.status == Status.STOPPED or not entities):
        status = Status.STOPPED if channel.status == Status.STOPPED else Status.UNNEEDED
        return bool(channel.remote) and not _just_refused(channel) and _stop(channel, status)
    if not entities or not base_url(connection):
        return False
    channel = channel or channel_of(connection)
    return _is_due(channel, entities) and renew(channel, entities)


def _just_refused(channel: Channel) -> bool:
    asked = channel.asked_at
    recently = asked is not None and timezone.now() < asked + ASKED_AGAIN_AFTER
    return bool(channel.reason) and recently


def _is_due(channel: Channel, entities: list[str]) -> bool:
    if _just_refused(channel):
        return False
    if channel.reason or channel.status != Status.ACTIVE or channel.asked_at is None:
        return True
    if channel.entities != entities or channel.base_url != base_url(channel.connection):
        return True
    if channel.expires_at is None:
        return False
    return timezone.now() >= channel.asked_at + (channel.expires_at - channel.asked_at) / HALF


def renew(channel: Channel, entities: list[str] | None = None) -> bool:
    """Ask the app to tell of these entities from now on; what it refuses stands on the channel.

    False where another worker is asking at this moment.
    """
    if not _claim(channel):
        return False
    connection = channel.connection
    entities = wanted(connection) if entities is None else entities
    base = base_url(connection)
    now = timezone.now()
    address = base + PATH.format(address=channel.address)
    asked = Asked(tuple(entities), address, _secret_of(channel), channel.remote)
    try:
        with _opened(connection) as connector:
            watch = _form(connector).watch(connector, asked)
    except SyncError as error:
        log.warning("channel %s not renewed: %s", channel.pk, type(error).__name__)
        # One that was asked for before goes on until it lapses.
        status = channel.status if channel.tells else Status.REFUSED
        _keep(channel, status=status, asked_at=now, reason=f"{error.message} {error.hint}".strip())
        return True
    went_on = channel.tells and set(entities) <= set(channel.entities)
    _keep(
        channel,
        status=Status.ACTIVE,
        reason="",
        remote=dict(watch.remote),
        entities=entities,
        base_url=base,
        asked_at=now,
        expires_at=watch.expires,
        told_since=channel.told_since if went_on else now,
        silent_for=channel.silent_for if went_on else 0,
    )
    return True


def start_by_hand(user: Any, connection: Connection) -> Channel:
    """Ask for notifications now, also where they were stopped by hand.

    Raises ValueError, with what to do, where there is nothing to ask for or no way to be reached.
    """
    if not base_url(connection):
        raise ValueError(no_address(connection))
    if not wanted(connection):
        raise ValueError("No module reads from it yet; start the first sync of one.")
    channel = channel_of(connection)
    if channel.status == Status.STOPPED:
        Channel.objects.filter(pk=channel.pk).update(status=Status.NEVER)
        channel.status = Status.NEVER
        _decide(user, channel, "started")
    if not renew(channel):
        raise ValueError(BUSY_NOW)
    channel.refresh_from_db(fields=["status", "reason"])
    return channel


def stop_by_hand(user: Any, connection: Connection) -> Channel:
    """Have the app stop; it is not asked again before somebody starts it. Raises ValueError."""
    channel = channel_of(connection)
    if not _stop(channel, Status.STOPPED):
        raise ValueError(BUSY_NOW)
    _decide(user, channel, "stopped")
    channel.refresh_from_db(fields=["status", "reason"])
    return channel


def forget(connection: Connection) -> None:
    """Have the app stop because the connection goes. A refusal does not keep the connection."""
    channel = Channel.objects.defer("secret").filter(connection=connection).first()
    if channel is not None and connection.status != Connection.Status.RECONNECT:
        _stop(channel, Status.UNNEEDED)


def _decide(user: Any, channel: Channel, what: str) -> None:
    connection = channel.connection
    Decision.objects.create(
        kind=Decision.Kind.SET_UP,
        by=user,
        name=connection.name,
        reason=f"Notifications {what} by hand.",
        details={"connection": connection.pk, "notifications": what},
    )


def _stop(channel: Channel, status: str) -> bool:
    """Tell the app, and listen no more either way: calls to a stopped channel are not taken.

    False where another worker is asking at this moment.
    """
    if not _claim(channel):
        return False
    reason = ""
    if channel.remote:
        try:
            with _opened(channel.connection) as connector:
                _form(connector).unwatch(connector, channel.remote)
        except SyncError as error:
            log.warning("channel %s not stopped: %s", channel.pk, type(error).__name__)
            reason = f"The app could not be told to stop: {error.message}"
    # Its own ids are kept where it could not be told, for the next time.
    remote = channel.remote if reason else {}
    _keep(
        channel,
        status=status,
        reason=reason,
        remote=remote,
        asked_at=timezone.now(),
        expires_at=None,
        told_since=None,
    )
    return True


def _claim(channel: Channel) -> bool:
    now = timezone.now()
    free = Q(busy_until=None) | Q(busy_until__lt=now)
    return bool(Channel.objects.filter(free, pk=channel.pk).update(busy_until=now + BUSY))


def _keep(channel: Channel, **changes: Any) -> None:
    Channel.objects.filter(pk=channel.pk).update(busy_until=None, **changes)


def _opened(connection: Connection) -> closing[Connector]:
    return closing(registry.connector_for(connection))


def _form(connector: Connector) -> Notifications:
    """The app's form of notifications; only apps that have one get a channel."""
    assert connector.notifications is not None
    return connector.notifications
