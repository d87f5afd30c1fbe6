"""What people do to records and syncs: each act is checked, carried out, and kept as a row.

Screens and commands call these; no view changes a link or a run by itself. Every function takes
the acting user first and raises ValueError with a sentence for the person when it refuses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations import jobs
from integrations.models import Change, Decision, FlowSetting, SyncRun, WritingSwitch
from integrations.sync import run as pipeline
from mappings.models import RecordLink

Kind, State = Decision.Kind, RecordLink.State
LATER_FOR = dt.timedelta(days=7)


def _keep(user: Any, kind: str, links: Iterable[RecordLink], **more: Any) -> None:
    Decision.objects.bulk_create(
        Decision(
            kind=kind,
            by=user,
            setting_id=link.setting_id,
            source_id=link.source_id or "",
            target_id=more.get("target_id") or link.target_id or "",
            name=link.name,
            reason=more.get("reason", ""),
            details=more.get("details", {}),
        )
        for link in links
    )


def _only(links: Sequence[RecordLink], state: str, what: str) -> None:
    wrong = [link.name for link in links if link.state != state]
    if wrong:
        raise ValueError(f"{', '.join(wrong[:5])}: no {what} (any more). Reload the page.")


# Possible duplicates -----------------------------------------------------------------------------


@transaction.atomic
def same(user: Any, link: RecordLink, target_id: str) -> None:
    """The candidate is the same record: they become a pair with the next write."""
    _only([link], State.UNDECIDED, "possible duplicate")
    offered = {item["id"] for item in link.details.get("candidates", ())}
    if target_id not in offered:
        raise ValueError("That record is not among those offered. Reload the page.")
    taken = RecordLink.objects.filter(setting_id=link.setting_id, target_id=target_id).first()
    if taken is not None and taken.source_id and taken.pk != link.pk:
        raise ValueError(f"It is paired with {taken.name}. Separate that pair first.")
    link.decision, link.decided_target, link.due = RecordLink.Decision.SAME, target_id, True
    link.later_until = None
    link.save(update_fields=["decision", "decided_target", "due", "later_until"])
    _keep(user, Kind.SAME, [link], target_id=target_id)


@transaction.atomic
def different(user: Any, links: Sequence[RecordLink]) -> None:
    """None of the candidates: the records are created."""
    _only(links, State.UNDECIDED, "possible duplicate")
    RecordLink.objects.filter(pk__in=[link.pk for link in links]).update(
        decision=RecordLink.Decision.DIFFERENT, decided_target="", due=True, later_until=None
    )
    _keep(user, Kind.DIFFERENT, links)


@transaction.atomic
def later(user: Any, links: Sequence[RecordLink]) -> None:
    """Not now: they leave the list for a week, and nothing is written."""
    _only(links, State.UNDECIDED, "possible duplicate")
    until = timezone.now() + LATER_FOR
    RecordLink.objects.filter(pk__in=[link.pk for link in links]).update(later_until=until)
    _keep(user, Kind.LATER, links)


# Changed on both sides, and what finance owns ----------------------------------------------------

DIFFERENCES = (State.CONFLICT, State.FAILING)


@transaction.atomic
def choose_values(user: Any, link: RecordLink, from_source: Iterable[str]) -> None:
    """Whose value stays, field by field; fields not named keep the target's."""
    fields = link.details.get("fields")
    if link.state not in DIFFERENCES or not fields:
        raise ValueError(f"{link.name}: nothing is to be chosen (any more). Reload the page.")
    ours = sorted(set(from_source))
    unknown = [path for path in ours if path not in fields]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: not among the fields that differ.")
    if len(ours) == len(fields):
        kind = Kind.KEEP_SOURCE
    else:
        kind = Kind.BY_FIELD if ours else Kind.KEEP_TARGET
    link.decision, link.decided_fields, link.due = kind.value, ours, True
    link.save(update_fields=["decision", "decided_fields", "due"])
    _keep(user, kind, [link], details={"from_source": ours, "fields": fields})


# Trying again ------------------------------------------------------------------------------------


