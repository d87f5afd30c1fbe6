"""Making connections and integrations: the same steps for the browser and for commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations import oauth, pacing, registry, watching, ways
from integrations.errors import Misconfigured
from integrations.models import (
    Connection,
    FlowSetting,
    Grant,
    Integration,
    Writing,
)
from integrations.new_modules import give_modules
from integrations.pacing import Pacer
from integrations.words import integration_name
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


def organizations(
    app: str, grant: Grant, *, base_url: str = "", paced_by: Connection | None = None
) -> Sequence[Mapping[str, Any]]:
    """The organisations the sign-in reaches in an app, as `Connector.organizations` gives them.

    The question is put within the pace of the connection it is about; where there is none yet,
    it counts for the connections made with the grant within the next minute.
    """
    probe = Connection(app=app, grant=grant, organization_id="", name=app, base_url=base_url)
    connector = registry.connector_class(app)(probe)
    if paced_by is not None:
        connector.http.pacer = Pacer(paced_by)
    try:
        return connector.organizations()
    finally:
        connector.close()


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
    """The connection to one organisation, made or brought up to date.

    Raises Misconfigured where test data would take the place of a real organisation, or the other
    way round (G-4).
    """
    kind = registry.connector_class(app)
    number = str(organization["organization_id"])
    known = Connection.objects.filter(app=app, organization_id=number).first()
    if known is not None and known.is_test != is_test:
        sort = "test data" if known.is_test else "a real organisation"
        raise Misconfigured(
            f"{known} is connected already, as {sort}.", "Remove that connection first."
        )
    plan = str(organization.get("plan") or "")
    per_day = kind.calls_per_day.get(plan.split(" ")[0].lower()) if paced else None
    connection, _ = Connection.objects.update_or_create(
        app=app,
        organization_id=number,
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
    pacing.adopt_early(connection, grant)
    return connection


def renew(old: Grant, new: Grant) -> str:
    """Put the consent just given (`new`) in the place of an older one; returns the old token.

    Everything reached through the old grant stays where it is. `new` is used up.
    """
    with transaction.atomic():
        grant = Grant.objects.select_for_update().get(pk=old.pk)
        spent = grant.refresh_token
        keep_grant(
            grant,
            {
                "access_token": new.access_token,
                "refresh_token": new.refresh_token,
                "api_domain": new.api_domain,
                "scope": new.scopes,
            },
            data_center=new.data_center,
            accounts_url=new.accounts_url,
            client_id=new.client_id,
            client_secret=new.client_secret,
        )
        Grant.objects.filter(pk=grant.pk).update(
            access_token_expires=new.access_token_expires, token_requests=[]
        )
        new.delete()
    return spent


def users_of(connection: Connection) -> list[Integration]:
    """The integrations a connection is part of."""
    rows = Integration.objects.filter(Q(ledger=connection) | Q(other=connection))
    return list(rows.select_related("ledger", "other"))


def remove(connection: Connection) -> None:
    """Revoke the consent, where nothing else needs it, and forget the connection.

    Raises ValueError while an integration uses it, TryLater when the vendor cannot be told.
    """
    if used := [integration_name(integration) for integration in users_of(connection)]:
        raise ValueError(
            f"{connection.name} is used by {', '.join(used)}. "
            "A connection goes only when no integration uses it."
        )
    if Integration.everything.filter(Q(ledger=connection) | Q(other=connection)).exists():
        raise ValueError(
            f"{connection.name} stays listed, as a deleted integration's history names it. To end "
            "the consent itself, withdraw it in the app's own account settings."
        )
    watching.forget(connection)
    revoked = retire(connection.grant, unless_used_by_others_than=connection)
    connection.delete()
    if revoked:
        connection.grant.delete()


def retire(grant: Grant, *, unless_used_by_others_than: Connection | None = None) -> bool:
    """Revoke a consent that nothing needs any more; False when something still does."""
    others = grant.connections.all()
    if unless_used_by_others_than is not None:
        others = others.exclude(pk=unless_used_by_others_than.pk)
    if others.exists():
        return False
    if grant.refresh_token:
        oauth.revoke(grant.accounts_url, grant.refresh_token)
    return True


def refresh_organization(connection: Connection) -> Connection:
    """Read name, currency, plan, time zone and sign-in again, and keep them."""
    rows = organizations(
        connection.app, connection.grant, base_url=connection.base_url, paced_by=connection
    )
    row = next((r for r in rows if r["organization_id"] == connection.organization_id), None)
    if row is None:
        raise Misconfigured(
            f"The sign-in does not reach {connection.name} any more.",
            "Press Update credentials and sign in as somebody of that organisation.",
        )
    paced = not connection.is_test or connection.calls_per_minute is not None
    kept = keep_connection(
        connection.app,
        connection.grant,
        row,
        base_url=connection.base_url,
        is_test=connection.is_test,
        paced=paced,
    )
    remember_sign_in(kept)
    return kept


def remember_sign_in(connection: Connection) -> None:
    """G-16: whose sign-in stands behind the connection."""
    with_connector = registry.connector_for(connection)
    try:
        connection.grant.signed_in_as = with_connector.signed_in_as()
    finally:
        with_connector.close()
    connection.grant.save(update_fields=["signed_in_as", "updated_at"])


@transaction.atomic
def join(
    kind: str, ledger: Connection, other: Connection, *, name: str = "", writing: str = ""
) -> Integration:
    """The integration of two connections, with a setting for each of its modules.

    A pair of test organisations starts On, a real one in Look only (G-3). Whether it goes both
    ways or one way is settled now, and may be switched later.
    """
    # One at a time: two that are joined with one organisation at once are not both the first.
    Connection.objects.select_for_update().get(pk=other.pk)
    start = writing or (Writing.ON if ledger.is_test else Writing.LOOK_ONLY)
    integration, _ = Integration.objects.get_or_create(
        ledger=ledger,
        other=other,
        defaults={
            "name": name or free_name(kind),
            "kind": kind,
            "writing": start,
            "way": ways.way_of_new(kind, ledger, other),
        },
    )
    give_modules(integration)
    return integration


def free_name(kind: str) -> str:
    """The kind itself as a short name, or with a number behind it where that is taken."""
    taken = set(Integration.objects.values_list("name", flat=True))
    return next(
        name
        for number in range(1, len(taken) + 2)
        if (name := kind if number == 1 else f"{kind}-{number}") not in taken
    )


def configure_with_defaults(setting: FlowSetting) -> None:
    """Switch a module on with its default field map, where it was never set up."""
    for flow in registry.flows_set_by(setting):
        if not catalogue.pairs_in_force(setting.pk, flow.key):
            catalogue.store_pairs(setting.pk, flow.key, flow.fields)
    if ways.refusal(setting.integration, registry.flow(setting.flow)):
        return
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
    flows = registry.flows_of(integration.kind)
    ends = dict.fromkeys((e.app, e.entity) for flow in flows for e in (flow.source, flow.target))
    try:
        for app, entity in ends:
            fields = connectors[app].fields(connectors[app].entity(entity))
            catalogue.store_fields(connectors[app].connection.pk, entity, fields, now)
    finally:
        for connector in connectors.values():
            connector.close()
