"""Answers that do nothing any more because a module changed its direction.

People answer questions of records, and the next sync carries that out: in the direction the answer
needs. Where the module does not go that way any more, or goes another way besides, the answer would
do something else than it was given for. It lapses: that is kept as a row, the record says why, and
is decided anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations import apart, registry
from integrations.legs import legs, ways_of
from integrations.models import Decision, FlowSetting, SyncRun
from integrations.sync import promises
from integrations.sync.case import AGAIN, KEPT_ALONE, PARKED
from integrations.words import decision_words, direction_words, module_name
from mappings.models import RecordLink

State, FORWARD = RecordLink.State, SyncRun.Direction.FORWARD
# Why a record that nobody reads any more is left out.
ONE_WAY = "one_way"
PAGE = 200
# What people said of values that money goes by (`second_looks`).
ASKED, ANSWERED = "asked", "answered"

# By setting, what its sync does: (flow, direction).
Legs = Mapping[int, Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Lapsing:
    """An answer that lapses: whose record, what was said, and why it does nothing."""

    link: RecordLink
    said: str
    why: str


def now(integration_id: int) -> dict[int, list[tuple[str, str]]]:
    """What the syncs of an integration's modules do at present."""
    rows = FlowSetting.objects.filter(integration_id=integration_id).select_related("integration")
    return {row.pk: legs(row) for row in rows if row.flow in registry.discover().flows}


def of_trial(run: SyncRun) -> list[Lapsing]:
    """Answers that would lapse if the choices a preview tries out were put in force."""
    setting, tried = run.setting, run.setting_in_use
    before, after = {setting.pk: legs(setting)}, {setting.pk: legs(tried)}
    if tried.extent != setting.extent:
        followers = FlowSetting.objects.filter(
            integration=setting.integration_id, extent=setting.extent
        ).select_related("integration")
        for other in followers.exclude(pk=setting.pk):
            flow = registry.discover().flows.get(other.flow)
            if flow is not None and flow.follows == setting.flow:
                before[other.pk] = legs(other)
                after[other.pk] = legs(other.tried({"extent": tried.extent}))
    return list(_lapsing(before, after))


@transaction.atomic
def lapse(user: Any, integration_id: int, before: Legs) -> int:
    """Let the answers lapse that the change since `before` has made void; returns how many."""
    after = now(integration_id)
    found = list(_lapsing(before, after))
    for one in found:
        _let_go(one)
    Decision.objects.bulk_create(
        Decision(
            kind=Decision.Kind.LAPSED,
            by=user,
            setting_id=one.link.setting_id,
            source_id=one.link.source_id or "",
            target_id=one.link.target_id or "",
            name=one.link.name,
            reason=one.why,
            details={"said": one.said},
        )
        for one in found
    )
    _leave_out(before, after)
    _no_choice(before, after)
    for setting in FlowSetting.objects.filter(pk__in=before).select_related("integration"):
        if set(before[setting.pk]) != set(after.get(setting.pk, ())):
            apart.bring_in_line(setting)
    return len(found)


def _lapsing(before: Legs, after: Legs) -> Iterable[Lapsing]:
    for setting, were in before.items():
        are = after.get(setting, ())
        if set(were) == set(are):
            continue
        answered = Q(details__has_key=ASKED) | Q(details__has_key=ANSWERED)
        rows = RecordLink.objects.filter(~Q(decision="") | Q(cause=AGAIN) | answered)
        for link in rows.filter(setting=setting).order_by("pk").iterator(chunk_size=PAGE):
            ways = ways_of(are, link.flow)
            if not promises.holds(link, ways_of(were, link.flow), ways):
                yield Lapsing(link, _said(link), _goes(link.flow, ways))


def _said(link: RecordLink) -> str:
    if link.decision:
        return decision_words(link)
    if link.cause == AGAIN:
        return "Create it again"
    return "Approved values" if ANSWERED in link.details else "Values asked for"


def _goes(flow: str, ways: frozenset[str]) -> str:
    name = module_name(flow)
    if not ways:
        return f"{name} are not synced any more."
    goes = " and ".join(direction_words(flow, way) for way in sorted(ways))
    return f"{name} go {goes} now."


def _let_go(one: Lapsing) -> None:
    """The record stands as before the answer, and is decided anew by the next sync."""
    link = one.link
    link.decision, link.decided_target, link.decided_fields = "", "", []
    gone = {ASKED, ANSWERED}
    link.details = {name: value for name, value in link.details.items() if name not in gone}
    link.reason = f"The answer “{one.said}” has lapsed: {one.why}"
    link.remedy = "Nothing: the next sync decides the record anew."
    link.due, link.updated_at = link.paired, timezone.now()
    if link.state == State.CONFLICT:
        link.state, link.cause = State.WAITING, ONE_WAY
    elif link.cause == AGAIN:
        link.state, link.cause, link.due = State.EXCLUDED, KEPT_ALONE, False
        link.remedy = "It is kept by itself."
    link.save()


def _leave_out(before: Legs, after: Legs) -> None:
    """Questions about records that no sync reads any more are nobody's to answer."""
    for setting, were in before.items():
        for flow, direction in set(were) - set(after.get(setting, ())):
            rows = _only_read_by(setting, flow, direction)
            rows.update(
                state=State.EXCLUDED,
                cause=ONE_WAY,
                reason=f"{module_name(flow)} do not go {direction_words(flow, direction)} any "
                "more, so nothing is made of it.",
                remedy="",
                due=False,
                retry_at=None,
                since=timezone.now(),
                updated_at=timezone.now(),
            )


def _no_choice(before: Legs, after: Legs) -> None:
    """Where a flow goes one way now, nobody has to say whose values stay any more."""
    for setting, were in before.items():
        are = after.get(setting, ())
        for flow in {key for key, _ in were}:
            if ways_of(were, flow) == promises.BOTH != ways_of(are, flow):
                RecordLink.objects.filter(setting=setting, flow=flow, state=State.CONFLICT).update(
                    state=State.WAITING,
                    cause=ONE_WAY,
                    reason=f"Both sides were changed. {_goes(flow, ways_of(are, flow))}",
                    remedy="Nothing: the next sync decides the record anew.",
                    due=True,
                    since=timezone.now(),
                    updated_at=timezone.now(),
                )


def _only_read_by(setting: int, flow: str, direction: str) -> QuerySet[RecordLink]:
    near, far = ("source", "target") if direction == FORWARD else ("target", "source")
    rows = RecordLink.objects.filter(
        setting=setting,
        flow=flow,
        state__in=(State.UNDECIDED, State.FAILING, State.WAITING, State.CONFLICT),
        **{f"{near}_id__isnull": False, f"{far}_id__isnull": True},
    )
    return rows.exclude(cause__in=PARKED)
