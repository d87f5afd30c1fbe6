"""Working lists of the pairs of a module: narrowed, acted on in bulk after a second look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from integrations import attention, decisions, fetching, pairs, words, working, writing
from integrations.forms import ReasonForm
from integrations.models import FlowSetting, Integration
from integrations.standing import state_badge
from integrations.sync.flow import Flow
from integrations.views.acting import attempt, to_runs
from integrations.views.chosen import (
    confirmed,
    cut,
    only_looked_at,
    page_of,
    rows_of,
    seal,
    shares,
)
from integrations.views.frame import needs, page, refuse
from mappings.models import RecordLink

SEE = "mappings.view_recordlink"
# So many at once; those looked at last come first.
AT_ONCE = 1_000
NAMES_SHOWN = 100


@dataclass(frozen=True)
class Act:
    """What is done to many pairs: who may, what it is called, what it does."""

    permission: str
    title: str
    effect: str
    done: str
    writes: bool = False
    asks_why: bool = False


ACTS = {
    "sync": Act(
        "integrations.retry_record",
        "Sync these",
        "Each is read again and written where it differs. Other records are not touched.",
        "{count} synced now.",
        writes=True,
    ),
    "keep": Act(
        "mappings.repair_pair",
        "Keep these pairs",
        "A person says that these pairs are right. Nothing is written.",
        "{count} kept.",
    ),
    "separate": Act(
        "mappings.repair_pair",
        "Separate these pairs",
        "Both records of each pair stay as they are. Nothing is synced between them before "
        "somebody says what each is to be paired with, or that it is another record.",
        "{count} separated.",
        asks_why=True,
    ),
}


def _module(key: str) -> Flow:
    flow = working.module(key)
    if flow is None:
        raise Http404
    return flow


def _settings(flow: Flow) -> QuerySet[FlowSetting]:
    there = FlowSetting.objects.exclude(integration__status=Integration.Status.DELETED)
    rows = there.filter(flow=flow.key).order_by("pk")
    return rows.select_related("integration__ledger", "integration__other")


@needs(SEE)
@require_safe
def listed(request: HttpRequest, module: str) -> HttpResponse:
    flow = _module(module)
    form = working.WorkingFilter(request.GET, flow=flow)
    shown = page_of(request, attention.listed(form.rows(working.pairs(flow))))
    settings = _settings(flow).exclude(integration__status__in=Integration.OFF)
    # Of several integrations one may be hindered only: its records say so on their own pages.
    hinders = [writing.hindrance(setting) for setting in _settings(flow)]
    hindered = hinders[0] if hinders and all(hinders) else None
    return page(
        request,
        "working/list.html",
        working.title(flow),
        module=flow.key,
        form=form,
        pages=shown,
        lines=[(row, state_badge(row.record)) for row in rows_of(list(shown))],
        near=words.app_name(fetching.near_end(flow).app),
        places=[(setting.pk, words.integration_name(setting.integration)) for setting in settings],
        acts=[
            (key, act.title)
            for key, act in ACTS.items()
            if request.user.has_perm(act.permission) and not (act.writes and hindered)
        ],
        hindered=hindered,
    )


@needs(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, module: str, act: str) -> HttpResponse:
    """A second look at how many pairs an act is for, then carrying it out."""
    flow, how = _module(module), ACTS.get(act)
    if how is None:
        raise Http404
    if not request.user.has_perm(how.permission):
        return refuse(request, how.permission)
    sent = request.POST if request.method == "POST" else request.GET
    form, rows = working.picked(sent, flow)
    reason = ReasonForm(request.POST or None) if how.asks_why else None
    links = list(rows.defer(*attention.DIGESTS)[:AT_ONCE])
    if not links:
        messages.info(request, "Tick the records first, then say what is to be done with them.")
        return redirect("office:working", flow.key)
    sealed = seal(link.pk for link in links)
    if confirmed(request, sealed) and (reason is None or reason.is_valid()):
        why = reason.cleaned_data["reason"] if reason is not None else ""
        return _carry_out(request, flow, act, links, why)
    written = _written_to(flow, links) if how.writes else []
    return page(
        request,
        "working/second_look.html",
        how.title,
        act=how,
        module=flow.key,
        total=len(links),
        cut=cut(len(links), rows),
        names=[str(link) for link in links[:NAMES_SHOWN]],
        shares=written,
        only_looked_at=only_looked_at(written),
        sends=[*form.chosen, *_ticked(sent), ("seen", sealed)],
        reason=reason,
        back=reverse("office:working", args=[flow.key]),
    )


def _written_to(flow: Flow, links: list[RecordLink]) -> list[Any]:
    return shares(working.pairs(flow).filter(pk__in=[link.pk for link in links]))


def _ticked(sent: Any) -> list[tuple[str, str]]:
    if sent.get("all"):
        return [("all", "1")]
    return [("record", key) for key in sent.getlist("record")]


def _carry_out(
    request: HttpRequest, flow: Flow, act: str, links: list[RecordLink], why: str
) -> HttpResponse:
    deeds: dict[str, Callable[[], Any]] = {
        "sync": partial(decisions.sync_records, request.user, links),
        "keep": partial(pairs.keep, request.user, links),
        "separate": partial(pairs.separate, request.user, links, why),
    }
    said = ACTS[act].done.format(count=f"{len(links):,}")
    back = reverse("office:working", args=[flow.key])
    if not ACTS[act].writes:
        attempt(request, deeds[act], done=said)
        return redirect(back)
    _, runs = attempt(request, deeds[act])
    return to_runs(request, runs, back, done=said) if runs else redirect(back)


# A name `app_name` in this module would be taken for the name space of these addresses.
urlpatterns: list[Any] = [
    path("<str:module>/", listed, name="working"),
    path("<str:module>/<slug:act>/", act, name="working-act"),
]
