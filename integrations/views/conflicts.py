"""Changed on both sides, and what only finance changes: whose values stay, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from integrations import attention, causes, comparing, decisions, many
from integrations.errors import SyncError
from integrations.lists.html import shown
from integrations.models import FlowSetting
from integrations.views.acting import attempt, tell_refused
from integrations.views.chosen import (
    Row,
    chosen_rows,
    confirmed,
    cut,
    kept,
    page_of,
    rows_of,
    seal,
    settings_of,
    shares,
)
from integrations.views.effects import organisation_of
from integrations.views.frame import fragment, needs, page, refuse
from integrations.views.meanwhile import or_decided, waiting
from integrations.words import flow_of, sides
from mappings.counting import counted
from mappings.models import RecordLink, RemoteField

SEE, DECIDE = "mappings.view_recordlink", "mappings.decide_record"
AT_ONCE = 500
LIST = "office:conflicts"
FIRST, SECOND = "first", "second"


@dataclass(frozen=True)
class Difference:
    """A field in which the two sides differ, by its title in the second app."""

    path: str
    title: str
    first: Any
    second: Any


@dataclass(frozen=True)
class Line:
    """A record of the list with what differs, and the names of its two apps."""

    row: Row
    differences: list[Difference]
    first: str
    second: str
    finance: bool


def lines_of(links: Iterable[RecordLink]) -> list[Line]:
    records = list(links)
    titles = titles_of(records)
    return [_line(row, titles) for row in rows_of(records)]


def _line(row: Row, titles: Mapping[tuple[int, str], str]) -> Line:
    link = row.record
    first, second = sides(link.flow)
    ends = {link.setting.integration.ledger_id, link.setting.integration.other_id}
    named = {name: title for (connection, name), title in titles.items() if connection in ends}
    found = [
        Difference(name, named.get(name, name), shown(pair[0]), shown(pair[-1]))
        for name, pair in sorted((link.details.get("fields") or {}).items())
    ]
    return Line(row, found, first, second, link.cause in causes.LOOKED_AT_SINGLY)


def titles_of(links: Iterable[RecordLink]) -> dict[tuple[int, str], str]:
    """(connection, field) -> title on its app's screens; one statement for all the records."""
    names, entities, connections = set(), set(), set()
    for link in links:
        flow = flow_of(link.flow)
        if flow is not None:
            end = link.setting.integration.side(flow.target.app)
            connections.add(end.pk)
            entities.add(flow.target.entity)
            names |= set(link.details.get("fields") or {})
    rows = RemoteField.objects.filter(
        connection__in=connections, entity__in=entities, name__in=sorted(names)
    )
    found = rows.values_list("connection_id", "name", "label")
    return {(connection, name): label for connection, name, label in found if label}


@needs(SEE)
@require_safe
def conflicts(request: HttpRequest) -> HttpResponse:
    name = request.GET.get("name", "").strip()
    rows = attention.found_by(attention.listed(attention.differences()), name)
    pages = page_of(request, rows)
    lines = lines_of(pages)
    return page(
        request,
        "attention/conflicts.html",
        "Changed on both sides",
        pages=pages,
        lines=lines,
        apps=_same_apps(lines),
        name=name,
        decided=attention.decided(attention.State.CONFLICT, attention.State.FAILING).count(),
        may_decide=request.user.has_perm(DECIDE),
        may_retry=request.user.has_perm("integrations.retry_record"),
    )


def _same_apps(lines: list[Line]) -> tuple[str, str]:
    """Names of the two apps where all records shown have the same two."""
    pairs = {(line.first, line.second) for line in lines}
    return pairs.pop() if len(pairs) == 1 else ("the first app", "the second app")


