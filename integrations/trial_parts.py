"""The previews that try one set of choices out: a part for each flow and direction, and their sum.

A module that goes both ways, or that has several flows, is previewed in several runs. What they
show together is what the choices would do, so all have to be there before a person says yes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from integrations.legs import legs
from integrations.models import Change, SyncRun
from mappings.models import RecordLink


@dataclass(frozen=True)
class Effect:
    """What choices tried out would do to records that are already there."""

    changed: int
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


def effect_of(parts: Iterable[Part]) -> Effect:
    """Counted from the rows of the previews and of nothing else."""
    runs = [part.run for part in parts if part.run is not None]
    rows = Change.objects.filter(run__in=runs, status=Change.Status.PLANNED).filter(
        Q(action=Change.Action.UPDATE) | Q(action=Change.Action.LINK) & ~Q(values={})
    )
    return Effect(
        changed=rows.count(),
        with_transactions=rows.filter(details__documents=True).count(),
        pairs=RecordLink.objects.filter(
            setting__in={run.setting_id for run in runs},
            source_id__isnull=False,
            target_id__isnull=False,
        ).count(),
    )
