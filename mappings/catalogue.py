"""The catalogue of remote fields as rows, and the field pairs in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from django.db import transaction
from django.db.models import Q, QuerySet

from mappings.converters import FieldInfo
from mappings.fields import Field
from mappings.models import FieldMap, RecordLink, RemoteField

# Why a record is refused by what a catalogue says of its fields: another one may take it.
BY_CATALOGUE = frozenset({"required", "too_long", "unknown_choice"})


def store_fields(
    connection_id: int, entity: str, fields: Iterable[FieldInfo], now: dt.datetime
) -> bool:
    """Replace what is known of an entity's fields; True where that says something new.

    Records that were refused by what was known before are then planned anew.
    """
    fields = list(fields)
    before, _ = load_fields(connection_id, entity)
    changed = before != {info.name: info for info in fields}
    rows = [
        RemoteField(
            connection_id=connection_id,
            entity=entity,
            name=info.name,
            label=info.label,
            kind=info.kind,
            required=info.required,
            length=info.length,
            choices=dict(info.choices),
            custom=info.custom,
            read_only=info.read_only,
            unique=info.unique,
            remote_id=info.remote_id,
            unmappable=info.unmappable,
            fetched_at=now,
        )
        for info in fields
    ]
    with transaction.atomic():
        RemoteField.objects.filter(connection_id=connection_id, entity=entity).delete()
        RemoteField.objects.bulk_create(rows)
        if changed and before:
            refused(connection_id).update(due=True)
    return changed


def coverage(targets: Iterable[str], fields: Mapping[str, FieldInfo]) -> tuple[int, int]:
    """(fields that are mapped, fields that can be) on the side that is written; `targets` are the
    fields the pairs write into, `fields` the catalogue of that side."""
    return len(set(filter(None, targets))), sum(not info.unmappable for info in fields.values())


def refused(connection_id: int) -> QuerySet[RecordLink]:
    """Records of every module of the organisation that a catalogue refused."""
    joined = Q(setting__integration__ledger=connection_id)
    joined |= Q(setting__integration__other=connection_id)
    return RecordLink.objects.filter(joined, state=RecordLink.State.FAILING, cause__in=BY_CATALOGUE)


def load_fields(connection_id: int, entity: str) -> tuple[dict[str, FieldInfo], dt.datetime | None]:
    """The catalogue of an entity, and when it was read (None: never)."""
    rows = list(RemoteField.objects.filter(connection_id=connection_id, entity=entity))
    fetched = min((row.fetched_at for row in rows), default=None)
    return {row.name: row.info for row in rows}, fetched


def pairs_in_force(setting_id: int, flow: str) -> tuple[Field, ...]:
    rows = FieldMap.objects.filter(setting_id=setting_id, flow=flow)
    return tuple(row.pair for row in rows)


@transaction.atomic
def store_pairs(setting_id: int, flow: str, pairs: Iterable[Field]) -> None:
    """Replace the field map of a module by `pairs`, in their order.

    Lines and constants are declared with the flow and cannot be edited, so they are no rows. Rows
    that stay as they are are not touched and the others saved singly, so that the history of
    settings says what changed; the map a module begins with is no change.
    """
    wanted = [
        FieldMap(setting_id=setting_id, flow=flow, position=number, **asdict(pair))
        for number, pair in enumerate(pair for pair in pairs if type(pair) is Field)
    ]
    there = {row.target: row for row in FieldMap.objects.filter(setting_id=setting_id, flow=flow)}
    if not there:
        FieldMap.objects.bulk_create(wanted)
        return
    FieldMap.objects.filter(pk__in=[row.pk for row in there.values()]).exclude(
        target__in=[row.target for row in wanted]
    ).delete()
    for row in wanted:
        before = there.get(row.target)
        row.pk = before.pk if before else None
        row._state.adding = before is None
        if before is None or (before.position, before.pair) != (row.position, row.pair):
            row.save()
