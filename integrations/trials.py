"""Changing how a module works: at once before its first sync, after a preview once it runs (G-5).

What would change existing pairs is tried out by a preview that works by the new choices while the
old ones stay in force. Confirming that preview puts them in force; until then nothing of them is
written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from integrations import configuring, decisions, lapsing, module_flows, registry, ways
from integrations.models import FlowSetting, SyncRun
from integrations.settings_history import MapChange, differences, keep, replace_map
from integrations.trial_parts import Part, confirmed_by, effect_of, parts_of
from integrations.words import direction_words, module_name
from mappings import catalogue
from mappings.fields import Field
from mappings.models import RecordLink

# Field pairs by flow.
Maps = Mapping[str, Sequence[Field]]
# What a preview has to show before it takes effect; how often a module runs is none of it.
COLUMNS = ("extent", "duplicates", "winner", "view_id", "view_name", "other_views", "options")


def runs_already(setting: FlowSetting) -> bool:
    """Whether there are pairs that a change could touch."""
    if setting.first_synced_at is not None:
        return True
    pairs = RecordLink.objects.filter(
        setting=setting, source_id__isnull=False, target_id__isnull=False
    )
    return pairs.exists()


def default_pairs(
    setting: FlowSetting, flow: str = ""
) -> tuple[list[Field], list[tuple[Field, str]]]:
    """A flow's own pairs that this organisation's fields allow, and the others with why."""
    kept: list[Field] = []
    left: list[tuple[Field, str]] = []
    pairs = [pair for pair in registry.flow(flow or setting.flow).fields if type(pair) is Field]
    for pair, problems in zip(pairs, configuring.pair_errors(setting, pairs, flow), strict=True):
        if problems:
            left.append((pair, " ".join(text for _, text in problems)))
        else:
            kept.append(pair)
    return kept, left


def recommended(setting: FlowSetting, chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """The choices a module best starts with: one way, ask, everything; with the options a person
    has chosen, such as what customers are made of."""
    flow = registry.flow(setting.flow)
    views = dict.fromkeys(module_flows.views(setting), configuring.ALL_RECORDS)
    return {
        **{option.name: option.default for option in flow.options},
        **(chosen or {}),
        "extent": (*ways.extents(setting.integration, flow), *flow.extents)[0],
        "duplicates": flow.duplicates[0],
        "winner": FlowSetting.Winner.SOURCE,
        **(views or {"view": configuring.ALL_RECORDS}),
        "every": flow.every,
    }


@transaction.atomic
def set_up(
    user: Any,
    setting: FlowSetting,
    choices: Mapping[str, str],
    maps: Maps | None,
    *,
    switch_on: bool = True,
) -> dict[str, Any] | None:
    """Take in choices and, where given, field maps by flow; ValidationError names what is refused.

    Before the first sync they are in force at once and None is returned. Afterwards what would
    change existing pairs is returned as a trial for a preview; the rest is in force at once.
    """
    maps = {
        flow: pairs
        for flow, pairs in (maps or {}).items()
        if tuple(pairs) != catalogue.pairs_in_force(setting.pk, flow)
    }
    if runs_already(setting):
        trial = _trial(setting, choices, maps)
        at_once = {k: v for k, v in choices.items() if k in {"every", "enabled", "writing"}}
        _in_force(user, setting, at_once, {})
        return trial
    _in_force(user, setting, {**choices, **({"enabled": "on"} if switch_on else {})}, maps)
    return None


def _in_force(user: Any, setting: FlowSetting, choices: Mapping[str, str], maps: Maps) -> None:
    before = stand(setting)
    changed = configuring.apply_choices(setting, choices, user=user)
    changes = [configuring.change_map(setting, pairs, flow) for flow, pairs in maps.items()]
    if changed or changes:
        keep(user, setting, before, stand(setting), maps=changes)


def stand(setting: FlowSetting) -> dict[str, str]:
    """The choices as they stand, with the view of each flow."""
    now, views = configuring.present(setting), module_flows.views(setting)
    if views:
        del now["view"]
    return now | views


def _trial(setting: FlowSetting, choices: Mapping[str, str], maps: Maps) -> dict[str, Any] | None:
    """What a preview is to try out; None where nothing of it differs."""
    there = configuring.as_chosen(setting, choices)
    moved = {
        name: getattr(there, name)
        for name in COLUMNS
        if getattr(there, name) != getattr(setting, name)
    }
    for flow, pairs in maps.items():
        if errors := configuring.field_errors(setting, pairs, flow):
            raise ValidationError(errors)
    if not moved and not maps:
        return None
    return {
        "choices": moved,
        "pairs": {flow: [asdict(pair) for pair in pairs] for flow, pairs in maps.items()},
    }


def changes(run: SyncRun) -> dict[str, Any]:
    """What a preview's choices change of the set-up as it stands, or have changed where they were
    confirmed; in the form of `settings_history.differences`."""
    act = confirmed_by(run)
    if act is not None or run.trial is None:
        return act.details if act is not None else differences({}, {})
    setting = run.setting
    maps = [
        MapChange(flow, catalogue.pairs_in_force(setting.pk, flow), _fields(pairs))
        for flow, pairs in run.trial["pairs"].items()
    ]
    return differences(stand(setting), stand(run.setting_in_use), maps)


def _fields(pairs: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    return tuple(Field(**pair) for pair in pairs)


def try_out(user: Any, setting: FlowSetting, trial: dict[str, Any]) -> SyncRun:
    """A preview by the new choices."""
    return decisions.start_sync(user, setting, preview=True, trial=trial)


def again(user: Any, run: SyncRun) -> SyncRun:
    """The same choices once more. ValueError where they were made of another set-up."""
    if run.trial is None:
        raise ValueError("This preview tries nothing out.")
    setting = FlowSetting.objects.select_related("integration").get(pk=run.setting_id)
    if setting.version != run.version:
        raise ValueError("The set-up was changed since this preview. Make the new choices anew.")
    return try_out(user, setting, run.trial)


@transaction.atomic
def confirm(user: Any, run: SyncRun) -> FlowSetting:
    """Put in force what a preview tried out, all parts of it. ValueError when it cannot be (any
    more)."""
    if run.trial is None:
        raise ValueError("This preview tries nothing out.")
    setting = FlowSetting.objects.select_for_update().get(pk=run.setting_id)
    if setting.version != run.version:
        raise ValueError("The set-up was changed since this preview. Make the new choices anew.")
    parts = parts_of(run)
    _all_previewed(parts)
    before, did = stand(setting), lapsing.now(setting.integration_id)
    options_before = setting.options
    present = configuring.present(setting)
    for name, value in run.trial["choices"].items():
        setattr(setting, name, value)
    why = ways.refused_extent(setting.integration, registry.flow(setting.flow), setting.extent)
    if why:
        raise ValueError(f"The direction is not allowed any more. {why}")
    maps = [
        replace_map(setting, _fields(pairs), flow) for flow, pairs in run.trial["pairs"].items()
    ]
    # What the preview found by comparing values, the next sync finds only by comparing them too.
    remapped = bool(maps) or effect_of(parts).changed > 0
    configuring.new_version(setting, remapped=remapped)
    setting.save()
    configuring.tell_dependants(setting, present, optioned=setting.options != options_before)
    keep(user, setting, before, stand(setting), maps=maps, run=run)
    lapsing.lapse(user, setting.integration_id, did)
    return setting


def _all_previewed(parts: Sequence[Part]) -> None:
    """A module that goes both ways is looked at both ways before anything takes effect."""
    for part in parts:
        what = f"{module_name(part.flow)} {direction_words(part.flow, part.direction)}"
        if part.ended_early:
            raise ValueError(f"{what}: the preview did not come to its end. Preview it again.")
        if not part.done:
            raise ValueError(f"{what}: the preview has not finished; wait for it.")
