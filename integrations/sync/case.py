"""What is known of one record when it is planned, what holds for the run, and what was decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from integrations.sync.flow import FORWARD, Flow
from mappings.converters import FieldInfo
from mappings.fields import Mapped
from mappings.values import Record, moment

# Actions and states are those of Change.action and RecordLink.state.
IN_SYNC, EXCLUDED, WAITING, FAILING = "in_sync", "excluded", "waiting", "failing"
CONFLICT, UNDECIDED, GONE = "conflict", "undecided", "gone"
# A pair of which one side was deleted says which, as the module is declared.
GONE_SOURCE, GONE_TARGET = "gone_source", "gone_target"
# Why a record without a partner is left alone until a person says what is to become of it.
SEPARATED, KEPT_ALONE = "separated", "kept_alone"
# A record whose partner was deleted, which a person wants to have created again.
AGAIN = "again"
PARKED = frozenset({SEPARATED, KEPT_ALONE})
# Why a record waits for what is said of another one, which may live on in it.
CLAIMED = "claimed"
# A record whose place in the target is another one by now: asked about, and what a person said.
MOVED, KEPT_ELSEWHERE = "moved", "kept_elsewhere"
# A pair of the vendor's own integration whose sides differ.
TAKEN_OVER = "taken_over"
OVERWRITE = "overwrite"
# Who wins where both sides changed; LEDGER is the accounting side.
SOURCE, LEDGER, NEWEST, ASK = "source", "ledger", "newest", "ask"


def gone_words(app: str) -> tuple[str, str]:
    """(reason, remedy) of a pair of which one side was deleted in that app."""
    return (
        f"It was deleted in {app}; its partner was left as it is.",
        "Keep the partner, or say what else is to become of it.",
    )


def merged_words(
    app: str, left: str, into: str, paired_with: str, becomes: str = ""
) -> tuple[str, str]:
    """(reason, remedy) of a pair whose record was merged into one that cannot take its place;
    `becomes`: what that one's partner is, where it is another sort of thing than this one's."""
    if not paired_with:
        return (
            f"It was merged into {into} in {app}, and so were others that have partners.",
            f"Pair {into} with the partner that is to go on; keep the others by themselves.",
        )
    sort = f", {becomes}" if becomes else ""
    same = f"Merge these two in {left} as well, then keep this one by itself."
    other = (
        f"They are of two sorts in {left}: see there which is needed, then keep this one by itself."
    )
    return (
        f"It was merged into {into} in {app}, which is paired with {paired_with} in {left}{sort}.",
        other if becomes else same,
    )


def asked_words(app: str, names: Sequence[str]) -> tuple[str, str]:
    """(reason, remedy) of a pair whose record may have been merged into one of these."""
    return (
        f"Was it merged in {app}? It may have been merged into {' or '.join(names)}.",
        "Pair its partner with that one. If it was not merged, say what is to become of it.",
    )


@dataclass(frozen=True)
class Candidate:
    """A target record that may be the same; `taken_by` names the source record it is paired with.

    `record_id` is empty for one that this very run is going to create. One that does not fit is
    of another sort (a vendor where customers are synced): no partner, but it has its name.
    """

    record_id: str
    name: str
    kinds: frozenset[str]
    fits: bool = True
    taken_by: str = ""
    # A person separated it from its partner: only a person gives it another one.
    apart: bool = False


@dataclass(frozen=True)
class Held:
    """The partner that a source record has by a sister flow: what it is in the target (with the
    name of the record it is part of, if any), and why that flow is not the one for it now. Of what
    the vendor's own integration made `says` says so, and `native` is {"flow", "id", "name"}."""

    becomes: str
    part_of: str = ""
    why: str = ""
    # The partner was deleted, and nobody has said that the record is to have one again.
    lost: bool = False
    says: str = ""
    native: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """The pair as it was remembered: digests of both sides, and what a person decided."""

    far_id: str = ""
    state: str = IN_SYNC
    near_digest: bytes | None = None
    far_digest: bytes | None = None
    version: int = 0
    # What is said of a pair that has lost a side, such as what the record was merged into.
    lost: tuple[str, str] | None = None
    decision: str = ""
    decided_target: str = ""
    # With the decision "by_field": the target fields that get the source's values.
    decided_fields: frozenset[str] = frozenset()
    # Separated, or kept alone: nothing happens to the record before a person says what is to.
    parked: bool = False
    # A person said that the target keeps the record in the place it has there.
    kept_elsewhere: bool = False
    # The other direction asked where the target is to have the record, or was told so: until that
    # is settled the pair stands still.
    asked_there: bool = False
    # The vendor's own integration made it, and nobody has said yet whose values stay.
    taken_over: bool = False
    # Of what money goes by, as [the source's value, the target's] by target field: what a second
    # person has approved, and what is to stay as the target has it.
    approved: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """All that is known of one source record when it is planned.

    `target` is the record it is paired with, or is to be paired with; None with `target_read`
    means that it is not there any more.
    """

    record: Record
    record_id: str
    mapped: Mapped
    digest: bytes
    pair: Pair = Pair()
    # The record that is gone and may have been merged into this one, which has no partner.
    took_in: str = ""
    # The target record that a person said is to get this one as its partner, seen from there.
    promised: str = ""
    target: Record | None = None
    target_read: bool = False
    target_digest: bytes | None = None
    candidates: tuple[Candidate, ...] = ()
    held: Held | None = None
    # Who has, by target field, a value that the target keeps unique and the record would take.
    owners: Mapping[str, Candidate] = field(default_factory=dict)
    # Whether the target has documents that wait to be paid; None: not asked.
    open_documents: bool | None = None
    modified: str = ""
    target_modified: str = ""


