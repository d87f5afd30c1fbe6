"""The five steps of setting a module up, each a form that answers with choices."""

from __future__ import annotations

from typing import Any

from django import forms

from integrations import choices, configuring, registry, trials, ways
from integrations.errors import SyncError
from integrations.models import FlowSetting
from mappings import catalogue
from mappings.converters import FieldInfo
from mappings.fields import Field
from mappings.models import RecordLink

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
    """A step: begins with what is in force, answers with choices as `configure` takes them."""

    def __init__(self, *args: Any, setting: FlowSetting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setting = setting
        self.flow = registry.flow(setting.flow)
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
    def build(self, present: dict[str, str]) -> None:
        offered = [choices.Choice(configuring.ALL_RECORDS, "All records")]
        try:
            names = [view.name for view in configuring.views(self.setting)]
            self.trouble = ""
        except SyncError as error:
            names = [present["view"]] if present["view"] else []
            self.trouble = f"The saved views could not be read: {error.message} {error.hint}"
        offered += [choices.Choice(name, name) for name in names]
        self.fields["view"] = ChoiceField(
            offered,
            label="Which records",
            required=False,
            help_text=(f"{self.trouble} " if self.trouble else "")
            + "A saved view narrows what is read. A pair whose record leaves the view stays a "
            "pair; it just gets no more changes.",
            initial=present["view"],
        )


class FieldsForm(StepForm):
    """Which of the module's own pairs are used; the field map offers everything else."""

    def build(self, present: dict[str, str]) -> None:
        in_force = catalogue.pairs_in_force(self.setting.pk, self.setting.flow)
        defaults, self.left = trials.default_pairs(self.setting)
        known = {(pair.source, pair.target) for pair in in_force}
        rest = [pair for pair in defaults if (pair.source, pair.target) not in known]
        self.offered = [*in_force, *rest]
        sources, targets = configuring.catalogues(self.setting)
        pairs = []
        for number, pair in enumerate(self.offered):
            first = sources.get(pair.source, FieldInfo(pair.source)).title
            second = targets.get(pair.target, FieldInfo(pair.target)).title
            always = " (always)" if pair.target in self.flow.required else ""
            pairs.append((str(number), f"{first} → {second}{always}"))
        used = range(len(in_force)) if in_force else range(len(self.offered))
        self.fields["fields"] = forms.MultipleChoiceField(
            choices=pairs,
            label="Fields that are kept in step",
            widget=forms.CheckboxSelectMultiple,
            initial=[str(number) for number in used],
            help_text="The field map offers all other fields, converters and rules for each.",
            error_messages={"required": "Choose at least one field."},
        )

    def choices(self) -> dict[str, str]:
        return {}

    def pairs(self) -> list[Field]:
        chosen = set(self.cleaned_data["fields"])
        return [
            pair
            for number, pair in enumerate(self.offered)
            if str(number) in chosen or pair.target in self.flow.required
        ]
