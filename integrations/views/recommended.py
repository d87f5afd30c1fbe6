"""Recommended settings: the five steps on one page, with what is chosen and why."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from integrations import choices, configuring, registry, trials
from integrations.models import FlowSetting
from integrations.views.ending import PREVIEW, finish
from integrations.views.frame import needs, page
from integrations.views.modules import setting_of
from integrations.words import interval_words, module_name, organisation_words
from mappings.converters import FieldInfo
from mappings.fields import Field


@needs("integrations.change_flowsetting")
@require_http_methods(["GET", "HEAD", "POST"])
def recommended(request: HttpRequest, setting_id: int) -> HttpResponse:
    setting = setting_of(setting_id)
    kept, left = trials.default_pairs(setting)
    if request.method == "POST":
        ending = request.POST.get("ending", PREVIEW)
        answer = finish(request, setting, trials.recommended(setting), kept, ending)
        if answer is not None:
            return answer
    return page(
        request,
        "modules/recommended.html",
        f"{module_name(setting.flow)}: recommended settings",
        setting=setting,
        steps=steps_of(setting),
        pairs=pairs_in_words(setting, kept),
        left=[(pair.source, why) for pair, why in left],
        organisation=organisation_words(setting.integration.ledger),
        runs_already=trials.runs_already(setting),
    )


def steps_of(setting: FlowSetting) -> list[dict[str, str]]:
    """What is set, the choice and the reason, as the page lists them."""
    flow = registry.flow(setting.flow)
    chosen = trials.recommended(setting)
    way = next(c for c in choices.directions(flow) if c.value == chosen["extent"])
    doubles = next(c for c in choices.duplicates(flow) if c.value == chosen["duplicates"])
    steps = [
        {"step": o.label, "choice": choices.option_words(o, o.default), "why": o.help}
        for o in flow.options
    ]
    return [
        *steps,
        {"step": "Direction", "choice": way.label, "why": way.effect},
        {"step": "Duplicates", "choice": doubles.label, "why": doubles.effect},
        {
            "step": "Records",
            "choice": "All records",
            "why": "A saved view can narrow it later; whoever leaves a view stays paired.",
        },
        {
            "step": "How often",
            "choice": interval_words(chosen["every"]).capitalize(),
            "why": "Zoho's own pace. It begins after the first sync, which you start yourself.",
        },
    ]


def pairs_in_words(setting: FlowSetting, pairs: Iterable[Field]) -> list[tuple[str, str]]:
    """(title there, title here) of field pairs; the bare names where no catalogue was read."""
    sources, targets = configuring.catalogues(setting)
    return [
        (
            sources.get(pair.source, FieldInfo(pair.source)).title,
            targets.get(pair.target, FieldInfo(pair.target)).title,
        )
        for pair in pairs
    ]
