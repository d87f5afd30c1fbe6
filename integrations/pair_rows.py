"""The pairs of an integration as rows of a file, with what people decided of single records.

What has no partner comes back by itself when apps are joined again, as a new record. So a file
also tells which records people separated, kept alone, or have still to decide about; and of each
pair what was last seen of it, so that nobody's later change is overwritten by a comparison.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from integrations import registry
from integrations.models import ArchivedPair, FlowSetting, Integration
from integrations.sync.case import GONE_SOURCE, KEPT_ALONE, KEPT_ELSEWHERE, PARKED, SEPARATED
from integrations.sync.context import flow_in_force
from integrations.sync.flow import Flow
from mappings import pair_file
from mappings.models import RecordLink
from mappings.pair_file import PairRow

AT_ONCE = 2_000
State, SAME = RecordLink.State, RecordLink.Decision.SAME


class Told(NamedTuple):
    """What a file says of a record or pair; the ids as the module is declared, '' for unknown."""

    first_id: str
    second_id: str
    holds: str
    seen: str


class Seen(NamedTuple):
    """What was known of a pair: digests as hex, times as the apps gave them."""

    mark: str
    first_digest: str
    second_digest: str
    first_modified: str
    second_modified: str
    due: str


def exported(integration: Integration) -> Iterator[PairRow]:
    """The rows that make an integration's pairs and decisions again; of a deleted one those of
    the archive."""
    orgs = {
        flow.key: organisations(integration, flow) for flow in registry.flows_of(integration.kind)
    }
    for flow, name, told in _told(integration):
        first, second = orgs.get(flow, ("", ""))
        yield PairRow(
            module=flow,
            first_organisation=first,
            first_id=told.first_id,
            second_organisation=second,
            second_id=told.second_id,
            name=name,
            do=pair_file.RESTORE,
            holds=told.holds,
            seen=told.seen,
        )


def _told(integration: Integration) -> Iterator[tuple[str, str, Told]]:
    if integration.status == Integration.Status.DELETED:
        for row in ArchivedPair.objects.filter(integration=integration).order_by("pk").iterator():
            yield row.flow, row.name, Told(row.source_id, row.target_id, row.holds, row.seen)
        return
    for link, told in links_told(integration):
        yield link.flow, link.name, told


def links_told(integration: Integration) -> Iterator[tuple[RecordLink, Told]]:
    """Every pair, and every record by itself of which a person has decided something."""
    settings = {setting.pk: setting for setting in integration.flow_settings.all()}
    marks = {
        (setting.pk, flow.key): mark_of(setting, flow.key)
        for setting in settings.values()
        for flow in registry.flows_set_by(setting)
    }
    rows = _worth_telling(integration)
    spoken_for = _spoken_for(rows)
    for link in rows.order_by("pk").iterator(chunk_size=AT_ONCE):
        if (link.setting_id, link.source_id, link.target_id) in spoken_for:
            continue
        current = link.version == settings[link.setting_id].map_version
        yield link, told_of(link, marks.get((link.setting_id, link.flow), "") if current else "")


def _worth_telling(integration: Integration) -> QuerySet[RecordLink]:
    return RecordLink.objects.filter(
        Q(source_id__isnull=False, target_id__isnull=False)
        | Q(cause__in=(*PARKED, KEPT_ELSEWHERE))
        | (Q(decision=SAME) & ~Q(decided_target="")),
        setting__integration=integration,
    )


def _spoken_for(rows: QuerySet[RecordLink]) -> set[tuple[int, str | None, str | None]]:
    """(setting, first id, second id) of what stands by itself of records that somebody said are
    to be the partners of others: the row of those tells of both."""
    answered = rows.filter(decision=SAME).exclude(decided_target="")
    columns = ("setting_id", "source_id", "target_id", "decided_target")
    found: set[tuple[int, str | None, str | None]] = set()
    for setting, first, second, partner in answered.order_by("pk").values_list(*columns):
        if (first is None) != (second is None) and (setting, first, second) not in found:
            found.add((setting, partner, None) if first is None else (setting, None, partner))
    return found


def told_of(link: RecordLink, mark: str) -> Told:
    """What a file says of a link; `mark` is that of the map its digests are by, '' for an older
    one."""
    first, second = link.source_id or "", link.target_id or ""
    if link.paired:
        return Told(first, second, _pair_holds(link), _seen(link, mark))
    if link.decision == SAME and link.decided_target:
        return Told(first or link.decided_target, second or link.decided_target, "paired", "")
    if link.cause == SEPARATED:
        before = link.details.get("candidates") or [{}]
        was = str(before[0].get("id") or "")
        if first:
            return Told(first, was, pair_file.FIRST_SEPARATED, "")
        return Told(was, second, pair_file.SECOND_SEPARATED, "")
    if link.cause == KEPT_ELSEWHERE:
        return Told(first, "", pair_file.FIRST_IN_PLACE, "")
    assert link.cause == KEPT_ALONE
    was = str(link.details.get("was") or "")
    if first:
        return Told(first, was, pair_file.FIRST_ALONE, "")
    return Told(was, second, pair_file.SECOND_ALONE, "")


def _pair_holds(link: RecordLink) -> str:
    if link.state == State.GONE:
        lost_first = link.cause == GONE_SOURCE
        return pair_file.FIRST_DELETED if lost_first else pair_file.SECOND_DELETED
    if link.cause == KEPT_ELSEWHERE:
        return pair_file.PAIRED_IN_PLACE
    return pair_file.PAIRED_KEPT if link.pinned else pair_file.PAIRED


def _seen(link: RecordLink, mark: str) -> str:
    first = bytes(link.source_digest or b"").hex()
    second = bytes(link.target_digest or b"").hex()
    if not mark or not (first or second):
        return ""
    # What stood still is decided anew; what was in sync is at rest as long as it is unchanged.
    due = "due" if link.due or link.state != State.IN_SYNC else ""
    return "|".join(Seen(mark, first, second, link.source_modified, link.target_modified, due))


def seen_of(text: str, mark: str) -> Seen | None:
    """What was known of a pair, where it was known by the map that has this mark."""
    parts = text.split("|")
    if len(parts) != len(Seen._fields) or parts[0] != mark or not mark:
        return None
    seen = Seen(*parts)
    try:
        lengths = {len(bytes.fromhex(one)) for one in (seen.first_digest, seen.second_digest)}
    except ValueError:
        return None
    return seen if lengths <= {0, 16} else None


def mark_of(setting: FlowSetting, flow: str) -> str:
    """Twelve letters that are the same for the same field map: digests can be compared then."""
    fields = sorted(repr(item) for item in flow_in_force(setting, flow).fields)
    return hashlib.blake2b("\n".join(fields).encode(), digest_size=6).hexdigest()


def organisations(integration: Integration, flow: Flow) -> tuple[str, str]:
    """Ids of the organisations on the two sides of a module."""
    first, second = (integration.side(end.app) for end in (flow.source, flow.target))
    return first.organization_id, second.organization_id


def left_by(integration: Integration) -> list[tuple[Integration, int]]:
    """(deleted integration of the same two organisations, number of its rows in the archive),
    newest first: what could be read in."""
    if integration.status in Integration.OFF:
        return []
    rows = Integration.everything.filter(
        status=Integration.Status.DELETED,
        kind=integration.kind,
        ledger__organization_id=integration.ledger.organization_id,
        other__organization_id=integration.other.organization_id,
    )
    counted = rows.annotate(left=Count("archived_pairs")).filter(left__gt=0)
    return [(one, one.left) for one in counted.select_related("ledger", "other").order_by("-pk")]
