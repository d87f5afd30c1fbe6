"""The parts of one sync or preview: each flow of a module, each way, has a page of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from integrations.legs import legs
from integrations.models import Integration, SyncRun
from integrations.views.acting import address_of
from integrations.views.frame import fragment, needs
from integrations.views.outcomes import tiles
from integrations.views.progress import badge_of, count_planned, run_of, stands_still
from integrations.words import direction_words, module_name, run_heading

# The next part is begun right after the one before it.
SOON = dt.timedelta(minutes=1)
WRITTEN = {"created", "updated", "linked", "deleted"}


def parts_facts(run: SyncRun) -> dict[str, Any]:
    """The other parts with what each did, what is still to follow, and whether to ask again.

    One statement; while a part is open, or has just ended, those that tell what follows it. The
    parts of a trial are told of with what it would do.
    """
    if not run.group or run.trial is not None:
        return {"companions": [], "to_follow": [], "ask_again": ""}
    others = list(SyncRun.objects.filter(group=run.group).exclude(pk=run.pk).order_by("pk"))
    for other in others:
        other.setting = run.setting
        count_planned(other)
    newest = max((run, *others), key=lambda part: part.pk)
    following = _to_follow(newest)
    moves = bool(following) or any(other.is_open for other in others)
    return {
        "companions": [_companion(other) for other in others],
        "to_follow": following,
        "ask_again": ("30s" if stands_still(newest) else "5s") if moves else "",
    }


def _companion(run: SyncRun) -> dict[str, Any]:
    return {
        "pk": run.pk,
        "title": run_heading(run),
        "address": address_of(run),
        "badge": badge_of(run),
        "did": did(run),
    }


def did(run: SyncRun) -> str:
    """What a sync did with how many records: "2 created, 5 unchanged"; what needs a person is
    told by how it ended."""
    told = [tile for tile in tiles(run) if run.status != SyncRun.Status.DONE or not tile.colour]
    words = [f"{tile.count:,} {tile.label.lower()}" for tile in told]
    if not run.is_open and not any(tile.key in WRITTEN for tile in told):
        words.insert(0, f"nothing {'to write' if run.mode == SyncRun.Mode.PREVIEW else 'written'}")
    return ", ".join(words)


def _to_follow(newest: SyncRun) -> list[str]:
    """What begins by itself once the newest part has ended, as `jobs.follow` would have it."""
    ended = newest.finished_at if newest.status == SyncRun.Status.DONE else None
    just_ended = ended is not None and timezone.now() - ended < SOON
    goes_on = newest.is_open and not newest.is_stopping and newest.held != "limits"
    if newest.recheck or newest.act or not (goes_on or just_ended):
        return []
    if newest.setting.integration.status in Integration.OFF:
        return []
    if newest.only_ids is not None:
        return _partners_follow(newest)
    if newest.mode == SyncRun.Mode.LIVE and not newest.setting.enabled:
        return []
    return [f"{_words(*leg)} follows" for leg in _after(newest, legs(newest.setting))]


def _partners_follow(run: SyncRun) -> list[str]:
    """Of records synced by hand their partners, the other way."""
    order = [leg for leg in legs(run.setting) if leg[0] == run.flow]
    by_hand = run.trigger == SyncRun.Trigger.RETRY and run.mode == SyncRun.Mode.LIVE
    following = _after(run, order) if by_hand else []
    return [f"{_words(*leg)} follows for those that are paired" for leg in following]


def _after(run: SyncRun, order: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    here = (run.flow, run.direction)
    return order[order.index(here) + 1 :] if here in order else ()


def _words(flow: str, direction: str) -> str:
    return f"{module_name(flow)} {direction_words(flow, direction)}"


@needs("integrations.view_syncrun")
@require_safe
def parts(request: HttpRequest, run_id: int) -> HttpResponse:
    """Asked for again and again until every part has ended."""
    run = run_of(run_id)
    return fragment(request, "syncs/parts.html", run=run, **parts_facts(run))
