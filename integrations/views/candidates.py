"""The look-alikes of a record as they are now: what was only planned may be a pair by this time."""

from __future__ import annotations

from dataclasses import dataclass

from integrations import registry
from integrations.words import flow_of
from mappings import known
from mappings.models import RecordLink


@dataclass(frozen=True)
class LookAlike:
    """`id` is '' for one that was planned and is not known to stand there; `pair` is the pair it
    is part of by now."""

    id: str
    name: str
    score: int
    why: tuple[str, ...]
    pair: RecordLink | None
    # As it stood when the app was last read.
    is_inactive: bool = False

    @property
    def is_free(self) -> bool:
        return bool(self.id) and self.pair is None


def look_alikes(link: RecordLink) -> list[LookAlike]:
    """What was found, each with the pair it is in now; three statements."""
    found = link.details.get("candidates") or []
    far = "target_id" if link.source_id else "source_id"
    pairs = (
        RecordLink.objects.filter(
            setting__integration=link.setting.integration_id,
            source_id__isnull=False,
            target_id__isnull=False,
        )
        .exclude(pk=link.pk)
        .defer("source_digest", "target_digest")
    )
    by_id: dict[str, list[RecordLink]] = {}
    by_name: dict[str, list[RecordLink]] = {}
    for pair in pairs.filter(**{f"{far}__in": [c["id"] for c in found if c.get("id")]}):
        by_id.setdefault(getattr(pair, far), []).append(pair)
    planned = [c["name"] for c in found if not c.get("id") and c.get("name")]
    if planned:
        # What a sync was about to create has no id yet: it goes by the name it was created with.
        for pair in pairs.filter(setting=link.setting_id, flow=link.flow, name__in=planned):
            by_name.setdefault(pair.name, []).append(pair)
    inactive = _inactive(link, [str(c["id"]) for c in found if c.get("id")])
    shown = []
    for one in found:
        there = by_id.get(one["id"], []) if one.get("id") else by_name.get(one.get("name", ""), [])
        sure = len(there) == 1 or bool(one.get("id") and there)
        mate = there[0] if sure else None
        shown.append(
            LookAlike(
                one.get("id") or (getattr(mate, far) if mate else ""),
                str(one.get("name") or ""),
                one.get("score") or 0,
                tuple(one.get("why") or ()),
                mate,
                one.get("id") in inactive,
            )
        )
    return shown


def _inactive(link: RecordLink, ids: list[str]) -> set[str]:
    """Those that are out of use in their app, as far as it is known."""
    flow = flow_of(link.flow)
    if flow is None or not ids:
        return set()
    end = flow.target if link.source_id else flow.source
    entity = registry.connector_class(end.app).entities[end.entity]
    facts = known.facts(link.setting.integration.side(end.app).pk, end.entity, ids)
    return {key for key, there in facts.items() if entity.is_inactive(there)}
