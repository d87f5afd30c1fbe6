"""How far a sync has come: the part of a page that asks again until the sync has ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from integrations.admin.runs import RUN_COLOURS
from integrations.estimates import allowances
from integrations.lists.html import badge, when
from integrations.models import Change, Decision, SyncRun
from integrations.secrets import SECRETS
from integrations.sync.notes import WRITTEN_AS
from integrations.views.frame import fragment, needs
from integrations.views.outcomes import apps_of, tiles
from integrations.words import has_open_items, held_words, run_words, sides

GRANTS = ("setting__integration__ledger__grant", "setting__integration__other__grant")
# Longer than the minute's beat that wakes what waits: then nobody is working at all.
UNTOUCHED = dt.timedelta(seconds=90)


def run_of(run_id: int) -> SyncRun:
    """A sync with its organisations and people; no token is read for a page."""
    rows = SyncRun.objects.select_related(
        *GRANTS, "requested_by", "approval_asked_by", "approved_by"
    ).defer(*(f"{grant}__{name}" for grant in GRANTS for name in SECRETS))
    run = get_object_or_404(rows, pk=run_id)
    if run.mode == SyncRun.Mode.PREVIEW and run.held:
        _count_planned(run)
    return run


def _count_planned(run: SyncRun) -> None:
    """A sync that stopped before its first write has counted none of what it had planned."""
    planned = Change.objects.filter(run=run, status=Change.Status.PLANNED)
    counts = planned.values_list("action").annotate(number=Count("pk")).order_by()
    for action, number in counts:
        setattr(run, WRITTEN_AS[Change.Action(action)], number)


@dataclass(frozen=True)
class Progress:
    """Figures of a sync at this moment; `rate` is records a minute."""

    read: int
    expected: int | None
    written: int
    to_write: int
    rate: int | None
    left: str
    asks_again: bool
    looked_up: int
    untouched: bool


def progress_of(run: SyncRun) -> Progress:
    now = run.finished_at or timezone.now()
    spent = (now - run.started_at).total_seconds() if run.started_at else 0.0
    written = run.created + run.updated + run.linked + run.deleted
    preview = run.mode == SyncRun.Mode.PREVIEW
    to_write = 0
    looked_up = 0 if run.is_open else run.changes.filter(status__in=Change.OPEN).count()
    if run.is_open and not preview:
        to_write = Change.objects.filter(run=run, status=Change.Status.PLANNED).count()
    # While writing goes on after all was read, the pace of the writes is what counts.
    writing = run.phase == SyncRun.Phase.APPLY or run.recheck
    done = written if writing and not preview else run.read
    rate = round(done / spent * 60) if spent > 1 and done else None
    open_work = to_write if writing else max((run.expected or 0) - run.read, 0)
    left = _minutes(open_work / rate) if run.is_open and rate and open_work else ""
    waits = run.created_at < timezone.now() - UNTOUCHED and run.started_at is None
    return Progress(
        read=run.read,
        expected=run.expected if run.expected and run.expected >= run.read else None,
        written=0 if preview else written,
        to_write=to_write,
        rate=rate,
        left=left,
        asks_again=(run.is_open and not run.held) or bool(looked_up),
        looked_up=looked_up,
        untouched=run.status == SyncRun.Status.QUEUED and waits,
    )


def _minutes(minutes: float) -> str:
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        whole = round(minutes)
        return f"about {whole} minute{'s' if whole != 1 else ''}"
    return f"about {round(minutes / 60)} hours"


def progress_facts(run: SyncRun) -> dict[str, Any]:
    """What the progress part shows; two statements."""
    integration = run.setting.integration
    held, remedy = held_words(run)
    colour = RUN_COLOURS[SyncRun.Status(run.status)]
    return {
        "run": run,
        "progress": progress_of(run),
        "tiles": tiles(run),
        "badge": badge(
            run_words(run), "look" if colour == "good" and has_open_items(run) else colour
        ),
        "target": sides(run.flow, run.direction)[1],
        "held": held,
        "remedy": remedy,
        "allowances": allowances(integration.ledger, integration.other),
        "requests": apps_of(run),
        "goes_on": when(run.not_before),
        "connections_url": "",
    }


@dataclass(frozen=True)
class Act:
    """What somebody did with a sync."""

    what: str
    who: str
    when: SafeString | str
    why: str


def acts_of(run: SyncRun) -> list[Act]:
    """Who asked, approved, stopped: newest first."""
    rows = run.decisions.select_related("by")
    preview = run.mode == SyncRun.Mode.PREVIEW
    started = "Preview started" if preview or run.recheck else "Sync started"
    words = {Decision.Kind.START.value: started}
    return [
        Act(
            words.get(row.kind, row.get_kind_display()), str(row.by or ""), when(row.at), row.reason
        )
        for row in rows
    ]


@needs("integrations.view_syncrun")
@require_safe
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """Asked for every two seconds; once nothing moves any more the whole page is loaded anew."""
    run = run_of(run_id)
    facts = progress_facts(run)
    answer = fragment(request, "syncs/progress.html", **facts)
    if not facts["progress"].asks_again:
        answer.headers["HX-Refresh"] = "true"
    return answer
