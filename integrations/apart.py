"""Pairs that a person separated: both records stand by themselves until somebody pairs them again.

Each record has a link of its own with the cause `case.SEPARATED`, so that no sync, in whatever
direction, takes it for a new one. Where a sync reads the record, people are asked what it is;
where none does, it is left out and says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations import registry
from integrations.legs import legs, ways_of
from integrations.models import FlowSetting, SyncRun
from integrations.sync.case import SEPARATED
from integrations.words import app_name
from mappings.models import RecordLink

State, FORWARD = RecordLink.State, SyncRun.Direction.FORWARD
# The columns that `take_apart` changes.
CHANGED = (
    "target_id",
    "target_digest",
    "target_modified",
    "state",
    "cause",
    "reason",
    "remedy",
    "details",
    "decision",
    "decided_target",
    "decided_fields",
    "pinned",
    "due",
    "retry_at",
    "since",
    "updated_at",
)


def take_apart(link: RecordLink, ways: frozenset[str]) -> RecordLink:
    """Leave both records of a pair by themselves; returns the link of the second one. `ways` are
    the directions its flow goes. Neither is stored yet: store the first one first."""
    first_id, second_id = link.source_id or "", link.target_id or ""
    second = link.of_target(second_id)
    link.target_id, link.target_digest, link.target_modified = None, None, ""
    by_itself(link, second_id, ways)
    by_itself(second, first_id, ways)
    return second


def by_itself(link: RecordLink, was: str, ways: frozenset[str]) -> None:
    """Have a record without a partner stand as separated from that one. Not stored yet."""
    now = timezone.now()
    before = [{"id": was, "name": link.name, "score": 0, "why": []}] if was else []
    link.cause, link.details = SEPARATED, {"candidates": before}
    link.decision, link.decided_target, link.decided_fields = "", "", []
    link.pinned, link.due, link.retry_at = False, False, None
    link.since = link.updated_at = now
    _say(link, ways)


def _say(link: RecordLink, ways: frozenset[str]) -> None:
    """A question where a sync reads the record; else it is left out, with what can be done."""
    read = FORWARD if link.source_id else SyncRun.Direction.REVERSE
    if read in ways:
        link.state, link.reason = State.UNDECIDED, "The pair was separated by hand."
        link.remedy = "Say what it is to be paired with, or that it is another record."
        return
    link.state = State.EXCLUDED
    link.reason = "The pair was separated by hand. As the module is set, no sync reads it."
    first = app_name(registry.flow(link.flow).source.app)
    page = f"on the page of the record in {first}"
    where = "below" if link.source_id else page
    link.remedy = f"Nothing. If it is to have a partner, pair it {where}."


def ways_by_flow(setting: FlowSetting) -> dict[str, frozenset[str]]:
    """The directions each flow of a module goes; none are named that do not run."""
    goes = legs(setting)
    return {flow: ways_of(goes, flow) for flow, _ in goes}


def bring_in_line(setting: FlowSetting) -> None:
    """After a module's directions were changed: what is asked about is what its syncs read."""
    ways, changed = ways_by_flow(setting), list[RecordLink]()
    for link in RecordLink.objects.filter(setting=setting, cause=SEPARATED, decision=""):
        before = link.state
        _say(link, ways.get(link.flow, frozenset()))
        if link.state != before:
            link.since = link.updated_at = timezone.now()
            changed.append(link)
    RecordLink.objects.bulk_update(
        changed, ["state", "reason", "remedy", "since", "updated_at"], batch_size=200
    )


# What is said of one record is said of the other as well ------------------------------------------


def only_unpromised(links: Sequence[RecordLink]) -> None:
    """ValueError where one of them is to become another record's partner. One statement for each
    side of each module."""
    groups: dict[tuple[int, str, str], dict[str, RecordLink]] = {}
    for link in links:
        near, far = ("source", "target") if link.source_id else ("target", "source")
        own = getattr(link, f"{near}_id") or ""
        groups.setdefault((link.setting_id, near, far), {})[own] = link
    for (setting_id, near, far), own in groups.items():
        rows = RecordLink.objects.filter(
            setting_id=setting_id,
            decision=RecordLink.Decision.SAME,
            decided_target__among=list(own),
            **{f"{near}_id": None, f"{far}_id__isnull": False},
        )
        for other in rows:
            link = own[other.decided_target]
            if other.pk != link.pk:
                raise ValueError(f"{link}: it is promised to {other}. Change that decision first.")


def alone(link: RecordLink, partner_id: str) -> QuerySet[RecordLink]:
    """What stands of the record that is to become a link's partner, by itself."""
    near, far = ("source", "target") if link.source_id else ("target", "source")
    return RecordLink.objects.filter(
        Q(**{f"{far}_id": partner_id, f"{near}_id": None}), setting_id=link.setting_id
    ).exclude(pk=link.pk)


def unanswer(link: RecordLink, partner_id: str) -> None:
    """Take back what was said of that partner by itself: it is this record's now."""
    mine = link.source_id or link.target_id
    rows = alone(link, partner_id).exclude(decision="").exclude(decided_target=mine)
    rows.update(decision="", decided_target="", decided_fields=[], due=False)
