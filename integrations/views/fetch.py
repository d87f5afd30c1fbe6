"""Looking records up in the other app by name, and fetching what was picked."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import fetching, registry, words, writing
from integrations.connector import FOUND_AT_MOST, Search
from integrations.errors import SyncError
from integrations.models import FlowSetting, SyncRun
from integrations.standing import state_badge
from integrations.sync.flow import Flow
from integrations.views.acting import attempt, to_run
from integrations.views.frame import needs, page
from integrations.views.modules import setting_of
from integrations.views.progress import progress_facts, run_of
from integrations.words import flow_of, module_name, organisation_words
from mappings.models import RecordLink

SEE, FETCH = "mappings.view_recordlink", "integrations.retry_record"
SHORTEST, LONGEST = 2, 100


class SearchForm(forms.Form):
    """The fields by which records of one kind are looked up; at least one of them is needed."""

    def __init__(self, data: Any, *, search: Search) -> None:
        super().__init__(data)
        for name, label in search.asked:
            self.fields[name] = forms.CharField(
                label=label,
                required=False,
                min_length=SHORTEST,
                max_length=LONGEST,
                widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not any(given.values()):
            raise forms.ValidationError("Write at least a part of the name.")
        return given


def _chosen(setting: FlowSetting, key: str) -> tuple[Flow, Search] | None:
    """What is looked up: the kind asked for, or the first there is."""
    offered = fetching.searches(setting)
    if key and key not in offered:
        raise Http404
    return offered.get(key) or next(iter(offered.values()), None)


@needs(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest, setting_id: int) -> HttpResponse:
    """A form and, once it is sent, what the app has by that name. Sent as POST, so that names of
    people stand in no address."""
    setting = setting_of(setting_id)
    sent = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(setting, sent.get("kind", ""))
    context: dict[str, Any] = {}
    if chosen is not None:
        flow, how = chosen
        form = SearchForm(request.POST if request.method == "POST" else None, search=how)
        context = {"flow": flow, "form": form, "kinds": _kinds(setting)}
        if request.method == "POST" and form.is_valid():
            context |= _found(setting, flow, form.cleaned_data)
    near = words.app_name(fetching.near_of(setting, _declared(setting)).app)
    return page(
        request,
        "fetch/search.html",
        f"Search in {near}: {module_name(setting.flow)}",
        setting=setting,
        near=near,
        ledger=organisation_words(setting.integration.ledger),
        hindered=writing.hindrance(setting),
        refused=_refused(setting, chosen),
        may_fetch=request.user.has_perm(FETCH),
        **context,
    )


def _refused(setting: FlowSetting, chosen: tuple[Flow, Search] | None) -> str:
    if chosen is not None:
        return fetching.refusal(setting, chosen[0])
    why = fetching.refusal(setting, _declared(setting))
    return why or f"{module_name(setting.flow)} cannot be looked up by name."


def _declared(setting: FlowSetting) -> Flow:
    flow = flow_of(setting.flow)
    if flow is None:
        raise Http404
    return flow


def _kinds(setting: FlowSetting) -> list[tuple[str, str]]:
    """(key, what it looks up) of every kind of record the module fetches."""
    return [
        (key, ", ".join(label.casefold() for _, label in how.asked))
        for key, (_, how) in fetching.searches(setting).items()
    ]


def _found(setting: FlowSetting, flow: Flow, wanted: dict[str, str]) -> dict[str, Any]:
    try:
        lines = fetching.search(setting, flow, wanted)
    except SyncError as error:
        return {"trouble": f"{error.message} {error.hint}".strip()}
    return {
        "asked": True,
        "lines": [(line, state_badge(line.link) if line.link else "") for line in lines],
        "cut": len(lines) == FOUND_AT_MOST,
        "any_new": any(not line.paired for line in lines),
    }


@needs(FETCH)
@require_POST
def take(request: HttpRequest, setting_id: int) -> HttpResponse:
    """Fetch what was picked; what is paired already is not fetched again."""
    setting = setting_of(setting_id)
    chosen = _chosen(setting, request.POST.get("kind", ""))
    if chosen is None:
        messages.error(request, _refused(setting, None))
        return redirect("office:fetch-search", setting.pk)
    flow, _ = chosen
    ids = request.POST.getlist("id")
    done, outcome = attempt(request, lambda: fetching.fetch(request.user, setting, flow, ids))
    if not done or outcome is None:
        return redirect("office:fetch-search", setting.pk)
    run, paired = outcome
    if paired:
        names = ", ".join(str(row) for row in paired[:5])
        messages.info(request, f"Paired already, and not fetched again: {names}.")
    if run is None:
        return redirect("office:record", paired[0].pk)
    return to_run(request, run, live=True, there="office:fetched")


@needs(SEE)
@require_safe
def fetched(request: HttpRequest, run_id: int) -> HttpResponse:
    """What became of the records that were fetched, and what can be done with them next."""
    run = run_of(run_id)
    flow = flow_of(run.flow)
    if run.only_ids is None or flow is None:
        return redirect("office:sync", run.pk)
    return page(
        request,
        "fetch/fetched.html",
        f"Fetched from {words.app_name(fetching.near_end(flow).app)}",
        **progress_facts(run),
        lines=_outcomes(run, flow),
        missing=_missing(run, flow),
    )


def _outcomes(run: SyncRun, flow: Flow) -> list[dict[str, Any]]:
    """The records by name; one connector tells where documents are entered for all of them."""
    rows = sorted(fetching.known(run.setting, flow, run.only_ids or []).values(), key=str)
    ledger = run.setting.integration.ledger
    end = next(end for end in (flow.source, flow.target) if end.app == ledger.app)
    with closing(registry.connector_for(ledger)) as connector:
        entity = connector.entity(end.entity)
        return [
            {
                "link": row,
                "badge": state_badge(row),
                "app": words.app_name(ledger.app),
                "forms": connector.form_urls(entity, far_id, end.where)
                if (far_id := _ledger_id(row, flow)) and row.paired
                else (),
            }
            for row in rows
        ]


def _ledger_id(link: RecordLink, flow: Flow) -> str:
    return (link.target_id if flow.fetches_forward else link.source_id) or ""


def _missing(run: SyncRun, flow: Flow) -> int:
    """How many of the records are not known here: not there any more, or not looked at yet."""
    return len(run.only_ids or []) - len(fetching.known(run.setting, flow, run.only_ids or []))


# A name `app_name` in this module would be taken for the name space of these addresses.
urlpatterns: list[Any] = [
    path("<int:setting_id>/", search, name="fetch-search"),
    path("<int:setting_id>/take/", take, name="fetch-take"),
    path("done/<int:run_id>/", fetched, name="fetched"),
]
