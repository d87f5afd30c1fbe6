"""Repairing and restoring pairs by file: every row is judged first, and done only when a person
confirms it.

The same file serves after an integration was deleted and its apps were joined again: the pairs of
the archive come back, and what people decided of single records with them, for the organisations
they are of and no others. A short file is dealt with at once. A long one is work for the queue: in
slices under a lease, so that it may stop at any instruction and go on.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task

from integrations import pair_judging, pair_making, registry
from integrations.errors import SyncError, TryLater
from integrations.models import FlowSetting, Integration, PairFile, PairFileRow
from integrations.pair_rows import exported
from integrations.words import integration_name
from mappings.pair_file import PairRow, PairTable, each_by_itself, taken_by

log = logging.getLogger(__name__)
Phase, Outcome = PairFile.Phase, PairFileRow.Outcome

WORK = "integrations.pair_files.work"
# Files of more rows are left to the queue.
AT_ONCE = 500
PAGE = 500
FOUND, MANY_ALIKE = ("outcome", "verdict", "holds"), 20
SLICE = dt.timedelta(seconds=30)
# A few rows are judged by so many requests at most, and an app may take a minute for each.
LEASE = dt.timedelta(minutes=5)
# Until an app is asked again that needs somebody to do something first.
HELD_FOR = dt.timedelta(minutes=5)
UNEXPECTED = "Something went wrong that nobody foresaw; the log of the worker says what."
DELETED = "The integration was deleted in the meantime."
TWICE = "The file names this record more than once."


# Taking in ---------------------------------------------------------------------------------------


def judge(user: Any, integration: Integration, name: str, found: PairTable) -> PairFile:
    """Keep the file and have every row judged; nothing else is changed. A short file is judged
    when this returns, unless an app could not be asked: its page says so, and it goes on later."""
    with transaction.atomic():
        file = PairFile.objects.create(integration=integration, name=name[:200], sent_by=user)
        rows = _rows(file, integration, found)
        PairFileRow.objects.bulk_create(rows, batch_size=AT_ONCE)
    _begin(file, len(rows))
    return file


def judge_archive(user: Any, integration: Integration, archive: Integration) -> PairFile:
    """The same with what a deleted integration of the same organisations left."""
    rows = each_by_itself([*exported(archive)])
    for number, row in enumerate(rows, 1):
        row.number = number
    return judge(user, integration, f"Archive of {integration_name(archive)}", PairTable(rows))


def _rows(file: PairFile, integration: Integration, found: PairTable) -> list[PairFileRow]:
    keys = {flow.key: flow.setting_key for flow in registry.flows_of(integration.kind)}
    asked = Counter(one for row in found.rows for one in _taken(row, keys))
    rows = [
        PairFileRow(file=file, number=line, outcome=Outcome.REFUSED, verdict=text)
        for line, text in found.errors
    ]
    for row in found.rows:
        twice = any(asked[one] > 1 for one in _taken(row, keys))
        rows.append(
            PairFileRow(
                file=file,
                outcome=Outcome.REFUSED if twice else Outcome.WAITING,
                verdict=TWICE if twice else "",
                **{name: _short(name, value) for name, value in vars(row).items()},
            )
        )
    return rows


def _taken(row: PairRow, settings: dict[str, str]) -> list[tuple[str, str, str]]:
    """The records a row is about; flows that share a setting share their records."""
    return [
        (settings.get(row.module, row.module), side, getattr(row, f"{side}_id"))
        for side in taken_by(row.do, row.holds)
    ]


def _short(name: str, value: Any) -> Any:
    """Text cut to its column; an id that is too long is nobody's."""
    most = getattr(PairFileRow._meta.get_field(name), "max_length", None)
    return value[:most] if most and isinstance(value, str) else value


def carry_out(user: Any, file: PairFile) -> Counter[str]:
    """Do what the rows found in order ask for, if they still are. Returns how many by act; of a
    long file none yet, as the queue does it."""
    with transaction.atomic():
        row = PairFile.objects.select_for_update().get(pk=file.pk)
        if row.phase in (Phase.DOING, Phase.DONE):
            raise ValueError("That file has been carried out already.")
        if row.phase == Phase.CHECKING:
            raise ValueError("Its rows are still being checked. Wait until that has ended.")
        _only_there(row)
        row.phase, row.done_by = Phase.DOING, user
        row.save(update_fields=["phase", "done_by"])
    _begin(row, row.rows.filter(outcome=Outcome.FIT).count())
    return done_by_act(row)


def _only_there(file: PairFile) -> None:
    integration = Integration.everything.get(pk=file.integration_id)
    if integration.status == Integration.Status.DELETED:
        name = integration_name(integration)
        raise ValueError(f"{name}: send the file to an integration that is there.")


def done_by_act(file: PairFile) -> Counter[str]:
    done = file.rows.filter(outcome=Outcome.DONE).order_by()
    return Counter(done.values_list("do", flat=True))


def _begin(file: PairFile, rows: int) -> None:
    """Work on a short file now; on a long one, or one that has to wait, in the queue."""
    going = True
    while going and rows <= AT_ONCE:
        going = _slice(file.pk) and _ready(file.pk)
    file.refresh_from_db()
    if file.is_open and file.not_before is None:
        transaction.on_commit(lambda: wake(file.pk))


def _ready(file_id: int) -> bool:
    return PairFile.objects.filter(pk=file_id, not_before=None).exists()


# Working -----------------------------------------------------------------------------------------


