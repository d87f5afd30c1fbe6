"""Calls a minute and calls a day to one organisation, shared by all processes.

A call counts at the remote at some moment between sending and answer. So a slot is free again
60 seconds after the *answer*: then any 101 calls span more than a minute at the remote, whatever
window it counts by. Slots are rows in spirit (a list on one `Pace` row, read under its lock) and
are taken in blocks, so that pacing costs one short transaction for ten calls.
"""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import connections, transaction

from integrations.errors import TryLater
from integrations.models import Connection, Grant, Pace
from mappings.counting import counted

WINDOW = 60.0
BLOCK = 10
# A slot not used so long after it was taken is given back: the others count on its end.
KEPT = 15.0
# Connecting and reading, by the timeouts of `integrations.http`.
LONGEST_CALL = 65.0
# A wait longer than this ends the slice: the worker has better things to do than to sleep.
LONGEST_SLEEP = 10.0


def database_now(alias: str = "default") -> float:
    """Seconds since the epoch by one clock for all machines: the database server's."""
    if connections[alias].vendor != "postgresql":
        return time.time()
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])


def _note_early(grant: Grant, app: str, calls: int) -> None:
    """Note calls made before it is known which organisation they count for, for `adopt_early`."""
    with transaction.atomic():
        now = database_now()
        known = [call for call in _early(grant) if call[1] > now]
        _keep_early(grant, known + [[app, now + WINDOW]] * calls)


def adopt_early(connection: Connection, grant: Grant) -> None:
    """Count the calls of the last minute that asked which organisations the sign-in reaches."""
    with transaction.atomic():
        now = database_now()
        early = _early(grant)
        mine = [free_at for app, free_at in early if app == connection.app and free_at > now]
        if not mine:
            return
        _keep_early(grant, [call for call in early if call[0] != connection.app])
        row, _ = Pace.objects.select_for_update().get_or_create(connection=connection)
        today = day_of(connection, now)
        if row.day != today:
            row.day, row.calls_today = today, 0
        row.calls_today += len(mine)
        if connection.calls_per_minute is not None:
            row.slots += [[secrets.token_hex(4), free_at] for free_at in mine]
        row.save()


def _early(grant: Grant) -> list[list[Any]]:
    row: Grant = Grant.objects.select_for_update().only("early_calls").get(pk=grant.pk)
    return list(row.early_calls)


def _keep_early(grant: Grant, calls: list[list[Any]]) -> None:
    # Not by `save`: whoever refreshes the tokens goes by the time the row was changed.
    Grant.objects.filter(pk=grant.pk).update(early_calls=calls)


