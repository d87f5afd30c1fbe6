"""One open run at a time: of a module, and of each thing a person asks for."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Q

from integrations.models import SyncRun


class SyncOpen(ValueError):
    """A preview is not approved while `run`, a sync of its module, is open: a paused one may go on
    at any moment."""

    def __init__(self, run: SyncRun) -> None:
        paused = run.status == SyncRun.Status.PAUSED
        self.run = run
        self.words = f"is open{' (paused)' if paused else ''}: let it end, or stop it first."
        super().__init__(f"{run.name} {self.words}")


def open_sync(run: SyncRun) -> SyncRun | None:
    """The module's open unlimited sync, in whose place `run` would be as a live one; None for a
    run of chosen records, which goes beside others."""
    if run.only_ids is not None:
        return None
    return _open(run, Q(setting=run.setting_id, mode=SyncRun.Mode.LIVE, only_ids__isnull=True))


def _open(run: SyncRun, which: Q) -> SyncRun | None:
    rows = SyncRun.objects.select_related("setting__integration").exclude(pk=run.pk)
    return rows.filter(which, status__in=SyncRun.OPEN).first()


def take_place(run: SyncRun) -> SyncRun | None:
    """Save a run, or return the open one that has its place; the constraints say which."""
    while True:
        try:
            with transaction.atomic():
                run.save()
            return None
        except IntegrityError:
            same = Q(request_key=run.request_key)
            open_one = _open(run, same) if run.request_key else open_sync(run)
            if open_one is not None:
                return open_one
            # It ended in that very moment: the new one has its place.
