"""Possible duplicates: compared side by side, and decided one by one or many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import attention, comparing, decisions, many, words
from integrations.errors import SyncError
from integrations.views import effects
from integrations.views.acting import attempt, tell_refused, to_runs
from integrations.views.candidates import look_alikes
from integrations.views.chosen import (
    CHANGED,
    Goes,
    chosen_rows,
    confirmed,
    cut,
    kept,
    only_looked_at,
    page_of,
    row_of,
    rows_of,
    seal,
    settings_of,
    shares,
)
from integrations.views.frame import fragment, needs, page
from integrations.views.meanwhile import or_decided, waiting
from mappings.counting import counted
from mappings.models import RecordLink

SEE, DECIDE = "mappings.view_recordlink", "mappings.decide_record"
RETRY = "integrations.retry_record"
AT_ONCE = 1_000
# What was decided is written without a second look up to so many: they are still in mind.
FEW, NAMES_SHOWN = 25, 100
LIST = "office:duplicates"
SAME, DIFFERENT, LATER = "same", "different", "later"
WRITES = {SAME: Goes.ALL, DIFFERENT: Goes.LACKING, LATER: Goes.NOWHERE}


@needs(SEE)
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    lists = (attention.duplicates(), attention.duplicates_put_off())
    put_off = request.GET.get("show") == "later"
    rows, others = reversed(lists) if put_off else lists
    name = request.GET.get("name", "").strip()
    shown = page_of(request, attention.found_by(attention.listed(rows), name))
    return page(
        request,
        "attention/duplicates.html",
        "Possible duplicates",
        pages=shown,
        rows=rows_of(list(shown)),
        name=name,
        put_off=put_off,
        others=others.count(),
        decided=attention.decided(attention.State.UNDECIDED).count(),
        may_decide=request.user.has_perm(DECIDE),
        may_retry=request.user.has_perm(RETRY),
    )


def _open(duplicate_id: int) -> RecordLink:
    rows = RecordLink.objects.filter(state=attention.State.UNDECIDED)
    return waiting(attention.listed(rows), duplicate_id)


@needs(SEE)
@require_safe
@or_decided(LIST)
def duplicate(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    link = _open(duplicate_id)
    setting = settings_of([link.setting_id])[link.setting_id]
    alike = look_alikes(link)
    return page(
        request,
        "attention/duplicate.html",
        link.name or "A record without a name",
        row=row_of(link),
        candidates=alike,
        far=words.sides(link.flow)[1 if link.source_id else 0],
        may_repair=request.user.has_perm("mappings.repair_pair"),
        free=next((one.id for one in alike if one.is_free), ""),
        effects=effects.of_choices(link, setting),
        asked_again=timezone.now() + decisions.LATER_FOR,
        may_decide=request.user.has_perm(DECIDE),
    )


@needs(SEE)
@require_safe
@or_decided(LIST)
def comparison(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    """The records side by side, read from both apps now."""
    link = _open(duplicate_id)
    ids = [item.id for item in look_alikes(link) if item.id]
    try:
        compared = comparing.compare(link, ids)
    except SyncError as error:
        return fragment(request, "attention/not_read.html", error=error)
    left = len(ids) - comparing.AT_ONCE
    return fragment(request, "attention/comparison.html", compared=compared, left=max(left, 0))


@needs(DECIDE)
@require_POST
@or_decided(LIST)
def decide(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    link = _open(duplicate_id)
    choice, target = request.POST.get("choice", ""), request.POST.get("target", "")
    acts: dict[str, tuple[Callable[[], None], str]] = {
        SAME: (lambda: decisions.same(request.user, link, target), "the same record"),
        DIFFERENT: (lambda: decisions.different(request.user, [link]), "another record"),
        LATER: (lambda: decisions.later(request.user, [link]), "put off for a week"),
    }
    if choice not in acts or (choice == SAME and not target):
        messages.error(request, "Choose the record that is the same, or one of the other answers.")
        return redirect("office:duplicate", duplicate_id)
    act, said = acts[choice]
    done, _ = attempt(request, act, done=f"{link.name}: {said}.")
    if not done:
        return redirect("office:duplicate", duplicate_id)
    following = attention.duplicates().exclude(pk=duplicate_id).first()
    if following is None:
        return redirect(LIST)
    return redirect("office:duplicate", following.pk)


@needs(DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def decide_many(request: HttpRequest) -> HttpResponse:
    """A second look at how many records a choice is made for, then making it."""
    sent = request.POST if request.method == "POST" else request.GET
    choice = sent.get("choice", "")
    rows = chosen_rows(request, attention.duplicates())
    if choice not in {SAME, DIFFERENT, LATER} or not rows.exists():
        messages.info(request, "Tick the records first, then say what they are.")
        return redirect(LIST)
    links = list(rows.defer(*attention.DIGESTS)[:AT_ONCE])
    fit = [link for link in links if choice != SAME or effects.only_candidate(link)]
    sealed = seal((link.pk, link.details) for link in fit)
    if confirmed(request, sealed):
        return _carry_out(request, choice, fit)
    return page(
        request,
        "attention/decide_many.html",
        effects.TITLES[choice],
        choice=choice,
        effect=effects.IN_GENERAL[choice],
        finance_owns=any(effects.finance_owns(link) for link in fit),
        fit=fit[:100],
        total=len(fit),
        aside=len(links) - len(fit),
        failing=_failing(fit) if choice == DIFFERENT else 0,
        shares=_shares(rows, fit, WRITES[choice]),
        cut=cut(len(links), rows),
        **kept(request, sealed),
    )


def _failing(links: Sequence[RecordLink]) -> int:
    """How many of them the app is certain to refuse as a second record of one name."""
    named = [link for link in links if effects.is_second_name(link)]
    settings = settings_of({link.setting_id for link in named})
    # The same for all records of a module on one side: asked once, not a thousand times.
    sides = {(link.setting_id, link.flow, bool(link.source_id)): link for link in named}
    refused = {key for key, one in sides.items() if effects.certain_to_fail(one, settings[key[0]])}
    return sum((one.setting_id, one.flow, bool(one.source_id)) in refused for one in named)


def _shares(
    rows: QuerySet[RecordLink], fit: Sequence[RecordLink], goes: Goes = Goes.ALL
) -> list[Any]:
    return shares(rows.filter(pk__in=[link.pk for link in fit]), goes)


def _carry_out(request: HttpRequest, choice: str, links: list[RecordLink]) -> HttpResponse:
    if not links:
        messages.error(request, "None of them has exactly one look-alike.")
        return redirect(LIST)
    if choice == SAME:
        refused = many.same(request.user, [(link, effects.only_candidate(link)) for link in links])
        tell_refused(request, refused)
        messages.success(request, f"{len(links) - len(refused):,} decided: the same record.")
        return redirect(LIST)
    act = decisions.different if choice == DIFFERENT else decisions.later
    said = "other records" if choice == DIFFERENT else "put off for a week"
    attempt(request, lambda: act(request.user, links), done=f"{len(links):,} decided: {said}.")
    return redirect(LIST)


@needs(RETRY)
@require_http_methods(["GET", "HEAD", "POST"])
def write_decided(request: HttpRequest) -> HttpResponse:
    """What has been decided is written now, not only with the next sync; of many, a second look
    comes first."""
    rows = attention.decided(*attention.FOR_PEOPLE)
    links = list(rows.defer(*attention.DIGESTS)[:AT_ONCE])
    left = cut(len(links), rows)
    if not links:
        messages.info(request, "Nothing decided is waiting to be written.")
        return redirect(LIST)
    sealed = seal((link.pk, link.decision, link.decided_target) for link in links)
    seen = request.POST.get("seen", "")
    if request.method != "POST" or ((seen or len(links) > FEW) and seen != sealed):
        if seen:
            messages.warning(request, CHANGED)
        written = _shares(rows, links)
        return page(
            request,
            "attention/write_decided.html",
            "Write what was decided",
            total=len(links),
            cut=left,
            names=[str(link) for link in links[:NAMES_SHOWN]],
            shares=written,
            only_looked_at=only_looked_at(written),
            seen=sealed,
        )
    done, runs = attempt(request, lambda: decisions.sync_records(request.user, links))
    if done and left:
        said = f"These are the first {left['first']:,} of {left['of']:,}; repeat for the rest."
        messages.info(request, said)
    if not runs:
        return redirect(LIST)
    are = counted(len(links), "record is", "records are")
    return to_runs(request, runs, LIST, done=f"{are} written now, as decided.")


urlpatterns = [
    path("", duplicates, name="duplicates"),
    path("decide/", decide_many, name="duplicates-decide"),
    path("write/", write_decided, name="write-decided"),
    path("<int:duplicate_id>/", duplicate, name="duplicate"),
    path("<int:duplicate_id>/compare/", comparison, name="duplicate-compare"),
    path("<int:duplicate_id>/decide/", decide, name="duplicate-decide"),
]
