"""Fetching single records into the ledger at once: of a pair again, or what a person has found.

A fetch is a sync limited to these records, started by hand: it ignores the module's view, uses its
field map and its rules, and stands in the history. What is paired already is not fetched as new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from integrations import jobs, registry
from integrations.connector import Found, Search
from integrations.decisions import Kind
from integrations.keeping import write_down
from integrations.models import Connection, Decision, FlowSetting, Integration, SyncRun
from integrations.sync import run as pipeline
from integrations.sync.flow import Endpoint, Flow
from integrations.words import app_name, integration_name, module_name
from mappings.models import RecordLink

AT_ONCE = 100
Direction = SyncRun.Direction


def direction_of(flow: Flow) -> str:
    """The direction in which the module writes into the ledger."""
    return Direction.FORWARD if flow.fetches_forward else Direction.REVERSE


def fetches(setting: FlowSetting, flow: Flow) -> bool:
    """Whether the module, as it is set, gets records of this flow from the other app."""
    return (flow.key, direction_of(flow)) in jobs.legs(setting)


def near_end(flow: Flow) -> Endpoint:
    """The side that records are fetched from."""
    return flow.source if flow.fetches_forward else flow.target


def near_of(setting: FlowSetting, flow: Flow) -> Connection:
    integration, app = setting.integration, near_end(flow).app
    return integration.other if integration.other.app == app else integration.ledger


def is_set_up(setting: FlowSetting) -> bool:
    return setting.enabled or setting.first_synced_at is not None


def refusal(setting: FlowSetting, flow: Flow | None) -> str:
    """Why nothing of this flow can be fetched now; empty where it can."""
    if flow is None:
        return "There is no such module in this installation."
    name = module_name(setting.flow)
    if setting.integration.status in Integration.OFF:
        called = integration_name(setting.integration)
        return f"The integration {called} is disabled: nothing is fetched."
    if not is_set_up(setting):
        return f"{name} is not set up yet. Set it up first."
    if fetches(setting, flow):
        return ""
    end = near_end(flow)
    label = registry.connector_class(end.app).entities[end.entity].label
    if flow.setting_key != setting.flow or not registry.is_active(flow, setting):
        return f"{name} is set up so that {label} of {app_name(end.app)} are not fetched."
    return f"{name} is set up so that nothing is fetched from {app_name(end.app)}."


# A pair again ------------------------------------------------------------------------------------


@transaction.atomic
def fetch_pair(user: Any, link: RecordLink) -> SyncRun:
    """The other app's present values for one pair. ValueError says why not.

    Where both sides may change a record, a person has said with it whose values stay.
    """
    setting = FlowSetting.objects.select_related("integration__ledger", "integration__other").get(
        pk=link.setting_id
    )
    flow = registry.discover().flows.get(link.flow)
    if not link.paired:
        raise ValueError(f"{link} is not paired, so there is nothing to fetch it into.")
    if (why := refusal(setting, flow)) or flow is None:
        raise ValueError(why)
    run = _start(user, setting, flow, [_near_id(link, flow)])
    if run.joined:
        return run
    if run.mode == SyncRun.Mode.LIVE and setting.extent == FlowSetting.Extent.BOTH:
        link.decision, link.decided_fields, link.due = RecordLink.Decision.FETCH, [], True
        link.save(update_fields=["decision", "decided_fields", "due"])
    write_down(user, Kind.FETCH, [link])
    return run


def _near_id(link: RecordLink, flow: Flow) -> str:
    return (link.source_id if flow.fetches_forward else link.target_id) or ""


def _start(user: Any, setting: FlowSetting, flow: Flow, ids: Sequence[str]) -> SyncRun:
    run = pipeline.start(
        setting,
        flow.key,
        direction=direction_of(flow),
        trigger=SyncRun.Trigger.HAND,
        only_ids=ids,
        user=user,
    )
    jobs.wake(run)
    return run


# What a person has found -------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A record found in the other app, with what is known of it here; `link` None: nothing."""

    found: Found
    link: RecordLink | None

    @property
    def paired(self) -> bool:
        return self.link is not None and self.link.paired


def searches(setting: FlowSetting) -> dict[str, tuple[Flow, Search]]:
    """What can be looked up in the other app for the module as it is set, by flow."""
    offered = {}
    for flow in registry.flows_of(setting.integration.kind):
        end = near_end(flow)
        search = registry.connector_class(end.app).searches.get(end.entity)
        if flow.setting_key == setting.flow and search is not None and fetches(setting, flow):
            offered[flow.key] = (flow, search)
    return offered


def searchable() -> list[FlowSetting]:
    """The modules, as they are set, whose records can be looked up in the other app."""
    rows = FlowSetting.objects.select_related("integration__ledger", "integration__other")
    there = rows.exclude(integration__status__in=Integration.OFF).order_by("pk")
    return [row for row in there if is_set_up(row) and searches(row)]


def search(setting: FlowSetting, flow: Flow, wanted: Mapping[str, str]) -> list[Line]:
    """Records of the other app that contain these texts, asked now. Raises SyncError."""
    end = near_end(flow)
    with closing(registry.connector_for(near_of(setting, flow))) as connector:
        found = connector.find(connector.entity(end.entity), wanted)
    links = known(setting, flow, [item.id for item in found])
    return [Line(item, links.get(item.id)) for item in found]


def known(setting: FlowSetting, flow: Flow, ids: Iterable[str]) -> dict[str, RecordLink]:
    """What is known here of records of the other app, by their id there."""
    near = "source_id" if flow.fetches_forward else "target_id"
    rows = RecordLink.objects.filter(setting=setting, flow=flow.key, **{f"{near}__in": list(ids)})
    return {getattr(row, near): row for row in rows.defer("source_digest", "target_digest")}


def fetch(
    user: Any, setting: FlowSetting, flow: Flow, ids: Iterable[str]
) -> tuple[SyncRun | None, list[RecordLink]]:
    """Fetch what was picked; those paired already come back as they are, and are not fetched.

    The sync is None where all of them are paired. ValueError says why nothing can be fetched.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise ValueError("Pick a record first.")
    if len(wanted) > AT_ONCE:
        raise ValueError(f"Up to {AT_ONCE} records are fetched at once; sync the module for more.")
    if why := refusal(setting, flow):
        raise ValueError(why)
    paired = [row for row in known(setting, flow, wanted).values() if row.paired]
    there = {_near_id(row, flow) for row in paired}
    new = [record_id for record_id in wanted if record_id not in there]
    if not new:
        return None, paired
    with transaction.atomic():
        run = _start(user, setting, flow, new)
        if run.joined:
            return run, paired
        Decision.objects.bulk_create(
            Decision(kind=Kind.FETCH, by=user, setting=setting, run=run, source_id=record_id)
            for record_id in new
        )
    return run, paired
