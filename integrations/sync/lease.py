"""Who is working on a run: a lease on its row, kept alive by a thread, checked at each commit."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q
from django.utils import timezone

from integrations.models import SyncRun

log = logging.getLogger(__name__)

LENGTH = dt.timedelta(seconds=settings.LEASE_SECONDS)
RENEWED_EVERY = settings.LEASE_SECONDS * 4 / 15


class LeaseLost(Exception):
    """Another worker has taken the run over; this one must not touch it any more."""


class Lease:
    """Hold a run while working on it. Use as a context manager after `claim` said yes."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run
        self.token = secrets.token_hex(16)
        # What is stored along with everything else: a slice that is killed still counts.
        self.measured: Callable[[], dict[str, Any]] = dict
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def claim_look_up(self) -> bool:
        """Take a run that nobody works on, to look up what it had sent; its status stays."""
        now = timezone.now()
        free = SyncRun.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=self.run.pk)
        return bool(free.update(lease_token=self.token, lease_until=now + LENGTH))

    def claim(self) -> bool:
        """Take the run if it is open, due, and nobody holds it."""
        now = timezone.now()
        taken = (
            SyncRun.objects.filter(
                Q(lease_until=None) | Q(lease_until__lt=now),
                Q(not_before=None) | Q(not_before__lte=now),
                pk=self.run.pk,
                status__in=SyncRun.OPEN,
            )
        ).update(
            lease_token=self.token,
            lease_until=now + LENGTH,
            status=SyncRun.Status.RUNNING,
            held=None,
        )
        return bool(taken)

    def keep(self, **changes: Any) -> None:
        """Store something on the run, if it is still ours. Raises LeaseLost otherwise.

        Called inside the transaction that commits intents or answers, so a worker that was
        overtaken cannot commit either.
        """
        changes = {"lease_until": timezone.now() + LENGTH, **self.measured(), **changes}
        held = SyncRun.objects.filter(pk=self.run.pk, lease_token=self.token)
        if not held.update(**changes):
            raise LeaseLost(f"Run {self.run.pk} was taken over.")

    def release(self, **changes: Any) -> None:
        """Give the run back, with its last state."""
        self._stop.set()
        self.keep(lease_until=None, lease_token="", **changes)

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _renew(self) -> None:
        # A thread has a database connection of its own, so no transaction of the work holds this.
        try:
            while not self._stop.wait(RENEWED_EVERY):
                until = timezone.now() + LENGTH
                held = SyncRun.objects.filter(pk=self.run.pk, lease_token=self.token)
                try:
                    if not held.update(lease_until=until):
                        return
                except DatabaseError as error:
                    # The work itself finds out at its next commit whether the lease still holds.
                    log.warning("lease of run %s not renewed: %s", self.run.pk, error)
        finally:
            connection.close()
