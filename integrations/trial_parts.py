"""The previews that try one set of choices out: a part for each flow and direction, and their sum.

A module that goes both ways, or that has several flows, is previewed in several runs. What they
show together is what the choices would do, so all have to be there before a person says yes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from integrations.legs import legs
from integrations.models import Change, Decision, SyncRun
from mappings.models import RecordLink


@dataclass(frozen=True)
class Effect:
    """What choices tried out would do. `changed` counts pairs made with other values too, `paired`
    those that stay as they are; `with_transactions` are some of the changed ones, `cannot` are
    records that a person has to look at before anything of them is written."""

    created: int
    changed: int
    paired: int
    cannot: int
    with_transactions: int
    pairs: int


@dataclass(frozen=True)
class Part:
    """One flow of the module in one direction; `run` None where its preview has not begun."""

    flow: str
    direction: str
    run: SyncRun | None

    @property
    def done(self) -> bool:
        return self.run is not None and self.run.status == SyncRun.Status.DONE

    @property
    def ended_early(self) -> bool:
        return self.run is not None and not self.run.is_open and not self.done


def parts_of(run: SyncRun) -> list[Part]:
    """All parts of the trial that a preview belongs to, in order, each by its newest preview.

    A part counts only when it was begun after the one before it: what an earlier trial of the
    same choices showed may be long over.
    """
    same = SyncRun.objects.filter(
        setting=run.setting_id,
        mode=SyncRun.Mode.PREVIEW,
        version=run.version,
        trial__isnull=False,
        only_ids__isnull=True,
    )
    newest: dict[tuple[str, str], SyncRun] = {}
    for row in same.order_by("pk"):
        if row.trial == run.trial:
            newest[row.flow, row.direction] = row
    parts, after = [], 0
    for flow, direction in legs(run.setting_in_use):
        found = newest.get((flow, direction))
        if found is not None and found.pk < after:
            found = None
        after = found.pk if found is not None else after
        parts.append(Part(flow, direction, found))
    return parts


def confirmed_by(run: SyncRun) -> Decision | None:
    """Who put in force what a preview tried out; None while nobody has."""
    # Confirming makes another version of the set-up: there is one such decision at most.
    acts = Decision.objects.filter(
        kind=Decision.Kind.SET_UP, run__setting=run.setting_id, run__version=run.version
    ).select_related("by", "run")
    return next((act for act in acts if act.run and act.run.trial == run.trial), None)


def effect_of(parts: Iterable[Part]) -> Effect:
    """Counted from the previews and nothing else."""
    runs = [part.run for part in parts if part.run is not None]
    action = Change.Action
    changing = Q(action=action.UPDATE) | Q(action=action.LINK) & ~Q(values={})
    rows = Change.objects.filter(run__in=runs, status=Change.Status.PLANNED).aggregate(
        created=Count("pk", filter=Q(action=action.CREATE)),
        changed=Count("pk", filter=changing),
        paired=Count("pk", filter=Q(action=action.LINK, values={})),
        with_transactions=Count("pk", filter=changing & Q(details__documents=True)),
    )
    return Effect(
        **rows,
        cannot=sum(run.need_a_person for run in runs),
        pairs=RecordLink.objects.filter(
            setting__in={run.setting_id for run in runs},
            source_id__isnull=False,
            target_id__isnull=False,
        ).count(),
    )
