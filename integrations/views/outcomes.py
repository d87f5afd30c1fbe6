"""What a sync did, or would do, with each record: tiles with counts, and the rows behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from integrations.lists import QuickPaginator
from integrations.lists.details import (
    Titles,
    field_list,
    field_values,
    found_in,
    titles_by_end,
    written_to,
)
from integrations.lists.html import badge
from integrations.models import Change, SyncRun
from integrations.words import app_name, sides
from mappings.models import RecordLink

Action, Status, State = Change.Action, Change.Status, RecordLink.State
PER_PAGE = 50
SHOWN_IN_LINE = 4
WRITES = (Action.CREATE, Action.UPDATE, Action.LINK, Action.DELETE, Action.STEP)
REMOVES = (Action.DELETE, Action.STEP)
MOVED = Status.DROPPED
NOT_WRITTEN = (MOVED, Status.FAILED, Status.UNCERTAIN)


@dataclass(frozen=True)
class Outcome:
    """A sort of outcome: its name in the address, its words before and after, its rows."""

    key: str
    before: str
    after: str
    rows: Q
    needs_person: bool = False


def _quiet(*states: str) -> Q:
    return Q(state__in=states) & ~Q(action__in=WRITES)


# In the order of the tiles. `key` is also the name of the run's count.
OUTCOMES = (
    Outcome("created", "To be created", "Created", Q(action=Action.CREATE)),
    Outcome("updated", "To be changed", "Changed", Q(action__in=(Action.UPDATE, Action.STEP))),
    Outcome("linked", "To be paired", "Paired", Q(action=Action.LINK)),
    Outcome("deleted", "To be deleted", "Deleted", Q(action=Action.DELETE)),
    Outcome(
        "failing",
        "Need attention",
        "Need attention",
        Q(status=Status.FAILED) | Q(state__in=(State.FAILING, State.GONE)) & ~Q(action__in=REMOVES),
        needs_person=True,
    ),
    Outcome(
        "undecided",
        "Possible duplicates",
        "Possible duplicates",
        _quiet(State.UNDECIDED),
        needs_person=True,
    ),
    Outcome(
        "conflicts",
        "Changed on both sides",
        "Changed on both sides",
        Q(action=Action.CONFLICT),
        needs_person=True,
    ),
    Outcome(
        "uncertain", "Not confirmed", "Not confirmed", Q(status=Status.UNCERTAIN), needs_person=True
    ),
    Outcome("waiting", "Waiting", "Waiting", _quiet(State.WAITING)),
    Outcome("excluded", "Left out", "Left out", _quiet(State.EXCLUDED)),
)
BY_KEY = {outcome.key: outcome for outcome in OUTCOMES}
MOVED_KEY = "moved"


@dataclass(frozen=True)
class Tile:
    key: str
    label: str
    count: int
    colour: str


def tiles(run: SyncRun) -> list[Tile]:
    """Counts by outcome, the empty ones left out; by the run's own counts, so no row is read."""
    shown = []
    for outcome in OUTCOMES:
        count = getattr(run, outcome.key)
        if not count:
            continue
        label = outcome.before if run.mode == SyncRun.Mode.PREVIEW else outcome.after
        shown.append(Tile(outcome.key, label, count, "bad" if outcome.needs_person else ""))
    if run.unchanged:
        shown.append(Tile("", "Unchanged", run.unchanged, ""))
    return shown


def changes_of(run: SyncRun, outcome: str, name: str) -> QuerySet[Change]:
    """The rows of a sync, of one outcome, whose name begins so or whose id is that."""
    rows = Change.objects.filter(run=run)
    if outcome == MOVED_KEY:
        rows = rows.filter(status=MOVED)
    elif outcome in BY_KEY:
        rows = rows.filter(BY_KEY[outcome].rows)
        live = run.mode == SyncRun.Mode.LIVE
        if live and outcome in {"created", "updated", "linked", "deleted"}:
            rows = rows.exclude(status__in=NOT_WRITTEN)
    if name:
        rows = rows.filter(Q(name__istartswith=name) | Q(source_id=name) | Q(target_id=name))
    return rows.order_by("pk")


