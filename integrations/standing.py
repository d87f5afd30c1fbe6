"""How the modules stand: health in words, what needs a person, the last sync and the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Exists, Max, OuterRef
from django.utils import timezone
from django.utils.safestring import SafeString

from integrations import attention, guards, module_flows, ways
from integrations.lists.html import badge
from integrations.models import Connection, FlowSetting, Integration, SyncRun, parse_interval
from integrations.words import extent_words, flow_of, interval_words, module_name, run_words
from mappings.counting import counted
from mappings.models import FieldMap, RecordLink

State = RecordLink.State
STATE_COLOURS = {
    State.IN_SYNC: "good",
    State.EXCLUDED: "plain",
    State.WAITING: "info",
    State.FAILING: "bad",
    State.CONFLICT: "look",
    State.UNDECIDED: "look",
    State.UNCERTAIN: "look",
    State.GONE: "bad",
}


@dataclass(frozen=True)
class Standing:
    """One module as it stands; `health` is (words, colour).

    `refused` says why the module cannot be used in its integration, `idle` why nothing of it is
    synced as the options stand, `off` that the integration is disabled; empty where it is not so.
    """

    setting: FlowSetting
    name: str
    health: tuple[str, str]
    is_set_up: bool
    way: str
    how_often: str
    last: SyncRun | None
    last_words: str
    next_at: dt.datetime | None
    next_words: str
    open_items: dict[str, int] = field(default_factory=dict)
    refused: str = ""
    off: str = ""
    idle: str = ""

    @property
    def needing(self) -> int:
        return sum(self.open_items.values())


def state_badge(link: RecordLink) -> SafeString:
    """The state of a record, in words and colour."""
    return badge(link.get_state_display(), STATE_COLOURS[State(link.state)])


def standings(integration: Integration | None = None) -> list[Standing]:
    """Every module, or those of one integration; four statements whatever their number."""
    settings = list(
        FlowSetting.objects.filter(**({"integration": integration} if integration else {}))
        .exclude(integration__status=Integration.Status.DELETED)
        .select_related("integration__ledger", "integration__other")
        .annotate(has_map=Exists(FieldMap.objects.filter(setting=OuterRef("pk"))))
        .order_by("integration__name", "pk")
    )
    ids = [setting.pk for setting in settings]
    newest = (
        SyncRun.objects.filter(setting__in=ids, only_ids__isnull=True, mode=SyncRun.Mode.LIVE)
        .values("setting")
        .annotate(newest=Max("pk"))
    )
    last = {run.setting_id: run for run in SyncRun.objects.filter(pk__in=newest.values("newest"))}
    counted = (
        attention.open_records()
        .filter(setting__in=ids)
        .values_list("setting", "state")
        .annotate(number=Count("pk"))
        .order_by()
    )
    items: dict[int, dict[str, int]] = {}
    for setting_id, state, number in counted:
        items.setdefault(setting_id, {})[state] = number
    return [_standing(s, last.get(s.pk), items.get(s.pk, {}), settings) for s in settings]


def _standing(
    setting: FlowSetting,
    last: SyncRun | None,
    items: dict[str, int],
    settings: Iterable[FlowSetting],
) -> Standing:
    is_set_up = setting.enabled or setting.first_synced_at is not None or has_map(setting)
    flow = flow_of(setting.flow)
    idle = module_flows.idle(setting, settings) if flow is not None and is_set_up else ""
    next_at, next_words = (
        (None, "none as it is set") if idle else _next(setting, last, is_set_up=is_set_up)
    )
    refused = ways.refusal(setting.integration, flow) if flow is not None else ""
    health = _health(setting, last, sum(items.values()), is_set_up=is_set_up, idle=bool(idle))
    return Standing(
        setting=setting,
        name=module_name(setting.flow),
        health=("Not in this integration", "plain") if refused else health,
        is_set_up=is_set_up and not refused,
        way=extent_words(setting),
        how_often=interval_words(setting.every),
        last=last,
        last_words=run_words(last) if last else "",
        next_at=next_at,
        next_words=next_words,
        open_items=items,
        refused=refused,
        off=off_words(setting.integration),
        idle="" if refused else idle,
    )


def off_words(integration: Integration) -> str:
    """That nothing of the integration is synced, as it is disabled; '' where it is not."""
    is_off = integration.status in Integration.OFF
    return guards.disabled_words(integration) if is_off else ""


def has_map(setting: FlowSetting) -> bool:
    known = getattr(setting, "has_map", None)
    return FieldMap.objects.filter(setting=setting).exists() if known is None else bool(known)


def _health(
    setting: FlowSetting, last: SyncRun | None, needing: int, *, is_set_up: bool, idle: bool
) -> tuple[str, str]:
    integration = setting.integration
    lost = Connection.Status.RECONNECT
    if lost in {integration.ledger.status, integration.other.status}:
        return "Reconnect", "bad"
    if integration.status != Integration.Status.ACTIVE:
        return integration.get_status_display(), "look"
    if not is_set_up:
        return "Not set up yet", "plain"
    if last is not None and last.is_open:
        return ("Waits for a person", "look") if last.held else ("Sync in Progress", "info")
    if idle and not needing:
        return "Takes no part as it is set", "plain"
    if not setting.enabled:
        return "Paused", "look"
    if last is not None and last.status == SyncRun.Status.FAILED:
        return "The last sync failed", "bad"
    if needing:
        return counted(needing, "needs a person", "need a person"), "look"
    return ("Active", "good") if last is not None else ("Not synced yet", "plain")


def _next(
    setting: FlowSetting, last: SyncRun | None, *, is_set_up: bool
) -> tuple[dt.datetime | None, str]:
    every = parse_interval(setting.every)
    if setting.integration.status in Integration.OFF:
        return None, "none while disabled"
    if not is_set_up:
        return None, "none before it is set up"
    if not setting.enabled:
        return None, "none while paused"
    if every is None:
        return None, "when started by hand"
    if setting.first_synced_at is None:
        return None, "after the first one, which is started by hand"
    if last is not None and last.is_open:
        return None, "after the present one"
    begun = setting.last_started_at or setting.first_synced_at
    due = begun + every
    return (due, "") if due > timezone.now() else (None, "within a minute")
