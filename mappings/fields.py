"""Field pairs, and turning a source record into the values a target is to have. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from mappings.converters import FieldInfo, Unusable, converter
from mappings.values import Record, id_in, normal, read, same

ALWAYS, CREATE, BLANK = "always", "create", "blank"
# Whose value stays when a pair was changed on both sides; empty: as the module decides.
SOURCE_WINS, TARGET_WINS = "source", "target"
WINS = ("", SOURCE_WINS, TARGET_WINS)


@dataclass(frozen=True)
class Field:
    """One pair: the value at `source` goes to `target` through the converter `via`.

    `on` says when it is written: always, only on create, or only where the target has nothing.
    An empty source value clears the target only with `clears` (CRM-60). `wins` names the side
    whose value stays where both sides of a pair have changed; empty leaves it to the module.
    """

    source: str
    target: str
    via: str = "text"
    on: str = ALWAYS
    clears: bool = False
    wins: str = ""

    @property
    def kind(self) -> str:
        return converter(self.via).kind

    @property
    def linked_flow(self) -> str:
        return self.via.removeprefix("linked:") if self.via.startswith("linked:") else ""

    def reversed(self) -> Field | None:
        """The same pair seen from the target, or None where the way back is not defined."""
        inverse = converter(self.via).inverse
        if inverse is None:
            return None
        wins = {SOURCE_WINS: TARGET_WINS, TARGET_WINS: SOURCE_WINS}.get(self.wins, "")
        return replace(self, source=self.target, target=self.source, via=inverse, wins=wins)


@dataclass(frozen=True)
class Const(Field):
    """A value of our own that every created record gets; it has no source and no way back."""

    on: str = CREATE
    value: Any = None

    def reversed(self) -> Field | None:
        return None


@dataclass(frozen=True)
class Lines(Field):
    """A list below the record: each item of `source` becomes an item of `target` by `fields`."""

    fields: tuple[Field, ...] = ()

    @property
    def kind(self) -> str:
        return "lines"

    def reversed(self) -> Field | None:
        return None


@dataclass(frozen=True)
class Problem:
    """Why a value would be refused, in words for the person who can mend it.

    `field` is what people call the target field, `path` where it stands. `holder` is the name of
    the target's record that has the value already, `holder_id` its id there, where one has it.
    """

    field: str
    value: str
    cause: str
    message: str
    remedy: str
    path: str = ""
    holder: str = ""
    holder_id: str = ""


@dataclass(frozen=True)
class Parent:
    """How the record stands that a `linked:` field points to; `target_id` empty = not paired."""

    target_id: str = ""
    why: str = ""


Parents = Mapping[tuple[str, str], Parent]


@dataclass
class Mapped:
    """Result of mapping a record: target path -> value, what is wrong, what is waited for."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    waiting: list[tuple[str, str, str]] = field(default_factory=list)


def short(value: Any) -> str:
    """A value as a sentence can hold it."""
    shown = str(value.get("name", value)) if isinstance(value, Mapping) else str(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"


def parents_needed(fields: Iterable[Field], record: Record) -> set[tuple[str, str]]:
    """(flow, source id) of every record that `record` points to through linked fields."""
    needed: set[tuple[str, str]] = set()
    for item in fields:
        if isinstance(item, Lines):
            for line in read(record, item.source) or ():
                needed |= parents_needed(item.fields, line)
        elif item.linked_flow and (found := id_in(read(record, item.source))):
            needed.add((item.linked_flow, found))
    return needed


def map_values(
    fields: Iterable[Field],
    record: Record,
    catalogue: Mapping[str, FieldInfo],
    parents: Parents,
    source_catalogue: Mapping[str, FieldInfo] | None = None,
) -> Mapped:
    """Values the target should have, with every problem found, not only the first."""
    result = Mapped()
    for item in fields:
        if isinstance(item, Const):
            result.values[item.target] = item.value
            continue
        if isinstance(item, Lines):
            _map_lines(item, record, catalogue, parents, result)
            continue
        raw = read(record, item.source)
        if item.linked_flow:
            _map_linked(item, raw, parents, result)
            continue
        info = catalogue.get(item.target, FieldInfo(item.target))
        if item.via == "choice_label":
            info = (source_catalogue or {}).get(item.source, FieldInfo(item.source))
        try:
            value = converter(item.via).convert(raw, info)
        except Unusable as error:
            result.problems.append(
                Problem(info.title, short(raw), error.cause, str(error), error.remedy, item.target)
            )
            continue
        if value is not None or item.clears:
            result.values[item.target] = value
    return result


def _map_linked(item: Field, raw: Any, parents: Parents, result: Mapped) -> None:
    wanted = id_in(raw)
    if not wanted:
        return
    parent = parents.get((item.linked_flow, wanted), Parent())
    if parent.target_id:
        result.values[item.target] = parent.target_id
    else:
        result.waiting.append((item.linked_flow, wanted, parent.why))


def _map_lines(
    item: Lines,
    record: Record,
    catalogue: Mapping[str, FieldInfo],
    parents: Parents,
    result: Mapped,
) -> None:
    lines = []
    for line in read(record, item.source) or ():
        mapped = map_values(item.fields, line, catalogue, parents)
        result.problems += [replace(problem, path=item.target) for problem in mapped.problems]
        result.waiting += mapped.waiting
        lines.append(mapped.values)
    result.values[item.target] = lines


def check_values(
    values: Mapping[str, Any], catalogue: Mapping[str, FieldInfo], *, creating: bool
) -> list[Problem]:
    """What the target would refuse by what its catalogue says of each field."""
    problems = []
    for info in catalogue.values():
        empty = normal(values.get(info.name), info.kind) is None
        if info.required and empty and (creating or info.name in values):
            problems.append(
                Problem(
                    info.title,
                    "",
                    "required",
                    "is required and has no value",
                    f"Fill in the field that is mapped to {info.title}.",
                    info.name,
                )
            )
    for path, value in values.items():
        info = catalogue.get(path, FieldInfo(path))
        if isinstance(value, str) and (found := _refusal(value, info)) is not None:
            cause, message, remedy = found
            problems.append(Problem(info.title, short(value), cause, message, remedy, path))
    return problems


def _refusal(value: str, info: FieldInfo) -> tuple[str, str, str] | None:
    """(cause, message, remedy) for text that a field would not take."""
    if info.length is not None and len(value) > info.length:
        return (
            "too_long",
            f"has {len(value)} characters; {info.length} are allowed",
            "Shorten it, or map the field to one that holds more.",
        )
    if info.choices and value and value not in info.choices.values():
        return (
            "unknown_choice",
            f"is not among the values of {info.title}",
            f"Add it to {info.title} in the receiving app, or choose another value.",
        )
    return None


def equal(item: Field, value: Any, present: Any) -> bool:
    """Whether the target already has the value; of lines only the mapped parts are compared."""
    if not isinstance(item, Lines):
        return same(value, present, item.kind)
    there = present if isinstance(present, list) else []
    return len(value) == len(there) and all(
        equal(part, ours.get(part.target), read(theirs, part.target))
        for ours, theirs in zip(value, there, strict=True)
        for part in item.fields
    )


def storable(value: Any) -> Any:
    """A value as the plan keeps it in JSON: amounts as text, so that no digit is lost."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {name: storable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    return value
