"""One open run at a time: of a module, and of each thing a person asks for."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Q

from integrations.models import SyncRun


class SyncOpen(ValueError):
    """A preview is not approved while `run`, a sync of its module, is open: a paused one may go on
    at any moment."""

    def __init__(self, run: SyncRun) -> None:
        super().__init__(f"{run.name} is open: let it end, or stop it first.")
        self.run = run


def open_sync(run: SyncRun) -> SyncRun | None:
    """The open run that has the place `run` would have as a live one: the same request of a
    person, or the module's unlimited sync. None for what has no place to itself."""
    if run.request_key:
        same = Q(request_key=run.request_key)
    elif run.only_ids is None:
        same = Q(setting=run.setting_id, mode=SyncRun.Mode.LIVE, only_ids__isnull=True)
    else:
        return None
    rows = SyncRun.objects.select_related("setting__integration").exclude(pk=run.pk)
    return rows.filter(same, status__in=SyncRun.OPEN).first()


def take_place(run: SyncRun) -> SyncRun | None:
    """Save a run, or return the open one that has its place; the constraints say which."""
    while True:
        try:
            with transaction.atomic():
                run.save()
            return None
        except IntegrityError:
            if (open_one := open_sync(run)) is not None:
                return open_one
            # It ended in that very moment: the new one has its place.
