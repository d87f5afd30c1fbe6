"""Pairs every CRM account with a customer that is not there, as if all had been synced.

A first sync of 100,000 takes a while; what a re-read of so many costs can be known without it.
"""

from __future__ import annotations

from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from integrations.models import FlowSetting, SyncRun  # noqa: E402
from integrations.sync.context import Context  # noqa: E402
from mappings.models import RecordLink  # noqa: E402

OWN = ("source_id", "target_id", "name", "source_digest", "source_modified")


def main() -> None:
    setting = FlowSetting.objects.select_related("integration").get(flow="crm.customers")
    now = timezone.now()
    ctx = Context.open(SyncRun(setting=setting, flow=setting.flow, created_at=now))
    entity = ctx.source.entity

    def row(record: dict[str, Any]) -> tuple[Any, ...]:
        key = entity.id_of(record)
        modified = entity.modified_of(record)
        return key, f"no-{key}", entity.name_of(record), ctx.source_print(record), modified

    copy = ""
    with transaction.atomic(), connection.cursor() as cursor:
        for page in ctx.source.connector.list(entity, fields=ctx.read_from_source):
            rows = [row(record) for record in page.records]
            if not copy:
                first = first_link(setting, rows.pop(0))
                copy = copying(first)
            cursor.executemany(copy, rows)
    ctx.close()
    FlowSetting.objects.filter(pk=setting.pk).update(first_synced_at=now)


def first_link(setting: FlowSetting, values: tuple[Any, ...]) -> RecordLink:
    now = timezone.now()
    return RecordLink.objects.create(
        setting=setting,
        flow=setting.flow,
        state=RecordLink.State.IN_SYNC,
        origin=RecordLink.Origin.CREATE,
        version=setting.map_version,
        planned_version=setting.version,
        since=now,
        updated_at=now,
        **dict(zip(OWN, values, strict=True)),
    )


def copying(first: RecordLink) -> str:
    """A statement that inserts a copy of the first row with values of its own: the database does
    what a model object for each row would take most of the time for."""
    columns = [f.column for f in RecordLink._meta.concrete_fields if not f.primary_key]
    names = ", ".join(f'"{name}"' for name in [*OWN, *(c for c in columns if c not in OWN)])
    values = ", ".join(["%s"] * len(OWN) + [f'"{c}"' for c in columns if c not in OWN])
    table = RecordLink._meta.db_table
    return f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}" WHERE id = {first.pk}'


if __name__ == "__main__":
    main()
