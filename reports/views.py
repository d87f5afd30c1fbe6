"""Pages that read what happened: the dashboard, the sync history, the integration report."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from integrations import attention, meter, working
from integrations.admin.runs import RUN_COLOURS
from integrations.lists import QuickPaginator
from integrations.lists.html import badge
from integrations.models import Change, SyncRun, WritingSwitch
from integrations.views.frame import needs, page
from integrations.words import has_open_items, held_words, run_heading, run_title, run_words
from mappings.table_files import CSV, XLSX
from reports import dashboard as figures
from reports import queries
from reports.downloads import download
from reports.filters import Filter, HistoryFilter, PushedFilter
from reports.report import Report, TooMany
from reports.resources import HistoryReport, LinksReport, PushedReport
from reports.written import lines_of

PER_PAGE = 50
SEE_RECORDS = "mappings.view_recordlink"
SEE_SYNCS, SEE_CHANGES = "integrations.view_syncrun", "integrations.view_change"


def shown() -> dict[str, Any]:
    """What the dashboard shows, on its own page and on the start page."""
    groups = attention.groups()
    approvals, held = figures.to_approve(), list(figures.held()[:10])
    days, health, alarms = figures.fortnight(), figures.health(), meter.alarms()
    put_off, switch = attention.put_off().count(), WritingSwitch.objects.first()
    troubled = any(one.status[1] in {"bad", "look"} for one in health)
    stopped = switch is not None and switch.stopped
    return {
        "health": health,
        # A green line stands over no open item (guards W).
        "calm": not (groups or approvals or held or alarms or put_off or troubled or stopped),
        "put_off": put_off,
        "groups": groups,
        "total": sum(group.count for group in groups),
        "approvals": approvals,
        "held": [(run, run_heading(run), held_words(run)) for run in held],
        "alarms": alarms,
        "decided": attention.decided(*attention.FOR_PEOPLE).count(),
        "days": days,
        "chart": figures.chart(days),
        "chart_options": figures.CHART_OPTIONS,
        "any_syncs": any(day.syncs for day in days),
    }


@needs(SEE_SYNCS)
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    return page(request, "reports/dashboard.html", "Dashboard", **shown())


def on_start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The dashboard in the admin's start page, for those who may see it."""
    if request.user.has_perm(SEE_SYNCS):
        context |= {"dashboard": True, "title": "Dashboard", **shown()}
    return context


@needs(SEE_SYNCS)
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    form = HistoryFilter(request.GET)
    pages = QuickPaginator(form.rows(queries.history()), PER_PAGE).get_page(request.GET.get("p"))
    return page(
        request,
        "reports/history.html",
        "Sync history",
        form=form,
        pages=pages,
        lines=[(run, run_title(run), outcome(run)) for run in pages],
    )


def outcome(run: SyncRun) -> str:
    """How a sync ended, as a badge; never green over open items."""
    colour = RUN_COLOURS[SyncRun.Status(run.status)]
    return badge(run_words(run), "look" if colour == "good" and has_open_items(run) else colour)


def _pushed() -> QuerySet[Change]:
    """By the time of the write, not of the plan: an approved preview may be days old."""
    return queries.pushed().order_by(F("final_at").desc(), F("pk").desc())


@needs(SEE_CHANGES)
@require_safe
def pushed(request: HttpRequest) -> HttpResponse:
    form = PushedFilter(request.GET)
    pages = QuickPaginator(form.rows(_pushed()), PER_PAGE).get_page(request.GET.get("p"))
    return page(
        request,
        "reports/pushed.html",
        "Integration report",
        form=form,
        pages=pages,
        lines=lines_of(pages),
    )


@needs(SEE_SYNCS)
@require_safe
def history_file(request: HttpRequest) -> HttpResponseBase:
    form = HistoryFilter(request.GET)
    return _file(request, HistoryReport(), form, queries.history(), "reports:history")


@needs(SEE_CHANGES)
@require_safe
def pushed_file(request: HttpRequest) -> HttpResponseBase:
    form = PushedFilter(request.GET)
    return _file(request, PushedReport(), form, _pushed(), "reports:pushed")


@needs(SEE_RECORDS)
@require_safe
def pairs_file(request: HttpRequest, module: str) -> HttpResponseBase:
    """The pairs ticked on a working list, or all that it shows."""
    flow = working.module(module)
    if flow is None:
        raise Http404
    form, rows = working.picked(request.GET, flow)
    if not form.is_valid() or not rows.exists():
        messages.info(request, "Tick the records first, or choose all of the list.")
        return redirect("office:working", flow.key)
    kind = XLSX if request.GET.get("format") == XLSX else CSV
    try:
        return download(LinksReport(), rows.select_related(*queries.INTEGRATION), kind)
    except TooMany as error:
        messages.error(request, str(error))
        return redirect("office:working", flow.key)


def _file(
    request: HttpRequest, report: Report, form: Filter, rows: QuerySet[Any], back: str
) -> HttpResponseBase:
    """Exactly what the page shows with the same filters."""
    kind = XLSX if request.GET.get("format") == XLSX else CSV
    address = redirect(back)
    address["Location"] += f"?{request.GET.urlencode()}"
    if not form.is_valid():
        return address
    try:
        return download(report, form.rows(rows), kind)
    except TooMany as error:
        messages.error(request, str(error))
        return address
