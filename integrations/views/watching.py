"""Whether an app tells of changes, as its connection's page shows it; asked and stopped by hand."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from integrations import meter, registry, watching
from integrations.models import Channel, Connection
from integrations.views.acting import attempt
from integrations.views.frame import needs

CHANGE = "integrations.change_connection"
Status = Channel.Status


def shown(connection: Connection) -> dict[str, Any] | None:
    """What the connection's page says of notifications; None where the app has none."""
    if not watching.can_tell(connection):
        return None
    kind = registry.connector_class(connection.app)
    found = Channel.objects.filter(connection=connection).defer("secret")
    channel = found.select_related("connection").first()
    wanted = watching.wanted(connection)
    base = watching.base_url(connection)
    return {
        "channel": channel,
        "badge": badge_of(channel),
        "label": kind.label,
        "entities": [
            kind.entities[name].label
            for name in (channel.entities if channel is not None and channel.tells else wanted)
            if name in kind.entities
        ],
        "address": urlsplit(channel.base_url).netloc if channel and channel.base_url else "",
        "no_address": "" if base else watching.no_address(connection),
        "may_ask": bool(base and wanted),
        "idle": not wanted,
        "counts": [
            (kind.entities[row.entity].label if row.entity in kind.entities else row.entity, row)
            for row in (meter.counts(channel) if channel is not None else [])
        ],
        "days": meter.SHOWN_DAYS,
        "alarms": meter.alarms([channel]) if channel is not None else [],
    }


def badge_of(channel: Channel | None) -> tuple[str, str]:
    """(words, colour); green only where nothing is amiss."""
    if channel is None:
        return Status.NEVER.label, "plain"
    if channel.status == Status.ACTIVE and channel.lapsed:
        return "Lapsed", "bad"
    if channel.status == Status.ACTIVE:
        amiss = channel.reason or meter.alarms([channel])
        return Status.ACTIVE.label, "look" if amiss else "good"
    colours = {Status.REFUSED: "bad", Status.STOPPED: "look"}
    return channel.get_status_display(), colours.get(Status(channel.status), "plain")


@needs(CHANGE)
@require_POST
def ask(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Ask the app now to tell of changes, or to go on doing so."""
    row = get_object_or_404(Connection.objects.select_related("grant"), pk=connection_id)
    done, channel = attempt(request, lambda: watching.start_by_hand(request.user, row))
    if done and channel is not None:
        _say(request, channel)
    return redirect("office:connection", connection_id)


@needs(CHANGE)
@require_POST
def stop(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Have the app stop telling, until somebody asks it again."""
    row = get_object_or_404(Connection.objects.select_related("grant"), pk=connection_id)
    done, channel = attempt(request, lambda: watching.stop_by_hand(request.user, row))
    if done and channel is not None:
        _say(request, channel)
    return redirect("office:connection", connection_id)


def _say(request: HttpRequest, channel: Channel) -> None:
    name = channel.connection.name
    if channel.reason:
        messages.error(request, channel.reason)
    elif channel.status == Status.STOPPED:
        messages.success(request, f"{name} tells of no changes any more.")
    else:
        messages.success(request, f"{name} tells this office of changes from now on.")
