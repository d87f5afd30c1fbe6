"""What an answer of a person makes a sync do: in which directions it writes."""

from __future__ import annotations

from integrations.models import SyncRun
from mappings.models import RecordLink

Said = RecordLink.Decision
FORWARD, REVERSE = SyncRun.Direction.FORWARD, SyncRun.Direction.REVERSE
BOTH: frozenset[str] = frozenset((FORWARD, REVERSE))
# Of a pair; answers about single records are carried out where those are read.
WRITES = {
    Said.KEEP_SOURCE: frozenset((FORWARD,)),
    Said.KEEP_TARGET: frozenset((REVERSE,)),
    Said.BY_FIELD: BOTH,
    Said.FETCH: BOTH,
}


def directions_of(link: RecordLink) -> frozenset[str]:
    """The directions in which what was said of a record is carried out."""
    if not link.paired:
        return frozenset((FORWARD if link.source_id else REVERSE,))
    # Values that money goes by are approved as the module is declared.
    return WRITES.get(Said(link.decision), frozenset((FORWARD,)))


def holds(link: RecordLink, were: frozenset[str], are: frozenset[str]) -> bool:
    """Whether an answer still does what it was given for, after a flow that went those ways goes
    these ways."""
    needs = directions_of(link)
    return needs & were == needs & are
