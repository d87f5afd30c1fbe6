"""Recommended settings: the five steps on one page, with what is chosen and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from integrations import choices, configuring, module_flows, registry, trials
from integrations.models import FlowSetting
from integrations.sync.flow import Flow
from integrations.views.ending import PREVIEW, finish
from integrations.views.frame import needs, page
from integrations.views.modules import setting_of
from integrations.words import interval_words, module_name, option_words, organisation_words
from mappings.converters import FieldInfo
from mappings.fields import Field


@dataclass(frozen=True)
class Map:
    """The field map a flow gets: pairs by their titles, and what is left out with why."""

    flow: Flow
    fields: list[Field]
    pairs: list[tuple[str, str]]
    left: list[tuple[str, str]]


@needs("integrations.change_flowsetting")
@require_http_methods(["GET", "HEAD", "POST"])
def recommended(request: HttpRequest, setting_id: int) -> HttpResponse:
    """What a module is made of is not recommended but chosen; the page shows what follows."""
    setting = setting_of(setting_id)
    sent = request.POST if request.method == "POST" else request.GET
    chosen = chosen_of(setting, sent)
    maps = maps_of(module_flows.under(setting, trials.recommended(setting, chosen)))
    if request.method == "POST":
        ending = request.POST.get("ending", PREVIEW)
        pairs = {item.flow.key: item.fields for item in maps}
        answer = finish(request, setting, trials.recommended(setting, chosen), pairs, ending)
        if answer is not None:
            return answer
    return page(
        request,
        "modules/recommended.html",
        f"{module_name(setting.flow)}: recommended settings",
        setting=setting,
        deciding=[_offered(setting, option.name, chosen) for option in deciding_of(setting)],
        chosen=chosen,
        steps=steps_of(setting, chosen),
        maps=maps,
        organisation=organisation_words(setting.integration.ledger),
        runs_already=trials.runs_already(setting),
    )


def deciding_of(setting: FlowSetting) -> list[Any]:
    return module_flows.deciding(setting)


def chosen_of(setting: FlowSetting, sent: Mapping[str, str]) -> dict[str, str]:
    """What the module is made of: as asked for, else as it is set up, else as it begins."""
    present, is_set_up = configuring.present(setting), trials.runs_already(setting)
    chosen = {}
    for option in deciding_of(setting):
        asked = sent.get(option.name, "")
        before = present[option.name] if is_set_up or setting.enabled else option.default
        chosen[option.name] = asked if asked in option.values else before
    return chosen


def _offered(setting: FlowSetting, name: str, chosen: Mapping[str, str]) -> dict[str, Any]:
    flow = registry.flow(setting.flow)
    option = next(option for option in flow.options if option.name == name)
    return {
        "name": name,
        "label": option.label,
        "help": option.help,
        "values": choices.own_options(flow)[name],
        "value": chosen[name],
    }


def maps_of(there: FlowSetting) -> list[Map]:
    """A map for each flow that runs by these choices."""
    found = []
    for flow in module_flows.active(there):
        kept, left = trials.default_pairs(there, flow.key)
        reasons = [(pair.source, why) for pair, why in left]
        found.append(Map(flow, kept, pairs_in_words(there, flow, kept), reasons))
    return found


def steps_of(setting: FlowSetting, options: Mapping[str, str]) -> list[dict[str, str]]:
    """What is set, the choice and the reason, as the page lists them."""
    flow = registry.flow(setting.flow)
    chosen = trials.recommended(setting, options)
    way = next(c for c in choices.directions(flow) if c.value == chosen["extent"])
    doubles = next(c for c in choices.duplicates(flow) if c.value == chosen["duplicates"])
    steps = [
        {"step": o.label, "choice": option_words(o, chosen[o.name]), "why": o.help}
        for o in flow.options
    ]
    there = module_flows.under(setting, chosen)
    running = module_flows.active(there)
    views = [
        {
            "step": "Records" if len(running) == 1 else f"Records of {item.label}",
            "choice": f"All {module_flows.read_of(item)}",
            "why": "A saved view can narrow it later; whoever leaves a view stays paired.",
        }
        for item in running
    ]
    others = [
        {
            "step": other.label,
            "choice": "By themselves",
            "why": "A module of its own: its view and field map are chosen there.",
        }
        for other in module_flows.companions(there)
    ]
    return [
        *steps,
        {"step": "Direction", "choice": way.label, "why": way.effect},
        {"step": "Duplicates", "choice": doubles.label, "why": doubles.effect},
        *views,
        *others,
        {
            "step": "How often",
            "choice": interval_words(chosen["every"]).capitalize(),
            "why": "Zoho's own pace. It begins after the first sync, which you start yourself.",
        },
    ]


def pairs_in_words(
    setting: FlowSetting, flow: Flow, pairs: Iterable[Field]
) -> list[tuple[str, str]]:
    """(title there, title here) of field pairs; the bare names where no catalogue was read."""
    sources, targets = configuring.catalogues(setting, flow.key)
    return [
        (
            sources.get(pair.source, FieldInfo(pair.source)).title,
            targets.get(pair.target, FieldInfo(pair.target)).title,
        )
        for pair in pairs
    ]
