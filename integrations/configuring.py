"""Setting a module's options: the one place where choices are checked and take effect.

The form of the settings page and the `configure` command both go through `apply_choices`, so
they refuse the same values with the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from integrations import lapsing, registry, ways
from integrations.kinds import KEEPS_TO, Problem, kind_problems
from integrations.models import FlowSetting, Writing
from integrations.models.settings import check_interval
from integrations.module_flows import VIEW_OF, saved_views
from integrations.settings_history import MapChange, replace_map
from integrations.sync import unfollowed
from integrations.sync.flow import Flow
from integrations.words import KINDS
from mappings import catalogue
from mappings.converters import FieldInfo, converter
from mappings.fields import ALWAYS, BLANK, CREATE, WINS, Field

# Choices after which pairs have to be compared by value: they change what a record maps to,
# or which records are in scope.
REMAPPING = frozenset({"extent", "duplicates", "winner", "view"})
ALL_RECORDS = ""
WRITTEN = (ALWAYS, CREATE, BLANK)


def allowed(setting: FlowSetting) -> dict[str, tuple[str, ...] | str]:
    """Every option of the module with its allowed values, or a sentence where they are open."""
    flow = registry.flow(setting.flow)
    return {
        "enabled": ("on", "off"),
        "writing": tuple(Writing.values),
        "extent": ways.extents(setting.integration, flow),
        "duplicates": flow.duplicates,
        "winner": tuple(FlowSetting.Winner.values),
        "view": "the name of a saved view, or nothing for all records",
        "every": "an interval such as 15m, 2h or 1d, or off",
        **{option.name: option.values for option in flow.options},
    }


def viewed(setting: FlowSetting, named: str = "") -> Flow:
    """The flow of the module that *view* speaks of: the one named, or the first that is active."""
    flows = registry.flows_set_by(setting)
    for item in flows:
        if item.key == named != setting.flow:
            return item
    return next((item for item in flows if registry.is_active(item, setting)), flows[0])


def present(setting: FlowSetting, named: str = "") -> dict[str, str]:
    """The module's choices as they stand, by option; `named` is the flow whose view is meant."""
    flow = registry.flow(setting.flow)
    return {
        "enabled": "on" if setting.enabled else "off",
        "writing": setting.writing,
        "extent": setting.extent,
        "duplicates": setting.duplicates,
        "winner": setting.winner,
        "view": setting.view_of(viewed(setting, named).key)[1],
        "every": setting.every,
        **{o.name: str(setting.options.get(o.name, o.default)) for o in flow.options},
    }


def as_chosen(setting: FlowSetting, choices: Mapping[str, str], named: str = "") -> FlowSetting:
    """The setting as it would be, unsaved. ValidationError names every bad choice."""
    there = setting.tried({})
    _take(there, choices, named)
    return there


def _take(setting: FlowSetting, choices: Mapping[str, str], named: str) -> None:
    """Put checked choices into a setting; the view comes last, as other choices say of what."""
    narrowing = {k: v for k, v in choices.items() if k == "view" or k.startswith(VIEW_OF)}
    others = {name: value for name, value in choices.items() if name not in narrowing}
    errors = [_error(setting, name, value) for name, value in others.items()]
    if not any(errors):
        for name, value in others.items():
            _set(setting, name, value)
    errors += [_choose_view(setting, name, value, named) for name, value in narrowing.items()]
    if any(errors):
        raise ValidationError([error for error in errors if error])


@transaction.atomic
def apply_choices(
    setting: FlowSetting, choices: Mapping[str, str], named: str = "", *, user: Any = None
) -> bool:
    """Store choices and return whether anything changed. ValidationError names every bad one.

    A choice that decides what becomes of records, or which are in scope, raises the setting's
    version: the next sync reads everything. `named` is the flow of the module that was spoken of,
    where a module has several and each its own view.
    """
    before, views_before = present(setting, named), _views(setting)
    did = lapsing.now(setting.integration_id)
    _take(setting, choices, named)
    after = present(setting, named)
    changed = {name for name, value in after.items() if value != before[name]}
    if _views(setting) != views_before:
        changed.add("view")
    options = {option.name for option in registry.flow(setting.flow).options}
    if changed & (REMAPPING | options):
        new_version(setting)
    if changed:
        setting.save()
        tell_dependants(setting, before, optioned=bool(changed & options))
        lapsing.lapse(user, setting.integration_id, did)
    return bool(changed)