class ChoiceForm(forms.Form):
    """Whose value stays, for each field that differs."""

    def __init__(self, line: Line, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for difference in line.differences:
            self.fields[difference.path] = forms.ChoiceField(
                label=difference.title,
                choices=[(FIRST, line.first), (SECOND, line.second)],
                widget=forms.RadioSelect,
                error_messages={"required": "Choose one of the two."},
            )

    @property
    def from_first(self) -> list[str]:
        return [name for name, choice in self.cleaned_data.items() if choice == FIRST]


@needs(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
@or_decided(LIST)
def conflict(request: HttpRequest, difference_id: int) -> HttpResponse:
    rows = RecordLink.objects.filter(state__in=decisions.DIFFERENCES)
    link = waiting(attention.listed(rows), difference_id)
    line = lines_of([link])[0]
    form = ChoiceForm(line)
    if request.method == "POST":
        if not _may_choose(request, link):
            return refuse(request, DECIDE)
        form = ChoiceForm(line, _posted(request, line))
        if form.is_valid() and _choose(request, link, form.from_first):
            return _following(difference_id)
    setting = settings_of([link.setting_id])[link.setting_id]
    return page(
        request,
        "attention/conflict.html",
        link.name or "A record without a name",
        line=line,
        form=form,
        fields=[(difference, form[difference.path]) for difference in line.differences],
        two_way=setting.extent == FlowSetting.Extent.BOTH,
        first_organisation=organisation_of(setting, line.first),
        second_organisation=organisation_of(setting, line.second),
        waiting=bool(link.due and link.decision),
        may_decide=_may_choose(request, link),
    )


def _may_choose(request: HttpRequest, link: RecordLink) -> bool:
    """Who approves may say yes to what somebody has asked for."""
    asked = bool(link.details.get("asked"))
    approves = asked and request.user.has_perm("integrations.approve_preview")
    return approves or request.user.has_perm(DECIDE)


def _posted(request: HttpRequest, line: Line) -> dict[str, str]:
    """The choices made; one of the buttons for all fields stands for a choice in each."""
    every = request.POST.get("all", "")
    if every in {FIRST, SECOND}:
        return {difference.path: every for difference in line.differences}
    return {
        difference.path: request.POST.get(difference.path, "") for difference in line.differences
    }


def _choose(request: HttpRequest, link: RecordLink, from_first: list[str]) -> bool:
    done, _ = attempt(
        request,
        lambda: decisions.choose_values(request.user, link, from_first),
        done=_said(link),
    )
    return done


def _said(link: RecordLink) -> str:
    if link.cause == decisions.SECOND_LOOK and not link.details.get("asked"):
        return f"{link.name}: asked for. It is written once another person has approved it."
    return f"{link.name}: decided. It is written with the next sync."


def _following(difference_id: int) -> HttpResponse:
    following = attention.differences().exclude(pk=difference_id).first()
    if following is None:
        return redirect(LIST)
    return redirect("office:conflict", following.pk)


@needs(SEE)
@require_safe
@or_decided(LIST)
def documents(request: HttpRequest, difference_id: int) -> HttpResponse:
    """What the ledger has for the record, read now: how many documents a choice touches."""
    rows = RecordLink.objects.filter(state__in=decisions.DIFFERENCES)
    link = waiting(attention.listed(rows), difference_id)
    try:
        facts = comparing.facts_of(link)
    except SyncError as error:
        return fragment(request, "attention/not_read.html", error=error)
    return fragment(request, "attention/documents.html", facts=facts)


@needs(DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def choose_many(request: HttpRequest) -> HttpResponse:
    """A second look at how many records one side's values are kept for, then keeping them."""
    sent = request.POST if request.method == "POST" else request.GET
    side = sent.get("side", "")
    rows = chosen_rows(request, attention.differences())
    # What finance owns is looked at one by one before anything of it is overwritten (G-10).
    singly = causes.LOOKED_AT_SINGLY if side == FIRST else (many.SECOND_LOOK,)
    fit = rows.exclude(cause__in=singly)
    links = list(attention.listed(fit)[:AT_ONCE])
    if side not in {FIRST, SECOND} or not (links or rows.exists()):
        messages.info(request, "Tick the records first, then say whose values stay.")
        return redirect(LIST)
    sealed = seal((link.pk, link.details) for link in links)
    if confirmed(request, sealed):
        return _choose_all(request, links, side)
    lines = lines_of(links[:100])
    return page(
        request,
        "attention/choose_many.html",
        "Whose values stay",
        side=side,
        lines=lines,
        apps=_same_apps(lines),
        total=len(links),
        aside=rows.count() - fit.count(),
        shares=shares(fit),
        cut=cut(len(links), fit),
        **kept(request, sealed),
    )


def _choose_all(request: HttpRequest, links: list[RecordLink], side: str) -> HttpResponse:
    refused = many.choose_side(request.user, links, source=side == FIRST)
    tell_refused(request, refused)
    made = len(links) - len(refused)
    messages.success(request, f"{counted(made, 'record')} decided: written with the next sync.")
    return redirect(LIST)


urlpatterns = [
    path("", conflicts, name="conflicts"),
    path("choose/", choose_many, name="conflicts-choose"),
    path("<int:difference_id>/", conflict, name="conflict"),
    path("<int:difference_id>/documents/", documents, name="conflict-documents"),
]
