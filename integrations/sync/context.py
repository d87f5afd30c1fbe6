"""Everything one slice of a run needs, opened once: both sides, the map, the choices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils import timezone

from integrations import registry
from integrations.connector import Connector, Entity
from integrations.legs import legs, ways_of
from integrations.models import FlowSetting, SyncRun
from integrations.sync.flow import REVERSE, Flow, Rule
from mappings import catalogue, links
from mappings.converters import FieldInfo
from mappings.fields import Const, Field, Lines
from mappings.values import Fingerprint

# Field catalogues, views and deletions are asked for this often at most.
RARELY = dt.timedelta(hours=1)


@dataclass
class Side:
    """One end of a run: the connector, its entity and the catalogue of its fields."""

    connector: Connector
    entity: Entity
    fields: dict[str, FieldInfo] = field(default_factory=dict)
    fields_read: dt.datetime | None = None

    @classmethod
    def open(cls, connector: Connector, name: str) -> Side:
        """The side with its entity and what is known of its fields; no remote call is made."""
        entity = connector.entity(name)
        return cls(connector, entity, *catalogue.load_fields(connector.connection.pk, entity.name))

    @property
    def connection_id(self) -> int:
        return self.connector.connection.pk

    def refresh_fields(self, now: dt.datetime, *, always: bool = False) -> bool:
        """Read the catalogue anew where it is old; nothing is asked of the app otherwise. True
        where it says something new."""
        if not always and self.fields_read is not None and now - self.fields_read < RARELY:
            return False
        infos = self.connector.fields(self.entity)
        changed = catalogue.store_fields(self.connection_id, self.entity.name, infos, now)
        self.fields = {info.name: info for info in infos}
        self.fields_read = now
        return changed


def flow_in_force(
    setting: FlowSetting, key: str, tried: Sequence[Mapping[str, Any]] | None = None
) -> Flow:
    """A flow with the field map of its module in place of the declared one, or with the pairs
    that are `tried`."""
    flow = registry.flow(key)
    pairs = (
        catalogue.pairs_in_force(setting.pk, key)
        if tried is None
        else tuple(Field(**pair) for pair in tried)
    )
    if not pairs:
        return flow
    fixed = tuple(item for item in flow.fields if isinstance(item, Lines | Const))
    return flow.with_fields((*pairs, *fixed))


class Context:
    """A run with its setting, its flow in the direction it runs, and its two sides."""

    def __init__(
        self,
        run: SyncRun,
        flow: Flow,
        source: Side,
        target: Side,
        *,
        declared: Flow | None = None,
        setting: FlowSetting | None = None,
    ) -> None:
        self.run = run
        self._setting = setting
        self.flow = flow
        self._declared = declared or flow
        self.source = source
        self.target = target

    @classmethod
    def open(cls, run: SyncRun) -> Context:
        """Load what the run needs; no remote call is made here."""
        setting = run.setting
        integration = setting.integration
        tried = run.trial["pairs"].get(run.flow) if run.trial else None
        flow = flow_in_force(setting, run.flow, tried)
        options = registry.options_for(flow, setting)
        flow = flow.under(options)
        declared = flow
        if run.direction == REVERSE:
            flow = flow.reversed()
        apps = {
            connection.app: registry.connector_for(connection)
            for connection in (integration.ledger, integration.other)
        }
        sides = [Side.open(apps[end.app], end.entity) for end in (flow.source, flow.target)]
        return cls(run, flow, *sides, declared=declared)

    def beside(self, key: str) -> Context | None:
        """What this run needs to look at the pairs of a sister flow, which have a setting of their
        own; None where the integration has no such module."""
        flow = registry.flow(key)
        setting = self.setting
        if flow.setting_key != setting.flow:
            others = FlowSetting.objects.filter(integration_id=setting.integration_id)
            there = others.filter(flow=flow.setting_key).select_related("integration").first()
            if there is None:
                return None
            setting = there
        apps = {side.connector.app: side.connector for side in (self.source, self.target)}
        target = Side.open(apps[flow.target.app], flow.target.entity)
        return Context(self.run, flow, self.source, target, setting=setting)

    @property
    def setting(self) -> FlowSetting:
        return self._setting or self.run.setting_in_use

    @property
    def reverse(self) -> bool:
        return self.flow.direction == REVERSE

    @property
    def two_way(self) -> bool:
        return self.setting.extent == FlowSetting.Extent.BOTH

    @property
    def view(self) -> tuple[str, str]:
        """(id, name) of the view that narrows what is read: one of the app the flow starts at."""
        return ("", "") if self.reverse else self.setting.view_of(self.flow.key)

    @cached_property
    def turned(self) -> tuple[frozenset[str], frozenset[str]] | None:
        """Of a preview that tries out another direction: the ways the flow goes, and would go.
        Answers that would lapse by it count as not given."""
        if not self.run.trial:
            return None
        ways = [ways_of(legs(one), self.flow.key) for one in (self.run.setting, self.setting)]
        return (ways[0], ways[1]) if ways[0] != ways[1] else None

    @cached_property
    def handed_over(self) -> list[Rule]:
        """Rules whose records another module takes while it is active."""
        return [
            rule
            for rule in self.flow.rules
            if rule.unless and registry.is_active(registry.flow(rule.unless), self.setting)
        ]

    @cached_property
    def kept_apart(self) -> frozenset[str]:
        """Kinds of keys of which the target gets no second record."""
        return frozenset((*self.target.entity.unique, *self.flow.apart))

    @cached_property
    def shares_setting(self) -> bool:
        return len(registry.flows_set_by(self.setting)) > 1

    @cached_property
    def links(self) -> links.Links:
        return links.Links(self.setting.pk, self.flow.key, reverse=self.reverse)

    @cached_property
    def source_paths(self) -> list[tuple[str, str]]:
        return self._paths("target" if self.reverse else "source")

    @cached_property
    def target_paths(self) -> list[tuple[str, str]]:
        return self._paths("source" if self.reverse else "target")

    def _paths(self, side: str) -> list[tuple[str, str]]:
        """Fields of one side with the kind they are compared by, one-way fields included.

        They are those of the flow as declared in both directions, so that the digest one run
        takes of a record can be compared by the other.
        """
        paths = [(getattr(item, side), item.kind) for item in self._declared.fields]
        return [(path, kind) for path, kind in paths if path]

    @cached_property
    def source_print(self) -> Fingerprint:
        return Fingerprint(self.source_paths)

    @cached_property
    def target_print(self) -> Fingerprint:
        return Fingerprint(self.target_paths)

    @cached_property
    def rows_suffice(self) -> bool:
        """Whether a source list row holds every field this flow reads."""
        return self.source.entity.row_has(self.read_from_source)

    @cached_property
    def read_from_source(self) -> list[str]:
        """Every source field the flow reads: mapped, ruled by, matched by."""
        paths = [path for path, _ in self.source_paths]
        for rule in self.flow.rules:
            paths += rule.test.fields
        wanted = {match.kind for match in self.flow.match}
        for key in self.source.entity.keys:
            if key.kind in wanted:
                paths += key.paths
        paths += [path for path in (self.flow.day, self.flow.amount) if path]
        # Keys and default fields may name what this organisation does not have, such as the
        # currency where the app has one only.
        known = self.source.fields
        return [
            path
            for path in dict.fromkeys(paths)
            if not known or path in known or path.split(".")[0] in known
        ]

    @cached_property
    def read_from_target(self) -> list[str]:
        paths = [path for path, _ in self.target_paths]
        for key in self.target.entity.keys:
            paths += [path for path in key.paths if path in self.target.fields]
        return list(dict.fromkeys(paths))

    @cached_property
    def locked_until(self) -> dt.date | None:
        """Last locked day of the flow's area (G-9), asked of the ledger once per slice."""
        if not self.flow.day:
            return None
        ledger = next(side for side in (self.source, self.target) if side.connector.is_ledger)
        locks = ledger.connector.locks()
        return max((locks[area] for area in ("all", self.flow.area) if area in locks), default=None)

    def calls(self) -> dict[str, int]:
        """Requests made by this process in this slice, by app."""
        return {
            side.connector.app: side.connector.http.pacer.calls
            for side in (self.source, self.target)
        }

    def option(self, name: str) -> str:
        return registry.options_for(self.flow, self.setting).get(name, "")

    def close(self) -> None:
        self.source.connector.close()
        self.target.connector.close()

    def refresh_fields(self, *, always: bool = False) -> bool:
        """Read old catalogues anew; True where one of them says something new."""
        now = timezone.now()
        source = self.source.refresh_fields(now, always=always)
        target = self.target.refresh_fields(now, always=always)
        return source or target

    def doubt_fields(self) -> bool:
        """Something is refused by what the catalogues say: read them anew where they may have
        changed, at once for a person who put that right, else after an hour. True where they did.
        """
        asked = self.run.trigger not in {SyncRun.Trigger.SCHEDULE, SyncRun.Trigger.WEBHOOK}
        read = [side.fields_read for side in (self.source, self.target)]
        this_run = all(at is not None and at >= self.run.created_at for at in read)
        return not this_run and self.refresh_fields(always=asked)


def wire_values(values: dict[str, Any], keep: dict[str, Any]) -> dict[str, Any]:
    """What is sent: the changed values, and the unchanged rest of objects replaced as a whole."""
    return {**keep, **values}
