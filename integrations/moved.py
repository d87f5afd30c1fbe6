"""What people decide about records whose place in the other app is another one by now (G-6).

Such a record has its partner where it stood before: by a sister flow, or as part of another upper
record. As in `decisions`, each act is checked, carried out and kept as a row, and raises ValueError
with a sentence for the person when it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations import registry
from integrations.holding import give_way, holding, left_words, only_unmerged, partner_of
from integrations.keeping import row_of
from integrations.models import Change, Decision, FlowSetting
from integrations.sync.case import AGAIN, KEPT_ALONE, KEPT_ELSEWHERE, MOVED
from integrations.sync.removals import keep_alone
from mappings.models import RecordLink

Kind, State = Decision.Kind, RecordLink.State
NAMED_AT_MOST = 5


def _only_moved(links: Sequence[RecordLink]) -> None:
    wrong = [str(link) for link in links if link.state != State.FAILING or link.cause != MOVED]
    if wrong:
        few = ", ".join(wrong[:NAMED_AT_MOST])
        raise ValueError(f"{few}: nothing is asked of it (any more). Reload the page.")


@transaction.atomic
def keep(user: Any, links: Sequence[RecordLink]) -> None:
    """The records stay where they are in the other app, and are not synced before they are back
    in their old place where they come from."""
    _only_moved(links)
    now = timezone.now()
    Decision.objects.bulk_create(row_of(user, Kind.KEEP_PLACE, link) for link in links)
    for link in links:
        link.state, link.cause, link.remedy = State.EXCLUDED, KEPT_ELSEWHERE, ""
        link.reason = f"A person said that it stays as it is. {link.reason}"
        link.due, link.retry_at, link.since, link.updated_at = False, None, now, now
    RecordLink.objects.bulk_update(
        links,
        ["state", "cause", "reason", "remedy", "due", "retry_at", "since", "updated_at"],
        batch_size=200,
    )


@transaction.atomic
def carry_over(user: Any, links: Sequence[RecordLink]) -> None:
    """A new record is made in the new place with the next sync. The old one stays in its app by
    itself: it is neither deleted nor changed, and no sync brings it back."""
    _only_moved(links)
    old = {link.pk: [link] if link.paired else list(holding(link)) for link in links}
    there = [pair for pairs in old.values() for pair in pairs]
    _only_at_rest(there)
    only_unmerged(there)
    Decision.objects.bulk_create(
        row_of(user, Kind.CARRY_OVER, link, details={"left": _left_by(link, old[link.pk])})
        for link in links
    )
    for link in links:
        for pair in old[link.pk]:
            give_way(pair, link)
        _leave_native(link)
        _start_anew(link)


def _left_by(link: RecordLink, old: Iterable[RecordLink]) -> list[str]:
    left = [partner_of(pair) for pair in old]
    native = link.details.get("native")
    return left or ([native["id"]] if native else [])


def _only_at_rest(pairs: Iterable[RecordLink]) -> None:
    for pair in pairs:
        rows = Change.objects.filter(setting=pair.setting_id, source_id=pair.source_id or "")
        if rows.filter(status__in=Change.OPEN).exists():
            raise ValueError(f"{pair}: a sync is writing it just now. Try again in a minute.")


def _leave_native(link: RecordLink) -> None:
    """What the vendor's own integration made of the record stands by itself from now on."""
    native = link.details.get("native") or {}
    settings = FlowSetting.objects.filter(integration=link.setting.integration_id)
    flow = registry.flow(native["flow"]) if native else None
    setting = settings.filter(flow=flow.setting_key).first() if flow else None
    if flow is None or setting is None:
        return
    row = RecordLink.objects.filter(setting=setting, target_id=native["id"]).first()
    if row is not None and (row.paired or row.cause == KEPT_ALONE):
        return
    row = row or RecordLink(setting=setting, flow=flow.key, target_id=native["id"])
    row.name = row.name or native["name"]
    keep_alone(row, "source", left_words(flow))
    row.save()


def _start_anew(link: RecordLink) -> None:
    now = timezone.now()
    link.target_id, link.target_digest, link.target_modified = None, None, ""
    link.source_digest, link.source_modified, link.origin = None, "", ""
    link.state, link.cause, link.details = State.WAITING, AGAIN, {}
    link.reason, link.remedy = "It is carried over with the next sync.", ""
    link.decision, link.decided_target, link.decided_fields = "", "", []
    link.source_edited = link.target_edited = link.pinned = False
    link.due, link.retry_at, link.since, link.updated_at = True, None, now, now
    link.save()
