"""Every morning's figures: how each integration stands, what needs somebody, two weeks of syncs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from integrations import second_looks
from integrations.estimates import Allowance, allowances
from integrations.models import Connection, Integration, SyncRun
from integrations.secrets import SECRETS
from integrations.standing import STATE_COLOURS, Standing, standings
from integrations.words import (
    integration_name,
    integration_words,
    module_name,
    run_heading,
)
from mappings.models import RecordLink

State = RecordLink.State
DAYS = 14


@dataclass(frozen=True)
class StateCount:
    state: str
    label: str
    count: int
    colour: str


@dataclass(frozen=True)
class Health:
    """One integration: its status in Zoho's words, its modules, its records, its requests."""

    integration: Integration
    title: str
    organisations: str
    status: tuple[str, str]
    modules: list[Standing]
    states: list[StateCount]
    requests: list[Requests]


@dataclass(frozen=True)
class Requests:
    """Zoho requests of one organisation today; `share` is the part used, in percent."""

    title: str
    allowance: Allowance
    of: int | None

    @property
    def share(self) -> int:
        return min(100, round(100 * self.allowance.made / self.of)) if self.of else 0


def health() -> list[Health]:
    """Every integration; a fixed number of statements, whatever there is of them."""
    grants = ("ledger__grant", "other__grant")
    rows = Integration.objects.select_related(*grants).order_by("name")
    integrations = list(rows.defer(*(f"{g}__{name}" for g in grants for name in SECRETS)))
    modules: dict[int, list[Standing]] = {}
    for standing in standings():
        modules.setdefault(standing.setting.integration_id, []).append(standing)
    states = _states({item.setting.pk: key for key, of in modules.items() for item in of})
    requests = _requests(integrations)
    return [
        _health(one, modules.get(one.pk, []), states.get(one.pk, {}), requests)
        for one in integrations
    ]


def _states(integration_of: Mapping[int, int]) -> dict[int, dict[str, int]]:
    """Records by integration and state, from the integration of each setting.

    Counted by setting, without a join: so the index alone answers it.
    """
    counted = RecordLink.objects.order_by().values_list("setting_id", "state").annotate(Count("pk"))
    found: dict[int, dict[str, int]] = {}
    for setting, state, number in counted:
        if setting not in integration_of:
            continue  # of an integration that has been deleted
        states = found.setdefault(integration_of[setting], {})
        states[state] = states.get(state, 0) + number
    return found


def _requests(integrations: list[Integration]) -> dict[int, Requests]:
    connections = {c.pk: c for one in integrations for c in (one.ledger, one.other)}
    found = allowances(*connections.values())
    return {
        key: Requests(f"{allowance.app}: {allowance.name}", allowance, _usable(connection))
        for (key, connection), allowance in zip(connections.items(), found, strict=True)
    }


def _usable(connection: Connection) -> int | None:
    """Today's allowance less the share that is left to people."""
    if connection.calls_per_day is None:
        return None
    return connection.calls_per_day * (100 - connection.reserve_percent) // 100


def _health(
    one: Integration,
    modules: list[Standing],
    states: dict[str, int],
    requests: dict[int, Requests],
) -> Health:
    return Health(
        integration=one,
        title=integration_name(one),
        organisations=integration_words(one),
        status=status_of(one, modules),
        modules=modules,
        states=[
            StateCount(state, state.label, states[state], colour)
            for state, colour in STATE_COLOURS.items()
            if states.get(state)
        ],
        requests=[requests[one.other_id], requests[one.ledger_id]],
    )


def status_of(one: Integration, modules: list[Standing]) -> tuple[str, str]:
    """(status, colour) in the words Zoho has for it; green only where nothing is open."""
    if Connection.Status.RECONNECT in {one.ledger.status, one.other.status}:
        return "Reconnect", "bad"
    if one.status != Integration.Status.ACTIVE:
        return one.get_status_display(), "look"
    begun = [standing for standing in modules if standing.is_set_up]
    if not begun:
        return "Not set up yet", "plain"
    if any(item.last and item.last.is_open and not item.last.held for item in begun):
        return "Sync in Progress", "info"
    if not any(item.setting.enabled for item in begun):
        return "Paused", "look"
    fine = all(item.health[1] in {"good", "info", "plain"} for item in begun)
    return "Active", "good" if fine else "look"