@transaction.atomic
def try_again(user: Any, links: Sequence[RecordLink]) -> list[SyncRun]:
    """Plan these records anew in syncs of their own, one per module; returns the syncs."""
    RecordLink.objects.filter(pk__in=[link.pk for link in links]).update(due=True, retry_at=None)
    _keep(user, Kind.TRY_AGAIN, links)
    return [_sync_only(user, group) for group in _by_module(links)]


def sync_records(user: Any, links: Sequence[RecordLink]) -> list[SyncRun]:
    """Sync these records now, whatever their state."""
    return [_sync_only(user, group) for group in _by_module(links)]


def _by_module(links: Sequence[RecordLink]) -> list[list[RecordLink]]:
    groups: dict[tuple[int, str], list[RecordLink]] = {}
    for link in links:
        groups.setdefault((link.setting_id, link.flow), []).append(link)
    return list(groups.values())


def _sync_only(user: Any, links: Sequence[RecordLink]) -> SyncRun:
    setting = FlowSetting.objects.select_related("integration").get(pk=links[0].setting_id)
    legs = [direction for flow, direction in jobs.legs(setting) if flow == links[0].flow]
    direction = legs[0] if legs else SyncRun.Direction.FORWARD
    forward = direction == SyncRun.Direction.FORWARD
    ids = [link.source_id if forward else link.target_id for link in links]
    run = pipeline.start(
        setting,
        links[0].flow,
        direction=direction,
        trigger=SyncRun.Trigger.RETRY,
        only_ids=[record_id for record_id in ids if record_id],
        user=user,
    )
    jobs.wake(run)
    return run


# Pairs -------------------------------------------------------------------------------------------


@transaction.atomic
def separate(user: Any, link: RecordLink, reason: str) -> None:
    """Dissolve a pair; both records stay. The source counts as new from now on."""
    if not link.paired:
        raise ValueError(f"{link.name} is not paired (any more).")
    if not reason.strip():
        raise ValueError("Say why the pair is separated; it is kept with the decision.")
    before = link.target_id or ""
    _keep(user, Kind.SEPARATE, [link], reason=reason, target_id=before)
    link.target_id, link.target_digest, link.target_modified = None, None, ""
    link.state, link.cause = State.UNDECIDED, "separated"
    link.reason = "The pair was separated by hand."
    link.remedy = "Say what it is to be paired with, or that it is another record."
    link.details = {"candidates": [{"id": before, "name": link.name, "score": 0, "why": []}]}
    link.decision, link.pinned, link.due = "", False, False
    link.since = timezone.now()
    link.save()


@transaction.atomic
def keep_pair(user: Any, link: RecordLink) -> None:
    """A person says that this pair is right."""
    if not link.paired:
        raise ValueError(f"{link.name} is not paired (any more).")
    link.pinned = True
    link.save(update_fields=["pinned"])
    _keep(user, Kind.KEEP_PAIR, [link])


@transaction.atomic
def pair(user: Any, link: RecordLink, target_id: str, name: str = "") -> None:
    """Pair a record with one a person names; values follow with the next write."""
    if link.paired and link.state != State.GONE:
        raise ValueError(f"{link.name} has a partner. Separate that pair first.")
    taken = RecordLink.objects.filter(setting_id=link.setting_id, target_id=target_id)
    other = taken.exclude(pk=link.pk).first()
    if other is not None and other.source_id:
        raise ValueError(f"That record is paired with {other.name}. Separate that pair first.")
    taken.exclude(pk=link.pk).delete()
    link.target_id, link.target_digest, link.target_modified = None, None, ""
    link.state, link.since = State.UNDECIDED, timezone.now()
    link.decision, link.decided_target, link.due = RecordLink.Decision.SAME, target_id, True
    link.origin = RecordLink.Origin.MANUAL
    link.save()
    _keep(user, Kind.PAIR, [link], target_id=target_id, details={"name": name})


# Syncs -------------------------------------------------------------------------------------------


def start_sync(
    user: Any, setting: FlowSetting, *, preview: bool = False, trial: Any = None
) -> SyncRun:
    """Start a sync or a preview of a module; the first leg, the others follow by themselves.
    `trial`: choices that the preview tries out before they take effect (G-5)."""
    order = jobs.legs(setting.tried(trial["choices"]) if trial else setting)
    if not order:
        raise ValueError("Nothing of this module is switched on.")
    flow, direction = order[0]
    mode = SyncRun.Mode.PREVIEW if preview else SyncRun.Mode.LIVE
    run = pipeline.start(setting, flow, direction=direction, mode=mode, user=user, trial=trial)
    Decision.objects.create(kind=Kind.START, by=user, setting=setting, run=run)
    jobs.wake(run)
    return run


