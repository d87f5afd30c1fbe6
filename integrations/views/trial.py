"""Choices tried out: what each part of the preview found, and whether they are in force."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from integrations import lapsing, trials, words
from integrations.lists.html import when
from integrations.lists.set_up import changes_table
from integrations.models import SyncRun
from integrations.sync import unfollowed
from integrations.trial_parts import Effect, confirmed_by, effect_of, parts_of
from integrations.words import direction_words, sides

# The next part of a preview is begun right after the one before it.
SOON = dt.timedelta(minutes=1)
# What the choices were made of is gone: they are set against what is in force by now.
NOT_ANY_MORE = ("Choice", "In force now", "Tried out here")


@dataclass(frozen=True)
class TriedPart:
    """A part of a trial as the page shows it; `effect` None until its preview is done."""

    title: str
    app: str
    run: SyncRun | None
    words: str
    effect: Effect | None


def trial_facts(run: SyncRun) -> dict[str, Any]:
    """What the choices tried out would do, part by part, and what is still to be waited for."""
    if run.trial is None:
        return {}
    parts = parts_of(run)
    act = confirmed_by(run)
    open_part = next((part.run for part in parts if part.run and part.run.is_open), None)
    missing = any(part.run is None for part in parts) and not any(p.ended_early for p in parts)
    # Another set-up is in force by now: these choices were made of one that is gone.
    over = run.setting.version != run.version
    headers = (NOT_ANY_MORE,) if over and act is None else ()
    just_ended = run.finished_at is not None and timezone.now() - run.finished_at < SOON
    return {
        "parts": [
            TriedPart(
                f"{words.module_name(part.flow)} {direction_words(part.flow, part.direction)}",
                sides(part.flow, part.direction)[1],
                part.run,
                words.run_words(part.run) if part.run else "not begun yet",
                effect_of([part]) if part.done else None,
            )
            for part in parts
        ],
        "lapsing": lapsing.of_trial(run) if act is None else [],
        "all_done": all(part.done for part in parts),
        "pairs": effect_of(parts).pairs,
        "left_behind": 0 if act else unfollowed.left_behind(run.setting_in_use),
        "confirmed": act,
        "confirmed_when": when(act.at) if act else "",
        "over": over,
        "changes": changes_table(run.setting, trials.changes(run), *headers),
        # The page is loaded anew as soon as that has ended, or has begun.
        "awaited": open_part
        if open_part is not None and open_part.pk != run.pk and not open_part.held
        else run
        if missing and just_ended
        else None,
    }
