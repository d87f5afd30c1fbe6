"""Suggesting field pairs: fields of both sides that seem to mean the same, best first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from mappings.converters import CONVERTERS, FieldInfo
from mappings.fields import Field

ALIKE = 0.75
# Different words of different apps for one thing; each stands for the first of its line.
_WORDS = (
    ("zip", "postal", "postcode", "code"),
    ("notes", "remarks", "description", "comments"),
    ("website", "url", "web", "homepage"),
    ("phone", "telephone", "tel"),
    ("mobile", "cell", "cellphone"),
    ("email", "mail"),
    ("street", "address", "line1"),
    ("state", "province", "region"),
    ("name", "title", "display"),
    ("number", "no", "nr", "num"),
    ("tax", "vat", "gst"),
    ("price", "rate"),
    ("item", "product"),
)
_FOLD = {word: line[0] for line in _WORDS for word in line}
# Words that say nothing about what a field holds.
_EMPTY = frozenset({"cf", "the", "of", "field", "crm", "books", "zoho", "customer", "account"})
# The converter for a field that is written, by its kind.
_BY_KIND = {
    "choice": "choice",
    "money": "money",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "email": "email",
    "url": "website",
}
_FREE = frozenset({"text", "email", "phone", "url"})


@dataclass(frozen=True)
class Suggestion:
    """A pair that may be right, from 0 to 100, and what speaks for it."""

    pair: Field
    score: int
    why: str


@lru_cache(maxsize=2_000)
def words_of(text: str) -> frozenset[str]:
    """The words of a label or a name, those of one meaning alike: "Billing_Code" has "zip"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    words = (word.casefold() for word in re.findall(r"[^\W_]+", spaced))
    return frozenset(_FOLD.get(word, word) for word in words if word not in _EMPTY)


def likeness(source: FieldInfo, target: FieldInfo) -> float:
    """From 0 to 1, by the labels and by the names, whichever are more alike."""
    best = 0.0
    for ours, theirs in ((source.title, target.title), (source.name, target.name)):
        first, second = words_of(ours), words_of(theirs)
        if not first or not second:
            continue
        shared = 2 * len(first & second) / (len(first) + len(second))
        best = max(best, shared)
        spelling = SequenceMatcher(None, " ".join(sorted(first)), " ".join(sorted(second)))
        # The exact ratio is dear, its upper bounds are not.
        if spelling.real_quick_ratio() >= ALIKE and spelling.quick_ratio() >= ALIKE:
            best = max(best, spelling.ratio() * 0.95)
    return best


def converter_for(source: FieldInfo, target: FieldInfo) -> str | None:
    """The converter for a pair by the kinds of both; None where no value could go over."""
    if source.unmappable or target.unmappable or target.read_only or source.kind == "lines":
        return None
    if target.kind in _FREE:
        if source.kind == "choice":
            return "choice_label"
        return _BY_KIND.get(target.kind, "text") if target.kind != "phone" else "text"
    if source.kind == target.kind or {source.kind, target.kind} <= {"money", "number"}:
        return _BY_KIND.get(target.kind)
    if (source.kind, target.kind) == ("datetime", "date"):
        return "date"
    return None


def suggest(
    sources: Mapping[str, FieldInfo], targets: Mapping[str, FieldInfo], mapped: Iterable[Field]
) -> list[Suggestion]:
    """Pairs of fields not mapped yet; each field of either side at most once, best first."""
    pairs = list(mapped)
    used, taken = {pair.source for pair in pairs}, {pair.target for pair in pairs}
    found: list[tuple[float, str, str, str]] = []
    for name, source in sources.items():
        for path, target in targets.items():
            if name in used or path in taken:
                continue
            via = converter_for(source, target)
            if via is None or via not in CONVERTERS:
                continue
            alike = likeness(source, target)
            if alike >= ALIKE:
                found.append((alike, name, path, via))
    chosen = []
    for alike, name, path, via in sorted(found, key=lambda item: (-item[0], item[1], item[2])):
        if name in used or path in taken:
            continue
        used.add(name)
        taken.add(path)
        why = "the same name" if alike > 0.99 else "a similar name"
        chosen.append(Suggestion(Field(name, path, via), round(alike * 100), why))
    return chosen
