"""What people do to pairs: dissolve them, keep them, name a partner. One record or many at once.

Every act is checked, carried out and kept as a row, like those of `decisions`; ValueError says in
a sentence why it is refused, and then nothing of it was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations import partners
from integrations.keeping import write_down
from integrations.models import Decision
from integrations.sync import case
from mappings.models import RecordLink

Kind, State = Decision.Kind, RecordLink.State
NAMED_AT_MOST = 5
# The columns that `take_apart` changes.
SEPARATED = (
    "target_id",
    "target_digest",
    "target_modified",
    "state",
    "cause",
    "reason",
    "remedy",
    "details",
    "decision",
    "pinned",
    "due",
    "since",
)


def _only_pairs(links: Sequence[RecordLink]) -> None:
    alone = [str(link) for link in links if not link.paired]
    if alone:
        few = ", ".join(alone[:NAMED_AT_MOST])
        raise ValueError(f"{few}: not paired (any more). Reload the page.")


def _only_whole(links: Sequence[RecordLink]) -> None:
    lost = [str(link) for link in links if link.state == State.GONE]
    if lost:
        few = ", ".join(lost[:NAMED_AT_MOST])
        raise ValueError(f"{few}: one side was deleted. Decide under “Deleted on one side”.")


@transaction.atomic
def separate(user: Any, links: Sequence[RecordLink], reason: str) -> None:
    """Dissolve pairs; both records stay. The first app's record counts as new from now on, and
    waits until a person says what it is."""
    _only_pairs(links)
    _only_whole(links)
    if not reason.strip():
        raise ValueError("Say why they are separated; it is kept with the decision.")
    write_down(user, Kind.SEPARATE, links, reason=reason)
    for link in links:
        take_apart(link)
    RecordLink.objects.bulk_update(links, SEPARATED, batch_size=200)


def take_apart(link: RecordLink) -> None:
    """Leave the first app's record by itself until a person says what it is. Not stored yet."""
    before = [link.target_id] if link.target_id else []
    link.target_id, link.target_digest, link.target_modified = None, None, ""
    link.state, link.cause = State.UNDECIDED, case.SEPARATED
    link.reason = "The pair was separated by hand."
    link.remedy = "Say what it is to be paired with, or that it is another record."
    link.details = {
        "candidates": [{"id": one, "name": link.name, "score": 0, "why": []} for one in before]
    }
    link.decision, link.pinned, link.due = "", False, False
    link.since = timezone.now()


@transaction.atomic
def keep(user: Any, links: Sequence[RecordLink]) -> None:
    """A person says that these pairs are right."""
    _only_pairs(links)
    RecordLink.objects.filter(pk__in=[link.pk for link in links]).update(pinned=True)
    write_down(user, Kind.KEEP_PAIR, links)


def pair(user: Any, link: RecordLink, target_id: str) -> None:
    """Pair a record with one a person names, which is read first; values follow with the next
    write."""
    _only_alone(link)
    name = partners.read_partner(link, target_id)
    with transaction.atomic():
        partners.only_free(link, target_id)
        link.refresh_from_db()
        _only_alone(link)
        _pair(user, link, target_id, name)


def _only_alone(link: RecordLink) -> None:
    if link.paired and link.state != State.GONE:
        raise ValueError(f"{link} has a partner. Separate that pair first.")
    if not link.source_id:
        raise ValueError(f"{link} stands in the second app only. Pair it from the other record.")


def _pair(user: Any, link: RecordLink, target_id: str, name: str) -> None:
    alone = RecordLink.objects.filter(setting_id=link.setting_id, target_id=target_id)
    alone.exclude(pk=link.pk).delete()
    link.target_id, link.target_digest, link.target_modified = None, None, ""
    link.state, link.since = State.UNDECIDED, timezone.now()
    link.decision, link.decided_target, link.due = RecordLink.Decision.SAME, target_id, True
    link.origin = RecordLink.Origin.MANUAL
    link.save()
    write_down(user, Kind.PAIR, [link], target_id=target_id, details={"name": name})
