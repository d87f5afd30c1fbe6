"""The life of an integration: disabled, enabled again, deleted. Pairs outlive all but the last.

Each act is checked, carried out and kept as a row; ValueError says in a sentence why it is
refused. What happened stays: syncs, changes and decisions of a deleted integration are evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from integrations import decisions, jobs, pair_rows, registry, removing
from integrations.legs import legs
from integrations.models import (
    ArchivedPair,
    Change,
    Checkpoint,
    Decision,
    DeletionsRead,
    FlowSetting,
    Integration,
    SyncRun,
)
from integrations.sync import run as pipeline
from integrations.words import integration_name, module_name
from mappings.counting import counted
from mappings.models import RecordLink

Kind, Status = Decision.Kind, Integration.Status
AT_ONCE = 2_000
NAME_LENGTH = 40


@dataclass(frozen=True)
class Held:
    """What an integration has, as its page and the second looks say it."""

    pairs: int
    alone: int
    waiting: int
    syncs: tuple[SyncRun, ...]
    scheduled: tuple[str, ...]


def held(integration: Integration) -> Held:
    rows = RecordLink.objects.filter(setting__integration=integration)
    states = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    pairs = pairs_of(integration).count()
    settings = integration.flow_settings.filter(enabled=True, first_synced_at__isnull=False)
    by_clock = settings.exclude(every="off").select_related(
        "integration__ledger", "integration__other"
    )
    return Held(
        pairs=pairs,
        alone=rows.count() - pairs,
        waiting=sum(states.get(state, 0) for state in ("failing", "gone", "undecided", "conflict")),
        syncs=tuple(_open_syncs(integration)),
        scheduled=tuple(module_name(s.flow) for s in by_clock.order_by("pk") if legs(s)),
    )


def pairs_of(integration: Integration) -> QuerySet[RecordLink]:
    return RecordLink.objects.filter(
        setting__integration=integration, source_id__isnull=False, target_id__isnull=False
    )


def _open_syncs(integration: Integration) -> QuerySet[SyncRun]:
    runs = SyncRun.objects.filter(
        setting__integration=integration, status__in=SyncRun.OPEN, stop_asked_at=None
    )
    return runs.select_related("setting__integration").order_by("pk")


def _write_down(user: Any, kind: str, row: Integration, reason: str, **details: Any) -> None:
    Decision.objects.create(
        kind=kind,
        by=user,
        name=integration_name(row),
        reason=reason.strip(),
        details={"integration": row.pk, "name": row.name, **details},
    )


@transaction.atomic
def disable(user: Any, integration: Integration, reason: str) -> None:
    """Nothing is synced any more, in either direction; pairs, settings and read positions stay."""
    row = Integration.objects.select_for_update().get(pk=integration.pk)
    if row.status in Integration.OFF:
        raise ValueError("The integration is disabled already.")
    if not reason.strip():
        raise ValueError("Say why it is disabled; it is kept with the decision.")
    # From here on no sync starts; what is open ends before its next write.
    row.status = Status.DISABLED
    row.save(update_fields=["status"])
    stopped = 0
    for run in _open_syncs(row):
        decisions.cancel(user, run, "The integration was disabled.")
        stopped += 1
    _write_down(user, Kind.DISABLE, row, reason, syncs_stopped=stopped, pairs=held(row).pairs)
    transaction.on_commit(jobs.review_channels)


@transaction.atomic
def enable(user: Any, integration: Integration, reason: str = "") -> None:
    """Go on where it stood: the next syncs read what changed meanwhile, with the same pairs."""
    row = Integration.objects.select_for_update().get(pk=integration.pk)
    if row.status != Status.DISABLED:
        raise ValueError("The integration is not disabled.")
    row.status = Status.ACTIVE
    row.save(update_fields=["status"])
    # A preview of what to delete has no sense any more.
    for run in _open_syncs(row).exclude(act=SyncRun.Act.SYNC):
        decisions.cancel(user, run, "The integration was enabled again.")
    _write_down(user, Kind.ENABLE, row, reason, pairs=held(row).pairs)
    transaction.on_commit(jobs.review_channels)


# Deleting ----------------------------------------------------------------------------------------


def removals(integration: Integration) -> list[SyncRun]:
    """What was started to delete records with the integration, since it was disabled last."""
    since = (
        Decision.objects.filter(kind=Kind.DISABLE, details__integration=integration.pk)
        .order_by("-pk")
        .values_list("at", flat=True)
        .first()
    )
    runs = SyncRun.objects.filter(setting__integration=integration, act=SyncRun.Act.DELETE).exclude(
        status=SyncRun.Status.CANCELLED
    )
    if since is not None:
        runs = runs.filter(created_at__gte=since)
    return list(runs.select_related("setting__integration").order_by("pk"))


def _only_disabled(integration: Integration) -> None:
    if integration.status != Status.DISABLED:
        raise ValueError("The integration is not disabled. Only a disabled one is deleted.")


def preview_removals(user: Any, integration: Integration) -> list[SyncRun]:
    """List what a deletion would remove in the ledger: what syncs made and nobody used (G-6)."""
    _only_disabled(integration)
    if any(run.is_open for run in removals(integration)):
        raise ValueError("The list is being made already.")
    runs = [
        pipeline.start(
            setting,
            flow.key,
            direction=direction,
            mode=SyncRun.Mode.PREVIEW,
            user=user,
            act=SyncRun.Act.DELETE,
        )
        for setting, flow, direction in _into_ledger(integration)
    ]
    for run in runs:
        jobs.wake(run)
    return runs


def _into_ledger(integration: Integration) -> list[tuple[FlowSetting, Any, str]]:
    """The modules whose records in the ledger can be deleted, last made first."""
    found: list[tuple[FlowSetting, Any, str]] = []
    for setting in integration.flow_settings.select_related("integration").order_by("-pk"):
        for flow in registry.flows_of(integration.kind):
            end = flow.target if flow.fetches_forward else flow.source
            entity = registry.connector_class(end.app).entities[end.entity]
            if flow.setting_key == setting.flow and "delete" in entity.removes:
                forward = SyncRun.Direction.FORWARD
                way = forward if flow.fetches_forward else SyncRun.Direction.REVERSE
                if RecordLink.objects.filter(setting=setting, flow=flow.key).exists():
                    found.append((setting, flow, way))
    return found


def open_lists(runs: list[SyncRun]) -> list[SyncRun]:
    """Of what was started the newest list of each module, where it has not been carried out."""
    newest = {(run.setting_id, run.flow): run for run in runs}
    return [run for run in newest.values() if run.mode == SyncRun.Mode.PREVIEW]


def to_delete(lists: list[SyncRun]) -> int:
    """How many records the lists say would be deleted."""
    return sum(run.deleted for run in lists)


def carry_out_removals(user: Any, integration: Integration, typed: str) -> list[SyncRun]:
    """Delete what the lists say, where it is so few that no second person is needed."""
    _only_disabled(integration)
    _only_typed(integration, typed)
    lists = open_lists(removals(integration))
    if not lists or any(run.status != SyncRun.Status.DONE for run in lists):
        raise ValueError("Have the list made first, and wait until it is complete.")
    if to_delete(lists) > removing.ALONE_UP_TO:
        raise ValueError(
            f"More than {removing.ALONE_UP_TO} records: ask somebody else to approve the list."
        )
    started = []
    for run in lists:
        planned = Change.objects.filter(run=run, status=Change.Status.PLANNED)
        ids = list(planned.values_list("source_id", flat=True))
        if ids:
            started.append(
                pipeline.start(
                    run.setting,
                    run.flow,
                    direction=run.direction,
                    only_ids=ids,
                    user=user,
                    act=SyncRun.Act.DELETE,
                )
            )
    for run in started:
        jobs.wake(run)
    return started


def _only_typed(integration: Integration, typed: str) -> None:
    name = integration.ledger.name
    if " ".join(typed.split()).casefold() != " ".join(name.split()).casefold():
        raise ValueError(f"Type the name of the organisation, {name}, to confirm.")


def unanswered(integration: Integration) -> QuerySet[Change]:
    """Writes whose answer is not known: what came of them nobody could say after a deletion, as
    a record that was created so has no known id."""
    return Change.objects.filter(setting__integration=integration, status__in=Change.OPEN)


def look_up(integration: Integration) -> int:
    """Have the writes without an answer looked up now, by the queue; it only reads. Returns how
    many there are."""
    _only_disabled(integration)
    rows = unanswered(integration)
    for run_id in rows.order_by("run").values_list("run", flat=True).distinct():
        async_task(jobs.LOOK_UP, run_id)
    return rows.count()


def _only_answered(integration: Integration) -> None:
    number = unanswered(integration).count()
    if number:
        raise ValueError(
            f"{counted(number, 'write')} into the apps {'has' if number == 1 else 'have'} no "
            "answer yet, so a record may stand there that no pair knows. Press “Look them up now” "
            "and delete when all are confirmed. If an app cannot be reached, reconnect it first."
        )


@transaction.atomic
def delete(user: Any, integration: Integration, typed: str, reason: str) -> int:
    """Forget the pairs for good; they stay in the archive. Returns how many there were.

    Every record in both apps stays as it is: they are ordinary records of their apps from now on.
    """
    row = Integration.objects.select_for_update().get(pk=integration.pk)
    _only_disabled(row)
    _only_typed(row, typed)
    if not reason.strip():
        raise ValueError("Say why it is deleted; it is kept with the decision.")
    if _open_syncs(row).exists():
        raise ValueError("Records are still being deleted. Wait until that has ended.")
    _only_answered(row)
    number = _archive(row)
    RecordLink.objects.filter(setting__integration=row).delete()
    for model in (Checkpoint, DeletionsRead):
        model.objects.filter(setting__integration=row).delete()
    row.flow_settings.update(enabled=False)
    _write_down(
        user,
        Kind.DELETE,
        row,
        reason,
        pairs=number,
        ledger=row.ledger.organization_id,
        other=row.other.organization_id,
    )
    ending = f"-deleted-{row.pk}"
    row.name = f"{row.name[: NAME_LENGTH - len(ending)]}{ending}"
    row.status, row.way = Status.DELETED, Integration.Way.ANY
    row.save(update_fields=["name", "status", "way"])
    return number


def _archive(row: Integration) -> int:
    """Keep every pair, and what people decided of single records; returns how many are pairs."""
    now, number = timezone.now(), 0
    told_all = pair_rows.links_told(row)
    while some := list(islice(told_all, AT_ONCE)):
        number += sum(link.paired for link, _ in some)
        ArchivedPair.objects.bulk_create(
            ArchivedPair(
                integration=row,
                flow=link.flow,
                source_id=told.first_id,
                target_id=told.second_id,
                name=link.name,
                origin=link.origin,
                holds=told.holds,
                seen=told.seen,
                archived_at=now,
            )
            for link, told in some
        )
    return number
