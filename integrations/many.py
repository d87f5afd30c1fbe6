"""Answers for many records at once, each kept as a row of evidence: a few statements for all of
them. What is refused is told in a sentence for each, and the others are carried out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from integrations import apart, causes, partners
from integrations.keeping import row_of
from integrations.models import Decision
from integrations.sync.case import SEPARATED
from mappings.models import RecordLink

Kind, State = Decision.Kind, RecordLink.State
SECOND_LOOK = causes.SECOND_LOOK.key
DIFFERENCES = (State.CONFLICT, State.FAILING)


@transaction.atomic
def same(user: Any, pairs: Sequence[tuple[RecordLink, str]]) -> list[str]:
    """Records with the id of the candidate that each is the same as; a few statements for all.
    Returns a sentence for each that is refused, which then stays undecided."""
    asked = [(pair, _not_same(*pair)) for pair in pairs]
    refused, agreed = [why for _, why in asked if why], list[tuple[RecordLink, str]]()
    offered = [pair for pair, why in asked if not why]
    for pair, why in zip(offered, partners.why_not_free(offered), strict=True):
        if why:
            refused.append(why)
        else:
            agreed.append(pair)
    for link, target_id in agreed:
        link.decision, link.decided_target, link.due = RecordLink.Decision.SAME, target_id, True
        link.later_until = None
        if link.cause == SEPARATED:
            apart.unanswer(link, target_id)
    RecordLink.objects.bulk_update(
        [link for link, _ in agreed], ["decision", "decided_target", "due", "later_until"]
    )
    Decision.objects.bulk_create(
        row_of(user, Kind.SAME, link, target_id=target_id) for link, target_id in agreed
    )
    return refused


def _not_same(link: RecordLink, target_id: str) -> str:
    """Why a record cannot be said to be the same as that one; '' where it can."""
    if link.state != State.UNDECIDED:
        return f"{link.name}: no possible duplicate (any more). Reload the page."
    if target_id not in {item["id"] for item in link.details.get("candidates", ())}:
        return f"{link.name}: that record is not among those offered. Reload the page."
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