class Pacer:
    """The share of one process in the pace of one connection."""

    def __init__(
        self,
        connection: Connection,
        *,
        now: Callable[[], float] = database_now,
        sleep: Callable[[float], None] = time.sleep,
        window: float = WINDOW,
        block: int = BLOCK,
    ) -> None:
        self.connection = connection
        # As sentences for people name it.
        self.called = connection.name
        self.per_minute = connection.calls_per_minute
        self.per_day = connection.calls_per_day
        self.calls = 0
        self._now, self._sleep = now, sleep
        self._window, self._block = window, block
        # A slot whose holder died comes back by itself, when its call must be over and past.
        self._abandoned_after = KEPT + LONGEST_CALL + window
        self._free: list[str] = []  # slots taken and not used yet
        self._taken_at = 0.0
        self._answered: dict[str, float] = {}  # slot -> time it becomes free
        self._uncounted = 0

    @property
    def paced(self) -> bool:
        return self.per_minute is not None or self.per_day is not None

    @contextmanager
    def call(self) -> Iterator[None]:
        """Hold one slot for one request; TryLater when none comes free soon."""
        if not self.paced:
            self.calls += 1
            self._uncounted += 1
            yield
            return
        if not self._may_use_what_it_has():
            self._take()
        slot = self._free.pop()
        self.calls += 1
        try:
            yield
        finally:
            self._answered[slot] = self._now() + self._window

    def _may_use_what_it_has(self) -> bool:
        """Whether a slot is in hand, still ours, and nobody was told to wait in the meantime.

        The question costs a statement a call; calls that are paced are some 100 a minute.
        """
        if not self._free:
            return False
        now = self._now()
        if now - self._taken_at > KEPT:
            return False
        return not Pace.objects.filter(connection=self.connection, held_until__gt=now).exists()

    def hold(self, after: dt.timedelta, reason: str) -> None:
        """The remote said "too many": nobody calls it until `after` has passed."""
        with transaction.atomic():
            row = self._locked()
            row.held_until = max(row.held_until, self._now() + after.total_seconds())
            row.held_reason = reason[:200]
            self._give_back(row)
            row.save()

    def close(self) -> None:
        """Give unused slots back and count what was not counted yet."""
        if not (self._free or self._answered or self._uncounted):
            return
        if self.connection._state.adding:
            # No organisation was chosen yet, so there is no pace to count it in.
            _note_early(self.connection.grant, self.connection.app, self._uncounted)
            self._uncounted = 0
            return
        with transaction.atomic():
            row = self._locked()
            self._give_back(row)
            row.save()

    def _locked(self) -> Pace:
        row, _ = Pace.objects.select_for_update().get_or_create(connection=self.connection)
        return row

    def _give_back(self, row: Pace) -> None:
        unused = set(self._free)
        row.slots = [
            [name, self._answered.get(name, free_at)]
            for name, free_at in row.slots
            if name not in unused
        ]
        today = day_of(self.connection, self._now())
        if row.day != today:
            row.day, row.calls_today = today, 0
        # What was taken before midnight was counted on the day before.
        back = len(unused) if day_of(self.connection, self._taken_at) == today else 0
        row.calls_today = max(0, row.calls_today - back + self._uncounted)
        self._free, self._answered, self._uncounted = [], {}, 0

    def _take(self) -> None:
        while True:
            with transaction.atomic():
                row = self._locked()
                self._give_back(row)
                now = self._now()
                wait, reason = self._wait(row, now)
                if not wait:
                    self._reserve(row, now)
                row.save()
            if self._free:
                return
            if wait > LONGEST_SLEEP:
                held = "quota" if wait > 3600 else None
                raise TryLater(reason, after=dt.timedelta(seconds=wait), held=held)
            self._sleep(wait)

    def _wait(self, row: Pace, now: float) -> tuple[float, str]:
        """Seconds until the next call may go out, and why; 0 when it may go now."""
        if row.held_until > now:
            return row.held_until - now, row.held_reason or "The app asked for a pause."
        reserve = (self.per_day or 0) * self.connection.reserve_percent // 100
        if self.per_day is not None and row.calls_today >= self.per_day - reserve:
            zone = zone_of(self.connection)
            today = dt.datetime.fromtimestamp(now, zone).date()
            midnight = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), zone)
            return midnight.timestamp() - now, (
                f"Today's requests to {self.called} are used up "
                f"({row.calls_today} of {self.per_day}, {reserve} kept for people)."
            )
        row.slots = [slot for slot in row.slots if slot[1] > now]
        if self.per_minute is not None and len(row.slots) >= self.per_minute:
            first = min(free_at for _, free_at in row.slots)
            pace = counted(self.per_minute, "request")
            return max(first - now, 0.001), f"{self.called} takes {pace} a minute."
        return 0.0, ""

    def _reserve(self, row: Pace, now: float) -> None:
        free = self._block
        if self.per_minute is not None:
            free = min(free, self.per_minute - len(row.slots))
        if self.per_day is not None:
            reserve = self.per_day * self.connection.reserve_percent // 100
            free = min(free, self.per_day - reserve - row.calls_today)
        self._free, self._taken_at = [secrets.token_hex(4) for _ in range(free)], now
        if self.per_minute is not None:
            row.slots += [[name, now + self._abandoned_after] for name in self._free]
        row.calls_today += free


def zone_of(connection: Connection) -> dt.tzinfo:
    """Where the organisation's day begins; UTC when it does not say, or says it in its own way."""
    try:
        return ZoneInfo(connection.time_zone) if connection.time_zone else dt.UTC
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC


def day_of(connection: Connection, moment: float) -> dt.date:
    """The day by whose quota a call at this moment (seconds since the epoch) counts."""
    return dt.datetime.fromtimestamp(moment, zone_of(connection)).date()


def requests_left_today(connection: Connection) -> int | None:
    """How many requests the connection may still make today; None where there is no limit."""
    if connection.calls_per_day is None:
        return None
    row = Pace.objects.filter(connection=connection).first()
    today = day_of(connection, database_now())
    used = row.calls_today if row and row.day == today else 0
    return max(0, connection.calls_per_day - used)
