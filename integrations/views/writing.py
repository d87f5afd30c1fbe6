"""The one switch for all writing (G-3): stopped by whoever sees harm, started again by an admin."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from integrations import decisions
from integrations.forms import OptionalReasonForm, ReasonForm
from integrations.models import SyncRun, WritingSwitch
from integrations.views.acting import attempt
from integrations.views.frame import needs, page, refuse
from mappings.counting import counted

STOP, START = "integrations.stop_writing", "integrations.start_writing"


@needs(STOP)
@require_http_methods(["GET", "HEAD", "POST"])
def stop_writing(request: HttpRequest) -> HttpResponse:
    """Asks why, then stops: what is being sent just now is finished, nothing else is sent."""
    latest = _latest()
    if latest is not None and latest.stopped:
        messages.info(request, "All writing is stopped already.")
        return redirect("office:start_writing")
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done, _ = attempt(
            request,
            lambda: decisions.stop_writing(request.user, form.cleaned_data["reason"]),
            done="All writing is stopped. Syncs pause before their next write.",
        )
        if done:
            return redirect(_back(request))
    under_way = SyncRun.objects.filter(status__in=SyncRun.OPEN, mode=SyncRun.Mode.LIVE)
    return page(
        request,
        "attention/stop_writing.html",
        "Stop all writing",
        form=form,
        under_way=under_way.count(),
        back=request.POST.get("back") or request.GET.get("back", ""),
    )


@needs("integrations.view_writingswitch")
@require_http_methods(["GET", "HEAD", "POST"])
def start_writing(request: HttpRequest) -> HttpResponse:
    """Who stopped it, when and why; an admin lets it go on."""
    if request.method == "POST":
        return _start_again(request)
    return _shown(request, OptionalReasonForm())


def _shown(request: HttpRequest, form: OptionalReasonForm) -> HttpResponse:
    waiting = SyncRun.objects.filter(status=SyncRun.Status.PAUSED, held="stopped")
    return page(
        request,
        "attention/start_writing.html",
        "Start writing again",
        form=form,
        latest=_latest(),
        waiting=waiting.count(),
        may_start=request.user.has_perm(START),
    )


def _start_again(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(START):
        return refuse(request, START)
    form = OptionalReasonForm(request.POST)
    if not form.is_valid():
        return _shown(request, form)
    done, waiting = attempt(
        request, lambda: decisions.start_writing(request.user, form.cleaned_data["reason"])
    )
    if done:
        go_on = counted(waiting or 0, "sync that waited goes on", "syncs that waited go on")
        messages.success(request, f"Writing goes on.{f' {go_on}.' if waiting else ''}")
    return redirect("admin:index")


def _latest() -> WritingSwitch | None:
    return WritingSwitch.objects.select_related("by").first()


def _back(request: HttpRequest) -> str:
    """Where the person came from, if that is a page of ours."""
    back = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(
        back, {request.get_host()}, require_https=request.is_secure()
    )
    return back if ours else "admin:index"


urlpatterns = [
    path("stop/", stop_writing, name="stop_writing"),
    path("start/", start_writing, name="start_writing"),
]
