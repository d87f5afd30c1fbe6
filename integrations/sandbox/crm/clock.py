"""Times as CRM writes them: whole seconds, with the offset of the user's zone.

Stored times are UTC text of one fixed form, so that comparing the text compares the times.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_WHOLE_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)")


def stamp(moment: datetime) -> str:
    """An aware time as it is stored: `2026-01-31T17:00:00+00:00`."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


@lru_cache(maxsize=262_144)
def render(stored: str, zone: str) -> str:
    """A stored time as an answer shows it, in the zone of the user who asks."""
    return datetime.fromisoformat(stored).astimezone(ZoneInfo(zone)).isoformat()


def parse(text: object) -> str | None:
    """The stored form of a time sent by a client, None when it is not a whole-second ISO time.

    A fraction of a second and RFC 1123 dates are refused, as v8 does.
    """
    if not isinstance(text, str) or not _WHOLE_SECONDS.fullmatch(text):
        return None
    try:
        return stamp(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
