"""How far a sync has come: the part of a page that asks again until the sync has ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from integrations.admin.runs import RUN_COLOURS
from integrations.estimates import allowances, most_a_minute
from integrations.lists.html import CLOCKS_DIFFER, badge, when
from integrations.models import COUNTS, Change, Decision, SyncRun
from integrations.progress import LAST_MINUTES, Figures, progress_of
from integrations.secrets import SECRETS
from integrations.sync.notes import WRITTEN_AS
from integrations.views.frame import fragment, needs
from integrations.views.outcomes import WRITES, apps_of, tiles
from integrations.words import began, has_open_items, held_words, lasted, run_words, sides

GRANTS = ("setting__integration__ledger__grant", "setting__integration__other__grant")
# Longer than the minute's beat that wakes what waits: then nobody is working at all.
UNTOUCHED = dt.timedelta(seconds=90)
# A wait up to this is part of an app's pace: it goes on by itself before anybody could act.
SHORT = dt.timedelta(minutes=2)
# What of a sync changes while it is looked at.
MOVING = (
    *COUNTS,
    "status",
    "phase",
    "held",
    "reason",
    "not_before",
    "stop_asked_at",
    "expected",
    "calls",
    "seconds",
    "started_at",
    "finished_at",
)
# The reason of a pause that is over stays on the sync until it ends.
SAYS_WHY = (SyncRun.Status.PAUSED, SyncRun.Status.FAILED, SyncRun.Status.CANCELLED)
# Changes by what became of them, as `Figures` names it.
STATUSES = {
    "planned": Change.Status.PLANNED,
    "sending": Change.Status.SENDING,
    "unconfirmed": Change.Status.UNCERTAIN,
    "refused": Change.Status.FAILED,
    "dropped": Change.Status.DROPPED,
}


def run_of(run_id: int) -> SyncRun:
    """A sync with its organisations and people; no token is read for a page."""
    rows = SyncRun.objects.select_related(
        *GRANTS, "requested_by", "approval_asked_by", "approved_by"
    ).defer(*(f"{grant}__{name}" for grant in GRANTS for name in SECRETS))
    run = get_object_or_404(rows, pk=run_id)
    count_planned(run)
    return run


def count_planned(run: SyncRun) -> None:
    """A sync that stopped before its first write has counted none of what it had planned."""
    if run.mode != SyncRun.Mode.PREVIEW or not run.held:
        return
    planned = Change.objects.filter(run=run, status=Change.Status.PLANNED)
    counts = planned.values_list("action").annotate(number=Count("pk")).order_by()
    for action, number in counts:
        setattr(run, WRITTEN_AS[Change.Action(action)], number)


def figures_of(run: SyncRun) -> Figures:
    """What a page tells of a sync, read in one statement; the sync is brought to that instant, so
    what else is shown of it adds up with that. A second one asks for the pace."""
    preview = run.mode == SyncRun.Mode.PREVIEW
    at = SyncRun.objects.filter(pk=run.pk).values(*MOVING, **_changes_by_status()).get()
    if not (preview and run.held):
        for name in MOVING:
            setattr(run, name, at[name])
    if preview:
        counts = {"planned": run.created + run.updated + run.linked + run.deleted}
    else:
        counts = {name: at[name] for name in STATUSES} | {
            "written": run.created + run.updated + run.linked + run.deleted
        }
    writing = run.is_open and not preview
    recent, span = _recent(run) if writing else (0, 0.0)
    return Figures(
        open=run.is_open,
        preview=preview,
        reading=run.phase == SyncRun.Phase.READ and not run.recheck and not run.act,
        moving=_moves(run),
        meanwhile=run.trigger not in (SyncRun.Trigger.SCHEDULE, SyncRun.Trigger.WEBHOOK),
        read=run.read,
        expected=run.expected if run.expected and run.expected >= run.read else None,
        recent=recent,
        recent_span=span,
        worked=run.seconds,
        most=most_a_minute(run) if writing else None,
        **counts,
    )


def _changes_by_status() -> dict[str, Coalesce]:
    """How many changes of a sync stand so; those written are among its own counts, committed
    together with them."""

    def number(**which: Any) -> Coalesce:
        rows = Change.objects.filter(run=OuterRef("pk"), **which).order_by().values("run")
        return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)

    # A refused one that had no write planned is no change but a record that needs attention.
    return {
        name: number(status=status, **({"action__in": WRITES} if name == "refused" else {}))
        for name, status in STATUSES.items()
    }


def _recent(run: SyncRun) -> tuple[int, float]:
    """(how many were written in the last minutes, the seconds from the first to the last)."""
    since = timezone.now() - dt.timedelta(seconds=LAST_MINUTES)
    rows = Change.objects.filter(run=run, status=Change.Status.WRITTEN, final_at__gte=since)
    found = rows.aggregate(number=Count("pk"), first=Min("sent_at"), last=Max("final_at"))
    if found["first"] is None:
        return 0, 0.0
    return found["number"], (found["last"] - found["first"]).total_seconds()


def stands_still(run: SyncRun) -> bool:
    """Whether an open sync waits for a person, or so long that a person may want to act."""
    if run.status != SyncRun.Status.PAUSED:
        return False
    at = run.not_before
    return bool(run.held) or at is None or at > timezone.now() + SHORT


def _moves(run: SyncRun) -> bool:
    begun = run.is_open and run.started_at is not None
    return begun and not run.is_stopping and not stands_still(run)


def badge_of(run: SyncRun) -> SafeString:
    """How a sync stands; a short wait is part of its progress."""
    if run.status == SyncRun.Status.PAUSED and not (stands_still(run) or run.is_stopping):
        return badge(SyncRun.Status.RUNNING.label, RUN_COLOURS[SyncRun.Status.RUNNING])
    colour = RUN_COLOURS[SyncRun.Status(run.status)]
    # Never green over open items.
    return badge(run_words(run), "look" if colour == "good" and has_open_items(run) else colour)


def _goes_on(run: SyncRun) -> SafeString | str:
    """When a paused sync goes on by itself; empty where it does not."""
    if run.status != SyncRun.Status.PAUSED or run.not_before is None:
        return ""
    left = run.not_before - timezone.now()
    return when(run.not_before) if left > CLOCKS_DIFFER else "in a few seconds"


def progress_facts(run: SyncRun) -> dict[str, Any]:
    """What the progress part shows; a fixed number of statements."""
    integration = run.setting.integration
    figures = figures_of(run)
    held, remedy = held_words(run)
    looked_up = 0 if run.is_open else figures.sending + figures.unconfirmed
    late = run.created_at < timezone.now() - UNTOUCHED and run.started_at is None
    still = stands_still(run)
    return {
        "run": run,
        "figures": figures,
        "progress": progress_of(figures),
        "seen": "still" if still else "open" if run.is_open else "looked-up" if looked_up else "",
        "still": still,
        "looked_up": looked_up,
        "untouched": run.status == SyncRun.Status.QUEUED and late,
        "tiles": tiles(run),
        "badge": badge_of(run),
        "target": sides(run.flow, run.direction)[1],
        "held": held,
        "remedy": remedy,
        "allowances": allowances(integration.other, integration.ledger),
        "requests": apps_of(run),
        "why": run.reason if run.status in SAYS_WHY else "",
        "goes_on": _goes_on(run),
        "began": began(run),
        "lasted": lasted(run),
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
    """Asked for every two seconds, less often while it stands still. Where the rest of the page
    says something else by now (`seen` is how it was), the whole page is loaded anew."""
    run = run_of(run_id)
    facts = progress_facts(run)
    seen = request.GET.get("seen", "open")
    facts |= {"outcome": request.GET.get("outcome", ""), "no_tiles": "bare" in request.GET}
    answer = fragment(request, "syncs/live.html", **facts)
    if facts["seen"] != seen:
        answer.headers["HX-Refresh"] = "true"
    return answer
