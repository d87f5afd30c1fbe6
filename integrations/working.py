"""Working lists: the pairs of one module, such as the customers that came from CRM, narrowed by
what people look for. Screens list them, act on many at once and export them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from integrations import attention, fetching, registry
from integrations.models import FlowSetting, Integration
from integrations.sync.flow import Flow
from integrations.words import app_name, flow_of, integration_choices
from mappings.models import RecordLink

Choices = list[tuple[str, str]]
ALL = [("", "All")]


def title(flow: Flow) -> str:
    """Such as "Customers from CRM"."""
    return f"{flow.label} from {app_name(fetching.near_end(flow).app)}"


def module(key: str) -> Flow | None:
    """The module of that key as the lists know it: not one that shares another's set-up."""
    flow = flow_of(key)
    return flow if flow is not None and flow.setting_key == flow.key else None


def pairs(flow: Flow) -> QuerySet[RecordLink]:
    """The pairs of a module in all integrations, those last looked at first."""
    settings = list(FlowSetting.objects.filter(flow=flow.key).values_list("pk", flat=True))
    return RecordLink.objects.filter(
        setting__in=settings, source_id__isnull=False, target_id__isnull=False
    ).order_by("-updated_at", "-pk")


def parts(flow: Flow) -> list[Flow]:
    """The flows that one module is made of, such as customers from accounts and from contacts."""
    kind = flow.key.partition(".")[0]
    return [item for item in registry.flows_of(kind) if item.setting_key == flow.key]


def integrations() -> Choices:
    return [*ALL, *integration_choices(Integration.objects.all())]


class WorkingFilter(forms.Form):
    """What a working list is narrowed by."""

    name = forms.CharField(
        label="Name begins with, or id",
        required=False,
        max_length=200,
        widget=forms.TextInput({"type": "search"}),
    )
    integration = forms.ChoiceField(label="Integration", required=False, choices=integrations)
    state = forms.ChoiceField(
        label="State", required=False, choices=[*ALL, *RecordLink.State.choices]
    )
    origin = forms.ChoiceField(
        label="How paired", required=False, choices=[*ALL, *RecordLink.Origin.choices]
    )
    part = forms.ChoiceField(label="Kind", required=False)

    def __init__(self, data: Any, *, flow: Flow) -> None:
        super().__init__(data)
        kinds = [(item.key, item.label) for item in parts(flow)]
        if len(kinds) > 1:
            self.fields["part"].choices = [*ALL, *kinds]  # type: ignore[attr-defined]
        else:
            del self.fields["part"]

    def rows(self, rows: QuerySet[RecordLink]) -> QuerySet[RecordLink]:
        """The pairs that pass; none where a choice is not valid."""
        if not self.is_valid():
            return rows.none()
        given = self.cleaned_data
        if given["integration"]:
            settings = FlowSetting.objects.filter(integration__name=given["integration"])
            rows = rows.filter(setting__in=list(settings.values_list("pk", flat=True)))
        if given["state"]:
            rows = rows.filter(state=given["state"])
        if given["origin"]:
            rows = rows.filter(origin=given["origin"])
        if given.get("part"):
            rows = rows.filter(flow=given["part"])
        return attention.found_by(rows, given["name"])

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """What was filled in, to be sent on with an act."""
        return [(name, self.data[name]) for name in self.fields if self.data.get(name)]


def picked(sent: Any, flow: Flow) -> tuple[WorkingFilter, QuerySet[RecordLink]]:
    """The pairs ticked, or all that the list shows where all are meant."""
    form = WorkingFilter(sent, flow=flow)
    if sent.get("all"):
        return form, form.rows(pairs(flow))
    keys = [int(key) for key in sent.getlist("record") if key.isascii() and key.isdigit()]
    return form, pairs(flow).filter(pk__in=[key for key in keys if key < 2**63])
