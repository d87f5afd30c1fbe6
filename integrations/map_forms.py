"""The rows of the field map, and the converter's try-out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from integrations import configuring
from integrations.models import FlowSetting
from integrations.words import KINDS
from mappings.converters import CONVERTERS, FieldInfo, Unusable, converter
from mappings.counting import counted
from mappings.fields import Field, check_values
from mappings.models import FieldMap

Catalogue = Mapping[str, FieldInfo]
SELECTED = SafeString(" selected")


def offered(catalogue: Catalogue, present: str = "") -> list[tuple[str, str]]:
    """Fields to choose from, by label; `present` stays choosable though nobody knows it."""
    rows = sorted(((n, _label(info)) for n, info in catalogue.items()), key=lambda row: row[1])
    if present and present not in catalogue:
        rows.insert(0, (present, f"{present} (not known)"))
    return [("", "Choose a field"), *rows]


def _label(info: FieldInfo) -> str:
    return f"{info.title} ({KINDS[info.kind]}{', required' if info.required else ''})"


def marks_of(info: FieldInfo | None) -> str:
    """What an app says of its field: "text, required, up to 200 characters"."""
    if info is None:
        return ""
    marks = [KINDS[info.kind]]
    if info.required:
        marks.append("required")
    if info.unique:
        marks.append("no two alike")
    if info.length:
        marks.append(f"up to {counted(info.length, 'character')}")
    if info.choices:
        marks.append(counted(len(info.choices), "value"))
    if info.read_only:
        marks.append("can only be read")
    return ", ".join(marks)


def converters(present: str = "") -> list[tuple[str, str]]:
    rows = [(name, found.label) for name, found in CONVERTERS.items()]
    if present and present not in CONVERTERS and _is_known(present):
        rows.append((present, converter(present).label))
    return rows


def _is_known(via: str) -> bool:
    """Whether a converter is called so; a file may name any."""
    return via in CONVERTERS or via.startswith("linked:")


class PlainSelect(forms.Select):
    """A select whose options are joined by hand.

    The map has some thousand options; a template for each of them would take a second.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = str(value or "")
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((v, SELECTED if str(v) == chosen else "", label) for v, label in self.choices),
        )
        built = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(built), options)


class PairForm(forms.Form):
    """One row: which field goes where, how, and when."""

    use = forms.BooleanField(required=False, initial=True, label="Use")
    source = forms.ChoiceField(label="From", widget=PlainSelect)
    target = forms.ChoiceField(label="To", widget=PlainSelect)
    via = forms.ChoiceField(label="Converted as", widget=PlainSelect)
    on = forms.ChoiceField(label="Written", choices=FieldMap.On.choices, widget=PlainSelect)
    clears = forms.BooleanField(required=False, label="An empty value clears it")
    wins = forms.ChoiceField(
        required=False,
        label="Changed on both sides",
        widget=PlainSelect,
    )

    def __init__(
        self, *args: Any, sides: Sequence[Catalogue], winners: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        sources, targets = sides
        self.fields["wins"].choices = list(winners.items())  # type: ignore[attr-defined]
        self.fields["source"].choices = offered(sources, self._now("source"))  # type: ignore[attr-defined]
        self.fields["target"].choices = offered(targets, self._now("target"))  # type: ignore[attr-defined]
        self.fields["via"].choices = converters(self._now("via"))  # type: ignore[attr-defined]
        if not self._used():
            # A row nobody uses is not judged.
            for name in ("source", "target", "via", "on"):
                self.fields[name].required = False
        self.source_info = sources.get(self._now("source"))
        self.target_info = targets.get(self._now("target"))
        self.marks = (marks_of(self.source_info), marks_of(self.target_info))
        self.sample: tuple[Any, Any] | None = None
        self.why = ""

    def _now(self, name: str) -> str:
        if self.is_bound:
            return str(self.data.get(self.add_prefix(name), ""))
        return str((self.initial or {}).get(name, ""))

    def _used(self) -> bool:
        return not self.is_bound or bool(self.data.get(self.add_prefix("use")))

    @property
    def one_way(self) -> bool:
        """Whether the pair has no way back."""
        via = self._now("via")
        return _is_known(via) and converter(via).inverse is None

    @property
    def is_chosen(self) -> bool:
        """Whether both fields are named."""
        return all(self.shown_pair())

    @property
    def title(self) -> str:
        """Such as "Account Name → Company name", or "Another field"."""
        if not self.is_chosen:
            return "Another field"
        infos = zip((self.source_info, self.target_info), self.shown_pair(), strict=True)
        return " → ".join(info.title if info else name for info, name in infos)

    @property
    def in_short(self) -> str:
        """How the pair is written: "text, always"."""
        if not self.is_chosen:
            return ""
        via, on = self._now("via"), self._now("on")
        said = [converter(via).label if _is_known(via) else via]
        said.append(dict(FieldMap.On.choices).get(on, on))
        if self["clears"].value():
            said.append("an empty value clears it")
        return ", ".join(words[:1].lower() + words[1:] for words in said)

    def shown_pair(self) -> tuple[str, str]:
        """The two fields the row shows; empty where none is chosen."""
        return self._now("source"), self._now("target")

    def pair(self) -> Field | None:
        values = self.cleaned_data
        if not values.get("use") or not values.get("source") or not values.get("target"):
            return None
        return Field(
            values["source"],
            values["target"],
            values["via"],
            values["on"],
            values["clears"],
            values["wins"],
        )


class BasePairs(forms.BaseFormSet):
    """The whole map; errors of a pair stand beside its field."""

    def judged(self, setting: FlowSetting, flow: str) -> list[Field] | None:
        """The pairs when nothing is wrong with them; the errors are in the forms otherwise."""
        if not self.is_valid():
            return None
        rows = [(form, pair) for form in self.forms if (pair := form.pair()) is not None]
        pairs = [pair for _, pair in rows]
        problems = configuring.pair_errors(setting, pairs, flow)
        for (form, _), found in zip(rows, problems, strict=True):
            for name, text in found:
                form.add_error(name, _sentence(text))
        self.missing = configuring.missing_fields(setting, pairs, flow)
        return None if any(problems) or self.missing else pairs

    missing: Sequence[str] = ()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


Pairs = forms.formset_factory(PairForm, formset=BasePairs, extra=0, max_num=500)


def initial_of(pair: Field, *, use: bool = True) -> dict[str, Any]:
    return {
        "use": use,
        "source": pair.source,
        "target": pair.target,
        "via": pair.via,
        "on": pair.on,
        "clears": pair.clears,
        "wins": pair.wins,
    }


class TryForm(forms.Form):
    """A value to try a converter on."""

    value = forms.CharField(label="Value", required=False, max_length=500)
    via = forms.ChoiceField(label="Converted as", choices=converters)
    target = forms.ChoiceField(label="Into the field", required=False)

    def __init__(self, *args: Any, sides: Sequence[Catalogue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sides = sides
        self.fields["target"].choices = offered(sides[1])  # type: ignore[attr-defined]

    def tried(self) -> tuple[str, str]:
        """(what would be written, what is wrong with it and what to do)."""
        chosen = self.cleaned_data
        info = self.sides[1].get(chosen["target"], FieldInfo(chosen["target"] or "value"))
        try:
            value = converter(chosen["via"]).convert(chosen["value"], info)
        except Unusable as error:
            return "", f"The value {error}. {error.remedy}"
        problems = check_values({info.name: value}, {info.name: info}, creating=False)
        wrong = " ".join(f"The value {p.message}. {p.remedy}" for p in problems)
        return ("nothing: it is left alone" if value is None else str(value)), wrong