@dataclass(frozen=True)
class Terms:
    """What holds for every record of the run: the flow, its setting, the target's rules."""

    flow: Flow
    catalogue: Mapping[str, FieldInfo]
    # Labels of the modules that linked fields point to.
    modules: Mapping[str, str] = field(default_factory=dict)
    version: int = 1
    duplicates: str = ASK
    winner: str = SOURCE
    two_way: bool = False
    target_is_ledger: bool = True
    target_name: str = "the other app"
    # The target field that names a record, and whether the target takes a second one of a name.
    name_path: str = ""
    second_names: bool = False
    whole: frozenset[str] = frozenset()
    born: Mapping[str, Any] = field(default_factory=dict)
    always: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()
    second_look: frozenset[str] = frozenset()
    # Kinds of keys of which the target gets no second record.
    apart: frozenset[str] = frozenset()
    # Both ways, and the other direction has run already.
    second_leg: bool = False
    finance_owned: frozenset[str] = frozenset()
    documents: str = ""
    locked_until: dt.date | None = None

    @cached_property
    def own_winners(self) -> dict[str, str]:
        """Target field -> the side that wins it whatever the module says; two-way only."""
        fields = self.flow.fields if self.two_way else ()
        return {item.target: item.wins for item in fields if item.wins}

    @cached_property
    def declared_paths(self) -> dict[str, str]:
        """Of a reverse run: its target fields by the names that the forward run's targets have."""
        return {item.target: item.source for item in self.flow.fields}

    def title(self, path: str) -> str:
        """What a target field is called on its app's screens."""
        return self.catalogue.get(path, FieldInfo(path)).title

    def titles(self, paths: Iterable[str]) -> str:
        return ", ".join(self.title(path) for path in paths)

    def near_wins(self, case: Case) -> bool:
        """Whether the side this run reads is the one whose values stay.

        The flow's own source stands in where no winner can be named: nobody was asked yet, or the
        two changes are of one moment.
        """
        if self.winner == LEDGER:
            return not self.target_is_ledger
        if self.winner == NEWEST:
            near, far = moment(case.modified), moment(case.target_modified)
            if near and far and near != far:
                return near > far
        return self.flow.direction == FORWARD


@dataclass(frozen=True)
class Decision:
    """What happens to the record: an action, the state it is in afterwards, and why."""

    action: str = "none"
    state: str = IN_SYNC
    target_id: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, Any] = field(default_factory=dict)
    cause: str = ""
    reason: str = ""
    remedy: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    waiting_for: tuple[str, str] = ("", "")
    # Both sides mean the same, or a person said so: what they hold now is the common ground.
    agreed: bool = False
    # The target's value stays and is to be carried back by the other direction.
    carry_back: bool = False
    # Nothing is known better than before: the other direction deals with the record.
    left: bool = False
