"""Carrying settings and field maps between installations, as one readable file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from integrations import configuring, registry, settings_history
from integrations.models import FlowSetting, Integration
from mappings import catalogue
from mappings.fields import Field

FORMAT = "zohosync settings"
VERSION = 1
# How much a run nobody watches may change (G-2), and from what amount on documents go out singly.
LIMITS = ("change_limit_percent", "change_limit_floor", "create_limit", "single_write_above")


@dataclass(frozen=True)
class Module:
    """One module's settings as they stand in a file."""

    integration: str
    flow: str
    options: dict[str, str]
    limits: dict[str, str | None]
    # Field pairs, and the saved view, of every flow of the module.
    fields: dict[str, tuple[Field, ...]]
    views: dict[str, str]


def exported() -> dict[str, Any]:
    """All settings and field maps as plain data, without secrets and without ids.

    Whether an integration as a whole may write is not among them: that is decided where it runs.
    """
    return {
        FORMAT: VERSION,
        "integrations": [
            {
                "name": integration.name,
                "kind": integration.kind,
                "modules": [_written(setting) for setting in integration.flow_settings.all()],
            }
            for integration in Integration.objects.prefetch_related("flow_settings")
        ],
    }


def _written(setting: FlowSetting) -> dict[str, Any]:
    limits = {name: getattr(setting, name) for name in LIMITS}
    return {
        "flow": setting.flow,
        "options": configuring.present(setting),
        "limits": {name: None if limit is None else str(limit) for name, limit in limits.items()},
        "fields": _pairs(setting, setting.flow),
        "further": [
            {
                "flow": flow.key,
                "view": setting.view_of(flow.key)[1],
                "fields": _pairs(setting, flow.key),
            }
            for flow in registry.flows_set_by(setting)
            if flow.key != setting.flow
        ],
    }


def _pairs(setting: FlowSetting, flow: str) -> list[dict[str, Any]]:
    return [
        {
            "source": pair.source,
            "target": pair.target,
            "via": pair.via,
            "on": pair.on,
            "clears": pair.clears,
            "wins": pair.wins,
        }
        for pair in catalogue.pairs_in_force(setting.pk, flow)
    ]


@transaction.atomic
def imported(data: Any) -> int:
    """Put exported settings in force; returns how many modules.

    ValidationError for a file of another sort, an integration or a module that is not here, and
    for every choice or field that is refused; nothing is kept then.
    """
    modules = _read(data)
    for module in modules:
        _put_in_force(module, _setting_of(module))
    return len(modules)


def _read(data: Any) -> list[Module]:
    if not isinstance(data, Mapping) or data.get(FORMAT) != VERSION:
        raise ValidationError("This is not a file of zohosync settings.")
    try:
        return [
            Module(
                integration=item["name"],
                flow=module["flow"],
                options={name: str(value) for name, value in module["options"].items()},
                limits=dict(module.get("limits", {})),
                fields={
                    part["flow"]: tuple(Field(**pair) for pair in part["fields"])
                    for part in (module, *module.get("further", ()))
                },
                views={part["flow"]: str(part["view"]) for part in module.get("further", ())},
            )
            for item in data["integrations"]
            for module in item["modules"]
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValidationError(f"The file is damaged ({type(error).__name__}: {error}).") from error


def _setting_of(module: Module) -> FlowSetting:
    integration = Integration.objects.filter(name=module.integration).first()
    if integration is None:
        raise ValidationError(
            f"There is no integration {module.integration!r} here; connect it first."
        )
    setting = integration.flow_settings.filter(flow=module.flow).first()
    if setting is None:
        raise ValidationError(f"{integration.name} has no module {module.flow!r}.")
    return setting


def _put_in_force(module: Module, setting: FlowSetting) -> None:
    unknown = [name for name in module.limits if name not in LIMITS]
    if unknown:
        raise ValidationError(f"There is no limit {unknown[0]!r}; there are {', '.join(LIMITS)}.")
    for name, value in module.limits.items():
        setattr(setting, name, value)
    others = {field.name for field in FlowSetting._meta.fields} - set(module.limits)
    setting.clean_fields(exclude=others)
    setting.save()
    before = configuring.present(setting)
    maps = [
        configuring.change_map(setting, pairs, flow)
        for flow, pairs in module.fields.items()
        if pairs != catalogue.pairs_in_force(setting.pk, flow)
    ]
    changed = configuring.apply_choices(setting, module.options)
    for flow, view in module.views.items():
        changed |= configuring.apply_choices(setting, {"view": view}, flow)
    if changed or maps:
        settings_history.keep(None, setting, before, configuring.present(setting), maps=maps)
