"""Which records of a page are this flow's at all."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from integrations.connector import Record
from integrations.sync.context import Context
from integrations.sync.match import Matcher
from mappings import known
from mappings.links import Seen
from mappings.values import id_in, read


class Scope:
    """Tells a flow's records from those of other modules and of its setting's other flows."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    def inside(self, records: Iterable[Record]) -> dict[str, Record]:
        """The records that have the facts the flow asks for, by id."""
        entity, where = self.ctx.source.entity, self._where
        return {
            entity.id_of(record): record
            for record in records
            if all(str(record.get(fact) or value) == value for fact, value in where.items())
        }

    @cached_property
    def _where(self) -> dict[str, str]:
        """Facts without which a record is not of this flow; rules speak for those they read."""
        ruled = {path for rule in self.ctx.flow.rules for path in rule.test.fields}
        return {k: v for k, v in self.ctx.flow.source.where.items() if k not in ruled}

    def of_others(self, records: dict[str, Record], seen: dict[str, Seen]) -> set[str]:
        """Records that are another module's, or another flow's of this one."""
        ctx = self.ctx
        new = [record_id for record_id in records if record_id not in seen]
        others = {
            record_id
            for record_id in new
            if not all(rule.test.holds(records[record_id]) for rule in ctx.handed_over)
        }
        if ctx.shares_setting and new:
            others |= ctx.links.elsewhere(new)
        return others | self._parts_of_others({record_id: records[record_id] for record_id in new})

    def _parts_of_others(self, records: dict[str, Record]) -> set[str]:
        """Parts of records that the flow has nothing to do with, as far as those are known."""
        above = self.ctx.flow.source.above
        if above is None or not records:
            return set()
        self._above.refresh()
        upper = {record_id: id_in(read(row, above.path)) for record_id, row in records.items()}
        facts = known.facts(self.ctx.source.connection_id, above.entity, upper.values())
        return {
            record_id
            for record_id, upper_id in upper.items()
            if any(str(facts.get(upper_id, {}).get(k) or v) != v for k, v in above.where.items())
        }

    @cached_property
    def _above(self) -> Matcher:
        """The index of the records that those of the source are part of."""
        above = self.ctx.flow.source.above
        assert above is not None
        return Matcher.of(self.ctx, self.ctx.source, above.entity)
