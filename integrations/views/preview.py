"""A preview: what would be written, what it takes, and having it approved by somebody else."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from integrations import approvals, guards, trials, words
from integrations.errors import WritingStopped
from integrations.estimates import of_preview
from integrations.forms import OptionalReasonForm, ReasonForm
from integrations.lists.html import when
from integrations.models import Change, SyncRun
from integrations.sync.approved import set_up_changed, written_since
from integrations.sync.places import SyncOpen, open_sync
from integrations.views.acting import attempt, refusal, to_run
from integrations.views.frame import needs, page
from integrations.views.outcomes import page_of_lines, tiles
from integrations.views.parts import parts_facts
from integrations.views.progress import acts_of, progress_facts, run_of
from integrations.views.standing_so import standing_so
from integrations.views.trial import trial_facts
from integrations.words import run_heading, sides, written_organisation

Status = SyncRun.Status


@needs("integrations.view_change")
@require_safe
def preview(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_of(run_id)
    if run.mode != SyncRun.Mode.PREVIEW:
        return redirect("office:sync", run.pk)
    return _shown(request, run, ReasonForm())


def _shown(request: HttpRequest, run: SyncRun, reject_form: ReasonForm) -> HttpResponse:
    return page(
        request,
        "previews/preview.html",
        run_heading(run),
        **progress_facts(run),
        **page_of_lines(request, run),
        **standing_so(request, run),
        **parts_facts(run),
        **_sum(run),
        **_approval(request, run),
        **trial_facts(run),
        acts=acts_of(run),
        asked_when=when(run.approval_asked_at),
        organisation=written_organisation(run),
        written_app=sides(run.flow, run.direction)[1],
        in_name_of=_signed_in_as(run),
        no_writing=_no_writing(run),
        reject_form=reject_form,
        # A name of its own: two forms of the page ask for a reason.
        stop_form=OptionalReasonForm(auto_id="id_stop_%s"),
    )


def _sum(run: SyncRun) -> dict[str, Any]:
    estimate = of_preview(run)
    return {
        "writes": run.created + run.updated + run.linked + run.deleted,
        "cannot": run.need_a_person,
        "person_tiles": [tile for tile in tiles(run) if tile.colour == "bad"],
        "waiting": run.waiting,
        "estimate": [(words.app_name(app), number) for app, number in estimate.requests.items()],
        "minutes": estimate.minutes,
    }


def _approval(request: HttpRequest, run: SyncRun) -> dict[str, Any]:
    """Which of the buttons the person may use, and why not the others."""
    ready = run.status in {Status.DONE, Status.PAUSED}
    writes = Change.objects.filter(run=run, status=Change.Status.PLANNED).exists() if ready else 0
    refused = approvals.rejection(run)
    offered = ready and bool(writes)
    return {
        **(_meanwhile(run) if offered and not refused and run.trial is None else {}),
        "ready": offered,
        "refused": refused,
        "own": request.user.pk in approvals.askers(run),
        "may_ask": request.user.has_perm("integrations.request_approval"),
        "may_approve": request.user.has_perm("integrations.approve_preview"),
        "may_start": request.user.has_perm("integrations.start_sync"),
        "may_change": request.user.has_perm("integrations.change_flowsetting"),
    }


def _meanwhile(run: SyncRun) -> dict[str, Any]:
    """What has happened since the preview that whoever approves it is to know before."""
    open_one = open_sync(run)
    rows = written_since(run).values("run_id").order_by("-run_id")
    numbers = dict(
        rows.annotate(number=Count("source_id", distinct=True)).values_list("run_id", "number")
    )
    others = SyncRun.objects.in_bulk(numbers)
    return {
        "in_the_way": refusal(SyncOpen(open_one)) if open_one else "",
        "set_up_changed": set_up_changed(run),
        "written_since": [(others[pk], number) for pk, number in numbers.items()],
    }


def _signed_in_as(run: SyncRun) -> str:
    """G-16: in whose name the records are written."""
    integration = run.setting.integration
    written = sides(run.flow, run.direction)[1]
    for connection in (integration.ledger, integration.other):
        if words.app_name(connection.app) == written:
            return connection.grant.signed_in_as
    return ""


def _no_writing(run: SyncRun) -> str:
    """Why an approved preview would not be written at once; empty when it would."""
    try:
        guards.check_writing(run.setting_id)
    except WritingStopped as error:
        return f"{error.message} {error.hint}"
    return ""


@needs("integrations.change_flowsetting")
@require_POST
def confirm(request: HttpRequest, run_id: int) -> HttpResponse:
    """Put in force the choices that the preview tried out (G-5)."""
    run = run_of(run_id)
    _, setting = attempt(
        request,
        lambda: trials.confirm(request.user, run),
        done="The new choices are in force. The next sync writes by them.",
    )
    return redirect("office:module", setting.pk) if setting else redirect("office:preview", run.pk)


@needs("integrations.start_sync")
@require_POST
def again(request: HttpRequest, run_id: int) -> HttpResponse:
    """Try the same choices out once more."""
    run = run_of(run_id)
    done, newer = attempt(request, lambda: trials.again(request.user, run))
    if not done or newer is None:
        return redirect("office:preview", run.pk)
    return to_run(request, newer)


@needs("integrations.request_approval")
@require_POST
def ask(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_of(run_id)
    attempt(
        request,
        lambda: approvals.ask(request.user, run),
        done="Approval is asked for. Send the address of this page to an approver.",
    )
    return redirect("office:preview", run.pk)


@needs("integrations.approve_preview")
@require_POST
def approve(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_of(run_id)
    done, _ = attempt(
        request,
        lambda: approvals.approve(request.user, run),
        done=f"Approved. It is written to {written_organisation(run)} now.",
    )
    return redirect("office:sync" if done else "office:preview", run.pk)


@needs("integrations.approve_preview")
@require_POST
def reject(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_of(run_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _shown(request, run, form)
    attempt(
        request,
        lambda: approvals.reject(request.user, run, form.cleaned_data["reason"]),
        done="Not approved; nothing of it is written.",
    )
    return redirect("office:preview", run.pk)


urlpatterns: list[Any] = [
    path("<int:run_id>/", preview, name="preview"),
    path("<int:run_id>/confirm/", confirm, name="preview-confirm"),
    path("<int:run_id>/again/", again, name="preview-again"),
    path("<int:run_id>/ask/", ask, name="preview-ask"),
    path("<int:run_id>/approve/", approve, name="preview-approve"),
    path("<int:run_id>/reject/", reject, name="preview-reject"),
]
