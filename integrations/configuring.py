"""Setting a module's options: the one place where choices are checked and take effect.

The form of the settings page and the `configure` command both go through `apply_choices`, so
they refuse the same values with the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from integrations import registry
from integrations.connector import View
from integrations.models import FlowSetting, Writing
from integrations.models.settings import check_interval
from integrations.words import KINDS
from mappings import catalogue
from mappings.converters import FieldInfo, converter
from mappings.fields import ALWAYS, BLANK, CREATE, Field

# Choices after which pairs have to be compared by value: they change what a record maps to,
# or which records are in scope.
REMAPPING = frozenset({"extent", "duplicates", "winner", "view"})
ALL_RECORDS = ""
WRITTEN = (ALWAYS, CREATE, BLANK)
# What is wrong with a pair: the part of it, and why.
Problem = tuple[str, str]
FREE_TEXT = frozenset({"text", "email", "phone", "url"})
# Kinds of fields that take no free text, and the kinds of fields that may be mapped to them.
TAKES = {
    "money": {"money", "number"},
    "number": {"money", "number"},
    "boolean": {"boolean"},
    "date": {"date", "datetime"},
    "datetime": {"datetime"},
    "choice": {"choice"},
}
# The kinds of values that go in (CRM-56).
KEEPS_TO = {
    "money": {"money", "number"},
    "number": {"money", "number"},
    "boolean": {"boolean"},
    "date": {"date"},
    "datetime": {"datetime"},
}


def allowed(setting: FlowSetting) -> dict[str, tuple[str, ...] | str]:
    """Every option of the module with its allowed values, or a sentence where they are open."""
    flow = registry.flow(setting.flow)
    return {
        "enabled": ("on", "off"),
        "writing": tuple(Writing.values),
        "extent": flow.extents,
        "duplicates": flow.duplicates,
        "winner": tuple(FlowSetting.Winner.values),
        "view": "the name of a saved view, or nothing for all records",
        "every": "an interval such as 15m, 2h or 1d, or off",
        **{option.name: option.values for option in flow.options},
    }


def present(setting: FlowSetting) -> dict[str, str]:
    """The module's choices as they stand, by option."""
    flow = registry.flow(setting.flow)
    return {
        "enabled": "on" if setting.enabled else "off",
        "writing": setting.writing,
        "extent": setting.extent,
        "duplicates": setting.duplicates,
        "winner": setting.winner,
        "view": setting.view_name,
        "every": setting.every,
        **{o.name: str(setting.options.get(o.name, o.default)) for o in flow.options},
    }


def as_chosen(setting: FlowSetting, choices: Mapping[str, str]) -> FlowSetting:
    """The setting as it would be, unsaved. ValidationError names every bad choice."""
    errors = [_error(setting, name, value) for name, value in choices.items()]
    if any(errors):
        raise ValidationError([error for error in errors if error])
    there = setting.tried({})
    for name, value in choices.items():
        _set(there, name, value)
    return there


@transaction.atomic
def apply_choices(setting: FlowSetting, choices: Mapping[str, str]) -> bool:
    """Store choices and return whether anything changed. ValidationError names every bad one.

    A choice that decides what becomes of records, or which are in scope, raises the setting's
    version: the next sync reads everything.
    """
    errors = [_error(setting, name, value) for name, value in choices.items()]
    if any(errors):
        raise ValidationError([error for error in errors if error])
    before = present(setting)
    for name, value in choices.items():
        _set(setting, name, value)
    after = present(setting)
    changed = {name for name, value in after.items() if value != before[name]}
    flow = registry.flow(setting.flow)
    if changed & (REMAPPING | {option.name for option in flow.options}):
        new_version(setting)
    if changed:
        setting.save()
    return bool(changed)


def _error(setting: FlowSetting, name: str, value: str) -> str:
    values = allowed(setting).get(name)
    if values is None:
        return f"There is no option {name!r}; there are {', '.join(allowed(setting))}."
    if isinstance(values, tuple):
        if value in values:
            return ""
        return f"{name}={value!r} is not allowed; use {', '.join(values)}."
    if name == "every":
        try:
            check_interval(value)
        except ValidationError as error:
            return str(error.messages[0])
        return ""
    return _view_error(setting, value)


