"""Records of flows that take no part as their modules are set: shown so, and brought back.

A choice that switches a flow off leaves its pairs as they are in both apps, and nothing syncs them
any more. They are left out with a cause of their own (`NOT_FOLLOWED`) from the moment the choice is
in force, and come back with it: pairs that agreed are taken as agreeing until the next sync, which
reads everything, finds what has changed; the others are looked at by it. Pairs that lost a side,
and what a person kept or separated, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations import registry
from integrations.models import FlowSetting
from integrations.sync.case import KEPT_ELSEWHERE, MOVED, PARKED
from integrations.sync.flow import Flow
from integrations.sync.sisters import AGAIN
from mappings.models import RecordLink

State = RecordLink.State
NOT_FOLLOWED = "not_followed"
_LEFT_ALONE = Q(state__in=(State.GONE, State.UNCERTAIN)) | Q(
    cause__in=(*PARKED, KEPT_ELSEWHERE, NOT_FOLLOWED)
)


def bring_in_line(integration_id: Any) -> None:
    """Mark the records of every flow that takes no part, and take back those of flows that do."""
    for setting, flow, owner in _flows(integration_id):
        rows = RecordLink.objects.filter(setting=setting, flow=flow.key)
        if registry.is_active(flow, owner):
            _take_back(rows)
        else:
            _leave(rows, flow)


def left_behind(setting: FlowSetting) -> int:
    """How many pairs would not be followed any more, were the module set like this; `setting` may
    be one that is tried out."""
    return sum(
        RecordLink.objects.filter(setting=row, flow=flow.key)
        .filter(source_id__isnull=False, target_id__isnull=False)
        .exclude(_LEFT_ALONE)
        .count()
        for row, flow, owner in _flows(setting.integration_id, setting)
        if not registry.is_active(flow, owner)
    )


def _flows(
    integration_id: Any, tried: FlowSetting | None = None
) -> Iterator[tuple[FlowSetting, Flow, FlowSetting]]:
    """(its setting, flow, the setting whose options say whether it runs) of all flows."""
    settings = {row.flow: row for row in FlowSetting.objects.filter(integration=integration_id)}
    owners = {**settings, tried.flow: tried} if tried is not None else settings
    for setting in settings.values():
        for flow in registry.flows_set_by(setting):
            yield setting, flow, owners.get(flow.options_of or flow.setting_key, setting)


def _leave(rows: QuerySet[RecordLink], flow: Flow) -> None:
    now = timezone.now()
    rows.filter(target_id=None, cause__in=(MOVED, AGAIN)).delete()
    rest = rows.exclude(_LEFT_ALONE)
    left = {
        "state": State.EXCLUDED,
        "cause": NOT_FOLLOWED,
        "reason": f"{flow.label} are not synced any more as the module is set, so nothing of it "
        "is carried over.",
        "remedy": "",
        "due": False,
        "retry_at": None,
        "since": now,
        "updated_at": now,
    }
    # The digests that both sides agreed on are kept: they tell later what changed meanwhile.
    rest.filter(state=State.IN_SYNC).update(**left, details={"was": State.IN_SYNC.value})
    rest.update(**left, details={})


def _take_back(rows: QuerySet[RecordLink]) -> None:
    now = timezone.now()
    left = rows.filter(cause=NOT_FOLLOWED)
    left.filter(details__was=State.IN_SYNC.value).update(
        state=State.IN_SYNC, cause="", reason="", details={}, since=now, updated_at=now
    )
    left.filter(due=False).update(due=True, reason="It is looked at by the next sync.")
