"""Finding, for records without a pair, what may already stand in the target.

The target's records are known from an index of our own tables, filled by reading its list once
and afterwards only what changed. So a page of records costs no remote call, and at most one
refresh is made per slice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet

from integrations.connector import Page, Record
from integrations.models import Change, PlannedKey, SyncRun
from integrations.sync.case import SEPARATED
from integrations.sync.context import Context, Side
from integrations.sync.plan import Candidate
from mappings import known
from mappings.fields import Mapped
from mappings.keys import keys_of
from mappings.known import Known
from mappings.values import expand, moment

# The remote's clock is trusted to this: a change may show up a little after its time.
OVERLAP = dt.timedelta(seconds=60)
# Prefix of the keys that say "a record of this run is going to be paired with this one".
TAKEN = "taken:"
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """What one record would be found under: keys for matching, and what the target keeps unique."""

    record_id: str
    name: str
    keys: frozenset[str]
    unique: frozenset[str] = NONE

    @property
    def all(self) -> list[str]:
        return sorted(self.keys | self.unique)


def known_of(side: Side, record: Record) -> Known:
    """What the index keeps of a record."""
    entity = side.entity
    return Known(
        record_id=entity.id_of(record),
        name=entity.name_of(record),
        facts={fact: record.get(fact) for fact in entity.facts},
        modified=moment(record.get(entity.modified_field)),
        keys=frozenset(keys_of(record, entity.keys)),
    )


class Matcher:
    """Keeps the index of one entity, the target's unless another side is named, and asks it."""

    def __init__(self, ctx: Context, side: Side | None = None) -> None:
        self.ctx = ctx
        self.side = side or ctx.target
        self._fresh = False
        self._kinds = {match.kind for match in ctx.flow.match}

    @classmethod
    def of(cls, ctx: Context, side: Side, name: str) -> Matcher:
        """The index of another entity of a side, such as of records that its own are part of."""
        return cls(ctx, Side.open(side.connector, name))

    # Keeping the index fresh -------------------------------------------------------------------

    def refresh(self) -> None:
        """Read what changed in the target since the index was last read, once per slice."""
        if self._fresh:
            return
        side, entity = self.side, self.side.entity
        until = known.read_until(side.connection_id, entity.name)
        if until is not None and self._only_ours_since(until):
            return
        start: dt.datetime | None = None
        # Changes are asked for whole pages of all fields the index needs.
        for page in side.connector.list(
            entity, since=until, fields=self._fields(), order="modified" if until else ""
        ):
            start = start or page.date
            records = self.with_native_ids(page.records)
            known.learn(side.connection_id, entity.name, [known_of(side, row) for row in records])
        if start is not None:
            self._done(start)

    def with_native_ids(self, rows: Sequence[Record]) -> list[Record]:
        """Rows, with the whole record in place of those the vendor's own integration made.

        A list row says that there is a partner, but not which one.
        """
        entity = self.side.entity
        if not entity.native or not any(match.native for match in self.ctx.flow.match):
            return list(rows)
        ids = [entity.id_of(row) for row in rows if row.get(entity.native)]
        whole = self.side.connector.get_many(entity, ids) if ids else {}
        return [whole.get(entity.id_of(row), row) for row in rows]

    def _done(self, start: dt.datetime) -> None:
        known.set_read_until(self.side.connection_id, self.side.entity.name, start - OVERLAP)
        self._fresh = True

    def _fields(self) -> list[str]:
        paths = [path for key in self.side.entity.keys for path in key.paths]
        paths += [*self.side.entity.facts]
        return [path for path in paths if not self.side.fields or path in self.side.fields]

    def _only_ours_since(self, until: dt.datetime) -> bool:
        """Prove by one page that everything changed since `until` is known already.

        After a large first sync the newest rows are all our own writes. When the list, newest
        first, turns from newer to older than `until` exactly after as many rows as we know to be
        newer, then there are no others, and the pages before need not be read.
        """
        side, entity = self.side, self.side.entity
        if entity.since != "newest_first":
            return False
        ours = known.written_since(side.connection_id, entity.name, until)
        if ours < 2 * entity.per_page:
            return False
        number, offset = ours // entity.per_page + 1, ours % entity.per_page
        page = side.connector.page(entity, at=number, order="modified")
        if not self._turns_at(page, offset, until):
            return False
        self._done(page.date)
        return True

    def _turns_at(self, page: Page, offset: int, until: dt.datetime) -> bool:
        newer = [
            (moment(row.get(self.side.entity.modified_field)) or until) >= until
            for row in page.records
        ]
        return len(newer) >= offset and newer == [True] * offset + [False] * (len(newer) - offset)

    # Asking it ---------------------------------------------------------------------------------

    def wanted(self, record: Mapping[str, object], mapped: Mapped) -> Wanted:
        """Keys of the record as it is, and as it would stand in the target."""
        source, target = self.ctx.source.entity, self.side.entity
        future = expand(mapped.values)
        there = keys_of(future, target.keys)
        keys = keys_of(dict(record), source.keys) | there
        return Wanted(
            source.id_of(record),
            source.name_of(record),
            frozenset(key for key in keys if key.partition(":")[0] in self._kinds),
            frozenset(key for key in there if key.partition(":")[0] in self.ctx.kept_apart),
        )

    def look_up(self, wanted: Iterable[Wanted]) -> LookAlikes:
        """What a page's records resemble: three or four statements, whatever its size."""
        page = list(wanted)
        asked = {key for item in page for key in item.all}
        hits = known.find(self.side.connection_id, self.side.entity.name, asked)
        ids = sorted({row.record_id for rows in hits.values() for row in rows})
        there = self.ctx.links.by_far(ids)
        takers = {
            far_id: link.name or "another record"
            for far_id, link in there.items()
            if self.ctx.links.near_id(link)
        }
        apart = {far_id for far_id, link in there.items() if link.cause == SEPARATED}
        alike = LookAlikes(self.ctx.flow.target.where, hits, takers, apart - takers.keys())
        for row in self._unwritten():
            if row.action == Change.Action.LINK:
                alike.plan(f"{TAKEN}{row.target_id}", row.source_id, row.name)
                continue
            for key in keys_of(expand(row.values), self.side.entity.keys):
                alike.plan(key, row.source_id, row.name)
        if self.plans_ahead:
            keys = [*asked, *(f"{TAKEN}{far_id}" for far_id in ids)]
            rows = PlannedKey.objects.filter(run=self.ctx.run, key__in=sorted(keys))
            for key, source_id, name in rows.values_list("key", "source_id", "name"):
                alike.plan(key, source_id, name)
        return alike

    def _unwritten(self) -> QuerySet[Change]:
        """Creates without an answer, which the index does not know but which may stand there; and
        what earlier pages planned that waits for its batch to fill."""
        without_answer = Q(
            flow=self.ctx.flow.key,
            run__direction=self.ctx.run.direction,
            action=Change.Action.CREATE,
            status__in=Change.OPEN,
        )
        wanted = Q(setting=self.ctx.setting) & without_answer
        if self.side.entity.batch > 1 and not self.plans_ahead:
            wanted |= Q(
                run=self.ctx.run,
                action__in=(Change.Action.CREATE, Change.Action.LINK),
                status=Change.Status.PLANNED,
            )
        rows = Change.objects.filter(wanted)
        return rows.only("action", "values", "source_id", "target_id", "name")

    @property
    def plans_ahead(self) -> bool:
        """Whether pages are planned before the ones before them are written."""
        return plans_ahead(self.ctx.run)


