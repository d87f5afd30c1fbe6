"""What a report's page can be narrowed by: forms whose choices ask no long table for its values."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations import registry
from integrations.lists.records import of_record
from integrations.models import Change, FlowSetting, Integration, SyncRun
from integrations.words import app_name, integration_choices

Choices = list[tuple[str, str]]
ALL = [("", "All")]


def integrations() -> Choices:
    return [*ALL, *integration_choices(Integration.everything.all())]


def modules() -> Choices:
    return [*ALL, *((key, flow.label) for key, flow in registry.discover().flows.items())]


def apps() -> Choices:
    """The apps that a module writes to."""
    flows = registry.discover().flows.values()
    written = dict.fromkeys(end.app for flow in flows for end in (flow.target, flow.source))
    return [*ALL, *((app, app_name(app)) for app in written)]


class Filter(forms.Form):
    """From a day to a day, both included, of an integration, of a module."""

    when = ""  # the column that dates are compared with

    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    integration = forms.ChoiceField(label="Integration", required=False, choices=integrations)
    module = forms.ChoiceField(label="Module", required=False, choices=modules)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", "It lies before the first day.")
        return given

    def rows(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that pass; none where a choice is not valid."""
        if not self.is_valid():
            return rows.none()
        given = self.cleaned_data
        if given["since"]:
            rows = rows.filter(**{f"{self.when}__gte": _midnight(given["since"])})
        if given["until"]:
            after = given["until"] + dt.timedelta(days=1)
            rows = rows.filter(**{f"{self.when}__lt": _midnight(after)})
        if given["integration"]:
            # By key: the planner knows then how few or many rows these are.
            settings = FlowSetting.objects.filter(integration__name=given["integration"])
            rows = rows.filter(setting__in=list(settings.values_list("pk", flat=True)))
        if given["module"]:
            rows = rows.filter(flow=given["module"])
        return self.narrowed(rows, given)

    def narrowed(self, rows: QuerySet[Any], given: dict[str, Any]) -> QuerySet[Any]:
        raise NotImplementedError

    @property
    def in_use(self) -> bool:
        return any(self.data.get(name) for name in self.fields)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


OPEN_ITEMS = Q(failing__gt=0) | Q(undecided__gt=0) | Q(conflicts__gt=0) | Q(uncertain__gt=0)
OUTCOMES = {
    "open": ("Finished with open items", Q(status=SyncRun.Status.DONE) & OPEN_ITEMS),
    "clean": ("Finished without open items", Q(status=SyncRun.Status.DONE) & ~OPEN_ITEMS),
    "going": ("Under way or paused", Q(status__in=SyncRun.OPEN)),
    "failed": ("Failed", Q(status=SyncRun.Status.FAILED)),
    "cancelled": ("Cancelled", Q(status=SyncRun.Status.CANCELLED)),
}


class HistoryFilter(Filter):
    when = "created_at"

    kind = forms.ChoiceField(
        label="Kind", required=False, choices=[*ALL, ("live", "Syncs"), ("preview", "Previews")]
    )
    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[*ALL, *((key, words) for key, (words, _) in OUTCOMES.items())],
    )

    def narrowed(self, rows: QuerySet[Any], given: dict[str, Any]) -> QuerySet[Any]:
        if given["kind"]:
            rows = rows.filter(mode=given["kind"])
        if given["outcome"]:
            rows = rows.filter(OUTCOMES[given["outcome"]][1])
        return rows


class PushedFilter(Filter):
    when = "final_at"

    into = forms.ChoiceField(label="Written to", required=False, choices=apps)
    action = forms.ChoiceField(
        label="What",
        required=False,
        choices=[
            *ALL,
            *(
                (action.value, action.label)
                for action in Change.Action
                if action not in {Change.Action.NOTHING, Change.Action.CONFLICT}
            ),
        ],
    )
    name = forms.CharField(
        label="Record", required=False, max_length=200, widget=forms.TextInput({"type": "search"})
    )

    def narrowed(self, rows: QuerySet[Any], given: dict[str, Any]) -> QuerySet[Any]:
        if given["into"]:
            rows = rows.filter(_into(given["into"]))
        if given["action"]:
            rows = rows.filter(action=given["action"])
        return rows.filter(of_record(given["name"])) if given["name"] else rows


def _into(app: str) -> Q:
    """Changes written to an app, by module and direction."""
    flows = registry.discover().flows
    forward = [key for key, flow in flows.items() if flow.target.app == app]
    back = [key for key, flow in flows.items() if flow.source.app == app]
    return Q(flow__in=forward, run__direction=SyncRun.Direction.FORWARD) | Q(
        flow__in=back, run__direction=SyncRun.Direction.REVERSE
    )
