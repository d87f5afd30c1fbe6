"""The vendor's own link between two apps, found by what it left behind (G-7)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations import registry
from integrations.models import Connection, Decision, Integration
from integrations.words import app_name, integration_name
from mappings.models import KnownKey


@dataclass(frozen=True)
class NativeLink:
    """How many records the vendor's own integration of these two apps has marked as its own."""

    records: int
    apps: tuple[str, str]
    off_since: dt.date | None


def found(integration: Integration) -> NativeLink | None:
    """None where no record says that it belongs to the vendor's own integration."""
    marks = Q()
    for flow in registry.flows_of(integration.kind):
        for end in (flow.source, flow.target):
            connection = integration.side(end.app)
            marks |= _marks(connection, end.entity, [m.kind for m in flow.match if m.native])
    if not marks:
        return None
    number = KnownKey.objects.filter(marks).values("entity", "record_id").distinct().count()
    if not number:
        return None
    apps = (app_name(integration.other.app), app_name(integration.ledger.app))
    return NativeLink(number, apps, integration.native_off_since)


def _marks(connection: Connection, entity: str, kinds: list[str]) -> Q:
    """Keys that only the vendor's own integration leaves; on the other side they are plain ids."""
    native = registry.connector_class(connection.app).entities[entity].native
    marks = Q()
    for kind in kinds if native else ():
        marks |= Q(connection=connection, entity=entity, key__startswith=f"{kind}:")
    return marks


@transaction.atomic
def switched_off(user: Any, integration: Integration, since: dt.date) -> None:
    """A person says that the vendor's own integration is off, and since when."""
    if since > timezone.localdate():
        raise ValueError("That day is still to come. Switch the other link off first.")
    Integration.objects.filter(pk=integration.pk).update(native_off_since=since)
    Decision.objects.create(
        kind=Decision.Kind.NATIVE_OFF,
        by=user,
        name=integration_name(integration),
        details={"integration": integration.pk, "since": since.isoformat()},
    )
