"""Which remote apps and flows there are: found by walking the folder, listed nowhere."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache
from types import ModuleType

import integrations.connectors
from integrations.connector import Connector
from integrations.models import Connection, FlowSetting
from integrations.sync import flow as vocabulary
from integrations.sync.flow import Flow, Pair


class Registry:
    """Connectors by app, flows by key, pairs by kind, in the order of declaration."""

    def __init__(self) -> None:
        self.connectors: dict[str, type[Connector]] = {}
        self.flows: dict[str, Flow] = {}
        self.pairs: dict[str, Pair] = {}

    def add(self, module: ModuleType) -> None:
        """Take in every connector class and every flow a module has, also in a tuple of them."""
        there = vars(module).values()
        for value in (one for held in there for one in (held if type(held) is tuple else (held,))):
            if isinstance(value, type) and issubclass(value, Connector) and value.app:
                if value.__module__ == module.__name__:
                    self.connectors[value.app] = value
                    if value.is_ledger:
                        vocabulary.LEDGERS.add(value.app)
            elif isinstance(value, Flow):
                self.flows[value.key] = value
            elif isinstance(value, Pair):
                self.pairs[value.kind] = value


@cache
def discover() -> Registry:
    """The registry of `integrations/connectors/*`; each folder brings connector and flows."""
    registry = Registry()
    for folder in sorted(m.name for m in pkgutil.iter_modules(integrations.connectors.__path__)):
        package = f"{integrations.connectors.__name__}.{folder}"
        for part in ("connector", "flows"):
            name = f"{package}.{part}"
            if importlib.util.find_spec(name) is not None:
                registry.add(importlib.import_module(name))
    return registry


def connector_class(app: str) -> type[Connector]:
    """KeyError names the apps there are."""
    try:
        return discover().connectors[app]
    except KeyError:
        known = ", ".join(sorted(discover().connectors))
        raise KeyError(f"There is no app {app!r}; there are {known}.") from None


def connector_for(connection: Connection) -> Connector:
    return connector_class(connection.app)(connection)


def flow(key: str) -> Flow:
    """KeyError names the flows there are."""
    try:
        return discover().flows[key]
    except KeyError:
        known = ", ".join(discover().flows)
        raise KeyError(f"There is no module {key!r}; there are {known}.") from None


def flows_of(kind: str) -> list[Flow]:
    """The flows of integrations of one kind, in the order they have to run."""
    return [item for key, item in discover().flows.items() if key.partition(".")[0] == kind]


def flows_set_by(setting: FlowSetting) -> list[Flow]:
    """The flows that make up one module: they share its setting."""
    return [item for item in discover().flows.values() if item.setting_key == setting.flow]


def options_for(item: Flow, setting: FlowSetting) -> dict[str, str]:
    """The options that decide how a flow runs, its defaults where nothing was chosen: those of its
    own module, or of the one it names. Empty where the integration has no such module."""
    owner: FlowSetting | None = setting
    key = item.options_of or item.setting_key
    if key != setting.flow:
        owner = FlowSetting.objects.filter(integration_id=setting.integration_id, flow=key).first()
    if owner is None:
        return {}
    return {o.name: str(owner.options.get(o.name, o.default)) for o in flow(key).options}


def is_active(item: Flow, setting: FlowSetting) -> bool:
    """Whether a flow takes part at all; `setting` is its own or one of the same integration."""
    options = options_for(item, setting)
    return (bool(options) or not item.options_of) and item.active(options)


def kind_joining(ledger: str, other: str) -> str | None:
    """The kind of integration these two apps make; None where no module knows both."""
    for item in discover().flows.values():
        if {item.source.app, item.target.app} == {ledger, other}:
            return item.key.partition(".")[0]
    return None


def flows_reading(app: str, entity: str) -> list[Flow]:
    return [
        item
        for item in discover().flows.values()
        if (item.source.app, item.source.entity) == (app, entity)
    ]