@dataclass(frozen=True)
class ToApprove:
    """What a second person has to say yes to: a preview, or values of a record; who asked, when."""

    page: str
    key: int
    title: str
    asked_by: str
    asked_at: dt.datetime | None


def to_approve(most: int = 10) -> list[ToApprove]:
    """What approval was asked for, the longest waiting first."""
    found = [
        ToApprove("office:preview", run.pk, run_heading(run), str(run.approval_asked_by), at)
        for run in previews_to_approve()[:most]
        if (at := run.approval_asked_at)
    ]
    links = list(second_looks.waiting().select_related("setting")[:most])
    for key, asked in second_looks.said(links, "asked").items():
        link = next(link for link in links if link.pk == key)
        title = f"{module_name(link.flow)}: payment details of {link.name}"
        found.append(ToApprove("office:conflict", key, title, asked.by, asked.at))
    long_ago = dt.datetime.min.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda item: item.asked_at or long_ago)[:most]


def previews_to_approve() -> QuerySet[SyncRun]:
    """Previews for which approval was asked, the oldest first."""
    ended = (SyncRun.Status.DONE, SyncRun.Status.PAUSED)
    return (
        SyncRun.objects.filter(
            mode=SyncRun.Mode.PREVIEW, status__in=ended, approval_asked_at__isnull=False
        )
        .select_related("setting__integration", "approval_asked_by")
        .order_by("approval_asked_at")
    )


def held() -> QuerySet[SyncRun]:
    """Syncs that stand still until a person does something, the oldest first."""
    waiting = SyncRun.objects.filter(status=SyncRun.Status.PAUSED, held__isnull=False)
    return waiting.exclude(held="quota").select_related("setting__integration").order_by("pk")


@dataclass(frozen=True)
class Day:
    """What the live syncs of a day did, by the time zone of the screens."""

    day: dt.date
    syncs: int = 0
    created: int = 0
    changed: int = 0
    paired: int = 0
    failed: int = 0


def fortnight() -> list[Day]:
    """The last 14 days up to today, the quiet ones included."""
    today = timezone.localdate()
    first = today - dt.timedelta(days=DAYS - 1)
    begin = timezone.make_aware(dt.datetime.combine(first, dt.time()))
    rows = (
        SyncRun.objects.filter(created_at__gte=begin, mode=SyncRun.Mode.LIVE)
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(
            syncs=Count("pk"),
            created_sum=Sum("created"),
            changed_sum=Sum("updated"),
            paired_sum=Sum("linked"),
            failed_sum=Sum("failing"),
        )
    )
    found = {
        row["day"]: Day(
            row["day"],
            row["syncs"],
            row["created_sum"],
            row["changed_sum"],
            row["paired_sum"],
            row["failed_sum"],
        )
        for row in rows
    }
    days = (first + dt.timedelta(days=number) for number in range(DAYS))
    return [found.get(day, Day(day)) for day in days]


GREY = "#808692"  # reads on light and dark
CHART_OPTIONS = json.dumps(
    {
        "animation": False,
        "maintainAspectRatio": False,
        "plugins": {"legend": {"position": "bottom", "labels": {"color": GREY, "boxWidth": 12}}},
        "scales": {
            "x": {"stacked": True, "grid": {"display": False}, "ticks": {"color": GREY}},
            "y": {
                "stacked": True,
                "beginAtZero": True,
                "grid": {},
                "ticks": {"color": GREY, "precision": 0},
            },
        },
    }
)


def chart(days: list[Day]) -> str:
    """The fortnight for Unfold's bar chart; colours of which each differs in lightness too."""
    series = (
        ("Created", "var(--color-primary-700)", [day.created for day in days]),
        ("Changed", "var(--color-primary-500)", [day.changed for day in days]),
        ("Paired", "var(--color-primary-300)", [day.paired for day in days]),
    )
    return json.dumps(
        {
            "labels": [f"{day.day:%d %b}" for day in days],
            "datasets": [
                {"label": label, "data": data, "backgroundColor": colour}
                for label, colour, data in series
            ],
        }
    )