def wake(file_id: int) -> None:
    """Ask a worker to go on with a file; losing the message costs a minute, not the file."""
    async_task(WORK, file_id)


def wake_waiting() -> int:
    """Files that nobody works on though something is left to do: all of them are queued."""
    waiting = _free(PairFile.objects.filter(phase__in=PairFile.OPEN))
    ids = list(waiting.values_list("pk", flat=True))
    for file_id in ids:
        wake(file_id)
    return len(ids)


def _free(files: Any) -> Any:
    now = timezone.now()
    return files.filter(
        Q(lease_until=None) | Q(lease_until__lt=now), Q(not_before=None) | Q(not_before__lte=now)
    )


def work(file_id: int) -> str:
    """One slice of a file, called by the queue; queues its own continuation."""
    if _slice(file_id) and _ready(file_id):
        wake(file_id)
    return PairFile.objects.values_list("phase", flat=True).get(pk=file_id)


def _slice(file_id: int) -> bool:
    """Judge rows, or carry them out, for a while; whether something is left. Harmless to call
    twice, late, or from two workers."""
    token = secrets.token_hex(16)
    mine = _free(PairFile.objects.filter(pk=file_id, phase__in=PairFile.OPEN))
    until = timezone.now() + LEASE
    if not mine.update(lease_token=token, lease_until=until, reason="", not_before=None):
        return False
    file = PairFile.objects.select_related("done_by").get(pk=file_id)
    integration = Integration.everything.select_related("ledger", "other").get(
        pk=file.integration_id
    )
    end, ended = timezone.now() + SLICE, False
    left: dict[str, Any] = {}
    try:
        while not ended and timezone.now() < end:
            if file.phase == Phase.CHECKING:
                ended = not _check_some(file, token, integration)
            else:
                ended = not _do_some(file, token, integration)
    except TryLater as error:
        left = _standing_still(error, error.after)
    except SyncError as error:
        left = _standing_still(error, HELD_FOR)
    except Exception:
        log.exception("pair file %s stands still", file_id)
        left = _standing_still(SyncError(UNEXPECTED, "It is tried again."), HELD_FOR)
    if ended:
        phase = Phase.CHECKED if file.phase == Phase.CHECKING else Phase.DONE
        left = {"phase": phase, "done_at": timezone.now() if phase == Phase.DONE else None}
    held = PairFile.objects.filter(pk=file_id, lease_token=token)
    return bool(held.update(lease_token="", lease_until=None, **left)) and not ended


def _standing_still(error: SyncError, wait: dt.timedelta) -> dict[str, Any]:
    reason = f"{error.message} {error.hint}".strip()
    return {"reason": reason, "not_before": timezone.now() + wait}


def _hold(file: PairFile, token: str) -> bool:
    """Keep the lease for as long as this transaction takes; False where another worker has it."""
    row = PairFile.objects.select_for_update().filter(pk=file.pk, lease_token=token)
    return bool(row.values_list("pk")) and bool(row.update(lease_until=timezone.now() + LEASE))


def _check_some(file: PairFile, token: str, integration: Integration) -> bool:
    """Judge some rows that nobody has judged; False where none is left."""
    rows = list(file.rows.filter(outcome=Outcome.WAITING).order_by("number")[:PAGE])
    if not rows:
        return False
    settings = _settings(integration, integration.flow_settings.all())
    # Apps are asked while no row is locked.
    judged = pair_judging.judge(integration, settings, rows)
    with transaction.atomic():
        if not _hold(file, token):
            return True
        _store(judged)
    return True


def _do_some(file: PairFile, token: str, integration: Integration) -> bool:
    """Carry out some rows found in order; False where none is left."""
    with transaction.atomic():
        if not _hold(file, token):
            return True
        rows = list(file.rows.filter(outcome=Outcome.FIT).order_by("number")[:PAGE])
        if not rows:
            return False
        status = Integration.everything.values_list("status", flat=True).get(pk=integration.pk)
        if status == Integration.Status.DELETED:
            left = file.rows.filter(outcome=Outcome.FIT)
            left.update(outcome=Outcome.REFUSED, verdict=DELETED)
            return False
        # Of two people who name the same record at once only one is heard.
        held = FlowSetting.objects.select_for_update(no_key=True).filter(integration=integration)
        settings = _settings(integration, held.order_by("pk"))
        pair_making.carry_out(file.done_by, file, settings, rows)
        _store(rows)
    return True


def _store(rows: Iterable[PairFileRow]) -> None:
    """Store what was found of the rows. Most of them say the same, which is a fast statement; to
    give each row a value of its own takes the database as long as all the rest."""
    alike: dict[tuple[str, ...], list[PairFileRow]] = {}
    for row in rows:
        alike.setdefault(tuple(getattr(row, name) for name in FOUND), []).append(row)
    singly: list[PairFileRow] = []
    for values, some in alike.items():
        if len(some) < MANY_ALIKE:
            singly += some
            continue
        same = PairFileRow.objects.filter(pk__in=[row.pk for row in some])
        same.update(**dict(zip(FOUND, values, strict=True)))
    PairFileRow.objects.bulk_update(singly, FOUND)


def _settings(integration: Integration, rows: Iterable[FlowSetting]) -> dict[str, FlowSetting]:
    """The settings by the flows that go by them."""
    by_key = {setting.flow: setting for setting in rows}
    for setting in by_key.values():
        setting.integration = integration
    return {
        flow.key: by_key[flow.setting_key]
        for flow in registry.flows_of(integration.kind)
        if flow.setting_key in by_key
    }
