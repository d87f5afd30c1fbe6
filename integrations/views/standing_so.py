"""Records that a sync counted without a row of their own: they stood so before it already."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest

from integrations.lists.html import when
from integrations.models import Change, SyncRun
from integrations.standing import state_badge
from integrations.views.outcomes import BY_KEY, changes_of
from integrations.words import module_name
from mappings.models import RecordLink

State = RecordLink.State
STATES = {
    "failing": (State.FAILING, State.GONE),
    "undecided": (State.UNDECIDED,),
    "conflicts": (State.CONFLICT,),
    "uncertain": (State.UNCERTAIN,),
    "waiting": (State.WAITING,),
    "excluded": (State.EXCLUDED,),
}
AT_MOST = 50


def _of_every_sort(run: SyncRun) -> dict[str, Any]:
    """Of the whole list how many of each sort have no row; one statement."""
    sorts = [BY_KEY[key] for key in STATES if getattr(run, key)]
    if not sorts:
        return {}
    rows = Change.objects.filter(run=run).aggregate(
        **{f"of_{sort.key}": Count("pk", filter=sort.rows) for sort in sorts}
    )
    told = [
        {"key": sort.key, "label": sort.after, "before": before, "counted": counted}
        for sort in sorts
        if (before := (counted := getattr(run, sort.key)) - rows[f"of_{sort.key}"]) > 0
    ]
    if not told:
        return {}
    return {
        "stood_before": sum(sort["before"] for sort in told),
        "counted": sum(sort["counted"] for sort in told),
        "standing_sorts": told,
    }


def standing_so(request: HttpRequest, run: SyncRun) -> dict[str, Any]:
    """The counted records of the outcome asked for that have no row: how many, and those of the
    module that stand so now. A sync does not keep which ones it read, so there may be more of
    these, or fewer once somebody has looked."""
    outcome, name = request.GET.get("outcome", ""), request.GET.get("name", "").strip()
    if not outcome and not name:
        return _of_every_sort(run)
    if outcome not in STATES:
        return {}
    counted = getattr(run, BY_KEY[outcome].key)
    before = counted - changes_of(run, outcome, "").count() if counted else 0
    if before <= 0:
        return {}
    near = "source_id" if run.direction == SyncRun.Direction.FORWARD else "target_id"
    own = Change.objects.filter(run=run, source_id=OuterRef(near))
    rows = RecordLink.objects.filter(
        ~Exists(own),
        setting=run.setting_id,
        flow=run.flow,
        state__in=STATES[outcome],
        **{f"{near}__isnull": False},
    )
    if run.only_ids is not None:
        rows = rows.filter(**{f"{near}__in": run.only_ids})
    if name:
        rows = rows.filter(Q(name__istartswith=name) | Q(source_id=name) | Q(target_id=name))
    shown = list(rows.defer("source_digest", "target_digest")[: AT_MOST + 1])
    return {
        "stood_before": before,
        "counted": counted,
        "standing": [
            {"link": link, "badge": state_badge(link), "since": when(link.since)}
            for link in shown[:AT_MOST]
        ],
        "standing_cut": AT_MOST if len(shown) > AT_MOST else 0,
        "standing_states": STATES[outcome],
        "standing_module": module_name(run.flow),
    }
