"""The reports by name: what `manage.py export` and the screens know them by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from reports import queries, resources, setup_resources
from reports.report import Report


@dataclass(frozen=True)
class Entry:
    """A report: its rows, its columns, what it is about in a few words."""

    rows: Callable[[], QuerySet[Any]]
    columns: type[Report]
    about: str


REPORTS = {
    "changes": Entry(queries.changes, resources.ChangesReport, "every field changed, one a line"),
    "decisions": Entry(queries.decisions, setup_resources.DecisionsReport, "what people decided"),
    "errors": Entry(queries.errors, resources.ErrorsReport, "records that need attention"),
    "history": Entry(queries.history, resources.HistoryReport, "syncs with their counts"),
    "links": Entry(queries.links, resources.LinksReport, "the pairs"),
    "pushed": Entry(queries.pushed, resources.PushedReport, "what was written into an app"),
    "records": Entry(queries.records, resources.RecordsReport, "every record with its state"),
    "runs": Entry(queries.runs, resources.RunsReport, "syncs with times, requests and who"),
    "settings": Entry(queries.settings, resources.SettingsReport, "the choices of each module"),
}
# Reports of screens that are not there yet.
NOT_YET = (
    "access",
    "access_review",
    "approvals",
    "exports",
    "held",
    "reconciliation",
    "triggers",
    "users",
)
