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

from integrations import apart, jobs, many, module_flows, registry, second_looks, ways
from integrations.keeping import write_down
from integrations.many import DIFFERENCES, SECOND_LOOK, Kind, State
from integrations.models import Decision, FlowSetting, SyncRun, WritingSwitch
from integrations.sync import run as pipeline
from integrations.sync import stopping
from mappings.models import RecordLink

LATER_FOR = dt.timedelta(days=7)


def _only(links: Sequence[RecordLink], state: str, what: str) -> None:
    wrong = [link.name for link in links if link.state != state]
    if wrong:
        raise ValueError(f"{', '.join(wrong[:5])}: no {what} (any more). Reload the page.")


# Possible duplicates -----------------------------------------------------------------------------


def same(user: Any, link: RecordLink, target_id: str) -> None:
    """The candidate is the same record: they become a pair with the next write."""
    if refused := many.same(user, [(link, target_id)]):
        raise ValueError(refused[0])


@transaction.atomic
def different(user: Any, links: Sequence[RecordLink]) -> None:
    """None of the candidates: the records are created."""
    _only(links, State.UNDECIDED, "possible duplicate")
    apart.only_unpromised(links)
    RecordLink.objects.filter(pk__in=[link.pk for link in links]).update(
        decision=RecordLink.Decision.DIFFERENT, decided_target="", due=True, later_until=None
    )
    write_down(user, Kind.DIFFERENT, links)


@transaction.atomic
def later(user: Any, links: Sequence[RecordLink]) -> None:
    """Not now: they leave the list for a week, and nothing is written."""
    _only(links, State.UNDECIDED, "possible duplicate")
    until = timezone.now() + LATER_FOR
    # An answer given before is taken back: "later" means that nothing is written.
    RecordLink.objects.filter(pk__in=[link.pk for link in links]).update(
        later_until=until, decision=RecordLink.Decision.NONE, decided_target="", due=False
    )
    write_down(user, Kind.LATER, links)


# Changed on both sides, and what finance owns ----------------------------------------------------


@transaction.atomic
def choose_values(user: Any, link: RecordLink, from_source: Iterable[str]) -> Decision.Kind:
    """Whose value stays, field by field; fields not named keep the target's. Returns what it was
    kept as: of values that money goes by, a choice is a request to somebody else (G-10)."""
    fields = link.details.get("fields")
    if link.state not in DIFFERENCES or not fields:
        raise ValueError(f"{link.name}: nothing is to be chosen (any more). Reload the page.")
    ours = sorted(set(from_source))
    unknown = [path for path in ours if path not in fields]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: not among the fields that differ.")
    if link.cause == SECOND_LOOK:
        return second_looks.choose(user, link, ours)
    return many.values_stay(user, [(link, ours)])[0]


# Trying again ------------------------------------------------------------------------------------


@transaction.atomic
def try_again(user: Any, links: Sequence[RecordLink]) -> list[SyncRun]:
    """Plan these records anew in syncs of their own, one per module; returns the syncs."""
    RecordLink.objects.filter(pk__in=[link.pk for link in links]).update(due=True, retry_at=None)
    runs = _sync_only(user, links)
    if not all(run.joined for run in runs):
        write_down(user, Kind.TRY_AGAIN, links)
    return runs


def sync_records(user: Any, links: Sequence[RecordLink]) -> list[SyncRun]:
    """Sync these records now, whatever their state."""
    return _sync_only(user, links)


def _sync_only(user: Any, links: Sequence[RecordLink]) -> list[SyncRun]:
    """Syncs limited to these records, module by module. Where a module goes both ways, a pair's
    other direction follows by itself (`jobs.follow`). ValueError where nothing reads any of them.
    """
    groups: dict[tuple[int, str], list[RecordLink]] = {}
    for link in links:
        groups.setdefault((link.setting_id, link.flow), []).append(link)
    runs = [run for group in groups.values() for run in _of_module(user, group)]
    if links and not runs:
        raise ValueError("As their modules are set, none of these records is read any more.")
    return runs


