"""The vocabulary in which a module is declared: values, no behaviour of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mappings.fields import Field
from mappings.values import read

Record = Mapping[str, Any]
FORWARD, REVERSE = "forward", "reverse"


@dataclass(frozen=True)
class Endpoint:
    """One side of a flow. `where` holds facts a record there must have to be in the flow at all:
    they are asked of the app where it can narrow a list, and checked in any case."""

    app: str
    entity: str
    where: Mapping[str, str] = field(default_factory=dict)


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


@dataclass(frozen=True)
class Rule:
    """A record that fails the test is left out, with this sentence."""

    test: Test
    reason: str


@dataclass(frozen=True)
class Match:
    """A kind of key both entities have. `exact` decides a duplicate; others score a possible one.

    Scores of different kinds add up; from `POSSIBLE` on a person is asked. `native` is the id that
    the vendor's own integration left behind: such a pair is adopted without asking (G-7).
    """

    kind: str
    says: str
    score: int = 100
    exact: bool = False
    native: bool = False


POSSIBLE = 60


@dataclass(frozen=True)
class Option:
    """A choice of a flow's own: its name in `configure`, allowed values, default, help."""

    name: str
    label: str
    values: tuple[str, ...]
    default: str
    help: str = ""


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
    # Key kinds under which a lost create is looked for; the app keeps the first one unique.
    trace: tuple[str, ...] = ()
    # Values every created record gets, beyond the field map: {"contact_type": "customer"}.
    fixed: Mapping[str, Any] = field(default_factory=dict)
    back_fixed: Mapping[str, Any] = field(default_factory=dict)
    # Fields that cannot be taken out of the map.
    required: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    setting: str = ""
    active: Callable[[Mapping[str, str]], bool] = lambda options: True
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
            day=there.get(self.day, ""),
            amount=there.get(self.amount, ""),
            direction=REVERSE if self.direction == FORWARD else FORWARD,
        )

    def with_fields(self, fields: Iterable[Field]) -> Flow:
        return replace(self, fields=tuple(fields))


@dataclass(frozen=True)
class Pair:
    """What it means to join two apps, told before anybody consents to it.

    `shares` says who gets to know what: (label of the app, sentence) in the order of reading.
    `plans` names, by app, the editions that suffice, with the lowest first; an app that is not
    named takes any. `one_currency` asks for the same base currency on both sides.
    """

    kind: str
    shares: tuple[tuple[str, str], ...]
    plans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_currency: bool = False


# The apps that are ledgers; filled by the registry from the connectors that say so.
LEDGERS: set[str] = set()
