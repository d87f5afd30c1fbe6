"""What people do to pairs: dissolve them, keep them, name a partner. One record or many at once.

Every act is checked, carried out and kept as a row, like those of `decisions`; ValueError says in
a sentence why it is refused, and then nothing of it was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations import apart, partners
from integrations.holding import give_way, holding, only_unmerged
from integrations.keeping import write_down
from integrations.models import Decision, FlowSetting
from integrations.sync.case import SEPARATED
from integrations.sync.sisters import ASKED
from mappings.models import RecordLink

Kind, State = Decision.Kind, RecordLink.State
NAMED_AT_MOST = 5


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
    """Dissolve pairs; both records stay, and no sync makes anything of either until a person says
    what it is."""
    _only_pairs(links)
    _only_whole(links)
    if not reason.strip():
        raise ValueError("Say why they are separated; it is kept with the decision.")
    write_down(user, Kind.SEPARATE, links, reason=reason)
    settings = FlowSetting.objects.select_related("integration").in_bulk(
        {link.setting_id for link in links}
    )
    ways = {pk: apart.ways_by_flow(setting) for pk, setting in settings.items()}
    second = [
        apart.take_apart(link, ways[link.setting_id].get(link.flow, frozenset())) for link in links
    ]
    RecordLink.objects.bulk_update(links, apart.CHANGED, batch_size=200)
    RecordLink.objects.bulk_create(second, batch_size=200)


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
    # That it was separated before is remembered until the pair stands.
    apart.alone(link, target_id).exclude(cause=SEPARATED).delete()
    apart.unanswer(link, target_id)
    before = list(holding(link))
    only_unmerged(before)
    for other in before:
        give_way(other, link)
    link.target_id, link.target_digest, link.target_modified = None, None, ""
    link.state, link.since = State.UNDECIDED, timezone.now()
    if link.cause in ASKED:
        # The question where the record belongs is answered by this.
        link.cause, link.reason, link.remedy, link.details = "", "", "", {}
    link.decision, link.decided_target, link.due = RecordLink.Decision.SAME, target_id, True
    link.origin = RecordLink.Origin.MANUAL
    link.save()
    write_down(user, Kind.PAIR, [link], target_id=target_id, details={"name": name})
