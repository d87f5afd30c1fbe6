"""Changed on both sides, and what only finance changes: whose values stay, field by field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from integrations import attention, causes, comparing, decisions, many, second_looks
from integrations.access import who_may
from integrations.errors import SyncError
from integrations.forms import ReasonForm
from integrations.models import Decision, FlowSetting
from integrations.views.acting import attempt, tell_refused
from integrations.views.chosen import (
    Goes,
    chosen_rows,
    confirmed,
    cut,
    kept,
    page_of,
    seal,
    settings_of,
    shares,
)
from integrations.views.differing import Line, lines_of
from integrations.views.effects import organisation_of
from integrations.views.frame import fragment, needs, page, refuse
from integrations.views.meanwhile import or_decided, waiting
from mappings.counting import counted
from mappings.models import RecordLink

SEE, DECIDE = "mappings.view_recordlink", second_looks.DECIDE
AT_ONCE = 500
LIST = "office:conflicts"
FIRST, SECOND = "first", "second"


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
    link = difference_of(difference_id)
    if request.method != "POST":
        return difference_page(request, link)
    if not request.user.has_perm(DECIDE):
        return refuse(request, DECIDE)
    line = lines_of([link])[0]
    form = ChoiceForm(line, _posted(request, line))
    if form.is_valid() and _choose(request, link, form.from_first):
        return _following(difference_id)
    return difference_page(request, link, form=form)


def difference_of(difference_id: int) -> RecordLink:
    """Decided where nothing of the record is to be chosen (any more)."""
    rows = RecordLink.objects.filter(attention.DIFFERENT)
    return waiting(attention.listed(rows), difference_id)


def difference_page(
    request: HttpRequest,
    link: RecordLink,
    *,
    form: ChoiceForm | None = None,
    refuse_form: ReasonForm | None = None,
) -> HttpResponse:
    line = lines_of([link])[0]
    form = form or ChoiceForm(line, initial=_chosen_before(link))
    setting = settings_of([link.setting_id])[link.setting_id]
    asked = line.asked
    return page(
        request,
        "attention/conflict.html",
        link.name or "A record without a name",
        line=line,
        form=form,
        fields=[
            (difference, form[difference.path], bool(asked and difference.path in asked.fields))
            for difference in line.differences
        ],
        two_way=setting.extent == FlowSetting.Extent.BOTH,
        first_organisation=organisation_of(setting, line.first),
        second_organisation=organisation_of(setting, line.second),
        waiting=link.due and bool(link.decision) and link.cause != causes.SECOND_LOOK.key,
        may_decide=request.user.has_perm(DECIDE),
        **_second_look(request, link, refuse_form or ReasonForm()),
    )


def _chosen_before(link: RecordLink) -> dict[str, str]:
    """What is asked for, or what an answer not written yet says, as the choices of the form."""
    if link.cause != causes.SECOND_LOOK.key:
        return {}
    said = link.details.get("asked") or link.details.get("answered")
    if not said:
        return {}
    ours = said.get("fields") or said.get("values") or ()
    return {path: FIRST if path in ours else SECOND for path in link.details["fields"]}


def _second_look(request: HttpRequest, link: RecordLink, refuse_form: ReasonForm) -> dict[str, Any]:
    """Of values that money goes by: what was asked and answered, and who may say yes."""
    if link.cause != causes.SECOND_LOOK.key:
        return {}
    parts = ("asked", "answered", "refused", "lapsed")
    told = {part: second_looks.said([link], part).get(link.pk) for part in parts}
    asked = told["asked"]
    return {
        **told,
        "looked_at_twice": True,
        "is_answered": second_looks.is_answered(link),
        "answered_keeps": not (link.details.get("answered") or {}).get("values"),
        "own": asked is not None and asked.by_id == request.user.pk,
        "may_approve": request.user.has_perm(second_looks.APPROVE),
        "who_approves": " or ".join(who_may(second_looks.APPROVE)),
        "stamp": second_looks.stamp(link),
        "refuse_form": refuse_form,
    }


def _posted(request: HttpRequest, line: Line) -> dict[str, str]:
    """The choices made; one of the buttons for all fields stands for a choice in each."""
    every = request.POST.get("all", "")
    if every in {FIRST, SECOND}:
        return {difference.path: every for difference in line.differences}
    return {
        difference.path: request.POST.get(difference.path, "") for difference in line.differences
    }


def _choose(request: HttpRequest, link: RecordLink, from_first: list[str]) -> bool:
    done, kind = attempt(request, lambda: decisions.choose_values(request.user, link, from_first))
    if kind == Decision.Kind.ASK_APPROVAL:
        approvers = " or ".join(who_may(second_looks.APPROVE))
        messages.success(
            request,
            f"{link.name}: asked for. It is written once another person ({approvers}) has "
            "approved it on its page.",
        )
    elif done:
        messages.success(request, f"{link.name}: decided. It is written with the next sync.")
    return done


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
    link = difference_of(difference_id)
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
    # What finance owns is looked at one by one before anything of it is overwritten, and what
    # wants a second person is not decided in passing (G-10).
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
        # One-way, the values that are kept stand where they would be written.
        shares=shares(fit, Goes.TARGET if side == FIRST else Goes.SOURCE),
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
