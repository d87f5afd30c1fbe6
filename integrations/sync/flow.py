"""The vocabulary in which a module is declared: values, no behaviour of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mappings.fields import Field
from mappings.values import read

Record = Mapping[str, Any]
Options = Mapping[str, str]
FORWARD, REVERSE = "forward", "reverse"


@dataclass(frozen=True)
class Above:
    """The record that others are part of: the path of its id, its entity, and the facts it must
    have for its parts to be in the flow."""

    path: str
    entity: str
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """One side of a flow. `where` holds facts a record there must have to be in the flow at all,
    and which every record created there gets. A fact that a rule of the flow reads is left to that
    rule: such a record is left out with a sentence, not passed over."""

    app: str
    entity: str
    where: Mapping[str, str] = field(default_factory=dict)
    above: Above | None = None


@dataclass(frozen=True)
class Test:
    """A condition on a source record, with the fields it reads."""

    fields: tuple[str, ...]
    holds: Callable[[Record], bool]


def is_(path: str, value: str) -> Test:
    """The field has this value; upper and lower case do not count."""
    return Test((path,), lambda r: str(read(r, path) or "").casefold() == value.casefold())


def has(path: str) -> Test:
    """The field is not empty."""
    return Test((path,), lambda r: bool(str(read(r, path) or "").strip()))


def lacks(path: str) -> Test:
    """The field is empty."""
    return Test((path,), lambda r: not str(read(r, path) or "").strip())


def equals(path: str, number: int) -> Test:
    """The field holds this number, or nothing."""
    return Test((path,), lambda r: not read(r, path) or read(r, path) == number)


def always(options: Options) -> bool:
    return True


def chosen(name: str, *values: str) -> Callable[[Options], bool]:
    """The option of that name has one of these values."""
    return lambda options: options.get(name) in values


@dataclass(frozen=True)
class Rule:
    """A record that fails the test is left out, with this sentence.

    `when` says by which options the rule holds. `unless` names the module that takes such records:
    while it is active they are none of this one's business and are not even counted.
    """

    test: Test
    reason: str
    when: Callable[[Options], bool] = always
    unless: str = ""


@dataclass(frozen=True)
class Match:
    """A kind of key both entities have. `exact` decides a duplicate; others score a possible one.

    Scores of different kinds add up; from `POSSIBLE` on a person is asked. `native` is the id that
    the vendor's own integration left behind: such a pair is adopted without asking (G-7). What it
    says goes without saying beside a key of the kind `within`.
    """

    kind: str
    says: str
    score: int = 100
    exact: bool = False
    native: bool = False
    within: str = ""


POSSIBLE = 60


@dataclass(frozen=True)
class Option:
    """A choice of a flow's own: its name in `configure`, allowed values, default, help."""

    name: str
    label: str
    values: tuple[str, ...]
    default: str
    help: str = ""
    labels: tuple[str, ...] = ()  # of the values, where their own words do not say enough


LEAVE, REMOVE = "leave", "remove"
# For modules whose records can be deleted in the ledger; off unless somebody chooses it (G-6).
ON_GONE = Option(
    "on_gone",
    "A record was deleted where it came from",
    (LEAVE, REMOVE),
    LEAVE,
    "Deleted only where a sync made it and nothing hangs on it; else a person decides as well.",
    ("A person decides on the other one", "Delete the other one too"),
)


