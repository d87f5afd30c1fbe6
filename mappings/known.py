"""Keeping and asking the index of known records, a page at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mappings.models import EntityKnown, KnownKey, KnownRecord


@dataclass(frozen=True)
class Known:
    """A record that stands in a remote app, as far as matching needs it."""

    record_id: str
    name: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    modified: dt.datetime | None = None
    keys: frozenset[str] = frozenset()


def find(connection_id: int, entity: str, keys: Iterable[str]) -> dict[str, list[Known]]:
    """Known records by key, for all keys of a page at once: two statements."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    hits: dict[str, set[str]] = {}
    rows = KnownKey.objects.filter(connection_id=connection_id, entity=entity, key__in=wanted)
    for record_id, key in rows.values_list("record_id", "key"):
        hits.setdefault(record_id, set()).add(key)
    found: dict[str, list[Known]] = {}
    records = KnownRecord.objects.filter(
        connection_id=connection_id, entity=entity, record_id__in=sorted(hits)
    )
    for row in records if hits else ():
        known = Known(
            row.record_id, row.name, row.facts, row.modified, frozenset(hits[row.record_id])
        )
        for key in known.keys:
            found.setdefault(key, []).append(known)
    return found


def facts(connection_id: int, entity: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What is kept of known records, by id."""
    wanted = sorted({record_id for record_id in ids if record_id})
    rows = KnownRecord.objects.filter(
        connection_id=connection_id, entity=entity, record_id__in=wanted
    )
    return dict(rows.values_list("record_id", "facts"))


def learn(connection_id: int, entity: str, records: Iterable[Known]) -> None:
    """Take in records as they stand now, replacing what was known of them: three statements."""
    rows = {known.record_id: known for known in records}
    if not rows:
        return
    KnownRecord.objects.bulk_create(
        [
            KnownRecord(
                connection_id=connection_id,
                entity=entity,
                record_id=known.record_id,
                name=known.name,
                modified=known.modified,
                facts=known.facts,
            )
            for known in rows.values()
        ],
        update_conflicts=True,
        unique_fields=["connection", "entity", "record_id"],
        update_fields=["name", "modified", "facts"],
    )
    KnownKey.objects.filter(
        connection_id=connection_id, entity=entity, record_id__in=list(rows)
    ).delete()
    KnownKey.objects.bulk_create(
        [
            KnownKey(connection_id=connection_id, entity=entity, record_id=known.record_id, key=key)
            for known in rows.values()
            for key in sorted(known.keys)
        ],
        ignore_conflicts=True,
    )


def forget(connection_id: int, entity: str, record_ids: Iterable[str]) -> None:
    ids = list(record_ids)
    for model in (KnownKey, KnownRecord):
        model.objects.filter(connection_id=connection_id, entity=entity, record_id__in=ids).delete()


def read_until(connection_id: int, entity: str) -> dt.datetime | None:
    return (
        EntityKnown.objects.filter(connection_id=connection_id, entity=entity)
        .values_list("read_until", flat=True)
        .first()
    )


def set_read_until(connection_id: int, entity: str, moment: dt.datetime) -> None:
    EntityKnown.objects.update_or_create(
        connection_id=connection_id, entity=entity, defaults={"read_until": moment}
    )


def written_since(connection_id: int, entity: str, moment: dt.datetime) -> int:
    """How many known records changed after `moment`: those we wrote, or read, since then."""
    return KnownRecord.objects.filter(
        connection_id=connection_id, entity=entity, modified__gte=moment
    ).count()
