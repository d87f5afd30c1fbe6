"""The five steps of setting a module up, each a form that answers with choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from django import forms

from integrations import choices, configuring, registry, trials, ways
from integrations.errors import SyncError
from integrations.models import FlowSetting
from integrations.module_flows import VIEW_OF, active, companions, read_of, saved_views, under
from integrations.sync.flow import Flow
from mappings import catalogue
from mappings.converters import FieldInfo
from mappings.fields import Field
from mappings.models import RecordLink

VIEW_HELP = (
    "A saved view narrows what is read. A pair whose record leaves the view stays a pair; it just "
    "gets no more changes."
)
STEPS = {
    "module": "Module",
    "direction": "Direction",
    "duplicates": "Duplicates",
    "view": "Records",
    "fields": "Fields",
}


class ChoiceField(forms.ChoiceField):
    """Choices as radio buttons, each with the line that says what will happen."""

    def __init__(self, offered: list[choices.Choice], **kwargs: Any) -> None:
        self.offered = offered
        pairs = [(choice.value, choice.label) for choice in offered]
        super().__init__(choices=pairs, widget=forms.RadioSelect, **kwargs)


class StepForm(forms.Form):
    """A step: begins with what is in force, answers with choices as `configure` takes them.

    `options` are those a step before has chosen: they say which flows of the module run.
    """

    notes: Sequence[str] = ()

    def __init__(
        self,
        *args: Any,
        setting: FlowSetting,
        options: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.setting = setting
        self.there = under(setting, options or {})
        self.flow = registry.flow(setting.flow)
        self.flows = active(self.there)
        self.build(configuring.present(setting))

    def build(self, present: dict[str, str]) -> None:
        raise NotImplementedError

    def choices(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.cleaned_data.items()}


class ModuleForm(StepForm):
    def build(self, present: dict[str, str]) -> None:
        offered = choices.own_options(self.flow)
        for option in self.flow.options:
            self.fields[option.name] = ChoiceField(
                offered[option.name],
                label=option.label,
                help_text=option.help,
                initial=present[option.name],
            )


class DirectionForm(StepForm):
    def build(self, present: dict[str, str]) -> None:
        integration = self.setting.integration
        allowed = ways.extents(integration, self.flow)
        why = ways.why_one_way(integration)
        self.fields["extent"] = ChoiceField(
            choices.directions(self.flow, allowed),
            label="Direction",
            help_text=f"Zoho calls it Extent of sync. {why}".rstrip(),
            initial=present["extent"] if present["extent"] in allowed else "".join(allowed[:1]),
        )
        if FlowSetting.Extent.BOTH in allowed:
            self.fields["winner"] = ChoiceField(
                choices.winners(self.flow),
                label="Both ways only: when a record was changed on both sides",
                initial=present["winner"],
            )
        self.fields["every"] = forms.ChoiceField(
            choices=[(c.value, c.label) for c in choices.intervals(present["every"])],
            label="How often",
            initial=present["every"],
        )


class DuplicatesForm(StepForm):
    def build(self, present: dict[str, str]) -> None:
        possible = RecordLink.objects.filter(
            setting=self.setting, state=RecordLink.State.UNDECIDED
        ).count()
        self.fields["duplicates"] = ChoiceField(
            choices.duplicates(self.flow, possible),
            label="When a record looks like one that is already there",
            initial=present["duplicates"],
        )


class ViewForm(StepForm):
    """A saved view for each flow that runs by the choices of the steps before."""

    def build(self, present: dict[str, str]) -> None:
        self.trouble = ""
        for flow, name in self._names():
            chosen = self.there.view_of(flow.key)[1]
            offered = [choices.Choice(configuring.ALL_RECORDS, "All records")]
            offered += [choices.Choice(view, view) for view in self._views(flow, chosen)]
            alone = len(self.flows) == 1
            self.fields[name] = ChoiceField(
                offered,
                label="Which records" if alone else f"{flow.label}: which {read_of(flow)}",
                required=False,
                help_text=f"{self.trouble} {VIEW_HELP}".lstrip(),
                initial=chosen,
            )
        self.notes = [
            f"{other.label} are a module of their own: their view and field map are chosen there."
            for other in companions(self.there)
        ]

    def _names(self) -> list[tuple[Flow, str]]:
        return list(zip(self.flows, numbered("view"), strict=False))

    def _views(self, flow: Flow, chosen: str) -> list[str]:
        try:
            return [view.name for view in saved_views(self.setting, flow)]
        except SyncError as error:
            self.trouble = f"The saved views could not be read: {error.message} {error.hint}"
            return [chosen] if chosen else []

    def choices(self) -> dict[str, str]:
        return {
            f"{VIEW_OF}{flow.key}": str(self.cleaned_data[name]) for flow, name in self._names()
        }


class FieldsForm(StepForm):
    """Which of each flow's own pairs are used; the field map offers everything else."""

    def build(self, present: dict[str, str]) -> None:
        self.offered: dict[str, list[Field]] = {}
        for flow, name in self._names():
            in_force = catalogue.pairs_in_force(self.setting.pk, flow.key)
            defaults, _ = trials.default_pairs(self.setting, flow.key)
            known = {(pair.source, pair.target) for pair in in_force}
            rest = [pair for pair in defaults if (pair.source, pair.target) not in known]
            offered = self.offered[flow.key] = [*in_force, *rest]
            used = range(len(in_force)) if in_force else range(len(offered))
            alone = len(self.flows) == 1
            kept = "ields that are kept in step"
            self.fields[name] = forms.MultipleChoiceField(
                choices=self._rows(flow, offered),
                label=f"F{kept}" if alone else f"{flow.label}: f{kept}",
                widget=forms.CheckboxSelectMultiple,
                initial=[str(number) for number in used],
                help_text="The field map offers all other fields, converters and rules for each.",
                error_messages={"required": "Choose at least one field."},
            )

    def _names(self) -> list[tuple[Flow, str]]:
        return list(zip(self.flows, numbered("fields"), strict=False))

    def _rows(self, flow: Flow, offered: list[Field]) -> list[tuple[str, str]]:
        sources, targets = configuring.catalogues(self.setting, flow.key)
        rows = []
        for number, pair in enumerate(offered):
            first = sources.get(pair.source, FieldInfo(pair.source)).title
            second = targets.get(pair.target, FieldInfo(pair.target)).title
            always = " (always)" if pair.target in flow.required else ""
            rows.append((str(number), f"{first} → {second}{always}"))
        return rows

    def choices(self) -> dict[str, str]:
        return {}

    def maps(self) -> dict[str, list[Field]]:
        """The pairs that are used, by flow."""
        return {
            flow.key: [
                pair
                for number, pair in enumerate(self.offered[flow.key])
                if str(number) in self.cleaned_data[name] or pair.target in flow.required
            ]
            for flow, name in self._names()
        }


def numbered(name: str) -> Iterator[str]:
    """``view``, ``view_2``, ``view_3``: a form field for each flow of a module."""
    yield name
    yield from (f"{name}_{number}" for number in count(2))
