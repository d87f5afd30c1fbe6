"""The columns of the reports: what happened, and to which record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from integrations.lists.details import titled, written_to
from integrations.models import Change, FlowSetting
from integrations.module_flows import views_in_words
from integrations.words import (
    app_name,
    direction_words,
    extent_words,
    flow_of,
    integration_name,
    module_name,
    run_words,
    sides,
    winner_words,
)
from mappings.catalogue import load_fields
from mappings.models import RecordLink
from reports.report import Column, Report

# Looked up for every row of long files; Django's own way takes ten times as long.
ACTIONS, STATUSES = dict(Change.Action.choices), dict(Change.Status.choices)
STATES, ORIGINS = dict(RecordLink.State.choices), dict(RecordLink.Origin.choices)


def _integration(row: Any) -> str:
    return integration_name(row.setting.integration)


def _module(row: Any) -> str:
    return module_name(row.flow)


class HistoryReport(Report):
    report = "history"

    started = Column("sync started", lambda run: run.started_at or run.created_at)
    finished = Column("finished", lambda run: run.finished_at)
    integration = Column("integration", _integration)
    module = Column("module", _module)
    key = Column("module key", lambda run: run.flow)
    direction = Column("direction", lambda run: direction_words(run.flow, run.direction))
    kind = Column("kind", lambda run: run.get_mode_display())
    outcome = Column("outcome", run_words)
    read = Column("read", lambda run: run.read)
    created = Column("created", lambda run: run.created)
    updated = Column("changed", lambda run: run.updated)
    linked = Column("paired", lambda run: run.linked)
    deleted = Column("deleted", lambda run: run.deleted)
    unchanged = Column("unchanged", lambda run: run.unchanged)
    excluded = Column("left out", lambda run: run.excluded)
    waiting = Column("waiting", lambda run: run.waiting)
    failing = Column("need attention", lambda run: run.failing)
    undecided = Column("possible duplicates", lambda run: run.undecided)
    conflicts = Column("changed on both sides", lambda run: run.conflicts)
    uncertain = Column("not confirmed", lambda run: run.uncertain)
    number = Column("sync", lambda run: run.pk)


class RunsReport(Report):
    report = "runs"

    number = Column("sync", lambda run: run.pk)
    integration = Column("integration", _integration)
    module = Column("module", _module)
    key = Column("module key", lambda run: run.flow)
    direction = Column("direction", lambda run: direction_words(run.flow, run.direction))
    kind = Column("kind", lambda run: run.get_mode_display())
    trigger = Column("started", lambda run: run.get_trigger_display())
    status = Column("status", lambda run: run.get_status_display())
    held = Column("held", lambda run: run.held)
    reason = Column("reason", lambda run: run.reason)
    asked = Column("asked for", lambda run: run.created_at)
    began = Column("began", lambda run: run.started_at)
    finished = Column("finished", lambda run: run.finished_at)
    seconds = Column("seconds", lambda run: round(run.seconds, 1))
    records = Column("records read", lambda run: run.read)
    calls = Column(
        "requests", lambda run: ", ".join(f"{app_name(a)} {n}" for a, n in run.calls.items())
    )
    memory = Column("memory in MB", lambda run: round(run.peak_rss_mb, 1))
    statements = Column("database statements", lambda run: run.queries)
    requested = Column("asked for by", lambda run: _user(run.requested_by))
    approved = Column("approved by", lambda run: _user(run.approved_by))


def _user(user: Any) -> str:
    return user.get_username() if user else ""


class _RecordReport(Report):
    """Columns that pairs and open items share."""

    name = Column("record", lambda link: link.name)
    integration = Column("integration", _integration)
    module = Column("module", _module)
    key = Column("module key", lambda link: link.flow)
    state = Column("state", lambda link: STATES.get(link.state, link.state))
    first_app = Column("first app", lambda link: sides(link.flow)[0])
    first_id = Column("first id", lambda link: link.source_id)
    second_app = Column("second app", lambda link: sides(link.flow)[1])
    second_id = Column("second id", lambda link: link.target_id)


class LinksReport(_RecordReport):
    report = "links"

    origin = Column("how paired", lambda link: ORIGINS.get(link.origin, link.origin))
    since = Column("in this state since", lambda link: link.since)
    updated = Column("last looked at", lambda link: link.updated_at)


class ErrorsReport(_RecordReport):
    report = "errors"

    cause = Column("cause", lambda link: link.cause)
    reason = Column("reason", lambda link: link.reason)
    remedy = Column("what to do", lambda link: link.remedy)
    since = Column("since", lambda link: link.since)
    age = Column("age in days", lambda link: _age(link))
    attempts = Column("attempts", lambda link: link.attempts)


def _age(link: RecordLink) -> float:
    return round((timezone.now() - link.since).total_seconds() / 86_400, 2)


class RecordsReport(ErrorsReport):
    """Every record in scope, whatever its state."""

    report = "records"

    origin = Column("how paired", lambda link: ORIGINS.get(link.origin, link.origin))
    updated = Column("last looked at", lambda link: link.updated_at)


class ChangesReport(Report):
    """One line for each field changed; a change without fields, such as a refusal, has one line."""

    report = "changes"

    run = Column("sync", lambda item: item[0].run_id)
    time = Column("time", lambda item: item[0].final_at or item[0].created_at)
    integration = Column("integration", lambda item: _integration(item[0]))
    module = Column("module", lambda item: _module(item[0]))
    direction = Column(
        "direction", lambda item: direction_words(item[0].flow, item[0].run.direction)
    )
    record = Column("record", lambda item: item[0].name)
    first_id = Column("id read", lambda item: item[0].source_id)
    second_id = Column("id written", lambda item: item[0].target_id)
    field = Column("field", lambda item: item[1])
    before = Column("before", lambda item: item[2])
    after = Column("after", lambda item: item[3])
    action = Column("what", lambda item: ACTIONS.get(item[0].action))
    status = Column("status", lambda item: STATUSES.get(item[0].status))
    reason = Column("reason", lambda item: item[0].reason)

    def items(self, row: Change) -> Iterable[Any]:
        names = sorted({*row.values, *row.before})  # PostgreSQL keeps no order of its own
        if not names:
            return ((row, "", None, None),)
        kinds = self._kinds(row.flow, row.run.direction)
        return (
            (
                row,
                name,
                typed(row.before.get(name), kinds.get(name, "")),
                typed(row.values.get(name), kinds.get(name, "")),
            )
            for name in names
        )

    def _kinds(self, key: str, direction: str) -> dict[str, str]:
        """The kind of each written field by the module's own map, looked up once for a file."""
        known = self.__dict__.setdefault("_kinds_known", {})
        if (key, direction) not in known:
            flow = flow_of(key, direction)
            known[key, direction] = {f.target: f.kind for f in flow.fields} if flow else {}
        return known[key, direction]


