"""What became of writes that a sync left without an answer when it ended, or had to stand still."""

from __future__ import annotations

import datetime as dt
import logging

from django.db.models import Q

from integrations.errors import StopRun, TryLater
from integrations.models import Change, SyncRun
from integrations.sync.context import Context
from integrations.sync.lease import Lease, LeaseLost
from integrations.sync.measure import Measured
from integrations.sync.settle import orphan, settle

log = logging.getLogger(__name__)


def left_open(now: dt.datetime) -> list[int]:
    """Runs that write no more, and whose writes still wait for their outcome to be known."""
    rows = Change.objects.filter(
        Q(run__lease_until=None) | Q(run__lease_until__lt=now),
        ~Q(run__status__in=SyncRun.OPEN) | Q(run__held="stopped"),
        status__in=Change.OPEN,
    )
    return list(rows.order_by("run").values_list("run", flat=True).distinct())


def look_up(run_id: int) -> dt.datetime | None:
    """Find out what the writes meant that a run left without an answer when it ended, or when
    writing was stopped. It only reads. Returns when to look again, None when nothing is open.

    An app that cannot be asked now is asked by the next look-up.
    """
    run = SyncRun.objects.select_related("setting__integration__ledger").get(pk=run_id)
    lease = Lease(run)
    if not run.changes.filter(status__in=Change.OPEN).exists() or not lease.claim_look_up():
        return None
    run.refresh_from_db()
    with Measured(run) as measure, lease:
        ctx: Context | None = None
        lease.measured = lambda: measure(ctx)
        try:
            ctx = Context.open(run)
            orphan(ctx)
            return settle(ctx, lease)
        except LeaseLost:
            log.warning("run %s: overtaken by another worker", run.pk)
        except (StopRun, TryLater) as error:
            log.warning("run %s: what it sent is not looked up yet: %s", run.pk, error)
        finally:
            if ctx is not None:
                ctx.close()
            try:
                lease.release()
            except LeaseLost:
                log.warning("run %s: overtaken by another worker at its end", run.pk)
    return None
