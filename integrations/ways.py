"""Which way an integration may go: both ways, or one way into the ledger, and why.

Of several ledgers joined with one organisation only one is linked both ways, and none whose base
currency differs (the kinds that say so: `sync.flow.Pair`). The way is a fact of the integration;
what a module may be set to follows from it here and nowhere else.
"""

from __future__ import annotations

from integrations import registry
from integrations.models import Connection, FlowSetting, Integration
from integrations.sync.flow import Flow, Pair
from integrations.words import app_name, module_name

Way, Extent = Integration.Way, FlowSetting.Extent


def pair_of(kind: str) -> Pair | None:
    return registry.discover().pairs.get(kind)


def currencies_differ(ledger: Connection, other: Connection) -> bool:
    """False where one of them is not known: what cannot be found out hinders nobody."""
    pair = (ledger.base_currency, other.base_currency)
    return all(pair) and pair[0] != pair[1]


def way_of_new(kind: str, ledger: Connection, other: Connection) -> str:
    """How these two would be linked if they were joined now."""
    pair = pair_of(kind)
    if pair is None or not pair.one_both_ways:
        return Way.ANY
    if pair.one_currency and currencies_differ(ledger, other):
        return Way.CURRENCY
    taken = linked_both_ways(kind, other)
    return Way.LATER if taken is not None else Way.BOTH


def linked_both_ways(kind: str, other: Connection) -> Integration | None:
    """The integration that has the two-way link with this organisation."""
    rows = Integration.objects.select_related("ledger__grant", "other__grant")
    return rows.filter(kind=kind, other=other, way=Way.BOTH).first()


def currencies(ledger: Connection, other: Connection) -> str:
    """Such as "CRM has USD, Books has EUR"."""
    return (
        f"{app_name(other.app)} has {other.base_currency}, "
        f"{app_name(ledger.app)} has {ledger.base_currency}"
    )


def why_one_way(integration: Integration) -> str:
    """A sentence for a one-way integration; empty for the others."""
    ledger, other = app_name(integration.ledger.app), app_name(integration.other.app)
    goes = f"Records go from {other} to {ledger} only."
    if integration.way == Way.LATER:
        return (
            f"{other} is joined with several {ledger} organisations, and only one of them can be "
            f"linked both ways. {goes}"
        )
    if integration.way == Way.CURRENCY:
        differ = currencies(integration.ledger, integration.other)
        return f"The base currencies differ: {differ}. {goes}"
    return ""


def extents(integration: Integration, flow: Flow) -> tuple[str, ...]:
    """The directions a module may be set to in this integration."""
    if not integration.one_way:
        return flow.extents
    return tuple(value for value in flow.extents if value == Extent.FETCH)


def refusal(integration: Integration, flow: Flow) -> str:
    """Why the module cannot be used in this integration; empty where it can."""
    pair = pair_of(integration.kind)
    if pair is None:
        return ""
    name = module_name(flow.key)
    ledger, other = integration.ledger, integration.other
    if flow.key in pair.same_currency and currencies_differ(ledger, other):
        return (
            f"{name} hold amounts in the base currency, and the base currencies differ: "
            f"{currencies(ledger, other)}. {name} cannot be synced in this integration."
        )
    if not integration.one_way:
        return ""
    if not extents(integration, flow) or (pair.one_way and flow.key not in pair.one_way):
        return f"{name} are not part of a one-way link. {why_one_way(integration)}"
    return ""


def refused_extent(integration: Integration, flow: Flow, value: str) -> str:
    """Why a direction the module has otherwise is refused here; empty where it is not."""
    if value in extents(integration, flow) or value not in flow.extents:
        return ""
    return why_one_way(integration)
