"""What waits for a person, by cause; trying the records of a cause again, after a second look."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import attention, decisions, meter
from integrations.causes import NOT_CONFIRMED, Cause, cause_of
from integrations.views.acting import attempt, to_runs
from integrations.views.chosen import (
    chosen_rows,
    confirmed,
    cut,
    kept,
    only_looked_at,
    page_of,
    rows_of,
    seal,
    shares,
    ticked,
)
from integrations.views.frame import needs, page
from mappings.counting import counted
from mappings.models import RecordLink

SEE, TRY = "mappings.view_recordlink", "integrations.retry_record"
# So many records are tried again in one go; the longest waiting come first.
AT_ONCE = 5_000
NONE_LEFT = "None of these records waits any more."


@needs(SEE)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    groups = attention.groups()
    return page(
        request,
        "attention/overview.html",
        "Needs attention",
        groups=groups,
        alarms=meter.alarms(),
        total=sum(group.count for group in groups),
        decided=attention.decided(*attention.FOR_PEOPLE).count(),
        put_off=attention.duplicates_put_off().count(),
    )


def _back(key: str) -> HttpResponse:
    """To the list of a cause; to all of them where its last record was put right meanwhile."""
    return (
        redirect("office:cause", key) if attention.is_known(key) else redirect("office:attention")
    )


def _cause(key: str) -> Cause:
    """The cause of an address; Http404 where there is none of that name."""
    if not attention.is_known(key):
        raise Http404
    return cause_of(key)


@needs(SEE)
@require_safe
def records(request: HttpRequest, cause: str) -> HttpResponse:
    found = _cause(cause)
    if not found.again and found.where[0] and cause != NOT_CONFIRMED.key:
        return redirect(found.where[0])
    if cause == NOT_CONFIRMED.key:
        rows = attention.unconfirmed().select_related(
            "setting__integration__ledger", "setting__integration__other", "run"
        )
        shown = page_of(request, rows)
        return page(request, "attention/not_confirmed.html", found.title, cause=found, rows=shown)
    name = request.GET.get("name", "").strip()
    shown = page_of(request, attention.found_by(attention.listed(attention.of_cause(cause)), name))
    return page(
        request,
        "attention/cause.html",
        found.title,
        cause=found,
        pages=shown,
        rows=rows_of(list(shown)),
        name=name,
        may_try=request.user.has_perm(TRY),
    )


@needs(TRY)
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, cause: str) -> HttpResponse:
    """A second look at how many records would be tried again, then doing it."""
    found = cause_of(cause)
    if not found.again:
        return redirect("office:cause", cause)
    rows = chosen_rows(request, attention.of_cause(cause))
    links = list(rows.defer(*attention.DIGESTS)[:AT_ONCE])
    sealed = seal(link.pk for link in links)
    if confirmed(request, sealed):
        return _try(request, links, cause)
    if not links:
        messages.info(request, "Tick the records first; those put right are gone from the list.")
        return _back(cause)
    written = shares(rows)
    return page(
        request,
        "attention/again.html",
        f"Try again: {found.title}",
        cause=found,
        total=len(links),
        cut=cut(len(links), rows),
        shares=written,
        only_looked_at=only_looked_at(written),
        **kept(request, sealed),
    )


@needs(TRY)
@require_POST
def try_one(request: HttpRequest) -> HttpResponse:
    """One record, without a second look."""
    link = attention.open_records().filter(pk__in=ticked(request)[:1]).first()
    if link is None:
        messages.info(request, NONE_LEFT)
        return redirect("office:attention")
    known = attention.BY_STATE.get(RecordLink.State(link.state))
    return _try(request, [link], known.key if known else link.cause)


def _try(request: HttpRequest, links: list[RecordLink], key: str) -> HttpResponse:
    if not links:
        messages.info(request, NONE_LEFT)
        return _back(key)
    what = links[0].name if len(links) == 1 else counted(len(links), "record")
    _, runs = attempt(request, lambda: decisions.try_again(request.user, links))
    back = reverse("office:cause", args=[key])
    if not runs:
        return redirect(back)
    done = f"{what}: tried again now. What works leaves the list by itself."
    return to_runs(request, runs, back, done=done)


urlpatterns = [
    path("", overview, name="attention"),
    path("try/", try_one, name="try-record"),
    path("<slug:cause>/", records, name="cause"),
    path("<slug:cause>/again/", again, name="try-cause"),
]
