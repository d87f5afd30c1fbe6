"""What people decide about pairs of which one side was deleted: nothing happens by itself (G-6).

As in `decisions`: each act is checked, carried out and kept as a row, and raises ValueError with a
sentence for the person when it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from integrations import jobs, registry
from integrations.models import Decision, DeletionsRead, FlowSetting, SyncRun
from integrations.sync import merges
from integrations.sync import run as pipeline
from integrations.sync.case import AGAIN, CLAIMED, GONE_SOURCE, GONE_TARGET
from integrations.sync.context import RARELY
from integrations.sync.merges import point_to
from integrations.sync.removals import keep_alone
from mappings.models import RecordLink

Kind, State, Act = Decision.Kind, RecordLink.State, SyncRun.Act
Direction = SyncRun.Direction

# Above this a second person confirms what is to be taken out of use (G-6).
ALONE_UP_TO = 25


def lost_side(link: RecordLink) -> str:
    """The side of a pair whose record was deleted: ``source`` or ``target``; '' for neither."""
    return {GONE_SOURCE: "source", GONE_TARGET: "target"}.get(link.cause, "")


def _note(user: Any, kind: str, links: Iterable[RecordLink], **details: Any) -> None:
    Decision.objects.bulk_create(
        Decision(
            kind=kind,
            by=user,
            setting_id=link.setting_id,
            source_id=link.source_id or "",
            target_id=link.target_id or "",
            name=link.name,
            details={"lost": lost_side(link), **details},
        )
        for link in links
    )


def _only_gone(links: Sequence[RecordLink]) -> None:
    wrong = [link.name for link in links if link.state != State.GONE or not lost_side(link)]
    if wrong:
        raise ValueError(f"{', '.join(wrong[:5])}: not deleted on one side (any more). Reload.")


@transaction.atomic
def keep(user: Any, links: Sequence[RecordLink]) -> None:
    """The partner stays by itself; no sync makes the deleted record again (CRM-134, CRM-136)."""
    _only_gone(links)
    _note(user, Kind.KEEP_ALONE, links)
    _released(links)
    for link in links:
        keep_alone(link, lost_side(link), "Its partner was deleted; it is kept by itself.")
        link.save()


def makes_again(link: RecordLink) -> bool:
    """Whether a sync of the module writes to the side where the record was deleted."""
    way = Direction.REVERSE if lost_side(link) == "source" else Direction.FORWARD
    return (link.flow, way) in jobs.legs(link.setting)


def may_be_merged(link: RecordLink) -> bool:
    """Whether something speaks for the deleted record having been merged into another one."""
    return bool(link.details.get("survivors"))


def _released(links: Sequence[RecordLink]) -> None:
    """What may have been the survivor of these is decided by itself from now on."""
    for link in links:
        ids = [one["id"] for one in link.details.get("survivors") or ()]
        place = lost_side(link)
        RecordLink.objects.filter(
            Q(setting=link.setting_id) | merges.of_sisters(link.setting, link.flow, place),
            cause=CLAIMED,
            **{f"{place}_id__in": ids},
        ).update(due=True)


def _no_merge(links: Sequence[RecordLink], said: bool) -> None:
    """A person says of records that may have been merged that they were not; else ValueError:
    creating again would make a second record, and deleting lose one that is in use."""
    merged = [link for link in links if may_be_merged(link)]
    if merged and not said:
        raise ValueError(
            f"{', '.join(link.name for link in merged[:5])}: it may have been merged into another "
            "record. Pair it with that one, or say that it was not merged."
        )
    _released(merged)
    for link in merged:
        was = [one["id"] for one in link.details["survivors"]]
        link.details = {**link.details, "survivors": [], merges.NOT_MERGED: was}
        link.save(update_fields=["details"])


@transaction.atomic
def make_again(user: Any, links: Sequence[RecordLink], *, not_merged: bool = False) -> None:
    """The record that was deleted is created again from its partner, with the next sync; one that
    looks like it there is treated as for any new record. `not_merged`: a person says so of those
    that may have been."""
    _only_gone(links)
    wrong = [link.name for link in links if not makes_again(link)]
    if wrong:
        raise ValueError(
            f"{', '.join(wrong[:5])}: the module does not write to the app where it was deleted. "
            "Change its direction first."
        )
    _no_merge(links, not_merged)
    _note(user, Kind.MAKE_AGAIN, links)
    for link in links:
        keep_alone(link, lost_side(link), "It is created again with the next sync.")
        link.state, link.cause = State.UNDECIDED, AGAIN
        # Nobody has said that it is no duplicate: one that stands there by now is asked about.
        link.decision, link.due = RecordLink.Decision.NONE, True
        link.save()


@transaction.atomic
def go_on_with(user: Any, link: RecordLink, record_id: str) -> None:
    """The deleted record lives on in another one: the pair is pointed to that."""
    _only_gone([link])
    offered = {one["id"]: one for one in link.details.get("survivors") or ()}
    if record_id not in offered:
        raise ValueError("That record is not among those offered. Reload the page.")
    side = lost_side(link)
    if (other := merges.make_way(link, side, record_id)) is not None:
        raise ValueError(f"It is paired with {other.name}. Separate that pair first.")
    _note(user, Kind.PAIR, [link], now=record_id)
    _released([link])
    point_to(link, side, record_id)


def ways(link: RecordLink) -> tuple[str, ...]:
    """How the partner that is left can be taken out of use, as its app allows it."""
    flow = registry.flow(link.flow)
    end = flow.target if lost_side(link) == "source" else flow.source
    return registry.connector_class(end.app).entities[end.entity].removes


def take_out(
    user: Any, links: Sequence[RecordLink], act: str, *, not_merged: bool = False
) -> list[SyncRun]:
    """Delete the partners that are left, or make them inactive, as far as G-6 allows it.

    Up to 25 it is done at once; above, it becomes a preview that somebody else approves.
    `not_merged`: a person says so of those whose record may have been merged.
    """
    _only_gone(links)
    wrong = [link.name for link in links if act not in ways(link)]
    if wrong:
        raise ValueError(f"{', '.join(wrong[:5])}: that is not done from here; do it in the app.")
    mode = SyncRun.Mode.LIVE if len(links) <= ALONE_UP_TO else SyncRun.Mode.PREVIEW
    with transaction.atomic():
        _no_merge(links, not_merged)
        runs = [start(user, group, act, mode) for group in _by_direction(links)]
        if not all(run.joined for run in runs):
            _note(user, Kind.REMOVE, links, act=act)
    for run in runs:
        jobs.wake(run)
    return runs


def _by_direction(links: Sequence[RecordLink]) -> list[list[RecordLink]]:
    groups: dict[tuple[int, str, str], list[RecordLink]] = {}
    for link in links:
        groups.setdefault((link.setting_id, link.flow, lost_side(link)), []).append(link)
    return list(groups.values())


def start(user: Any, links: Sequence[RecordLink], act: str, mode: str) -> SyncRun:
    """A run that takes the partners of these pairs out of use; all of one module and one side."""
    setting = FlowSetting.objects.select_related("integration").get(pk=links[0].setting_id)
    lost = lost_side(links[0])
    run = pipeline.start(
        setting,
        links[0].flow,
        direction=Direction.FORWARD if lost == "source" else Direction.REVERSE,
        mode=mode,
        only_ids=[str(getattr(link, f"{lost}_id")) for link in links],
        user=user,
        act=act,
    )
    if not run.joined:
        Decision.objects.create(kind=Kind.START, by=user, setting=setting, run=run, name=act)
    return run


@transaction.atomic
def believe(user: Any, setting: FlowSetting, row: DeletionsRead) -> None:
    """A person says that so many records may be gone: each is looked up before it counts so."""
    if not row.doubtful:
        raise ValueError("Nothing is doubtful (any more).")
    row.believed, row.asked_at = True, row.asked_at - RARELY
    row.save(update_fields=["believed", "asked_at"])
    Decision.objects.create(
        kind=Kind.TRY_AGAIN, by=user, setting=setting, details={"looked_up": row.doubtful}
    )
