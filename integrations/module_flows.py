"""The flows a module is made of, as its set-up sees them: which run by a choice, and their views.

Most modules are one flow. Customers of CRM are two: accounts, and contacts that stand for
themselves; each has its own view and field map, and the module's options say which of them run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import product

from integrations import registry
from integrations.connector import View
from integrations.models import FlowSetting
from integrations.sync.flow import Flow, Option
from integrations.words import app_name, module_name, option_words

# The choice of a view for one flow of a module that has several: `view:crm.individuals`.
VIEW_OF = "view:"


def active(setting: FlowSetting) -> list[Flow]:
    """The flows that run as the module is set, in order; never none."""
    flows = registry.flows_set_by(setting)
    return [item for item in flows if registry.is_active(item, setting)] or flows[:1]


def idle(setting: FlowSetting, others: Iterable[FlowSetting]) -> str:
    """Why nothing of the module is synced, as the options of this or another module stand, and what
    to choose; empty where something is. `others` are settings of its integration, so that no
    statement is needed."""
    owners = {row.flow: row for row in others if row.integration_id == setting.integration_id}
    said = []
    for flow in registry.flows_set_by(setting):
        owner = owners.get(flow.options_of or setting.flow, setting)
        if registry.is_active(flow, owner):
            return ""
        said.append(_needs(flow, owner))
    return next(filter(None, said), "Nothing of this module is switched on.") if said else ""


def _needs(flow: Flow, owner: FlowSetting) -> str:
    """The one choice that would have a flow run; empty where it takes more than one."""
    now = registry.options_for(flow, owner)
    found = [
        f"{option.label} has to be {option_words(option, value)}"
        for option in registry.flow(owner.flow).options
        for value in option.values
        if flow.active({**now, option.name: value})
    ]
    where = (
        f"in the set-up of {module_name(owner.flow)}, " if owner.flow != flow.setting_key else ""
    )
    return f"Nothing of it is synced as it is set: {where}{found[0]}." if found else ""


def under(setting: FlowSetting, options: Mapping[str, str]) -> FlowSetting:
    """The setting as it would be with these options of its own; never to be saved."""
    names = {option.name for option in registry.flow(setting.flow).options}
    chosen = {name: value for name, value in options.items() if name in names}
    return setting.tried({"options": {**setting.options, **chosen}})


def deciding(setting: FlowSetting) -> list[Option]:
    """The module's options by which one flow or another runs."""
    options = registry.flow(setting.flow).options
    if len(registry.flows_set_by(setting)) < 2:
        return []
    keys = {
        values: [flow.key for flow in active(under(setting, dict(_named(options, values))))]
        for values in product(*(option.values for option in options))
    }
    return [
        option
        for at, option in enumerate(options)
        if any(
            keys[values] != keys[(*values[:at], other, *values[at + 1 :])]
            for values in keys
            for other in option.values
        )
    ]


def _named(options: tuple[Option, ...], values: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return ((option.name, value) for option, value in zip(options, values, strict=True))


def views(setting: FlowSetting) -> dict[str, str]:
    """The names of the saved views by choice; empty for a module of one flow, whose choice is
    just called *view*."""
    flows = registry.flows_set_by(setting)
    if len(flows) < 2:
        return {}
    return {f"{VIEW_OF}{flow.key}": setting.view_of(flow.key)[1] for flow in flows}


def saved_views(setting: FlowSetting, flow: Flow) -> list[View]:
    """The saved views that can narrow a flow, asked of the app it reads. Raises SyncError."""
    with closing(registry.connector_for(setting.integration.side(flow.source.app))) as connector:
        return list(connector.views(connector.entity(flow.source.entity)))


def companions(setting: FlowSetting) -> list[Flow]:
    """Flows that run by this module's options and are modules of their own."""
    return [
        flow
        for flow in registry.flows_of(setting.integration.kind)
        if flow.options_of == setting.flow and flow.active(registry.options_for(flow, setting))
    ]


def read_of(flow: Flow) -> str:
    """What the flow reads, such as "Contacts of CRM"."""
    entity = registry.connector_class(flow.source.app).entities[flow.source.entity]
    return f"{entity.label} of {app_name(flow.source.app)}"


def views_in_words(setting: FlowSetting) -> str:
    """The saved views in use, each with its flow where there are several; empty for all records."""
    flows = active(setting)
    named = [(flow.label, setting.view_of(flow.key)[1]) for flow in flows]
    if len(flows) == 1:
        return named[0][1]
    return "; ".join(f"{label}: {view}" for label, view in named if view)
