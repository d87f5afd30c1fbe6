"""What syncs cost: the requests and minutes a preview will take, the pace that the apps allow."""

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

# Taken for a request where nothing says how long one takes.
SECONDS_EACH = 1.0
# Records by which a pace is told in requests: enough that a last batch weighs nothing.
SAMPLE = 10_000


@dataclass(frozen=True)
class Estimate:
    """Requests by app, and how many minutes they take; None where there is nothing to ask."""

    requests: Mapping[str, int]
    minutes: int | None


@dataclass(frozen=True)
class Writes:
    """Records to be written, by what each costs; `changed` are those paired as well."""

    created: int
    changed: int
    deleted: int

    @property
    def total(self) -> int:
        return self.created + self.changed + self.deleted


def of_preview(run: SyncRun) -> Estimate:
    """What approving a preview will ask of both apps, at most, and how long that takes."""
    requests = _requests(run, _counted(run), again=True)
    return Estimate(requests, _minutes(run, requests))


def most_a_minute(run: SyncRun) -> float | None:
    """Records a minute that the apps let through while the sync writes; None without a limit.

    It goes by the sorts of writes done so far, or by the cheapest while there are none.
    """
    writes = _counted(run)
    if not writes.total:
        by_act = {run.Act.DELETE: Writes(0, 0, 1), run.Act.INACTIVE: Writes(0, 1, 0)}
        writes = by_act.get(run.Act(run.act), Writes(1, 0, 0))
    share = SAMPLE / writes.total
    sample = Writes(*(round(n * share) for n in (writes.created, writes.changed, writes.deleted)))
    requests = _requests(run, sample, again=run.recheck)
    paces = _paces(run)
    rates = [sample.total / n * pace for app, n in requests.items() if n and (pace := paces[app])]
    return min(rates, default=None)


def _counted(run: SyncRun) -> Writes:
    return Writes(run.created, run.updated + run.linked, run.deleted)


def _requests(run: SyncRun, writes: Writes, *, again: bool) -> dict[str, int]:
    """Requests by app that these writes take; none where the module is not installed.

    What was approved is read `again` before it is written, a window of records at a time, and
    compared; an app that takes writes in batches answers with ids only, so they are read back.
    """
    flow = flow_of(run.flow, run.direction)
    if flow is None:
        return {}
    near = registry.connector_class(flow.source.app).entities[flow.source.entity]
    far = registry.connector_class(flow.target.app).entities[flow.target.entity]
    # One by one: each is read, and asked for what hangs on it where it is to be deleted. An act of
    # taking records out of use counts those made inactive as changed.
    removing = 3 * writes.deleted + (2 * writes.changed if run.act else 0)
    written = 0 if run.act else writes.created + writes.changed
    if not written:
        return {flow.source.app: 0, flow.target.app: removing}
    window = far.batch if far.batch > 1 else WINDOW
    read_again = math.ceil(written / min(window, near.ids_per_read)) if again else 0
    compared = math.ceil(writes.changed / far.ids_per_read) if again else 0
    read_back = math.ceil(written / far.ids_per_read) if far.batch > 1 else 0
    # One request finds out what else changed there in the meantime.
    sent = math.ceil(written / far.batch) + compared + read_back + 1 + removing
    return {flow.source.app: read_again, flow.target.app: sent}


def _minutes(run: SyncRun, requests: Mapping[str, int]) -> int | None:
    """By the pace the apps set, and no less than at the speed of the run itself so far."""
    if not any(requests.values()):
        return None
    paces, made = _paces(run), sum(run.calls.values())
    each = run.seconds / made if made and run.seconds else SECONDS_EACH
    times = [n / pace for app, n in requests.items() if (pace := paces[app])]
    return math.ceil(max([*times, sum(requests.values()) * each / 60]))


def _paces(run: SyncRun) -> dict[str, int | None]:
    """Requests a minute by app."""
    integration = run.setting.integration
    return {c.app: c.calls_per_minute for c in (integration.ledger, integration.other)}


@dataclass(frozen=True)
class Allowance:
    """Zoho requests of one organisation today; `left` is None where the app sets no limit."""

    app: str
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
    left = None
    if connection.calls_per_day is not None:
        kept = connection.calls_per_day * connection.reserve_percent // 100
        left = max(connection.calls_per_day - kept - made, 0)
    return Allowance(app_name(connection.app), connection.name, made, left)
