"""Answers for many records at once, each kept as a row of evidence: a few statements for all of
them. What is refused is told in a sentence for each, and the others are carried out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from integrations import causes
from integrations.keeping import row_of
from integrations.models import Decision
from mappings.models import RecordLink

Kind, State = Decision.Kind, RecordLink.State
SECOND_LOOK = causes.SECOND_LOOK.key
DIFFERENCES = (State.CONFLICT, State.FAILING)


@transaction.atomic
def same(user: Any, pairs: Sequence[tuple[RecordLink, str]]) -> list[str]:
    """Records with the id of the candidate that each is the same as; a few statements for all.
    Returns a sentence for each that is refused, which then stays undecided."""
    taken = _taken(pairs)
    refused, agreed = list[str](), list[tuple[RecordLink, str]]()
    for link, target_id in pairs:
        if why := _not_same(link, target_id, taken.get((link.setting_id, target_id))):
            refused.append(why)
        else:
            agreed.append((link, target_id))
    for link, target_id in agreed:
        link.decision, link.decided_target, link.due = RecordLink.Decision.SAME, target_id, True
        link.later_until = None
    RecordLink.objects.bulk_update(
        [link for link, _ in agreed], ["decision", "decided_target", "due", "later_until"]
    )
    Decision.objects.bulk_create(
        row_of(user, Kind.SAME, link, target_id=target_id) for link, target_id in agreed
    )
    return refused


def _taken(pairs: Sequence[tuple[RecordLink, str]]) -> dict[tuple[int, str], RecordLink]:
    """The pairs that those candidates are in already, by setting and the candidate's id."""
    rows = RecordLink.objects.filter(
        setting_id__in={link.setting_id for link, _ in pairs},
        target_id__in=[target_id for _, target_id in pairs],
        source_id__isnull=False,
    ).only("setting_id", "target_id", "name")
    return {(row.setting_id, row.target_id or ""): row for row in rows}


def _not_same(link: RecordLink, target_id: str, taken: RecordLink | None) -> str:
    """Why a record is not to be paired with that candidate; '' where it may be."""
    if link.state != State.UNDECIDED:
        return f"{link.name}: no possible duplicate (any more). Reload the page."
    if target_id not in {item["id"] for item in link.details.get("candidates", ())}:
        return f"{link.name}: that record is not among those offered. Reload the page."
    if taken is not None and taken.pk != link.pk:
        return f"{link.name}: it is paired with {taken.name}. Separate that pair first."
    return ""


@transaction.atomic
def choose_side(user: Any, links: Sequence[RecordLink], *, source: bool) -> list[str]:
    """Of many records all values of one side stay; a few statements for all of them. What waits
    for a second look is decided singly. Returns a sentence for each that is refused."""
    refused, agreed = list[str](), list[tuple[RecordLink, list[str]]]()
    for link in links:
        fields = link.details.get("fields")
        if link.state not in DIFFERENCES or not fields:
            refused.append(f"{link.name}: nothing is to be chosen (any more). Reload the page.")
        elif link.cause == SECOND_LOOK:
            refused.append(f"{link.name}: money goes by it. Open it and choose by itself.")
        else:
            agreed.append((link, sorted(fields) if source else []))
    values_stay(user, agreed)
    return refused


def values_stay(user: Any, chosen: Sequence[tuple[RecordLink, list[str]]]) -> list[Decision.Kind]:
    """Records with the fields whose values come from the source; the others keep the target's.
    Returns for each what the choice was kept as."""
    kinds, made = list[Decision.Kind](), list[Decision]()
    for link, ours in chosen:
        fields = link.details["fields"]
        if len(ours) == len(fields):
            kind = Kind.KEEP_SOURCE
        else:
            kind = Kind.BY_FIELD if ours else Kind.KEEP_TARGET
        link.decision, link.decided_fields, link.due = kind.value, ours, True
        kinds.append(kind)
        made.append(row_of(user, kind, link, details={"from_source": ours, "fields": fields}))
    RecordLink.objects.bulk_update(
        [link for link, _ in chosen], ["decision", "decided_fields", "due"]
    )
    Decision.objects.bulk_create(made)
    return kinds