def typed(value: Any, kind: str) -> Any:
    """Amounts and numbers, kept as text in a change, as numbers again."""
    if kind not in {"money", "number"} or not isinstance(value, str):
        return value
    try:
        return Decimal(value)
    except InvalidOperation:
        return value


class PushedReport(Report):
    report = "pushed"

    time = Column("written", lambda change: change.final_at or change.sent_at or change.created_at)
    integration = Column("integration", _integration)
    module = Column("module", _module)
    direction = Column("direction", lambda c: direction_words(c.flow, c.run.direction))
    what = Column("what", lambda change: ACTIONS.get(change.action))
    record = Column("record", lambda change: change.name)
    first_app = Column("app read", lambda c: sides(c.flow, c.run.direction)[0])
    first_id = Column("id read", lambda change: change.source_id)
    second_app = Column("app written", lambda c: sides(c.flow, c.run.direction)[1])
    second_id = Column("id written", lambda change: change.target_id)
    fields_written = Column("fields written", lambda change: _written(change, change.titles))
    before_after = Column("before and after", lambda change: _before_after(change, change.titles))
    amount = Column("amount", lambda change: change.amount)
    run = Column("sync", lambda change: change.run_id)
    asked = Column("how started", lambda change: change.run.get_trigger_display())

    def items(self, row: Any) -> Iterable[Any]:
        row.titles = self._titles(row)
        return (row,)

    def _titles(self, change: Change) -> dict[str, str]:
        """Titles of the written app's fields, looked up once for a file."""
        known = self.__dict__.setdefault("_titles_known", {})
        key = (change.setting_id, change.flow, change.run.direction)
        if key not in known:
            connection, entity = written_to(change)
            fields, _ = load_fields(connection, entity)
            known[key] = {name: info.title for name, info in fields.items()}
        return known[key]


def _written(change: Change, titles: Mapping[str, str]) -> str:
    return ", ".join(titled(name, titles) for name in sorted(change.values))


def _before_after(change: Change, titles: Mapping[str, str]) -> str:
    """Such as "Billing city: Bonn -> Köln", one line for each field."""
    return "\n".join(
        f"{titled(name, titles)}: {_said(change.before.get(name))} -> "
        f"{_said(change.values.get(name))}"
        for name in sorted({*change.values, *change.before})
    )


def _said(value: Any) -> str:
    return "empty" if value in (None, "") else str(value)


class SettingsReport(Report):
    report = "settings"

    integration = Column("integration", lambda setting: integration_name(setting.integration))
    module = Column("module", _module)
    key = Column("module key", lambda setting: setting.flow)
    enabled = Column("on", lambda setting: setting.enabled)
    writing = Column("writing", lambda setting: setting.get_writing_display())
    direction = Column("direction", extent_words)
    duplicates = Column("duplicates", lambda setting: setting.get_duplicates_display())
    winner = Column("changed on both sides", winner_words)
    view = Column("view", views_in_words)
    every = Column("how often", lambda setting: setting.every)
    options = Column("the module's own", lambda setting: _options(setting))
    version = Column("version", lambda setting: setting.version)
    first = Column("first synced", lambda setting: setting.first_synced_at)
    started = Column("last started", lambda setting: setting.last_started_at)

    def integration_id(self, row: FlowSetting) -> int:
        return row.integration_id


def _options(setting: FlowSetting) -> str:
    return "; ".join(f"{name}={value}" for name, value in sorted(setting.options.items()))
