"""Approving previews (G-15): who asked for one, in whatever way, never approves it.

Each act locks the sync first, so of two people who press at once only one is heard.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations import jobs
from integrations.models import Decision, SyncRun
from integrations.sync import run as pipeline

Kind, Status = Decision.Kind, SyncRun.Status


def askers(run: SyncRun) -> set[int]:
    """Ids of everybody who asked for the preview or for its approval."""
    asked = Decision.objects.filter(run=run, kind__in=(Kind.START, Kind.ASK_APPROVAL))
    found = {*asked.values_list("by", flat=True), run.requested_by_id, run.approval_asked_by_id}
    return {user_id for user_id in found if user_id is not None}


def rejection(run: SyncRun) -> Decision | None:
    """Why the preview is not to be written, once somebody has said so."""
    return Decision.objects.filter(run=run, kind=Kind.REJECT).select_related("by").first()


@transaction.atomic
def ask(user: Any, run: SyncRun) -> None:
    """Ask for a finished preview to be approved by somebody else. ValueError says why not."""
    locked = _approvable(run)
    locked.approval_asked_by, locked.approval_asked_at = user, timezone.now()
    locked.save(update_fields=["approval_asked_by", "approval_asked_at"])
    _keep(Kind.ASK_APPROVAL, user, locked)


@transaction.atomic
def approve(user: Any, run: SyncRun) -> SyncRun:
    """Have the rows of a preview written exactly as they stand. ValueError says why not."""
    locked = _approvable(run)
    if user.pk in askers(locked):
        raise ValueError("Nobody approves what they asked for; another person has to.")
    locked.approved_at = timezone.now()
    pipeline.approve(locked, user)
    _keep(Kind.APPROVE, user, locked)
    transaction.on_commit(lambda: jobs.wake(locked))
    return locked


@transaction.atomic
def reject(user: Any, run: SyncRun, reason: str) -> None:
    """Not approved: the preview stays to be read, and nothing of it can be written any more."""
    locked = _approvable(run)
    if not reason.strip():
        raise ValueError("Say why it is not approved.")
    locked.approval_asked_by = locked.approval_asked_at = locked.held = None
    locked.status = Status.DONE
    locked.save(update_fields=["approval_asked_by", "approval_asked_at", "held", "status"])
    _keep(Kind.REJECT, user, locked, reason)


def _keep(kind: Decision.Kind, user: Any, run: SyncRun, reason: str = "") -> None:
    Decision.objects.create(kind=kind, by=user, setting=run.setting, run=run, reason=reason)


def _approvable(run: SyncRun) -> SyncRun:
    """The sync as it is now, locked until the act is done."""
    locked = SyncRun.objects.select_for_update().get(pk=run.pk)
    if locked.mode != SyncRun.Mode.PREVIEW or locked.status not in {Status.DONE, Status.PAUSED}:
        raise ValueError("Only a finished preview can be approved.")
    refused = rejection(locked)
    if refused is not None:
        raise ValueError(f"It was not approved: {refused.reason} Preview it again.")
    return locked
