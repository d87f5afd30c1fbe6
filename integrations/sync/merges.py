"""Records merged away: the pair goes on with the record that stayed, where that is certain.

An app tells only that a record is gone for good; `merge_signs` weighs what speaks for another one
having taken it in. Where that is certain and no pair of its own stands in the way, the pair is
pointed to it. Where a pair does, both are told. What is only likely is asked of a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from integrations import registry
from integrations.connector import Deleted
from integrations.models import Change, FlowSetting
from integrations.sync import merge_signs
from integrations.sync.case import PARKED, asked_words, gone_words, merged_words
from integrations.sync.context import Context, Side
from integrations.sync.merge_signs import Death
from mappings.models import RecordLink

State = RecordLink.State

# In a link's details: how the app told of the deletion, and that a person said it was no merge.
TOLD, NOT_MERGED = "told", "not_merged"
RECYCLED, FOR_GOOD, UNTOLD = "recycled", "for_good", "untold"


@dataclass
class Merge:
    """A pair whose record is gone for good, and the records that may have taken its place.

    Each survivor is {"id", "name", "paired_with", "signs"}, with "becomes" where a sister flow has
    paired it: what its partner is. `known`: it was merged into just this one; `certain`: and the
    pair can go on with it.
    """

    dead_id: str
    link: RecordLink
    survivors: list[dict[str, str]] = field(default_factory=list)
    known: bool = False
    certain: bool = False

    def words(self, app: str, left: str) -> tuple[str, str]:
        """(reason, remedy) where it is left to a person."""
        names = [one["name"] or one["id"] for one in self.survivors]
        if not names:
            return gone_words(app)
        if self.known:
            one = self.survivors[0]
            return merged_words(app, left, names[0], one["paired_with"], one.get("becomes", ""))
        return asked_words(app, names)


def told(row: Deleted | None) -> str:
    """How the app tells that a record went, for a link's details."""
    if row is None:
        return UNTOLD
    return FOR_GOOD if row.for_good else RECYCLED


def find(
    ctx: Context, place: str, side: Side, ids: Sequence[str], gone: Mapping[str, Deleted]
) -> list[Merge]:
    """Which of these may have been merged, by all that the app tells to be gone; it is asked for
    more only where a pair lost its record for good."""
    for_good = {one: row for one, row in gone.items() if row.for_good}
    rows = RecordLink.objects.filter(
        setting=ctx.setting,
        flow=ctx.flow.key,
        source_id__isnull=False,
        target_id__isnull=False,
        **{f"{place}_id__among": [one for one in ids if one in for_good]},
    )
    pairs = [row for row in rows if _is_open(row, place)]
    if not pairs:
        return []
    deaths = merge_signs.look(ctx, place, side, pairs, for_good)
    merges = [_merge(death) for death in deaths]
    claimed = Counter(one["id"] for merge in merges for one in merge.survivors)
    taken = _partners(ctx, place, list(claimed))
    for merge in merges:
        for one in merge.survivors:
            one["paired_with"], becomes = taken.get(one["id"], ("", ""))
            one |= {"becomes": becomes} if becomes else {}
        only = merge.survivors[0] if merge.known else None
        merge.certain = only is not None and claimed[only["id"]] == 1 and not only["paired_with"]
    return merges


def _is_open(row: RecordLink, place: str) -> bool:
    """Whether a merge may explain it: not what lay in a bin first, nor what a person answered, nor
    what lost its other side."""
    if row.state != State.GONE:
        return row.state != State.UNCERTAIN
    said = row.details.get(TOLD) == RECYCLED or row.details.get(NOT_MERGED)
    return row.cause == f"gone_{place}" and not said and not row.details.get("survivors")


def _merge(death: Death) -> Merge:
    one = death.certain
    likely = [one] if one is not None else death.likely
    return Merge(
        death.id,
        death.link,
        [
            {"id": item.id, "name": item.name, "signs": "; ".join(item.signs.values())}
            for item in likely
        ],
        known=one is not None,
    )


def of_sisters(setting: FlowSetting, flow: str, place: str) -> Q:
    """Links of flows that read the same records; what they make of them are others."""
    sisters = registry.flow(flow).sisters if place == "source" else ()
    return Q(setting__integration_id=setting.integration_id, flow__in=sisters)


def _partners(ctx: Context, place: str, ids: list[str]) -> dict[str, tuple[str, str]]:
    """By id, the name of the pair that a record has, and what its partner is by a sister flow."""
    rows = RecordLink.objects.filter(
        Q(setting=ctx.setting) | of_sisters(ctx.setting, ctx.flow.key, place),
        source_id__isnull=False,
        target_id__isnull=False,
        **{f"{place}_id__in": ids},
    )
    sisters = ctx.flow.sisters if place == "source" else ()
    return {
        str(getattr(row, f"{place}_id")): (
            row.name or "another record",
            registry.flow(row.flow).becomes if row.flow in sisters else "",
        )
        for row in rows
    }


def make_way(row: RecordLink, place: str, record_id: str) -> RecordLink | None:
    """A pair is about to be pointed to this record: what is noted of it without a partner gives
    way, and sister flows look at it again. Call it inside a transaction. Returns the pair that the
    record has already; then nothing is done."""
    here = RecordLink.objects.filter(**{f"{place}_id": record_id}).exclude(pk=row.pk)
    rows = here.filter(Q(setting=row.setting_id) | of_sisters(row.setting, row.flow, place))
    if (paired := next((other for other in rows if other.paired), None)) is not None:
        return paired
    rows.filter(setting=row.setting_id).delete()
    rows.exclude(cause__in=PARKED).update(due=True)
    return None


def repoint(ctx: Context, place: str, merge: Merge) -> None:
    """Let the pair go on with the survivor: what it had alone gives way, its values are compared
    by value. Call it inside a transaction."""
    if not merge.certain:
        return
    survivor, row, now = merge.survivors[0], merge.link, timezone.now()
    if (paired := make_way(row, place, survivor["id"])) is not None:
        # It got its pair this very moment.
        merge.certain, survivor["paired_with"] = False, paired.name or "another record"
        return
    point_to(row, place, survivor["id"])
    Change.objects.create(
        run=ctx.run,
        setting=ctx.setting,
        flow=ctx.flow.key,
        action=Change.Action.NOTHING,
        status=Change.Status.NOTED,
        state=State.IN_SYNC,
        source_id=ctx.links.near_id(row),
        target_id=ctx.links.far_id(row),
        name=row.name,
        cause="merged",
        reason=f"{merge.dead_id} was merged into {survivor['name']} ({survivor['signs']}); "
        "the pair goes on with it.",
        details={"was": merge.dead_id},
        created_at=now,
        final_at=now,
    )


def point_to(row: RecordLink, place: str, record_id: str) -> None:
    """Store a pair with another record on one side; the next sync compares both by value."""
    now = timezone.now()
    setattr(row, f"{place}_id", record_id)
    row.source_digest = row.target_digest = None
    row.source_modified = row.target_modified = ""
    row.version, row.due, row.retry_at = 0, True, None
    row.state, row.cause, row.reason, row.remedy, row.details = State.IN_SYNC, "", "", "", {}
    row.decision, row.since, row.updated_at = "", now, now
    row.save()
