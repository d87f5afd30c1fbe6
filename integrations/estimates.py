"""What a preview is going to cost: requests by app, and the minutes they take at the app's pace."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from integrations import registry
from integrations.models import Connection, Pace, SyncRun
from integrations.pacing import day_of
from integrations.sync.apply import WINDOW
from integrations.words import app_name, flow_of


@dataclass(frozen=True)
class Estimate:
    """Requests by app, and how many minutes they take at least; None where no app sets a pace."""

    requests: Mapping[str, int]
    minutes: int | None


def of_preview(run: SyncRun) -> Estimate:
    """What approving a preview will ask of both apps, at most.

    Every record is read again before it is written, a window of them at a time; an app that takes
    writes in batches answers with ids only, so its records are read back.
    """
    flow = flow_of(run.flow, run.direction)
    if flow is None:
        return Estimate({}, None)
    near = registry.connector_class(flow.source.app).entities[flow.source.entity]
    far = registry.connector_class(flow.target.app).entities[flow.target.entity]
    writes = 0 if run.act else run.created + run.updated + run.linked
    if not writes:
        requests = {flow.source.app: 0, flow.target.app: _removing(run)}
        return Estimate(requests, _minutes(run, requests))
    window = far.batch if far.batch > 1 else WINDOW
    read_again = math.ceil(writes / min(window, near.ids_per_read))
    compared = math.ceil((run.updated + run.linked) / far.ids_per_read)
    read_back = math.ceil(writes / far.ids_per_read) if far.batch > 1 else 0
    # One request finds out what else changed there in the meantime.
    written = math.ceil(writes / far.batch) + compared + read_back + 1 + _removing(run)
    requests = {flow.source.app: read_again, flow.target.app: written}
    return Estimate(requests, _minutes(run, requests))


def _removing(run: SyncRun) -> int:
    """Records are taken out of use one by one: each is read, and asked for what hangs on it where
    it is to be deleted. A run of such an act counts those made inactive as updated."""
    return 3 * run.deleted + (2 * run.updated if run.act else 0)


def _minutes(run: SyncRun, requests: Mapping[str, int]) -> int | None:
    integration = run.setting.integration
    paces = {c.app: c.calls_per_minute for c in (integration.ledger, integration.other)}
    times = [math.ceil(n / pace) for app, n in requests.items() if (pace := paces.get(app))]
    return max(times, default=None)


@dataclass(frozen=True)
class Allowance:
    """Zoho requests of one organisation today; `left` is None where the app sets no limit."""

    name: str
    made: int
    left: int | None


def allowances(*connections: Connection) -> list[Allowance]:
    """What is left of today's requests, less the share kept for the people who use the app."""
    paces = {pace.connection_id: pace for pace in Pace.objects.filter(connection__in=connections)}
    return [_allowance(connection, paces.get(connection.pk)) for connection in connections]


def _allowance(connection: Connection, pace: Pace | None) -> Allowance:
    is_today = pace is not None and pace.day == day_of(connection, time.time())
    made = pace.calls_today if pace is not None and is_today else 0
    name = f"{app_name(connection.app)} {connection.name}"
    if connection.calls_per_day is None:
        return Allowance(name, made, None)
    kept = connection.calls_per_day * connection.reserve_percent // 100
    return Allowance(name, made, max(connection.calls_per_day - kept - made, 0))
