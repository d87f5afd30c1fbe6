"""What apps call: store, verify, have a worker look at it. Nothing else happens here."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from integrations import jobs, registry
from integrations.models import Channel, WebhookEvent
from integrations.watch import Call

log = logging.getLogger(__name__)

# The largest a notification may be, in bytes; a document with 200 lines has about half of it.
LONGEST = 256 * 1024
# That somebody calls with a wrong proof is written down at most this often.
REFUSED_NOTED_EVERY = dt.timedelta(minutes=1)


def receive(address: UUID, call: Call) -> WebhookEvent | None:
    """Keep a genuine notification and queue its handling; None where it is not genuine.

    The proof is checked before anything is stored, so that strangers cannot fill the database.
    A notification that came before is only counted. Whoever calls learns none of this.
    """
    channel = _channel(address)
    if channel is None or channel.status == Channel.Status.STOPPED:
        return None
    form = registry.connector_class(channel.connection.app).notifications
    if form is None or not form.verify(call, channel.secret, channel.remote):
        _note_refused(channel)
        return None
    query = dict(sorted(call.query.items()))
    digest = hashlib.sha256(repr(query).encode() + call.body).hexdigest()
    try:
        with transaction.atomic():
            event = WebhookEvent.objects.create(
                channel=channel,
                digest=digest,
                body=call.body.decode("utf-8", "replace"),
                query=query,
            )
    except IntegrityError:
        known = WebhookEvent.objects.filter(channel=channel, digest=digest)
        known.update(repeats=F("repeats") + 1)
        return known.defer("body").first()
    if not _others_wait(event):
        jobs.heard(event)
    return event


def _others_wait(event: WebhookEvent) -> bool:
    """Whether a worker is about to look at the channel for an earlier one, and takes this along."""
    waiting = WebhookEvent.objects.filter(
        channel=event.channel_id, status=WebhookEvent.Status.RECEIVED, pk__lt=event.pk
    )
    return waiting.filter(received_at__gt=event.received_at - jobs.UNHEARD_AFTER).exists()


def _channel(address: UUID) -> Channel | None:
    try:
        return Channel.objects.select_related("connection").filter(address=address).first()
    except InvalidToken:
        # Its secret was encrypted with a key that is not listed any more: nothing can be proved.
        log.error("a notification cannot be verified: FIELD_ENCRYPTION_KEYS lacks the key")
        return None


def _note_refused(channel: Channel) -> None:
    now = timezone.now()
    long_ago = Q(refused_at=None) | Q(refused_at__lt=now - REFUSED_NOTED_EVERY)
    Channel.objects.filter(long_ago, pk=channel.pk).update(refused_at=now)