def tell_dependants(setting: FlowSetting, before: Mapping[str, str], *, optioned: bool) -> None:
    """Modules that go by this one: its direction is theirs as long as both had the same, and
    what its options decide they decide anew. Records that no flow follows any more say so."""
    for other in FlowSetting.objects.filter(integration_id=setting.integration_id).exclude(
        pk=setting.pk
    ):
        flow = registry.discover().flows.get(other.flow)
        if flow is None:
            continue
        follows = (
            flow.follows == setting.flow and other.extent == before["extent"] != setting.extent
        )
        if follows:
            other.extent = setting.extent
        if follows or (optioned and flow.options_of == setting.flow):
            new_version(other)
            other.save()
    if optioned:
        unfollowed.bring_in_line(setting.integration_id)


def _error(setting: FlowSetting, name: str, value: str) -> str:
    values = allowed(setting).get(name)
    if values is None:
        return f"There is no option {name!r}; there are {', '.join(allowed(setting))}."
    if isinstance(values, tuple):
        why = _kept_from(setting, name, value)
        if value in values:
            return why
        use = f"use {', '.join(values)}." if values else "there is no direction for it."
        return f"{name}={value!r} is not allowed; {use} {why}".rstrip()
    if name == "every":
        try:
            check_interval(value)
        except ValidationError as error:
            return str(error.messages[0])
        return ""
    return ""


def _kept_from(setting: FlowSetting, name: str, value: str) -> str:
    """Why the integration as a whole keeps a module from this choice; empty where it does not."""
    flow, integration = registry.flow(setting.flow), setting.integration
    if name == "extent":
        return ways.refused_extent(integration, flow, value)
    if name == "enabled" and value == "on":
        return ways.refusal(integration, flow)
    return ""


def _views(setting: FlowSetting) -> dict[str, tuple[str, str]]:
    return {flow.key: setting.view_of(flow.key) for flow in registry.flows_set_by(setting)}


def _choose_view(setting: FlowSetting, choice: str, value: str, named: str) -> str:
    """*view* of the flow that was spoken of, or *view:FLOW* of the one it names."""
    flows = {f"{VIEW_OF}{flow.key}": flow for flow in registry.flows_set_by(setting)}
    if choice != "view" and choice not in flows:
        return f"There is no option {choice!r}; views there are of {', '.join(flows)}."
    return _set_view(setting, flows.get(choice) or viewed(setting, named), value)


def _set_view(setting: FlowSetting, flow: Flow, name: str) -> str:
    """Choose a saved view for a flow by its name; the error where there is none of that name."""
    if name == setting.view_of(flow.key)[1]:
        return ""
    if name == ALL_RECORDS:
        setting.set_view(flow.key, "", "")
        return ""
    there = saved_views(setting, flow)
    found = next((view for view in there if view.name.casefold() == name.casefold()), None)
    if found is None:
        names = ", ".join(view.name for view in there) or "none"
        return f"view={name!r} is not a saved view; there are {names}."
    setting.set_view(flow.key, found.id, found.name)
    return ""


def _set(setting: FlowSetting, name: str, value: str) -> None:
    if name == "enabled":
        setting.enabled = value == "on"
    elif name in {"writing", "extent", "duplicates", "winner", "every"}:
        setattr(setting, name, value)
    else:
        setting.options = {**setting.options, name: value}


def new_version(setting: FlowSetting, *, remapped: bool = False) -> None:
    """Have the next sync read everything: what is not in sync is decided anew.

    Only `remapped` pairs are compared by value; other choices leave their digests as good as
    they were, so an unchanged pair costs no call.
    """
    setting.version += 1
    if remapped:
        setting.map_version += 1