def plans_ahead(run: SyncRun) -> bool:
    """A preview writes nothing; a run nobody watches writes only when all of it is planned."""
    unwatched = run.trigger in {SyncRun.Trigger.SCHEDULE, SyncRun.Trigger.WEBHOOK}
    return run.mode == SyncRun.Mode.PREVIEW or unwatched


class LookAlikes:
    """Target records by key, with those that this run has planned so far."""

    def __init__(
        self,
        where: Mapping[str, str],
        hits: dict[str, list[Known]],
        takers: dict[str, str],
        apart: set[str],
    ) -> None:
        self._where, self._hits, self._takers, self._apart = where, hits, takers, apart
        self._planned: dict[str, list[tuple[str, str]]] = {}
        self.new: list[tuple[str, str, str]] = []

    def plan(self, key: str, source_id: str, name: str) -> None:
        self._planned.setdefault(key, []).append((source_id, name))

    def creates(self, item: Wanted) -> None:
        """From now on the record counts as being there, for the ones planned after it."""
        for key in item.all:
            self.plan(key, item.record_id, item.name)
            self.new.append((key, item.record_id, item.name))

    def takes(self, item: Wanted, target_id: str) -> None:
        key = f"{TAKEN}{target_id}"
        self.plan(key, item.record_id, item.name)
        self.new.append((key, item.record_id, item.name))

    def _taker(self, record_id: str, asking: str) -> str:
        for source_id, name in self._planned.get(f"{TAKEN}{record_id}", ()):
            if source_id != asking:
                return name
        return self._takers.get(record_id, "")

    def of(self, item: Wanted) -> tuple[Candidate, ...]:
        """Candidates for one record: those in the target, then those planned before it."""
        kinds: dict[tuple[str, str], set[str]] = {}
        rows: dict[tuple[str, str], Candidate] = {}
        for key in item.all:
            kind = key.partition(":")[0]
            for row in self._hits.get(key, ()):
                at = ("", row.record_id)
                kinds.setdefault(at, set()).add(kind)
                taker = self._taker(row.record_id, item.record_id)
                fits, apart = self._fits(row), row.record_id in self._apart
                rows[at] = Candidate(row.record_id, row.name, NONE, fits, taker, apart)
            for source_id, name in self._planned.get(key, ()):
                if source_id != item.record_id:
                    at = (source_id, "")
                    kinds.setdefault(at, set()).add(kind)
                    rows[at] = Candidate("", name, NONE, True, name)
        return tuple(replace(row, kinds=frozenset(kinds[at])) for at, row in rows.items())

    def owners(self, item: Wanted, except_id: str) -> dict[str, Candidate]:
        """By kind of key, who has what the record would take, whatever sort of record that is."""
        found = {key.partition(":")[0]: self._owner(key, item, except_id) for key in item.unique}
        return {kind: owner for kind, owner in found.items() if owner is not None}

    def _owner(self, key: str, item: Wanted, except_id: str) -> Candidate | None:
        for row in self._hits.get(key, ()):
            if row.record_id != except_id:
                return Candidate(row.record_id, row.name, NONE, self._fits(row))
        for source_id, name in self._planned.get(key, ()):
            if source_id != item.record_id:
                return Candidate("", name, NONE, True, name)
        return None

    def _fits(self, row: Known) -> bool:
        return all(
            str(row.facts.get(fact) or value) == value for fact, value in self._where.items()
        )
