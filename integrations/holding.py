"""What holds a record already: pairs of it by sister flows (`sync/sisters.py`).

In words for people, and how they give way once a person has said what the record is to be."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from integrations import registry
from integrations.models import Integration
from integrations.sync.case import SEPARATED
from integrations.sync.flow import Flow
from integrations.sync.removals import keep_alone
from integrations.sync.sisters import live_pairs, lost, names_above
from integrations.words import app_name
from mappings.models import RecordLink


def holding(link: RecordLink) -> Iterable[RecordLink]:
    """Pairs that sister flows have of a record."""
    sisters = registry.flow(link.flow).sisters
    return live_pairs(link.setting.integration_id, sisters).filter(source_id=link.source_id)


def has_partner(pair: RecordLink) -> bool:
    """Whether a pair that holds its record still has the partner: it was neither deleted nor
    separated."""
    return not lost(pair) and pair.cause != SEPARATED


def why_held(
    integration: Integration, flow_key: str, record_ids: Collection[str]
) -> dict[str, tuple[bool, str]]:
    """By the id of the source record: whether it has a partner by a sister of that flow, and in a
    sentence what keeps this flow from giving it another. At most four statements for all."""
    sisters = registry.flow(flow_key).sisters
    if not sisters or not record_ids:
        return {}
    pairs = live_pairs(integration.pk, sisters).filter(source_id__among=list(record_ids))
    rows = sorted(pairs, key=has_partner)
    above = names_above(integration, [row for row in rows if has_partner(row)])
    return {row.source_id or "": (has_partner(row), _why(row, above)) for row in rows}


def _why(pair: RecordLink, above: dict[int, str]) -> str:
    flow = registry.flow(pair.flow)
    if has_partner(pair):
        part_of = f" of {above[pair.pk]}" if above.get(pair.pk) else ""
        return f"It is paired already, as {flow.becomes}{part_of}. Separate that pair first."
    return (
        f"It was {flow.becomes} in {app_name(flow.target.app)} before. Name its partner on its own "
        "page."
    )


def only_unmerged(pairs: Iterable[RecordLink]) -> None:
    """ValueError where the deleted partner of one may live on in another record: a second partner
    is not given before that is said."""
    for pair in pairs:
        if lost(pair) and pair.details.get("survivors"):
            raise ValueError(
                f"{pair}: its partner may have been merged into another record. Say first, under "
                "“Deleted on one side”, what has become of it."
            )


def give_way(pair: RecordLink, link: RecordLink) -> None:
    """A pair ends, as its record gets another place by this link: its partner stands by itself
    from now on."""
    if lost(pair):
        # Nothing is left there. What was asked or said of it is answered by this.
        pair.delete()
        return
    flow, target_id = registry.flow(pair.flow), partner_of(pair)
    left = pair.of_target(target_id)
    left.source_id = pair.source_id  # kept as who it was paired with
    keep_alone(left, "source", left_words(flow))
    if pair.pk == link.pk:
        # The same row goes on without its partner.
        RecordLink.objects.filter(pk=pair.pk).update(target_id=None)
    else:
        RecordLink.objects.filter(pk=pair.pk).delete()
    known = RecordLink.objects.filter(setting=pair.setting_id, target_id=target_id)
    if target_id and not known.filter(source_id__isnull=False).exists():
        known.delete()
        left.save()


def left_words(flow: Flow) -> str:
    """Why a record stands by itself whose partner was carried over."""
    return (
        f"Its record in {app_name(flow.source.app)} was carried over and has a new partner. This "
        "one stays as it is."
    )


def partner_of(pair: RecordLink) -> str:
    """The record that a pair has, or had before it was separated; '' where that is not known."""
    before = pair.details.get("candidates") or [{}]
    return pair.target_id or str(before[0].get("id") or "")
