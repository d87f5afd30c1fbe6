"""Pairs of which one side was deleted: what is to become of the other, one by one or many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import attention, removing
from integrations.models import DeletionsRead, FlowSetting, SyncRun
from integrations.views.acting import attempt, to_runs
from integrations.views.chosen import (
    Goes,
    Row,
    chosen_rows,
    confirmed,
    cut,
    kept,
    page_of,
    rows_of,
    seal,
    shares,
)
from integrations.views.frame import needs, page, refuse
from integrations.views.meanwhile import or_decided, waiting
from integrations.words import integration_name, module_name, sides
from mappings.counting import counted
from mappings.models import RecordLink

SEE, DECIDE, REPAIR = (
    "mappings.view_recordlink",
    "mappings.decide_record",
    "mappings.repair_pair",
)
START = "integrations.start_sync"
AT_ONCE = 1_000
LIST = "office:deleted"
KEEP, AGAIN, INACTIVE, DELETE = "keep", "again", "inactive", "delete"
ONLY = (
    "Only what a sync made and nobody used is deleted: no transactions, no later edits, no "
    "opening balance, documents or comments. The others stay, each with the reason."
)
# (title, what it will do, who may).
CHOICES = {
    KEEP: (
        "Keep them by themselves",
        "The records that are left stay as they are. No sync makes the deleted ones again.",
        DECIDE,
    ),
    AGAIN: (
        "Create the deleted ones again",
        "Each is created anew from the record that is left, with the next sync.",
        DECIDE,
    ),
    INACTIVE: (
        "Make the ones that are left inactive",
        "They stay with all that hangs on them, and cannot be chosen for new documents.",
        DECIDE,
    ),
    DELETE: (
        "Delete the ones that are left",
        ONLY,
        REPAIR,
    ),
}
WRITES = {KEEP: Goes.NOWHERE, AGAIN: Goes.LACKING, INACTIVE: Goes.HAVING, DELETE: Goes.HAVING}


@dataclass(frozen=True)
class Line:
    """A pair as the list shows it: where its record was deleted, and where the other is left."""

    row: Row
    lost: str
    left: str
    survivors: list[dict[str, str]]
    again: bool
    ways: tuple[str, ...]


def _lines(links: Iterable[RecordLink]) -> list[Line]:
    records = list(links)
    return [_line(row) for row in rows_of(records)]


def _line(row: Row) -> Line:
    link = row.record
    first, second = sides(link.flow)
    lost_first = removing.lost_side(link) == "source"
    return Line(
        row,
        first if lost_first else second,
        second if lost_first else first,
        list(link.details.get("survivors") or ()),
        removing.makes_again(link),
        removing.ways(link),
    )


@dataclass(frozen=True)
class Doubt:
    """Pairs of which an app lists one side no more, too many to be believed."""

    key: int
    module: str
    app: str
    count: int
    believed: bool


def _doubts() -> list[Doubt]:
    rows = DeletionsRead.objects.filter(doubtful__gt=0).select_related(
        "setting__integration__ledger", "setting__integration__other"
    )
    return [
        Doubt(
            row.pk,
            f"{module_name(row.flow)}, {integration_name(row.setting.integration)}",
            sides(row.flow)[0 if row.place == DeletionsRead.Place.SOURCE else 1],
            row.doubtful,
            row.believed,
        )
        for row in rows
    ]


@needs(SEE)
@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    name = request.GET.get("name", "").strip()
    rows = attention.found_by(attention.listed(attention.gone()), name)
    pages = page_of(request, rows)
    lines = _lines(pages)
    user = request.user
    return page(
        request,
        "attention/deleted.html",
        _title(lines),
        pages=pages,
        lines=lines,
        name=name,
        doubts=_doubts(),
        may_decide=user.has_perm(DECIDE),
        may_delete=user.has_perm(REPAIR),
        may_start=user.has_perm(START),
    )


def _title(lines: Sequence[Line]) -> str:
    apps = sorted({line.lost for line in lines})
    return f"Deleted in {' or '.join(apps)}" if apps else "Deleted on one side"


@needs(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest) -> HttpResponse:
    """A second look at what a choice does, and to how many; then doing it."""
    sent = request.POST if request.method == "POST" else request.GET
    choice = sent.get("choice", "")
    rows = chosen_rows(request, attention.gone())
    if choice not in CHOICES or not rows.exists():
        messages.info(request, "Tick the records first, then say what is to become of them.")
        return redirect(LIST)
    title, effect, right = CHOICES[choice]
    if not request.user.has_perm(right):
        return refuse(request, right)
    links = list(attention.listed(rows)[:AT_ONCE])
    fit = [link for link in links if _fits(link, choice)]
    doubted = [link for link in fit if choice != KEEP and removing.may_be_merged(link)]
    sealed = seal((link.pk, link.details) for link in fit)
    said = sent.get("not_merged") == "yes"
    if confirmed(request, sealed):
        if said or not doubted:
            return _carry_out(request, choice, fit, not_merged=said)
        messages.error(request, "Say first whether they were merged. Nothing was done.")
    return page(
        request,
        "attention/deleted_many.html",
        title,
        choice=choice,
        effect=effect,
        lines=_lines(fit[:100]),
        total=len(fit),
        aside=len(links) - len(fit),
        doubted=_lines(doubted[:100]),
        shares=shares(rows.filter(pk__in=[link.pk for link in fit]), WRITES[choice]),
        second_person=choice in {INACTIVE, DELETE} and len(fit) > removing.ALONE_UP_TO,
        cut=cut(len(links), rows),
        **kept(request, sealed),
    )


def _fits(link: RecordLink, choice: str) -> bool:
    if choice == AGAIN:
        return removing.makes_again(link)
    return choice == KEEP or choice in removing.ways(link)


def _carry_out(
    request: HttpRequest, choice: str, links: list[RecordLink], *, not_merged: bool
) -> HttpResponse:
    if not links:
        messages.error(request, "None of them can be treated so.")
        return redirect(LIST)
    user, number = request.user, len(links)

    def take_out(act: str) -> list[SyncRun]:
        return removing.take_out(user, links, act, not_merged=not_merged)

    acts: dict[str, tuple[Callable[[], Any], str]] = {
        KEEP: (lambda: removing.keep(user, links), f"{number:,} kept by themselves."),
        AGAIN: (
            lambda: removing.make_again(user, links, not_merged=not_merged),
            f"{counted(number, 'is', 'are')} created again with the next sync.",
        ),
        INACTIVE: (lambda: take_out(SyncRun.Act.INACTIVE), ""),
        DELETE: (lambda: take_out(SyncRun.Act.DELETE), ""),
    }
    act, said = acts[choice]
    done, runs = attempt(request, act, done=said)
    if not done or not runs:
        return redirect(LIST)
    if number <= removing.ALONE_UP_TO:
        return to_runs(request, runs, LIST)
    messages.info(
        request,
        f"More than {removing.ALONE_UP_TO} at once: look at the list of them, then ask somebody "
        "else to approve it. Nothing has been changed yet.",
    )
    return to_runs(request, runs, LIST, live=False)


@needs(DECIDE)
@require_POST
@or_decided(LIST)
def go_on_with(request: HttpRequest, link_id: int) -> HttpResponse:
    """The record that the deleted one was merged into takes its place in the pair."""
    link = waiting(attention.gone(), link_id)
    chosen = request.POST.get("record", "")
    attempt(
        request,
        lambda: removing.go_on_with(request.user, link, chosen),
        done=f"{link.name}: the pair goes on with the record named.",
    )
    return redirect(LIST)


@needs(START)
@require_POST
@or_decided(LIST)
def believe(request: HttpRequest, asked_id: int) -> HttpResponse:
    """Have records looked up one by one of which very many seem to be gone."""
    row = waiting(DeletionsRead.objects.filter(doubtful__gt=0), asked_id)
    setting = FlowSetting.objects.get(pk=row.setting_id)
    attempt(
        request,
        lambda: removing.believe(request.user, setting, row),
        done="They are looked up one by one with the next syncs; what is gone is listed here.",
    )
    return redirect(LIST)


urlpatterns = [
    path("", deleted, name="deleted"),
    path("decide/", decide, name="deleted-decide"),
    path("doubt/<int:asked_id>/", believe, name="deleted-believe"),
    path("<int:link_id>/go-on/", go_on_with, name="deleted-go-on"),
]
