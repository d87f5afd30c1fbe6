"""What the vendor's own integration made of a record in the shape of a sister flow (G-7).

Such a record has its partner in the target already, though no pair of ours says so: a flow makes
no second one, but asks like for any record that a sister holds (`case.MOVED`). Where the sister
takes the pair over, that pair holds the record from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q

from integrations import registry
from integrations.sync.case import KEPT_ALONE, Case, Held
from integrations.sync.context import Context
from integrations.sync.flow import Flow
from integrations.sync.match import Matcher
from integrations.sync.sisters import Sisters
from mappings import known
from mappings.keys import keys_of
from mappings.known import Known
from mappings.models import KnownRecord, RecordLink


@dataclass(frozen=True)
class _End:
    """What a sister makes: `says` by kind of key that the vendor's own integration leaves."""

    flow: Flow
    says: Mapping[str, str]
    index: Matcher


class Natives:
    """Asks the index of what the sisters make; nothing for flows without sisters."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._sisters = Sisters(ctx)
        self._held: dict[str, Held] = {}
        self._native = {match.kind for match in ctx.flow.match if match.native}

    @cached_property
    def _ends(self) -> list[_End]:
        side, found = self.ctx.target, []
        for flow in self._sisters.flows.values():
            says = {match.kind: match.says for match in flow.match if match.native}
            if says and flow.target.app == side.connector.app:
                index = Matcher.of(self.ctx, side, flow.target.entity)
                # A list without times would be read whole; the index is as the sister keeps it.
                if index.side.entity.since != "none":
                    index.refresh()
                found.append(_End(flow, says, index))
        return found

    def look_up(self, cases: Mapping[str, Case]) -> None:
        """Find what holds records that may be about to get a partner; four statements for a sister
        at most, whatever their number."""
        new = {record_id: case for record_id, case in cases.items() if self._is_new(case)}
        self._held = {}
        for end in self._ends if new else ():
            self._held |= self._by(end, new)

    def hold(self, case: Case) -> Case:
        """The case with what was found, unless the vendor's own integration made one in the flow's
        own shape as well: that one is taken over."""
        found = self._held.get(case.record_id)
        own = any(one.fits and one.kinds & self._native for one in case.candidates)
        return case if found is None or own else replace(case, held=found)

    def _is_new(self, case: Case) -> bool:
        pair = case.pair
        if pair.far_id or case.held or pair.parked or pair.decision:
            return False
        return all(rule.test.holds(case.record) for rule in self.ctx.flow.rules)

    def _by(self, end: _End, cases: Mapping[str, Case]) -> dict[str, Held]:
        keys = {
            record_id: {
                key
                for key in keys_of(dict(case.record), self.ctx.source.entity.keys)
                if key.partition(":")[0] in end.says
            }
            for record_id, case in cases.items()
        }
        side = end.index.side
        hits = known.find(side.connection_id, side.entity.name, set().union(*keys.values()))
        there = self._usable(end, {row.record_id: row for rows in hits.values() for row in rows})
        found = {}
        for record_id, own in keys.items():
            for key in sorted(own):
                for row in hits.get(key, ()):
                    if row.record_id in there:
                        found[record_id] = Held(
                            end.flow.becomes,
                            there[row.record_id],
                            self._sisters.why(end.flow, dict(cases[record_id].record)),
                            says=end.says[key.partition(":")[0]],
                            native={"flow": end.flow.key, "id": row.record_id, "name": row.name},
                        )
        return found

    def _usable(self, end: _End, rows: dict[str, Known]) -> dict[str, str]:
        """Records of the sort that the sister makes and that nobody has or kept alone, with the
        name of the one that each is part of."""
        where, above = end.flow.target.where, end.flow.target.above
        rows = {one: row for one, row in rows.items() if _fit(row.facts, where)}
        for taken in self._taken(end.flow, rows):
            del rows[taken]
        if above is None or not rows:
            return dict.fromkeys(rows, "")
        upper = {one: str(row.facts.get(above.path) or "") for one, row in rows.items()}
        known_uppers = KnownRecord.objects.filter(
            connection_id=end.index.side.connection_id,
            entity=above.entity,
            record_id__in=list(upper.values()),
        )
        names = {
            record_id: name
            for record_id, name, facts in known_uppers.values_list("record_id", "name", "facts")
            if _fit(facts, above.where)
        }
        return {one: names[upper_id] for one, upper_id in upper.items() if upper_id in names}

    def _taken(self, flow: Flow, ids: Iterable[str]) -> set[str]:
        integration = self.ctx.setting.integration
        same = (flow.target.app, flow.target.entity)
        flows = [
            other.key
            for other in registry.flows_of(integration.kind)
            if (other.target.app, other.target.entity) == same
        ]
        wanted = list(ids)
        rows = RecordLink.objects.filter(
            Q(source_id__isnull=False) | Q(cause=KEPT_ALONE),
            setting__integration=integration,
            flow__in=flows,
            target_id__among=wanted,
        )
        return {str(one) for one in rows.values_list("target_id", flat=True)} if wanted else set()


def _fit(facts: Mapping[str, object], where: Mapping[str, str]) -> bool:
    return all(str(facts.get(fact) or value) == value for fact, value in where.items())
