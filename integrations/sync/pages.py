"""Planning a page of source records: what is unchanged is told at a glance, the rest is decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from integrations.connector import Record
from integrations.models import Change
from integrations.sync import promises
from integrations.sync.case import KEPT_ELSEWHERE, PARKED, TAKEN_OVER
from integrations.sync.context import Context
from integrations.sync.match import LookAlikes, Matcher, Wanted
from integrations.sync.plan import Case, Decision, Pair, plan_record
from integrations.sync.planned import COUNTED_AS, Planned, PlannedPage
from integrations.sync.scope import Scope
from integrations.sync.sister_natives import Natives
from integrations.sync.sisters import Sisters
from integrations.sync.terms import terms_of
from mappings import links
from mappings.catalogue import BY_CATALOGUE
from mappings.fields import map_values, parents_needed
from mappings.links import Seen
from mappings.models import RecordLink
from mappings.values import read

# Deciding costs a page as many statements whether it decides three records or two hundred. So
# the few of each quiet page wait for one another, over so many pages at most.
ENOUGH_RECORDS, ENOUGH_PAGES = 200, 10


class PagePlanner:
    """Plans the pages of one slice; keeps nothing of a page when it is done with it."""

    def __init__(self, ctx: Context, look: Callable[[], bool] = lambda: False) -> None:
        """`look` is called before a record gets its pair that a sister flow may have paired under
        another id; it returns whether it found such."""
        self.ctx = ctx
        self.look = look
        self.matcher = Matcher(ctx)
        self.scope = Scope(ctx)
        self.sisters = Sisters(ctx)
        self.natives = Natives(ctx)
        self._page, self._slow = PlannedPage(), dict[str, Record]()
        self.added = 0  # pages that wait for `decide`

    def plan(self, records: Sequence[Record], *, force: bool = False) -> PlannedPage:
        """Decide the records of a page; `force` plans also those that look unchanged."""
        self.add(records, force=force)
        return self.decide()

    def add(self, records: Sequence[Record], *, force: bool = False) -> None:
        """Count what is at rest; the others wait for `decide`."""
        by_id = self.scope.inside(records)
        seen = self.ctx.links.seen(list(by_id)) if by_id else {}
        for record_id in self.scope.of_others(by_id, seen):
            del by_id[record_id]
        for record_id, record in by_id.items():
            before = seen.get(record_id)
            if before is None or force or not self._at_rest(before, record):
                self._slow[record_id] = record
            else:
                self._page.quiet[COUNTED_AS.get(before.state, before.state)] += 1
        self._page.read += len(by_id)
        self.added += 1

    @property
    def enough(self) -> bool:
        """Whether what was added is to be decided before more is read."""
        return len(self._slow) >= ENOUGH_RECORDS or self.added >= ENOUGH_PAGES

    def decide(self) -> PlannedPage:
        """What becomes of all that was added since the last time."""
        page, slow = self._page, self._slow
        self._page, self._slow, self.added = PlannedPage(), {}, 0
        if slow:
            self._plan_slow(page, slow)
        return page

    def _at_rest(self, before: Seen, record: Record) -> bool:
        """Whether nothing that decides this record has changed since it was decided."""
        if before.version != self.ctx.setting.map_version or before.due:
            return False
        chosen_anew = before.planned_version != self.ctx.setting.version
        if before.state != RecordLink.State.IN_SYNC and (self.ctx.run.full or chosen_anew):
            return False
        stands_still = before.paired and before.state != RecordLink.State.IN_SYNC
        if self.ctx.rows_suffice and not stands_still:
            # A rule may read what is not mapped, so the digest does not tell of it.
            if before.paired and not all(r.test.holds(record) for r in self.ctx.flow.rules):
                return False
            return before.digest == self.ctx.source_print(record)
        # A pair that stands still keeps the digest both sides agreed on: a record that has it
        # again was changed back.
        modified = self.ctx.source.entity.modified_of(record)
        return bool(modified) and before.modified == modified

    # The records that need a decision ----------------------------------------------------------

    def _plan_slow(self, page: PlannedPage, records: dict[str, Record]) -> None:
        ctx = self.ctx
        if not ctx.rows_suffice:
            records = ctx.source.connector.get_many(
                ctx.source.entity, list(records), fields=ctx.read_from_source
            )
        busy = self._being_written(records)
        rows = ctx.links.by_near(list(records))
        page.handed_back += self.sisters.take_back(records, rows)
        cases = self._cases({k: v for k, v in records.items() if k not in busy}, rows)
        alike, wanted = self._look_up(cases, rows)
        self.natives.look_up(cases)
        terms = terms_of(ctx)
        decisions: dict[str, Decision] = {}
        to_read: dict[str, str] = {}
        for record_id, case in cases.items():
            cases[record_id] = case = self._with_candidates(case, wanted, alike)
            decision = plan_record(case, terms)
            decisions[record_id] = decision
            if decision.action == "create":
                alike.creates(wanted[record_id])
            elif decision.action in {"read", "link"}:
                alike.takes(wanted[record_id], decision.target_id)
            if decision.action == "read":
                to_read[record_id] = decision.target_id
        partners = self._read_targets(to_read.values())
        for record_id, target_id in to_read.items():
            case = self._with_target(cases[record_id], partners.get(target_id))
            cases[record_id], decisions[record_id] = case, plan_record(case, terms)
        for record_id, decision in decisions.items():
            if decision.action == "ask":
                cases[record_id] = case = self._with_documents(cases[record_id])
                decisions[record_id] = plan_record(case, terms)
        if self._known_better(decisions.values()):
            self._plan_slow(page, records)
            return
        page.quiet["uncertain"] += len(busy)
        page.new_keys = alike.new
        page.planned = [
            Planned(cases[record_id], decision, rows.get(record_id))
            for record_id, decision in decisions.items()
        ]

    def _known_better(self, decisions: Collection[Decision]) -> bool:
        """Whether something is known by now that they were made without."""
        if any(one.cause in BY_CATALOGUE for one in decisions) and self.ctx.doubt_fields():
            return True
        pairs = any(one.action in {"create", "link"} for one in decisions)
        if not (pairs and self.sisters.keys and self.look()):
            return False
        # Pairs of sisters go on with other records, or are asked about.
        self.sisters = Sisters(self.ctx)
        return True

    def _being_written(self, ids: Iterable[str]) -> set[str]:
        """Records whose last write is not confirmed are left alone until it is settled."""
        rows = Change.objects.filter(
            setting=self.ctx.setting, source_id__in=list(ids), status__in=Change.OPEN
        )
        written = set(rows.values_list("source_id", flat=True))
        return written | self.sisters.being_made(list(ids))

    def _cases(self, records: dict[str, Record], rows: dict[str, RecordLink]) -> dict[str, Case]:
        ctx = self.ctx
        needed = {
            item for record in records.values() for item in parents_needed(ctx.flow.fields, record)
        }
        parents = links.parents(ctx.setting.integration_id, needed, reverse=ctx.reverse)
        paired = {record_id: ctx.links.far_id(row) for record_id, row in rows.items()}
        held = self.sisters.held({k: v for k, v in records.items() if not paired.get(k)})
        asked_there = self.sisters.asked_there(rows)
        cases: dict[str, Case] = {}
        for record_id, record in records.items():
            cases[record_id] = Case(
                record=record,
                record_id=record_id,
                took_in="" if paired.get(record_id) else self.sisters.claimed.get(record_id, ""),
                promised=ctx.links.promised.get(record_id, ""),
                mapped=map_values(
                    ctx.flow.fields, record, ctx.target.fields, parents, ctx.source.fields
                ),
                digest=ctx.source_print(record),
                pair=self._pair(rows.get(record_id), asked_there=record_id in asked_there),
                modified=ctx.source.entity.modified_of(record),
                held=held.get(record_id),
            )
        compared = [
            record_id
            for record_id, case in cases.items()
            # Of one that was deleted it is asked first of all whether it is back.
            if case.pair.lost
            or (not case.mapped.waiting and all(r.test.holds(case.record) for r in ctx.flow.rules))
        ]
        targets = self._read_targets(paired.get(record_id, "") for record_id in compared)
        for record_id in compared:
            if far_id := paired.get(record_id, ""):
                cases[record_id] = self._with_target(cases[record_id], targets.get(far_id))
        return cases

    def _pair(self, row: RecordLink | None, *, asked_there: bool = False) -> Pair:
        if row is None:
            return Pair()
        if self.ctx.turned and not promises.holds(row, *self.ctx.turned):
            row.decision, row.details = "", {}
        # Answers name fields as the forward run sees them.
        answered = {} if self.ctx.reverse else row.details.get("answered") or {}
        return Pair(
            far_id=self.ctx.links.far_id(row),
            state=row.state,
            lost=(row.reason, row.remedy) if row.cause == f"gone_{self.ctx.links.far}" else None,
            near_digest=self.ctx.links.near_digest(row),
            far_digest=self.ctx.links.far_digest(row),
            version=row.version,
            decision=self._decision(row),
            decided_target=row.decided_target,
            decided_fields=frozenset(row.decided_fields),
            approved=answered.get("values") or {},
            kept=answered.get("kept") or {},
            parked=row.cause in PARKED,
            kept_elsewhere=row.cause == KEPT_ELSEWHERE,
            asked_there=asked_there,
            taken_over=bool(row.details.get(TAKEN_OVER)),
        )

    def _decision(self, row: RecordLink) -> str:
        """What a person decided, seen from this run: decisions are stored as the flow runs."""
        turned = {"keep_source": "keep_target", "keep_target": "keep_source"}
        return turned.get(row.decision, row.decision) if self.ctx.reverse else row.decision

    def _read_targets(self, far_ids: Iterable[str]) -> dict[str, Record]:
        """Target records about to be compared, each once; none for records without a partner."""
        wanted = list(dict.fromkeys(far_id for far_id in far_ids if far_id))
        if not wanted:
            return {}
        side = self.ctx.target
        return side.connector.get_many(side.entity, wanted, fields=self.ctx.read_from_target)

    def _with_target(self, case: Case, target: Record | None) -> Case:
        if target is None:
            return replace(case, target_read=True)
        return replace(
            case,
            target=target,
            target_read=True,
            target_digest=self.ctx.target_print(target),
            target_modified=self.ctx.target.entity.modified_of(target),
        )

    def _with_documents(self, case: Case) -> Case:
        side = self.ctx.target
        assert case.target is not None
        there = side.connector.open_documents(side.entity, dict(case.target))
        return replace(case, open_documents=there)

    def _look_up(
        self, cases: dict[str, Case], rows: dict[str, RecordLink]
    ) -> tuple[LookAlikes, dict[str, Wanted]]:
        """Look-alikes for the records without a partner, and for names about to change."""
        wanted = {
            record_id: self.matcher.wanted(case.record, case.mapped)
            for record_id, case in cases.items()
        }
        asked = [
            wanted[record_id]
            for record_id, case in cases.items()
            if not case.pair.far_id or self._renames(case)
        ]
        if asked and cases:
            self.matcher.refresh()
        return self.matcher.look_up(asked), wanted

    @cached_property
    def _unique(self) -> dict[str, str]:
        """By kind of key, the target fields that no second record may have the same."""
        entity, apart = self.ctx.target.entity, self.ctx.kept_apart
        return {key.kind: key.paths[0] for key in entity.keys if key.kind in apart}

    def _renames(self, case: Case) -> bool:
        if case.target is None:
            return False
        values, target = case.mapped.values, case.target
        return any(
            path in values and values[path] != read(target, path) for path in self._unique.values()
        )

    def _with_candidates(self, case: Case, wanted: dict[str, Wanted], alike: LookAlikes) -> Case:
        item = wanted[case.record_id]
        found = alike.owners(item, except_id=case.pair.far_id)
        owners = {self._unique[kind]: owner for kind, owner in found.items()}
        candidates = () if case.pair.far_id else alike.of(item)
        return self.natives.hold(replace(case, candidates=candidates, owners=owners))
