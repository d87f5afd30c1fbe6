"""The columns of the lists about the set-up: organisations, consents, fields, stops of writing."""

from __future__ import annotations

from typing import Any

from integrations.models import (
    Connection,
    Consent,
    Decision,
    Grant,
    Integration,
    WebhookEvent,
    WritingSwitch,
)
from integrations.oauth import SANDBOX
from integrations.words import app_name, integration_name, module_name, pair_winners, sides
from mappings.models import FieldMap, RemoteField
from reports.marks import TEST_DATA, Marks
from reports.report import Column, Report


class ConnectionsReport(Report):
    name = Column("name", lambda connection: connection.name)
    app = Column("app", lambda connection: app_name(connection.app))
    organisation = Column("organisation id", lambda connection: connection.organization_id)
    currency = Column("currency", lambda connection: connection.base_currency)
    zone = Column("time zone", lambda connection: connection.time_zone)
    plan = Column("edition", lambda connection: connection.plan)
    data_center = Column("data centre", lambda connection: connection.grant.data_center)
    signed_in = Column("signed in as", lambda connection: connection.grant.signed_in_as)
    state = Column("state", lambda connection: connection.get_status_display())
    reason = Column("reason", lambda connection: connection.status_reason)
    minute = Column("requests a minute", lambda connection: connection.calls_per_minute)
    day = Column("requests a day", lambda connection: connection.calls_per_day)
    since = Column("connected", lambda connection: connection.created_at)

    def mark(self, row: Connection, marks: Marks) -> str:
        marks.met = marks.met or row.is_test
        return TEST_DATA if row.is_test else ""


class GrantsReport(Report):
    """Consents; of their tokens not even the length."""

    name = Column("signed in as", lambda grant: grant.signed_in_as)
    data_center = Column("data centre", lambda grant: grant.data_center)
    state = Column("state", lambda g: "Reconnect" if g.status == Grant.Status.LOST else "Connected")
    reason = Column("reason", lambda grant: grant.status_reason)
    scopes = Column("allowed", lambda grant: grant.scopes)
    since = Column("since", lambda grant: grant.created_at)

    def mark(self, row: Grant, marks: Marks) -> str:
        # One consent may serve a test organisation and a real one.
        is_test = any(connection.is_test for connection in row.connections.all())
        marks.met = marks.met or is_test
        return TEST_DATA if is_test else ""


class IntegrationsReport(Report):
    name = Column("name", integration_name)
    short = Column("short name", lambda integration: integration.name)
    ledger = Column("books", lambda integration: integration.ledger.name)
    other_app = Column("other app", lambda integration: app_name(integration.other.app))
    other = Column("its organisation", lambda integration: integration.other.name)
    status = Column("status", lambda integration: integration.get_status_display())
    writing = Column("writing", lambda integration: integration.get_writing_display())
    since = Column("since", lambda integration: integration.created_at)

    def integration_id(self, row: Integration) -> int:
        return row.pk


class FieldMapsReport(Report):
    integration = Column("integration", lambda pair: integration_name(pair.setting.integration))
    module = Column("module", lambda pair: module_name(pair.flow))
    first_app = Column("from app", lambda pair: sides(pair.flow)[0])
    first = Column("from field", lambda pair: pair.source)
    second_app = Column("to app", lambda pair: sides(pair.flow)[1])
    second = Column("to field", lambda pair: pair.target)
    via = Column("converted as", lambda pair: pair.via.replace("_", " "))
    on = Column("written", lambda pair: FieldMap.On(pair.on).label)
    clears = Column("empty clears", lambda pair: pair.clears)
    wins = Column("changed on both sides", lambda pair: pair_winners(pair.flow)[pair.wins])


class RemoteFieldsReport(Report):
    app = Column("app", lambda field: app_name(field.connection.app))
    organisation = Column("organisation", lambda field: field.connection.name)
    list_of = Column("of", lambda field: field.entity)
    label = Column("field", lambda field: field.label)
    name = Column("name", lambda field: field.name)
    kind = Column("kind", lambda field: field.kind)
    length = Column("length", lambda field: field.length)
    required = Column("required", lambda field: field.required)
    unique = Column("unique", lambda field: field.unique)
    read_only = Column("read only", lambda field: field.read_only)
    custom = Column("custom", lambda field: field.custom)
    allowed = Column("values allowed", lambda field: ", ".join(map(str, field.choices)))

    def mark(self, row: RemoteField, marks: Marks) -> str:
        marks.met = marks.met or row.connection.is_test
        return TEST_DATA if row.connection.is_test else ""


class DecisionsReport(Report):
    """What people decided, one act a line."""

    report = "decisions"
    at = Column("when", lambda decision: decision.at)
    what = Column("what", lambda decision: decision.get_kind_display())
    name = Column("record", lambda decision: decision.name)
    module = Column("module", lambda d: module_name(d.setting.flow) if d.setting else "")
    integration = Column(
        "integration", lambda d: integration_name(d.setting.integration) if d.setting else ""
    )
    first_id = Column("first id", lambda decision: decision.source_id)
    second_id = Column("second id", lambda decision: decision.target_id)
    run = Column("sync", lambda decision: decision.run_id)
    by = Column("who", lambda d: d.by.get_username() if d.by else "command line")
    reason = Column("why", lambda decision: decision.reason)

    def integration_id(self, row: Decision) -> int | None:
        return row.setting.integration_id if row.setting else None


class ConsentsReport(Report):
    """Consents asked for; of their secrets nothing is read."""

    at = Column("asked", lambda consent: consent.asked_at)
    app = Column("app", lambda consent: app_name(consent.app))
    data_center = Column("data centre", lambda consent: consent.data_center)
    state = Column("state", lambda consent: consent.get_status_display())
    reason = Column("reason", lambda consent: consent.reason)
    by = Column("asked by", lambda c: c.asked_by.get_username() if c.asked_by else "")
    invited = Column("asked by mail", lambda consent: consent.invited_address)
    signed_in = Column("signed in as", lambda consent: consent.signed_in_as)
    organisation = Column("organisation", lambda consent: consent.organization_name)
    scopes = Column("asked for", lambda consent: consent.scopes)
    ended = Column("ended", lambda consent: consent.ended_at)

    def mark(self, row: Consent, marks: Marks) -> str:
        is_test = row.data_center == SANDBOX
        marks.met = marks.met or is_test
        return TEST_DATA if is_test else ""


class SwitchesReport(Report):
    at = Column("when", lambda switch: switch.at)
    what = Column("what", lambda switch: "Stopped" if switch.stopped else "Started")
    reason = Column("reason", lambda switch: switch.reason)
    by = Column("who", lambda switch: switch.by.get_username() if switch.by else "command line")

    def integration_id(self, row: WritingSwitch) -> Any:
        return None


class NotificationsReport(Report):
    """What apps told of: ids and outcomes, never what a notification said beyond that."""

    number = Column("number", lambda event: event.pk)
    came = Column("came", lambda event: event.received_at)
    app = Column("app", lambda event: app_name(event.channel.connection.app))
    organisation = Column("organisation", lambda event: event.channel.connection.name)
    state = Column("state", lambda event: event.get_status_display())
    outcome = Column("outcome", lambda event: event.outcome)
    repeats = Column("repeats", lambda event: event.repeats)
    handled = Column("handled", lambda event: event.handled_at)

    def mark(self, row: WebhookEvent, marks: Marks) -> str:
        is_test = row.channel.connection.is_test
        marks.met = marks.met or is_test
        return TEST_DATA if is_test else ""