# Field maps --------------------------------------------------------------------------------------


def field_errors(setting: FlowSetting, pairs: Iterable[Field], flow: str = "") -> list[str]:
    """Why a field map is refused: unknown or unmappable fields, doubled targets, wrong kinds."""
    rows = list(pairs)
    errors = [
        f"{pair.source} → {pair.target}: {text}"
        for pair, problems in zip(rows, pair_errors(setting, rows, flow), strict=True)
        for _, text in problems
    ]
    return [*errors, *missing_fields(setting, rows, flow)]


def missing_fields(setting: FlowSetting, pairs: Iterable[Field], flow: str = "") -> list[str]:
    """Sentences for the fields that must stay mapped and are not."""
    targets = {pair.target for pair in pairs}
    required = registry.flow(flow or setting.flow).required
    return [f"{name} must stay mapped." for name in required if name not in targets]


def pair_errors(
    setting: FlowSetting, pairs: Iterable[Field], flow: str = ""
) -> list[list[Problem]]:
    """For each pair what is wrong with it: (which column of `Field`, why)."""
    sources, targets = catalogues(setting, flow)
    taken: set[str] = set()
    found = []
    for pair in pairs:
        problems = []
        if pair.target in taken:
            problems.append(("target", f"{pair.target} already gets its value from another field."))
        taken.add(pair.target)
        found.append([*problems, *_pair_problems(pair, sources, targets)])
    return found


def _pair_problems(
    pair: Field, sources: Mapping[str, FieldInfo], targets: Mapping[str, FieldInfo]
) -> list[Problem]:
    problems = []
    for side, name, known in (("source", pair.source, sources), ("target", pair.target, targets)):
        info = known.get(name) or known.get(name.partition(".")[0])
        if known and info is None:
            problems.append((side, f"there is no field {name!r}."))
        elif info is not None and info.unmappable:
            problems.append((side, info.unmappable))
    problems += [
        (name, f"{name}={value!r} is not allowed; use {', '.join(filter(None, allowed))}.")
        for name, value, allowed in (("on", pair.on, WRITTEN), ("wins", pair.wins, WINS))
        if value not in allowed
    ]
    if pair.linked_flow and pair.linked_flow not in registry.discover().flows:
        problems.append(("via", f"there is no module {pair.linked_flow!r}."))
    try:
        kind = converter(pair.via).kind
    except KeyError as error:
        return [*problems, ("via", str(error.args[0]))]
    target = targets.get(pair.target)
    if target is not None and target.read_only:
        problems.append(("target", f"{target.title} can only be read."))
    elif target is not None and target.kind in KEEPS_TO and kind not in KEEPS_TO[target.kind]:
        problems.append(
            ("via", f"{target.title} takes: {KINDS[target.kind]}. {pair.via!r} does not yield it.")
        )
    elif target is not None and pair.source in sources and not pair.linked_flow:
        problems += kind_problems(sources[pair.source], target, converter(pair.via).takes)
    return problems


def catalogues(
    setting: FlowSetting, key: str = ""
) -> tuple[dict[str, FieldInfo], dict[str, FieldInfo]]:
    """The fields of both sides of a flow of the module, as last read from the apps."""
    flow, integration = registry.flow(key or setting.flow), setting.integration
    by_app = {c.app: c for c in (integration.ledger, integration.other)}
    first, second = (
        catalogue.load_fields(by_app[end.app].pk, end.entity)[0]
        for end in (flow.source, flow.target)
    )
    return first, second


@transaction.atomic
def change_map(setting: FlowSetting, pairs: Iterable[Field], flow: str = "") -> MapChange:
    """Put a field map in force. ValidationError names every pair that is refused."""
    rows = list(pairs)
    errors = field_errors(setting, rows, flow)
    if errors:
        raise ValidationError(errors)
    change = replace_map(setting, rows, flow)
    new_version(setting, remapped=True)
    setting.save()
    return change
