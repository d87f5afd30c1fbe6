"""Making connections and integrations: the same steps for the browser and for commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations import oauth, registry
from integrations.connector import Connector, Entity
from integrations.models import Connection, FlowSetting, Grant, Integration, Writing
from mappings import catalogue


def keep_grant(
    grant: Grant | None,
    answer: Mapping[str, Any],
    *,
    data_center: str,
    accounts_url: str,
    client_id: str,
    client_secret: str,
) -> Grant:
    """Store the tokens of a consent just given, in the grant it renews or in a new one."""
    grant = grant or Grant()
    grant.data_center, grant.accounts_url = data_center, accounts_url
    grant.client_id, grant.client_secret = client_id, client_secret
    oauth.store_tokens(grant, answer)
    Connection.objects.filter(grant=grant).update(
        status=Connection.Status.CONNECTED, status_reason=""
    )
    return grant


def organizations(app: str, grant: Grant, *, base_url: str = "") -> Sequence[Mapping[str, Any]]:
    """The organisations the sign-in reaches in an app, as `Connector.organizations` gives them."""
    probe = Connection(app=app, grant=grant, organization_id="", name=app, base_url=base_url)
    connector = registry.connector_class(app)(probe)
    try:
        return connector.organizations()
    finally:
        connector.http._session.close()


@transaction.atomic
def keep_connection(
    app: str,
    grant: Grant,
    organization: Mapping[str, Any],
    *,
    base_url: str = "",
    is_test: bool = False,
    paced: bool = True,
) -> Connection:
    """The connection to one organisation, made or brought up to date."""
    kind = registry.connector_class(app)
    plan = str(organization.get("plan") or "")
    per_day = kind.calls_per_day.get(plan.split(" ")[0].lower()) if paced else None
    connection, _ = Connection.objects.update_or_create(
        app=app,
        organization_id=str(organization["organization_id"]),
        defaults={
            "grant": grant,
            "name": organization["name"],
            "base_currency": organization.get("base_currency") or "",
            "plan": plan,
            "time_zone": organization.get("time_zone") or "",
            "base_url": base_url,
            "is_test": is_test,
            "calls_per_minute": kind.calls_per_minute if paced else None,
            "calls_per_day": per_day,
            "status": Connection.Status.CONNECTED,
            "status_reason": "",
        },
    )
    return connection


def remember_sign_in(connection: Connection) -> None:
    """G-16: whose sign-in stands behind the connection."""
    with_connector = registry.connector_for(connection)
    try:
        connection.grant.signed_in_as = with_connector.signed_in_as()
    finally:
        with_connector.close()
    connection.grant.save(update_fields=["signed_in_as", "updated_at"])


def join(
    kind: str, ledger: Connection, other: Connection, *, name: str = "", writing: str = ""
) -> Integration:
    """The integration of two connections, with a setting for each of its modules.

    A pair of test organisations starts On, a real one in Look only (G-3).
    """
    start = writing or (Writing.ON if ledger.is_test else Writing.LOOK_ONLY)
    integration, _ = Integration.objects.get_or_create(
        ledger=ledger, other=other, defaults={"name": name or kind, "kind": kind, "writing": start}
    )
    for flow in registry.flows_of(kind):
        if flow.setting_key == flow.key:
            FlowSetting.objects.get_or_create(
                integration=integration, flow=flow.key, defaults=defaults_of(flow.key)
            )
    return integration


def defaults_of(key: str) -> dict[str, Any]:
    """What a module's setting starts with, before anybody has chosen anything."""
    flow = registry.flow(key)
    return {
        "every": flow.every,
        "options": {option.name: option.default for option in flow.options},
        "extent": flow.extents[0],
        "duplicates": flow.duplicates[0],
    }


def configure_with_defaults(setting: FlowSetting) -> None:
    """Switch a module on with its default field map, where it was never set up."""
    flow = registry.flow(setting.flow)
    if not catalogue.pairs_in_force(setting.pk, flow.key):
        catalogue.store_pairs(setting.pk, flow.key, flow.fields)
    if not setting.enabled and setting.first_synced_at is None:
        setting.enabled = True
        setting.save(update_fields=["enabled"])


def refresh_catalogues(integration: Integration) -> None:
    """Read the field catalogues of every entity the integration's modules use."""
    now = timezone.now()
    connectors = {
        connection.app: registry.connector_for(connection)
        for connection in (integration.ledger, integration.other)
    }
    try:
        for app, entity in _entities_used(integration.kind, connectors):
            fields = connectors[app].fields(entity)
            catalogue.store_fields(connectors[app].connection.pk, entity.name, fields, now)
    finally:
        for connector in connectors.values():
            connector.close()


def _entities_used(kind: str, connectors: Mapping[str, Connector]) -> list[tuple[str, Entity]]:
    ends = [
        (end.app, end.entity)
        for flow in registry.flows_of(kind)
        for end in (flow.source, flow.target)
    ]
    return [(app, connectors[app].entity(name)) for app, name in dict.fromkeys(ends)]
