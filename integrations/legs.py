"""What a sync of a module does, in order: its flows, each in the directions that are chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Q

from integrations import registry, ways
from integrations.models import Connection, FlowSetting, Integration, SyncRun
from integrations.sync.flow import Endpoint, Flow


def directions(setting: FlowSetting, flow: Flow) -> list[str]:
    """Directions in which the module runs, in order; `first` of the flow says which leads."""
    forward, reverse = SyncRun.Direction.FORWARD, SyncRun.Direction.REVERSE
    fetching = forward if flow.fetches_forward else reverse
    if setting.extent == FlowSetting.Extent.BOTH:
        wanted = [forward, reverse] if flow.first == "source" else [reverse, forward]
    elif setting.extent == FlowSetting.Extent.FETCH:
        wanted = [fetching]
    else:
        wanted = [reverse if fetching == forward else forward]
    # Whatever the module is set to, a one-way integration only writes into the ledger.
    return [way for way in wanted if way == fetching or not setting.integration.one_way]


def legs(setting: FlowSetting) -> list[tuple[str, str]]:
    """(flow, direction) of everything a sync of the module does, in order."""
    flows = [
        flow
        for flow in registry.flows_set_by(setting)
        if registry.is_active(flow, setting) and not ways.refusal(setting.integration, flow)
    ]
    return [(flow.key, direction) for flow in flows for direction in directions(setting, flow)]


def ways_of(legs_of_module: Sequence[tuple[str, str]], flow: str) -> frozenset[str]:
    """The directions a flow goes by what its module's sync does."""
    return frozenset(direction for key, direction in legs_of_module if key == flow)


def read_by(key: str, direction: str) -> Endpoint:
    """Where a leg reads."""
    flow = registry.flow(key)
    return flow.source if direction == SyncRun.Direction.FORWARD else flow.target


def written_by(key: str, direction: str) -> Endpoint:
    """Where a leg writes."""
    flow = registry.flow(key)
    return flow.target if direction == SyncRun.Direction.FORWARD else flow.source


def reading(connection: Connection) -> Iterator[tuple[FlowSetting, str, str, str]]:
    """(setting, flow, direction, entity) of every leg that reads this organisation by itself.

    Modules that are switched off, or that nobody has started yet, are left out.
    """
    settings = FlowSetting.objects.filter(
        Q(integration__ledger=connection) | Q(integration__other=connection),
        enabled=True,
        first_synced_at__isnull=False,
        integration__status=Integration.Status.ACTIVE,
    ).select_related("integration__ledger", "integration__other")
    for setting in settings.order_by("pk"):
        for key, direction in legs(setting):
            end = read_by(key, direction)
            if end.app == connection.app:
                yield setting, key, direction, end.entity
