"""Which settings keep a history of who changed what: a row of the audit log for each save.

Only what a person decides. What the product itself keeps moving (tokens, times of the last sync)
would bury that, and secrets must not get there at all: a masked half of one is still half of it.
Rows written by `bulk_create` or `QuerySet.update` leave no history.
"""

from __future__ import annotations

from auditlog.registry import auditlog

from integrations.models import Connection, Consent, FlowSetting, Grant, Integration
from integrations.secrets import SECRETS
from mappings.models import FieldMap


def register() -> None:
    """Start keeping the history; once for each process."""
    auditlog.register(
        Grant,
        include_fields=["data_center", "client_id", "scopes", "signed_in_as", "status"],
        exclude_fields=list(SECRETS),
    )
    auditlog.register(
        Consent,
        include_fields=[
            "app",
            "data_center",
            "client_id",
            "status",
            "invited_address",
            "signed_in_as",
            "organization_name",
            "renews",
        ],
        exclude_fields=list(SECRETS),
    )
    auditlog.register(Connection, exclude_fields=["created_at", "updated_at"])
    auditlog.register(Integration, exclude_fields=["created_at"])
    auditlog.register(FlowSetting, exclude_fields=["first_synced_at", "last_started_at"])
    auditlog.register(FieldMap, exclude_fields=["position"])