def _view_error(setting: FlowSetting, value: str) -> str:
    if value == ALL_RECORDS:
        return ""
    there = views(setting)
    if any(view.name.casefold() == value.casefold() for view in there):
        return ""
    names = ", ".join(view.name for view in there) or "none"
    return f"view={value!r} is not a saved view; there are {names}."


def views(setting: FlowSetting) -> list[View]:
    """Saved views of the module's source, asked of the app."""
    flow = registry.flow(setting.flow)
    integration = setting.integration
    connection = next(
        c for c in (integration.ledger, integration.other) if c.app == flow.source.app
    )
    connector = registry.connector_for(connection)
    try:
        return list(connector.views(connector.entity(flow.source.entity)))
    finally:
        connector.close()


def _set(setting: FlowSetting, name: str, value: str) -> None:
    if name == "enabled":
        setting.enabled = value == "on"
    elif name == "view":
        found = (
            [v for v in views(setting) if v.name.casefold() == value.casefold()] if value else []
        )
        setting.view_id = found[0].id if found else ""
        setting.view_name = found[0].name if found else ""
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


def field_errors(setting: FlowSetting, pairs: Iterable[Field]) -> list[str]:
    """Why a field map is refused: unknown or unmappable fields, doubled targets, wrong kinds."""
    rows = list(pairs)
    errors = [
        f"{pair.source} → {pair.target}: {text}"
        for pair, problems in zip(rows, pair_errors(setting, rows), strict=True)
        for _, text in problems
    ]
    return [*errors, *missing_fields(setting, rows)]


def missing_fields(setting: FlowSetting, pairs: Iterable[Field]) -> list[str]:
    """Sentences for the fields that must stay mapped and are not."""
    targets = {pair.target for pair in pairs}
    flow = registry.flow(setting.flow)
    return [f"{name} must stay mapped." for name in flow.required if name not in targets]


def pair_errors(setting: FlowSetting, pairs: Iterable[Field]) -> list[list[Problem]]:
    """For each pair what is wrong with it: (``source``, ``target``, ``via`` or ``on``, why)."""
    sources, targets = catalogues(setting)
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
    if pair.on not in WRITTEN:
        problems.append(("on", f"on={pair.on!r} is not allowed; use {', '.join(WRITTEN)}."))
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
        problems += _kind_problems(sources[pair.source], target)
    return problems


def _kind_problems(source: FieldInfo, target: FieldInfo) -> list[Problem]:
    """Pairs of kinds that make no sense whatever the value (CRM-56)."""
    if target.kind not in FREE_TEXT and source.kind == "id":
        return [("source", f"{source.title} points to another record; it goes into text only.")]
    if target.kind in TAKES and source.kind not in TAKES[target.kind]:
        return [
            (
                "source",
                (
                    f"{source.title} holds: {KINDS[source.kind]}. "
                    f"{target.title} takes: {KINDS[target.kind]}."
                ),
            )
        ]
    if target.choices and source.choices:
        known = {word.casefold() for word in (*target.choices, *target.choices.values())}
        if not known & {word.casefold() for word in source.choices}:
            return [("source", f"{target.title} has none of the values of {source.title}.")]
    return []


def catalogues(setting: FlowSetting) -> tuple[dict[str, FieldInfo], dict[str, FieldInfo]]:
    """The fields of the module's two sides, as last read from the apps."""
    flow, integration = registry.flow(setting.flow), setting.integration
    by_app = {c.app: c for c in (integration.ledger, integration.other)}
    first, second = (
        catalogue.load_fields(by_app[end.app].pk, end.entity)[0]
        for end in (flow.source, flow.target)
    )
    return first, second


@transaction.atomic
def change_map(setting: FlowSetting, pairs: Iterable[Field]) -> None:
    """Put a field map in force. ValidationError names every pair that is refused."""
    rows = list(pairs)
    errors = field_errors(setting, rows)
    if errors:
        raise ValidationError(errors)
    catalogue.store_pairs(setting.pk, setting.flow, rows)
    new_version(setting, remapped=True)
    setting.save()