@transaction.atomic
def cancel(user: Any, run: SyncRun, reason: str = "") -> None:
    """End an open sync; what is being written is finished, what was planned is not written."""
    open_run = SyncRun.objects.filter(pk=run.pk, status__in=SyncRun.OPEN)
    now = timezone.now()
    if not open_run.update(
        status=SyncRun.Status.CANCELLED, finished_at=now, lease_token="", reason=reason, held=None
    ):
        raise ValueError("The sync has ended already.")
    rows = Change.objects.filter(run=run, status=Change.Status.PLANNED)
    rows.update(status=Change.Status.DROPPED, reason="The sync was stopped.", final_at=now)
    Decision.objects.create(kind=Kind.STOP, by=user, setting=run.setting, run=run, reason=reason)


def resume(user: Any, run: SyncRun) -> None:
    """Let a paused sync go on at once."""
    paused = SyncRun.objects.filter(pk=run.pk, status=SyncRun.Status.PAUSED)
    if not paused.update(held=None, not_before=None):
        raise ValueError("The sync is not paused (any more).")
    jobs.wake(run)


def ask_approval(user: Any, run: SyncRun) -> None:
    """Ask for a finished preview to be approved by somebody else."""
    _approvable(run)
    run.approval_asked_by, run.approval_asked_at = user, timezone.now()
    run.save(update_fields=["approval_asked_by", "approval_asked_at"])
    Decision.objects.create(kind=Kind.ASK_APPROVAL, by=user, setting=run.setting, run=run)


def approve(user: Any, run: SyncRun) -> SyncRun:
    """Have the rows of a preview written exactly as they stand; never by who asked (G-15)."""
    _approvable(run)
    if user in {run.requested_by, run.approval_asked_by}:
        raise ValueError("Nobody approves what they asked for; another person has to.")
    pipeline.approve(run, user)
    SyncRun.objects.filter(pk=run.pk).update(approved_at=timezone.now())
    Decision.objects.create(kind=Kind.APPROVE, by=user, setting=run.setting, run=run)
    jobs.wake(run)
    return run


def reject(user: Any, run: SyncRun, reason: str) -> None:
    """Not approved: the preview stays to be read and nothing of it is written."""
    _approvable(run)
    if not reason.strip():
        raise ValueError("Say why it is not approved.")
    SyncRun.objects.filter(pk=run.pk).update(
        approval_asked_by=None, approval_asked_at=None, status=SyncRun.Status.DONE, held=None
    )
    Decision.objects.create(kind=Kind.REJECT, by=user, setting=run.setting, run=run, reason=reason)


def _approvable(run: SyncRun) -> None:
    ended = {SyncRun.Status.DONE, SyncRun.Status.PAUSED}
    if run.mode != SyncRun.Mode.PREVIEW or run.status not in ended:
        raise ValueError("Only a finished preview can be approved.")


# All writing -------------------------------------------------------------------------------------


@transaction.atomic
def stop_writing(user: Any, reason: str) -> None:
    """Stop all writing before the next write (G-3)."""
    if not reason.strip():
        raise ValueError("Say why writing is stopped, for those who find it so.")
    WritingSwitch.objects.create(stopped=True, reason=reason.strip(), by=user)
    Decision.objects.create(kind=Kind.STOP_WRITING, by=user, reason=reason.strip())


@transaction.atomic
def start_writing(user: Any, reason: str = "") -> int:
    """Let writing go on; returns how many syncs were waiting for it."""
    latest = WritingSwitch.objects.first()
    if latest is None or not latest.stopped:
        raise ValueError("Writing is not stopped.")
    WritingSwitch.objects.create(stopped=False, reason=reason, by=user)
    Decision.objects.create(kind=Kind.START_WRITING, by=user, reason=reason)
    waiting = SyncRun.objects.filter(status=SyncRun.Status.PAUSED, held="stopped")
    return waiting.update(held=None)
