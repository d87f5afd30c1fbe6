"""From notifications that came in to the syncs that read what they name.

A notification is a hint and nothing more: what the records look like, whether they are there at
all and in the module's view, is asked of the app by the sync. So repeats and any order do no harm.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations import registry
from integrations.following import being_written, limited, news_for, readers, why_left
from integrations.models import Channel, NotifiedRecord, SyncRun, WebhookEvent
from integrations.watch import Call, Named

log = logging.getLogger(__name__)

# Of the notifications that wait, so many are looked at together: a burst becomes few syncs.
TOGETHER = 1_000

# Ids become parts of addresses, so nothing else may pass for one.
AN_ID = re.compile(r"[A-Za-z0-9_]{1,60}")

OUR_OWN = "They are as the last sync left them."

Heard = list[tuple[WebhookEvent, Sequence[Named]]]
Status = WebhookEvent.Status


def hear(event_id: int) -> list[SyncRun]:
    """Everything that waits in the notification's channel becomes limited syncs, to be woken.

    Harmless to call twice or from two workers: the channel's row is locked, and what is handled
    is marked in the same transaction that makes the syncs.
    """
    with transaction.atomic():
        channel = _locked(Channel.objects.filter(events=event_id))
        if channel is None or being_written(channel.connection):
            return []
        events = list(_waiting(channel).order_by("pk").defer("body")[:TOGETHER])
        if not events:
            return []
        named = _understood(channel, events)
        _write_down(named)
        runs = _syncs(channel, named)
        _close(channel, events)
    return runs


def next_waiting(event_id: int) -> WebhookEvent | None:
    """A notification of the same channel that waits still; None while they are put off."""
    channel = Channel.objects.filter(events=event_id).defer("secret").first()
    if channel is None or being_written(channel.connection):
        return None
    return _waiting(channel).order_by("pk").defer("body").first()


def again(event: WebhookEvent) -> list[SyncRun]:
    """Have the records that a handled notification named read once more."""
    with transaction.atomic():
        channel = _locked(Channel.objects.filter(pk=event.channel_id))
        assert channel is not None
        records = event.records.values_list("entity", "record_id", "what")
        runs = _syncs(channel, [(event, [Named(*row) for row in records])])
        event.handled_at = timezone.now()
        event.save(update_fields=["outcome", "runs", "handled_at"])
    return runs


def _locked(rows: QuerySet[Channel]) -> Channel | None:
    # Without its key, or notifications that come in meanwhile would have to wait.
    locked = rows.select_for_update(of=("self",), no_key=True)
    return locked.select_related("connection").defer("secret").first()


def _waiting(channel: Channel) -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.filter(channel=channel, status=Status.RECEIVED)


def _understood(channel: Channel, events: Sequence[WebhookEvent]) -> Heard:
    """What the notifications name; one that cannot be read or understood keeps no other back."""
    kind = registry.connector_class(channel.connection.app)
    assert kind.notifications is not None  # it has a channel
    heard: Heard = []
    for event, body in zip(events, _bodies(events), strict=True):
        try:
            if body is None:
                raise ValueError("encrypted with a key that is not listed any more")
            call = Call(body.encode(), query=event.query)
            heard.append((event, _sound(kind.notifications.events(call, kind.entities))))
        except (ValueError, KeyError, TypeError) as error:
            log.error("notification %s: not understood (%s)", event.pk, type(error).__name__)
            event.status, event.outcome = Status.FAILED, "Its text could not be understood."
    return heard


def _bodies(events: Sequence[WebhookEvent]) -> list[str | None]:
    """Their bodies in this order; None for one that no key opens."""
    rows = WebhookEvent.objects.filter(pk__in=[event.pk for event in events])
    try:
        found = dict(rows.values_list("pk", "body"))
        return [found[event.pk] for event in events]
    except InvalidToken:
        return [_body(event) for event in events]


def _body(event: WebhookEvent) -> str | None:
    try:
        return WebhookEvent.objects.values_list("body", flat=True).get(pk=event.pk)
    except InvalidToken:
        return None


def _sound(records: Sequence[Named]) -> Sequence[Named]:
    """The records, if their ids can be asked for. Raises ValueError."""
    for one in records:
        if not (AN_ID.fullmatch(one.record_id) and AN_ID.fullmatch(one.entity)):
            raise ValueError("no id")
    return records


def _write_down(named: Heard) -> None:
    NotifiedRecord.objects.bulk_create(
        [
            NotifiedRecord(event=event, entity=one.entity, record_id=one.record_id, what=one.what)
            for event, records in named
            for one in records
        ],
        batch_size=200,
    )


def _close(channel: Channel, events: Sequence[WebhookEvent]) -> None:
    """Mark them handled; what they said beyond ids is forgotten, unless it was not understood."""
    now = timezone.now()
    for event in events:
        event.handled_at = now
        if event.status != Status.FAILED:
            event.status = Status.HANDLED
    columns = ["status", "outcome", "runs", "handled_at"]
    WebhookEvent.objects.bulk_update(events, columns, batch_size=100)
    done = [event.pk for event in events if event.status == Status.HANDLED]
    WebhookEvent.objects.filter(pk__in=done).update(body="")
    last = max(event.received_at for event in events)
    Channel.objects.filter(pk=channel.pk).update(last_event_at=last, silent_for=0)


def _syncs(channel: Channel, named: Heard) -> list[SyncRun]:
    """Limited syncs of the modules that read these records; each event is told its outcome."""
    by_entity: dict[str, list[Named]] = {}
    for _, records in named:
        for one in records:
            by_entity.setdefault(one.entity, []).append(one)
    fresh: list[SyncRun] = []
    runs: dict[tuple[str, str], list[int]] = {}
    left: dict[tuple[str, str], str] = {}
    entities = registry.connector_class(channel.connection.app).entities
    legs = readers(channel.connection, by_entity)
    for leg in legs:
        told, name = by_entity[leg.entity], leg.entity
        ids = news_for(leg, told, legs, one_by_one=entities[name].ids_per_read == 1)
        left |= {(name, one.record_id): OUR_OWN for one in told}
        if not ids:
            continue
        if reason := why_left(leg.setting):
            left |= {(name, record_id): reason for record_id in ids}
            continue
        run, is_new = limited(leg.setting, leg.flow, leg.direction, ids)
        for record_id in ids:
            runs.setdefault((name, record_id), []).append(run.pk)
        if is_new:
            fresh.append(run)
    for event, records in named:
        keys = [(one.entity, one.record_id) for one in records]
        event.runs = list(dict.fromkeys(pk for key in keys for pk in runs.get(key, ())))
        why = [left[key] for key in keys if key in left and key not in runs]
        event.outcome = _outcome(event.runs, why, any_records=bool(records))
    return fresh


def _outcome(runs: Sequence[int], left: Sequence[str], *, any_records: bool) -> str:
    if not any_records:
        return "It names no record that this office reads."
    said = [f"Read by sync {', '.join(str(pk) for pk in runs)}."] if runs else []
    said += dict.fromkeys(left)
    return " ".join(said) or "No module reads these records by itself."