@dataclass(frozen=True)
class Line:
    """A change as the table shows it."""

    change: Change
    record: int | None
    badge: SafeString
    fields: str
    values: SafeString | None
    found: SafeString | str
    at: SafeString | str = ""


def page_of_lines(request: HttpRequest, run: SyncRun) -> dict[str, Any]:
    """What the table of changes needs: the page asked for, its filter, its lines."""
    outcome, name = request.GET.get("outcome", ""), request.GET.get("name", "").strip()
    paginator = QuickPaginator(changes_of(run, outcome, name), PER_PAGE)
    page = paginator.get_page(request.GET.get("p"))
    return {
        "outcomes": [_option(item, run) for item in OUTCOMES],
        "outcome": outcome,
        "name": name,
        "lines": lines_of(run, list(page)),
        "pages": page,
        "total": paginator.total,
        "kept": _query(outcome=outcome, name=name),
    }


def _option(outcome: Outcome, run: SyncRun) -> dict[str, str]:
    preview = run.mode == SyncRun.Mode.PREVIEW
    return {"key": outcome.key, "label": outcome.before if preview else outcome.after}


def _query(**chosen: str) -> str:
    return urlencode({key: value for key, value in chosen.items() if value})


def lines_of(run: SyncRun, rows: Sequence[Change]) -> list[Line]:
    """Two statements whatever the number of rows: the fields' titles, the records' pages."""
    for row in rows:
        row.run, row.setting = run, run.setting
    titles = titles_by_end(rows)
    records = records_of(run, rows)
    return [_line(run, row, titles.get(written_to(row), {}), records) for row in rows]


def _line(run: SyncRun, row: Change, titles: Titles, records: dict[str, int]) -> Line:
    names = [] if row.action in REMOVES else list(row.values)
    return Line(
        change=row,
        record=records.get(row.source_id),
        badge=badge(*outcome_words(row, run)),
        fields=field_list(names, titles, SHOWN_IN_LINE),
        values=field_values(row, titles) if row.values or row.before else None,
        found=found_in(row.details, row.flow, run.direction, titles) if row.details else "",
    )


def records_of(run: SyncRun, rows: Iterable[Change]) -> dict[str, int]:
    """Keys of the records' own pages, by the id that was read."""
    side = "source_id" if run.direction == SyncRun.Direction.FORWARD else "target_id"
    ids = [row.source_id for row in rows if row.source_id]
    links = RecordLink.objects.filter(setting=run.setting_id, **{f"{side}__in": ids})
    return dict(links.values_list(side, "pk"))


_DONE = {
    Action.CREATE: ("To be created", "Created"),
    Action.UPDATE: ("To be changed", "Changed"),
    Action.LINK: ("To be paired", "Paired"),
    Action.DELETE: ("To be deleted", "Deleted"),
    Action.STEP: ("To be made inactive", "Made inactive"),
}
_STATE_COLOURS = {
    State.EXCLUDED: "plain",
    State.WAITING: "info",
    State.FAILING: "bad",
    State.GONE: "bad",
}


def outcome_words(row: Change, run: SyncRun) -> tuple[str, str]:
    """(words, colour) for what happened to a record, or is going to happen."""
    planned, done = _DONE.get(Action(row.action), ("", ""))
    if row.status == Status.PLANNED and planned:
        return planned, "info"
    if row.status == Status.WRITTEN and done:
        return done, "look" if row.state == State.FAILING else "good"
    if row.status == Status.UNCERTAIN:
        return f"Not confirmed (checking in {sides(run.flow, run.direction)[1]})", "look"
    if row.status == MOVED:
        return "Not written", "look"
    if row.status == Status.SENDING:
        return "Being written", "info"
    if row.action in REMOVES and row.status == Status.FAILED:
        return "Not done", "bad"
    if row.state in State.values:
        return State(row.state).label, _STATE_COLOURS.get(State(row.state), "look")
    return row.get_status_display(), "plain"


def apps_of(run: SyncRun) -> list[tuple[str, int]]:
    """Requests made so far, by the app's name."""
    return [(app_name(app), number) for app, number in sorted(run.calls.items())]
