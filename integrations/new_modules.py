"""The modules of an integration as they are before anybody has chosen anything."""

from __future__ import annotations

from typing import Any

from integrations import registry, ways
from integrations.models import FlowSetting, Integration
from integrations.sync.flow import Flow


def give_modules(integration: Integration) -> None:
    """A setting for each module of the kind, where there is none yet."""
    for flow in registry.flows_of(integration.kind):
        if flow.setting_key == flow.key:
            FlowSetting.objects.get_or_create(
                integration=integration, flow=flow.key, defaults=defaults_of(integration, flow)
            )


def ensure_modules() -> None:
    """Integrations get the modules a new version brings along, switched off; called after every
    migration."""
    for integration in Integration.objects.select_related("ledger", "other"):
        give_modules(integration)


def defaults_of(integration: Integration, flow: Flow) -> dict[str, Any]:
    """What a module's setting starts with, before anybody has chosen anything."""
    return {
        "every": flow.every,
        "options": {option.name: option.default for option in flow.options},
        "extent": (*ways.extents(integration, flow), *flow.extents)[0],
        "duplicates": flow.duplicates[0],
    }