@dataclass(frozen=True)
class Flow:
    """One module's sync inside an integration, seen in the direction it runs."""

    key: str
    label: str
    source: Endpoint
    target: Endpoint
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()
    back_rules: tuple[Rule, ...] = ()
    match: tuple[Match, ...] = ()
    # Kinds of keys under which the flow makes no second record, though the app would take it.
    apart: tuple[str, ...] = ()
    # Key kinds under which a lost create is looked for; the app keeps the first one unique.
    trace: tuple[str, ...] = ()
    # Values every created record gets, beyond the field map and the facts of its side.
    fixed: Mapping[str, Any] = field(default_factory=dict)
    back_fixed: Mapping[str, Any] = field(default_factory=dict)
    # Fields that cannot be taken out of the map.
    required: tuple[str, ...] = ()
    # Target fields without which no record is created, though the app might take it.
    mandatory: tuple[str, ...] = ()
    back_mandatory: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    # Flows that read the same records: one of them has its partner by one of these flows only.
    sisters: tuple[str, ...] = ()
    # What a record becomes in the target, with its article; sisters need it for their sentences.
    becomes: str = ""
    # Several flows may be one module: they share the setting of the one named here.
    setting: str = ""
    # Whether the flow runs at all, by the options of the module named (its own where none is).
    active: Callable[[Options], bool] = always
    options_of: str = ""
    # The module whose direction this one takes over as long as both are the same.
    follows: str = ""
    options: tuple[Option, ...] = ()
    extents: tuple[str, ...] = ("fetch", "push", "both")
    duplicates: tuple[str, ...] = ("ask", "overwrite", "clone", "skip")
    every: str = "2h"
    first: str = "source"
    # Where a dated document's day and amount stand, and the area whose lock date binds it (G-9).
    day: str = ""
    area: str = ""
    amount: str = ""
    # The option that says the target takes a second record of the same name.
    second_name_option: str = ""
    direction: str = FORWARD

    @property
    def setting_key(self) -> str:
        return self.setting or self.key

    @property
    def on_create(self) -> dict[str, Any]:
        """What every created record gets besides the mapped values."""
        return {**self.target.where, **self.fixed}

    @property
    def fetches_forward(self) -> bool:
        """Whether the forward direction is the one that writes into the ledger (`extent=fetch`)."""
        return self.target.app in LEDGERS

    def reversed(self) -> Flow:
        """The same module run from target to source; one-way fields drop out.

        Where two targets got one source (display name and company name), the first writes back.
        """
        back: dict[str, Field] = {}
        there: dict[str, str] = {}
        for item in self.fields:
            there.setdefault(item.source, item.target)
            turned = item.reversed()
            if turned is not None:
                back.setdefault(turned.target, turned)
        return replace(
            self,
            source=self.target,
            target=self.source,
            fields=tuple(back.values()),
            rules=self.back_rules,
            back_rules=self.rules,
            fixed=self.back_fixed,
            back_fixed=self.fixed,
            mandatory=self.back_mandatory,
            back_mandatory=self.mandatory,
            day=there.get(self.day, ""),
            amount=there.get(self.amount, ""),
            direction=REVERSE if self.direction == FORWARD else FORWARD,
        )

    def under(self, options: Options) -> Flow:
        """The flow with the rules that hold by these options."""
        return replace(
            self,
            rules=tuple(rule for rule in self.rules if rule.when(options)),
            back_rules=tuple(rule for rule in self.back_rules if rule.when(options)),
        )

    def with_fields(self, fields: Iterable[Field]) -> Flow:
        return replace(self, fields=tuple(fields))


@dataclass(frozen=True)
class Pair:
    """What it means to join two apps, told before anybody consents to it.

    `shares` says who gets to know what: (label of the app, sentence) in the order of reading.
    `plans` names, by app, the editions that suffice, with the lowest first; an app that is not
    named takes any. `one_currency` asks for the same base currency on both sides of a link that
    goes both ways, `one_both_ways` says that of several ledgers joined with one organisation only
    one can be linked both ways. What may not be goes one way, into the ledger: then only the
    modules of `one_way` are synced (empty: all). Those of `same_currency` hold amounts of the base
    currency and are refused where it differs.
    """

    kind: str
    shares: tuple[tuple[str, str], ...]
    plans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_currency: bool = False
    one_both_ways: bool = False
    one_way: tuple[str, ...] = ()
    same_currency: tuple[str, ...] = ()


# The apps that are ledgers; filled by the registry from the connectors that say so.
LEDGERS: set[str] = set()
