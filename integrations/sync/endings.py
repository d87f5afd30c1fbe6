"""What an error makes of a run: paused for a person, paused for a while, or failed."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import OperationalError
from django.utils import timezone

from integrations.errors import FailRecord, Held, StopRun, TryLater
from integrations.models import SyncRun

log = logging.getLogger(__name__)

Mode, Status = SyncRun.Mode, SyncRun.Status


def ending_of(run: SyncRun, error: Exception) -> dict[str, Any]:
    """What an error makes of the run: paused for a person, paused for a while, or failed."""
    if isinstance(error, Held):
        # Nothing was written; what was planned stays to be looked at and approved (G-2).
        return {
            "mode": Mode.PREVIEW,
            "status": Status.PAUSED,
            "held": error.held,
            "reason": f"{error.message} {error.hint}",
        }
    if isinstance(error, StopRun):
        return {
            "status": Status.PAUSED,
            "held": error.held,
            "reason": f"{error.message} {error.hint}",
        }
    if isinstance(error, FailRecord):
        # Refused while reading, so it is no record's fault: a view or a field is not there.
        return {
            "status": Status.PAUSED,
            "held": "settings",
            "reason": f"{error.message.rstrip('.')}. {error.hint}".strip(),
        }
    if isinstance(error, TryLater):
        return {
            "status": Status.PAUSED,
            "held": error.held,
            "reason": f"{error.message} {error.hint}".strip(),
            # An app that stays away is asked less and less often; headway starts it over.
            "not_before": timezone.now() + error.after * 2 ** min(run.attempts, 5),
            "attempts": run.attempts + 1,
        }
    if isinstance(error, InvalidToken):
        return {
            "status": Status.PAUSED,
            "held": "keys",
            "reason": (
                "The stored tokens were encrypted with a key that FIELD_ENCRYPTION_KEYS does not "
                "list. Put that key back, or connect the apps again."
            ),
        }
    if isinstance(error, OperationalError) and "locked" in str(error):
        return {
            "status": Status.PAUSED,
            "reason": "The database was busy.",
            "not_before": timezone.now() + dt.timedelta(seconds=5),
        }
    log.exception("run %s failed", run.pk)
    return {
        "status": Status.FAILED,
        "reason": (
            f"{type(error).__name__}: this is a fault of the program. Send the number of this "
            f"sync ({run.pk}) and the log of the worker to whoever runs it."
        ),
        "finished_at": timezone.now(),
    }
