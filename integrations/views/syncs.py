"""A sync: how far it has come, stopping and resuming it, and afterwards every change it made."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from integrations import decisions
from integrations.forms import OptionalReasonForm
from integrations.models import Change, SyncRun
from integrations.views.acting import attempt
from integrations.views.frame import needs, page
from integrations.views.outcomes import page_of_lines
from integrations.views.parts import parts, parts_facts
from integrations.views.progress import acts_of, progress, progress_facts, run_of
from integrations.views.standing_so import standing_so
from integrations.words import run_heading, sides, written_organisation

# So many reasons are told, however many there are.
REASONS = 5


@needs("integrations.view_change")
@require_safe
def sync(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_of(run_id)
    if run.mode == SyncRun.Mode.PREVIEW:
        return redirect("office:preview", run.pk)
    return page(
        request,
        "syncs/sync.html",
        run_heading(run),
        **progress_facts(run),
        **page_of_lines(request, run),
        **standing_so(request, run),
        **_dropped(run),
        **parts_facts(run),
        acts=acts_of(run),
        organisation=written_organisation(run),
        may_start=request.user.has_perm("integrations.start_sync"),
        stop_form=OptionalReasonForm(),
    )


def _dropped(run: SyncRun) -> dict[str, Any]:
    """Why planned changes of an ended sync were not written, the most frequent reasons first."""
    if run.is_open:
        return {}
    rows = Change.objects.filter(run=run, status=Change.Status.DROPPED).order_by()
    reasons = rows.values("reason", "remedy").annotate(number=Count("pk"))
    why = list(reasons.order_by("-number", "reason")[: REASONS + 1])
    return {"why_dropped": why, "preview_again": any(one["remedy"] for one in why)}


@needs("integrations.start_sync")
@require_POST
def stop(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_of(run_id)
    form = OptionalReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    carried_out, ended = attempt(request, lambda: decisions.cancel(request.user, run, reason))
    if carried_out:
        messages.success(request, stopped_words(run, ended=bool(ended)))
    return redirect("office:sync", run.pk)


def stopped_words(run: SyncRun, *, ended: bool) -> str:
    """What is true at that moment of a sync somebody stops."""
    if run.mode == SyncRun.Mode.PREVIEW:
        return f"{'Stopped' if ended else 'It is being stopped'}. Nothing of it is written."
    if not ended:
        return "It is being stopped: what has been sent is noted, and nothing more is written."
    if run.changes.filter(status__in=Change.OPEN).exists():
        app = sides(run.flow, run.direction)[1]
        return f"Stopped. Nothing more is written; what had been sent is looked up in {app}."
    return "Stopped. Nothing more is written."


@needs("integrations.start_sync")
@require_POST
def resume(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_of(run_id)
    attempt(request, lambda: decisions.resume(request.user, run), done="It goes on.")
    return redirect("office:sync", run.pk)


urlpatterns: list[Any] = [
    path("<int:run_id>/", sync, name="sync"),
    path("<int:run_id>/progress/", progress, name="sync-progress"),
    path("<int:run_id>/parts/", parts, name="sync-parts"),
    path("<int:run_id>/stop/", stop, name="sync-stop"),
    path("<int:run_id>/resume/", resume, name="sync-resume"),
]
