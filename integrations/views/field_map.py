"""The field map of a module: pairs, suggestions, a real record beside them, files in and out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import configuring, module_flows, registry, trials
from integrations.errors import SyncError
from integrations.lists.html import shown
from integrations.lists.maps import pair_in_words
from integrations.map_forms import Pairs, TryForm, initial_of
from integrations.models import FlowSetting
from integrations.sync.flow import Flow
from integrations.views import record_facts as facts
from integrations.views.ending import LATER, PREVIEW, finish
from integrations.views.frame import fragment, needs, page, refuse
from integrations.views.modules import setting_of
from integrations.words import module_name, pair_winners, sides
from mappings import catalogue, map_file
from mappings.fields import Field
from mappings.models import FieldMap, RecordLink
from mappings.suggest import suggest
from mappings.table_files import attach, marked_name
from mappings.values import read

SEEN, CHANGED = "mappings.view_fieldmap", "mappings.change_fieldmap"
BLANK_ROWS = 2


@needs(SEEN)
@require_http_methods(["GET", "HEAD", "POST"])
def fields(request: HttpRequest, setting_id: int) -> HttpResponse:
    setting = setting_of(setting_id)
    flow = _flow_asked(request, setting)
    if request.method != "POST":
        return _editor(request, setting, flow, rows_of(setting, flow, pairs_of(setting, flow)))
    if not request.user.has_perm(CHANGED):
        return refuse(request, CHANGED)
    rows: Any = Pairs(request.POST, prefix="pair", form_kwargs=_known(setting, flow))
    pairs = rows.judged(setting, flow.key)
    answer = None
    if pairs is not None:
        ending = PREVIEW if request.POST.get("ending") == PREVIEW else LATER
        answer = finish(request, setting, {}, {flow.key: pairs}, ending, switch_on=False)
    return answer or _editor(request, setting, flow, rows)


def _flow_asked(request: HttpRequest, setting: FlowSetting) -> Flow:
    """The flow of the module whose map is meant: each has its own. The first that runs, where
    none is named; 404 for one that is none of the module's."""
    named = request.GET.get("flow", "")
    if not named:
        return module_flows.active(setting)[0]
    for flow in registry.flows_set_by(setting):
        if flow.key == named:
            return flow
    raise Http404


def _to_map(setting: FlowSetting, flow: Flow) -> HttpResponse:
    page_of_maps = reverse("office:fields", args=[setting.pk])
    return redirect(f"{page_of_maps}?{urlencode({'flow': flow.key})}")


def _known(setting: FlowSetting, flow: Flow) -> dict[str, Any]:
    """What a row of the map offers: the fields of both sides, and who may win one."""
    sides = configuring.catalogues(setting, flow.key)
    return {"sides": sides, "winners": pair_winners(flow.key)}


def pairs_of(setting: FlowSetting, flow: Flow) -> Sequence[Field]:
    """The pairs in force; before the first set-up those that are recommended."""
    stored = catalogue.pairs_in_force(setting.pk, flow.key)
    return stored or trials.default_pairs(setting, flow.key)[0]


def rows_of(setting: FlowSetting, flow: Flow, pairs: Sequence[Field]) -> Any:
    """The editor's rows: the pairs, then what is suggested, then empty ones."""
    known = _known(setting, flow)
    first, second = known["sides"]
    suggestions = suggest(first, second, pairs)
    initial = [initial_of(pair) for pair in pairs]
    initial += [initial_of(item.pair, use=False) for item in suggestions]
    initial += [{"use": False, "via": "text", "on": "always"}] * BLANK_ROWS
    rows = Pairs(initial=initial, prefix="pair", form_kwargs=known)
    for form, item in zip(rows.forms[len(pairs) :], suggestions, strict=False):
        form.why = f"Suggested: {item.why}"
    return rows


def _editor(
    request: HttpRequest,
    setting: FlowSetting,
    flow: Flow,
    rows: Any,
    file_errors: Iterable[Any] = (),
    file_says: FileSays | None = None,
) -> HttpResponse:
    both = configuring.catalogues(setting, flow.key)
    used = (form["target"].value() for form in rows.forms if form["use"].value())
    mapped, total = catalogue.coverage(used, both[1])
    sample, no_sample = None, ""
    if "sample" in request.GET:
        sample, no_sample = _sample(setting, flow, rows)
    try_form = TryForm(request.GET if "value" in request.GET else None, sides=both)
    return page(
        request,
        "fields/fields.html",
        f"{module_name(flow.key)}: field map",
        setting=setting,
        flow=flow,
        flows=_maps(setting, flow),
        of_flow=urlencode({"flow": flow.key}),
        rows=rows,
        apps=sides(flow.key),
        mapped=mapped,
        total=total,
        required=flow.required,
        two_way=setting.extent == FlowSetting.Extent.BOTH,
        runs_already=trials.runs_already(setting),
        may_change=request.user.has_perm(CHANGED),
        sample=sample,
        no_sample=no_sample,
        file_errors=list(file_errors),
        file_says=file_says,
        try_form=try_form,
        tried=try_form.tried() if try_form.is_bound and try_form.is_valid() else None,
    )


