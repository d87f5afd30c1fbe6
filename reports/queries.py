"""What happened, as querysets: the rows behind every report and its export.

Of long tables the settings and syncs are prefetched: read once for a chunk of rows, where a join
would build them anew for every row.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet

from integrations.models import (
    Change,
    Connection,
    Consent,
    Decision,
    FlowSetting,
    Grant,
    Integration,
    SyncRun,
    WebhookEvent,
    WritingSwitch,
)
from mappings.models import FieldMap, RecordLink, RemoteField

State = RecordLink.State
# A record in one of these waits for a person, or for the product to find out.
OPEN = (State.FAILING, State.CONFLICT, State.UNDECIDED, State.UNCERTAIN, State.GONE)
# What an integration is called names its two organisations.
INTEGRATION = ("setting__integration__ledger", "setting__integration__other")
DIGESTS = ("source_digest", "target_digest")


def runs() -> QuerySet[SyncRun]:
    """Every sync, newest first."""
    return SyncRun.objects.select_related(*INTEGRATION, "requested_by", "approved_by")


def history() -> QuerySet[SyncRun]:
    """Syncs with what they did to how many records, newest first."""
    return SyncRun.objects.select_related(*INTEGRATION)


def changes() -> QuerySet[Change]:
    """Every decision about a record, newest first."""
    rows = Change.objects.prefetch_related("run", *INTEGRATION)
    return rows.defer(*DIGESTS, "keep")


def pushed() -> QuerySet[Change]:
    """What was written into an app, newest first."""
    return changes().filter(status=Change.Status.WRITTEN)


def records() -> QuerySet[RecordLink]:
    """Every record in scope with the state it is in, last looked at first."""
    return RecordLink.objects.prefetch_related(*INTEGRATION).defer(*DIGESTS)


def links() -> QuerySet[RecordLink]:
    """The pairs."""
    return records().filter(source_id__isnull=False, target_id__isnull=False)


def errors() -> QuerySet[RecordLink]:
    """Records that need attention; one leaves by itself when it syncs."""
    return records().filter(state__in=OPEN)


def settings() -> QuerySet[FlowSetting]:
    """The choices made for each module."""
    return FlowSetting.objects.select_related("integration__ledger", "integration__other")


def integrations() -> QuerySet[Integration]:
    return Integration.objects.select_related("ledger", "other")


def connections() -> QuerySet[Connection]:
    return Connection.objects.select_related("grant").only(
        *("app", "organization_id", "name", "base_currency", "plan", "time_zone", "base_url"),
        *("is_test", "status", "status_reason", "calls_per_minute", "calls_per_day", "created_at"),
        *("grant__data_center", "grant__signed_in_as"),
    )


def grants() -> QuerySet[Grant]:
    """Consents, without their tokens."""
    columns = ("data_center", "signed_in_as", "scopes", "status", "status_reason", "created_at")
    return Grant.objects.only(*columns).prefetch_related("connections")


def field_maps() -> QuerySet[FieldMap]:
    return FieldMap.objects.select_related(*INTEGRATION)


def remote_fields() -> QuerySet[RemoteField]:
    return RemoteField.objects.select_related("connection")


def decisions() -> QuerySet[Decision]:
    """What people decided, newest first."""
    return Decision.objects.select_related("by", *INTEGRATION)


def consents() -> QuerySet[Consent]:
    """Consents asked for, newest first, without their secrets."""
    return Consent.objects.select_related("asked_by").defer("client_secret")


def switches() -> QuerySet[WritingSwitch]:
    return WritingSwitch.objects.select_related("by")


def notifications() -> QuerySet[WebhookEvent]:
    rows = WebhookEvent.objects.select_related("channel__connection")
    return rows.defer("body", "channel__secret")


def limited(
    rows: QuerySet[Any],
    *,
    since: dt.datetime | None = None,
    flow: str = "",
    setting_flow: str = "",
    integration: str = "",
) -> QuerySet[Any]:
    """The rows from `since` on, of one module, of one integration by its short name.

    Syncs and changes count from when they were made, records from when they were last looked at,
    settings have no time. `setting_flow` is the module whose settings `flow` goes by.
    """
    model = rows.model
    if since is not None and model is RecordLink:
        rows = rows.filter(updated_at__gte=since)
    elif since is not None and model is Decision:
        rows = rows.filter(at__gte=since)
    elif since is not None and model in {SyncRun, Change}:
        rows = rows.filter(created_at__gte=since)
    if flow and model is Decision:
        rows = rows.filter(setting__flow=setting_flow)
    elif flow:
        rows = rows.filter(flow=setting_flow if model is FlowSetting else flow)
    if integration:
        path = "integration" if model is FlowSetting else "setting__integration"
        rows = rows.filter(Q(**{f"{path}__name": integration}))
    return rows
