"""Setting a module's options: the one place where choices are checked and take effect.

The form of the settings page and the `configure` command both go through `apply_choices`, so
they refuse the same values with the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from integrations import registry
from integrations.connector import View
from integrations.models import FlowSetting, Integration, Writing
from integrations.models.settings import check_interval
from integrations.sync.flow import Flow
from mappings import catalogue
from mappings.converters import converter
from mappings.fields import Field
from mappings.models import RecordLink

# Choices after which pairs have to be compared by value: they change what a record maps to,
# or which records are in scope.
REMAPPING = frozenset({"extent", "duplicates", "winner", "view"})
ALL_RECORDS = ""


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


@transaction.atomic
def apply_choices(setting: FlowSetting, choices: Mapping[str, str]) -> bool:
    """Store choices and return whether anything changed. ValidationError names every bad one.

    A choice that changes what records map to, or which are in scope, raises the setting's
    version: the next sync reads everything and compares by value.
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


def new_version(setting: FlowSetting) -> None:
    """Have every record looked at anew, the undecided and failing ones included."""
    setting.version += 1
    RecordLink.objects.filter(
        setting=setting,
        state__in=(
            RecordLink.State.EXCLUDED,
            RecordLink.State.FAILING,
            RecordLink.State.UNDECIDED,
            RecordLink.State.WAITING,
        ),
    ).update(due=True)


# Field maps --------------------------------------------------------------------------------------


def field_errors(setting: FlowSetting, pairs: Iterable[Field]) -> list[str]:
    """Why a field map is refused: unknown or unmappable fields, doubled targets, wrong kinds."""
    flow = registry.flow(setting.flow)
    sides = _catalogues(setting, flow)
    errors, targets = [], set()
    for pair in pairs:
        where = f"{pair.source} → {pair.target}"
        if pair.target in targets:
            errors.append(f"{where}: {pair.target} already gets its value from another field.")
        targets.add(pair.target)
        try:
            converter(pair.via)
        except KeyError as error:
            errors.append(f"{where}: {error.args[0]}")
        for name, known in ((pair.source, sides[0]), (pair.target, sides[1])):
            info = known.get(name) or known.get(name.partition(".")[0])
            if known and info is None:
                errors.append(f"{where}: there is no field {name!r}.")
            elif info is not None and info.unmappable:
                errors.append(f"{where}: {info.unmappable}")
        target = sides[1].get(pair.target)
        if target is not None and target.read_only:
            errors.append(f"{where}: {target.title} can only be read.")
    errors += [f"{name} must stay mapped." for name in flow.required if name not in targets]
    return errors


def _catalogues(setting: FlowSetting, flow: Flow) -> list[dict[str, Any]]:
    integration = setting.integration
    by_app = {c.app: c for c in (integration.ledger, integration.other)}
    return [
        catalogue.load_fields(by_app[end.app].pk, end.entity)[0]
        for end in (flow.source, flow.target)
    ]


@transaction.atomic
def change_map(setting: FlowSetting, pairs: Iterable[Field]) -> None:
    """Put a field map in force. ValidationError names every pair that is refused."""
    rows = list(pairs)
    errors = field_errors(setting, rows)
    if errors:
        raise ValidationError(errors)
    catalogue.store_pairs(setting.pk, setting.flow, rows)
    new_version(setting)
    setting.save()


# Carrying settings between installations ---------------------------------------------------------


def exported() -> dict[str, Any]:
    """All settings and field maps as plain data, without secrets and without ids."""
    return {
        "zohosync settings": 1,
        "integrations": [
            {
                "name": integration.name,
                "kind": integration.kind,
                "modules": [
                    {
                        "flow": setting.flow,
                        "options": present(setting),
                        "fields": [
                            {
                                "source": pair.source,
                                "target": pair.target,
                                "via": pair.via,
                                "on": pair.on,
                                "clears": pair.clears,
                            }
                            for pair in catalogue.pairs_in_force(setting.pk, setting.flow)
                        ],
                    }
                    for setting in integration.flow_settings.all()
                ],
            }
            for integration in Integration.objects.prefetch_related("flow_settings")
        ],
    }


@transaction.atomic
def imported(data: Mapping[str, Any]) -> int:
    """Put exported settings in force; returns how many modules. Nothing is kept on an error."""
    if data.get("zohosync settings") != 1:
        raise ValidationError("This is not a file of zohosync settings.")
    done = 0
    for item in data["integrations"]:
        integration = Integration.objects.filter(name=item["name"]).first()
        if integration is None:
            raise ValidationError(
                f"There is no integration {item['name']!r} here; connect it first."
            )
        for module in item["modules"]:
            setting = integration.flow_settings.filter(flow=module["flow"]).first()
            if setting is None:
                raise ValidationError(f"{integration.name} has no module {module['flow']!r}.")
            pairs = tuple(Field(**pair) for pair in module["fields"])
            if pairs != catalogue.pairs_in_force(setting.pk, setting.flow):
                change_map(setting, pairs)
            apply_choices(setting, module["options"])
            done += 1
    return done