def _maps(setting: FlowSetting, flow: Flow) -> list[Flow]:
    """The flows whose maps can be looked at; empty where this is the only one."""
    running = [item.key for item in module_flows.active(setting)]
    found = [f for f in registry.flows_set_by(setting) if f.key in {*running, flow.key}]
    return found if len(found) > 1 else []


def _sample(setting: FlowSetting, flow: Flow, rows: Any) -> tuple[RecordLink | None, str]:
    """The pair changed last, with its values put beside the rows; or why there is none."""
    links = RecordLink.objects.filter(
        setting=setting, flow=flow.key, source_id__isnull=False, target_id__isnull=False
    )
    newest = links.order_by("-updated_at", "-pk").first()
    if newest is None:
        return None, "No record is paired yet; there are values to show after the first sync."
    link = facts.link_of(newest.pk)
    pairs = [form.shown_pair() for form in rows.forms]
    try:
        first, second = facts.records_of(
            link, flow, [p[0] for p in pairs if p[0]], [p[1] for p in pairs if p[1]]
        )
    except SyncError as error:
        return None, f"The values could not be read: {error.message} {error.hint}"
    for form, (source, target) in zip(rows.forms, pairs, strict=True):
        if source and target:
            form.sample = (shown(read(first, source)), shown(read(second, target)))
    return link, ""


@needs(SEEN)
@require_safe
def try_out(request: HttpRequest, setting_id: int) -> HttpResponse:
    """What a converter makes of a value, asked for while it is being written."""
    setting = setting_of(setting_id)
    flow = _flow_asked(request, setting)
    form = TryForm(request.GET, sides=configuring.catalogues(setting, flow.key))
    tried = form.tried() if form.is_valid() else None
    return fragment(request, "fields/tried.html", tried=tried, try_form=form)


@needs(SEEN)
@require_safe
def export(request: HttpRequest, setting_id: int, file_format: str) -> HttpResponseBase:
    setting = setting_of(setting_id)
    flow = _flow_asked(request, setting)
    rows = FieldMap.objects.filter(setting=setting, flow=flow.key).order_by("position")
    name = f"field-map-{flow.key.replace('.', '-')}"
    test = setting.integration.ledger.is_test
    answer = HttpResponse(map_file.written(rows, file_format))
    return attach(answer, marked_name(name, file_format, test_data=test))


@needs(CHANGED)
@require_POST
def import_file(request: HttpRequest, setting_id: int) -> HttpResponse:
    """Show what a file holds, each row judged; saving it is a step of its own."""
    setting, sent = setting_of(setting_id), request.FILES.get("file")
    flow = _flow_asked(request, setting)
    try:
        if sent is None:
            raise ValueError("Choose a file first.")
        if sent.size and sent.size > map_file.MOST_BYTES:
            raise ValueError("The file is too large for a field map.")
        found = map_file.read_file(sent.name or "", sent.read())
    except ValueError as error:
        messages.error(request, str(error))
        return _to_map(setting, flow)
    problems = configuring.pair_errors(setting, found.pairs, flow.key)
    refused = [
        (f"{pair.source} → {pair.target}", " ".join(text for _, text in wrong))
        for pair, wrong in zip(found.pairs, problems, strict=True)
        if wrong
    ]
    errors = [(f"Line {number}", text) for number, text in found.errors] + refused
    then = "preview the new map" if trials.runs_already(setting) else "save them"
    messages.info(request, f"Nothing has changed yet. Look at the rows below, then {then}.")
    says = _file_says(setting, flow, found.pairs)
    return _editor(request, setting, flow, rows_of(setting, flow, found.pairs), errors, says)


@dataclass(frozen=True)
class FileSays:
    """What a file would do to the map, pair by pair in words; each list may be empty."""

    added: list[str]
    changed: list[str]
    removed: list[str]


def _file_says(setting: FlowSetting, flow: Flow, pairs: Sequence[Field]) -> FileSays:
    near, far = configuring.catalogues(setting, flow.key)

    def said(pair: Field) -> str:
        source, target = near.get(pair.source), far.get(pair.target)
        first = source.title if source else pair.source
        return f"{first} → {target.title if target else pair.target}"

    def how(old: Field, new: Field) -> str:
        was, now = (pair_in_words(flow, pair) for pair in (old, new))
        moved = [
            f"{name}: {was[name]} becomes {now[name]}" for name in now if was[name] != now[name]
        ]
        if said(old) != said(new):
            moved.insert(0, f"{said(old)} becomes {said(new)}")
        return f"{said(new)}. {'; '.join(moved)}"

    found = map_file.difference(pairs_of(setting, flow), pairs)
    return FileSays(
        added=[said(pair) for pair in found.added],
        changed=[how(old, new) for old, new in found.changed],
        removed=[said(pair) for pair in found.removed],
    )


urlpatterns: list[Any] = [
    path("<int:setting_id>/", fields, name="fields"),
    path("<int:setting_id>/try/", try_out, name="fields-try"),
    path("<int:setting_id>/import/", import_file, name="fields-import"),
    path("<int:setting_id>/map.csv", export, {"file_format": "csv"}, name="fields-csv"),
    path("<int:setting_id>/map.xlsx", export, {"file_format": "xlsx"}, name="fields-xlsx"),
]