def _of_module(user: Any, links: Sequence[RecordLink]) -> list[SyncRun]:
    setting = FlowSetting.objects.select_related("integration").get(pk=links[0].setting_id)
    rest, runs = list(links), []
    for flow, direction in jobs.legs(setting):
        near = "source_id" if direction == SyncRun.Direction.FORWARD else "target_id"
        ids = [getattr(link, near) for link in rest if getattr(link, near)]
        if flow != links[0].flow or not ids:
            continue
        rest = [link for link in rest if not getattr(link, near)]
        run = pipeline.start(
            setting,
            flow,
            direction=direction,
            trigger=SyncRun.Trigger.RETRY,
            only_ids=ids,
            user=user,
            decided=sorted(_decided(link) for link in links),
        )
        jobs.wake(run)
        runs.append(run)
    return runs


def _decided(link: RecordLink) -> tuple[Any, ...]:
    """What people have said of a record so far."""
    answers = link.decision, link.decided_target, sorted(link.decided_fields or ())
    return (link.pk, *answers, sorted((link.details.get("approved") or {}).items()))


# Syncs -------------------------------------------------------------------------------------------


def start_sync(
    user: Any, setting: FlowSetting, *, preview: bool = False, trial: Any = None
) -> SyncRun:
    """Start a sync or a preview of a module; the first leg, the others follow by themselves.
    One in progress is joined. `trial`: choices the preview tries out (G-5)."""
    if not preview and not setting.enabled:
        raise ValueError("The module is paused. Resume it first.")
    order = jobs.legs(setting.tried(trial["choices"]) if trial else setting)
    if not order:
        why = ways.refusal(setting.integration, registry.flow(setting.flow))
        others = FlowSetting.objects.filter(integration=setting.integration_id)
        raise ValueError(why or module_flows.idle(setting, others))
    flow, direction = order[0]
    if (
        not preview
        and setting.runs.filter(
            only_ids__isnull=True, stop_asked_at__isnull=False, status__in=SyncRun.OPEN
        ).exists()
    ):
        raise ValueError("The sync before it is being stopped. Start again in a moment.")
    mode = SyncRun.Mode.PREVIEW if preview else SyncRun.Mode.LIVE
    run = pipeline.start(setting, flow, direction=direction, mode=mode, user=user, trial=trial)
    if not run.joined:
        Decision.objects.create(kind=Kind.START, by=user, setting=setting, run=run)
    jobs.wake(run)
    return run


@transaction.atomic
def cancel(user: Any, run: SyncRun, reason: str = "") -> bool:
    """End an open sync; what was planned is not written. Returns whether it has ended: where
    somebody works on it, that one first writes down what came of what was sent (`is_stopping`).
    """
    # It may be taken up in between, so it is asked once more.
    at_work = stopping.ask(run, reason)
    ended = not at_work and stopping.end_idle(run, reason)
    if not (at_work or ended or stopping.ask(run, reason)):
        run.refresh_from_db(fields=["status", "stop_asked_at"])
        if run.is_stopping:
            raise ValueError("The sync is being stopped already.")
        raise ValueError("The sync has ended already.")
    Decision.objects.create(kind=Kind.STOP, by=user, setting=run.setting, run=run, reason=reason)
    if ended:
        # A worker that is gone may have left writes whose outcome is to be looked up.
        transaction.on_commit(lambda: jobs.wake(run))
    return ended


def resume(user: Any, run: SyncRun) -> None:
    """Let a paused sync go on at once; one that is held by its limits is not resumed (G-2)."""
    paused = SyncRun.objects.filter(pk=run.pk, status=SyncRun.Status.PAUSED)
    if paused.filter(held="limits").exists():
        raise ValueError(
            "It would change more than a sync may that nobody watches, so it is not resumed: "
            "have it approved, or stop it."
        )
    if not jobs.go_on(run):
        raise ValueError("The sync is not paused (any more).")


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
    waiting = list(SyncRun.objects.filter(status=SyncRun.Status.PAUSED, held="stopped"))
    return sum(jobs.go_on(run) for run in waiting)
