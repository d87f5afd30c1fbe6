"""The page of one record: its pair, its state, what can be done with it; and finding records."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from integrations import decisions, fetching, pairs, writing
from integrations.causes import cause_of
from integrations.forms import PairForm, ReasonForm
from integrations.lists import QuickPaginator
from integrations.standing import state_badge
from integrations.views import record_facts as facts
from integrations.views.acting import attempt, to_run
from integrations.views.frame import needs, page
from integrations.views.outcomes import PER_PAGE
from integrations.views.search import search
from integrations.words import flow_of, integration_name, module_name
from mappings.models import RecordLink

SEEN = "mappings.view_recordlink"


@needs(SEEN)
@require_safe
def record(request: HttpRequest, link_id: int) -> HttpResponse:
    return _shown(request, facts.link_of(link_id), ReasonForm())


def _shown(request: HttpRequest, link: RecordLink, separate_form: forms.Form) -> HttpResponse:
    flow = flow_of(link.flow)
    context: dict[str, Any] = {}
    if flow is not None:
        find = request.GET.get("find", "").strip()
        number, total = facts.compared(link, flow)
        context = {
            "sides": facts.sides_of(link, flow),
            "fetches_from": facts.fetched_from(link, flow),
            "compared": number,
            "fields": total,
            "find": find,
            "candidates": facts.candidates(link, flow, find),
        }
        if "values" in request.GET:
            context["values"], context["no_values"] = facts.values_or_why(link, flow)
            # What a sync leaves as it is needs nobody.
            changed = [value for value in context["values"] if value.differs and not value.left]
            context["differing"] = len(changed)
    paginator = QuickPaginator(facts.changes_of(link), PER_PAGE)
    pages = paginator.get_page(request.GET.get("p"))
    titles = facts.titles_of(link) if flow is not None else {}
    return page(
        request,
        "records/record.html",
        link.name or "Record without a name",
        link=link,
        module=module_name(link.flow),
        integration=integration_name(link.setting.integration),
        badge=state_badge(link),
        since=facts.since(link),
        waits_for=_waits_for(link),
        by_pairing=link.state == RecordLink.State.FAILING and cause_of(link.cause).by_pairing,
        lines=[facts.line_of(link, row, titles) for row in pages],
        pages=pages,
        total=paginator.total,
        acts=facts.decisions_of(link),
        separate_form=separate_form,
        hindered=writing.hindrance(link.setting),
        may_sync=request.user.has_perm("integrations.retry_record"),
        may_repair=request.user.has_perm("mappings.repair_pair"),
        **context,
    )


def _waits_for(link: RecordLink) -> RecordLink | None:
    if link.state != RecordLink.State.WAITING or not link.waiting_id:
        return None
    return RecordLink.objects.filter(
        setting__integration=link.setting.integration_id,
        flow=link.waiting_flow,
        source_id=link.waiting_id,
    ).first()


def _act(request: HttpRequest, link: RecordLink, act: Callable[[], Any], done: str) -> HttpResponse:
    attempt(request, act, done=done)
    return redirect("office:record", link.pk)


@needs("integrations.retry_record")
@require_POST
def sync_record(request: HttpRequest, link_id: int) -> HttpResponse:
    """Sync this one record now, whatever its state."""
    link = facts.link_of(link_id)
    done, runs = attempt(request, lambda: decisions.sync_records(request.user, [link]))
    if not done or not runs:
        return redirect("office:record", link.pk)
    return to_run(request, runs[0], live=True)


@needs("integrations.retry_record")
@require_POST
def fetch_record(request: HttpRequest, link_id: int) -> HttpResponse:
    """Get the other app's present values for this one pair."""
    link = facts.link_of(link_id)
    done, run = attempt(request, lambda: fetching.fetch_pair(request.user, link))
    if not done or run is None:
        return redirect("office:record", link.pk)
    return to_run(request, run, live=True)


@needs("mappings.repair_pair")
@require_POST
def separate(request: HttpRequest, link_id: int) -> HttpResponse:
    link, form = facts.link_of(link_id), ReasonForm(request.POST)
    if not form.is_valid():
        return _shown(request, link, form)
    reason = form.cleaned_data["reason"]
    act = partial(pairs.separate, request.user, [link], reason)
    return _act(request, link, act, "Separated. Both records stay as they are.")


@needs("mappings.repair_pair")
@require_POST
def keep(request: HttpRequest, link_id: int) -> HttpResponse:
    link = facts.link_of(link_id)
    act = partial(pairs.keep, request.user, [link])
    return _act(request, link, act, "Kept: a person says that this pair is right.")


@needs("mappings.repair_pair")
@require_POST
def pair(request: HttpRequest, link_id: int) -> HttpResponse:
    link, form = facts.link_of(link_id), PairForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say which record it is to be paired with: find it by its name.")
        return redirect("office:record", link.pk)
    act = partial(pairs.pair, request.user, link, form.cleaned_data["target_id"])
    return _act(request, link, act, "Paired. The values follow with the next write.")


urlpatterns: list[Any] = [
    path("", search, name="search"),
    path("<int:link_id>/", record, name="record"),
    path("<int:link_id>/sync/", sync_record, name="record-sync"),
    path("<int:link_id>/fetch/", fetch_record, name="record-fetch"),
    path("<int:link_id>/separate/", separate, name="record-separate"),
    path("<int:link_id>/keep/", keep, name="record-keep"),
    path("<int:link_id>/pair/", pair, name="record-pair"),
]
