"""Pairs every CRM account with a customer of its own, as if all had been synced.

python -m bench.link_all SANDBOX. A first sync of 100,000 takes a while; what a re-read of so many
costs can be known without it.
"""

from __future__ import annotations

import sys
from typing import Any

import django
import requests

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from integrations.models import FlowSetting, SyncRun  # noqa: E402
from integrations.sync.context import Context  # noqa: E402
from mappings.models import RecordLink  # noqa: E402

OWN = ("source_id", "target_id", "name", "source_digest", "source_modified")


def main(sandbox: str) -> None:
    setting = FlowSetting.objects.select_related("integration").get(flow="crm.customers")
    now = timezone.now()
    ctx = Context.open(SyncRun(setting=setting, flow=setting.flow, created_at=now))
    entity = ctx.source.entity

    session = requests.Session()
    session.trust_env = False

    def customers(records: list[dict[str, Any]]) -> list[str]:
        """Made in Books by hand, under names of their own."""
        wanted = [{"contact_name": f"Customer {entity.id_of(record)}"} for record in records]
        url = f"{sandbox}/_sandbox/records/books/contacts"
        answer = session.post(url, json=wanted, timeout=120)
        answer.raise_for_status()
        return [row["contact_id"] for row in answer.json()]

    def row(record: dict[str, Any], partner: str) -> tuple[Any, ...]:
        key, modified = entity.id_of(record), entity.modified_of(record)
        return key, partner, entity.name_of(record), ctx.source_print(record), modified

    copy = ""
    with transaction.atomic(), connection.cursor() as cursor:
        for page in ctx.source.connector.list(entity, fields=ctx.read_from_source):
            records = list(page.records)
            rows = [row(*both) for both in zip(records, customers(records), strict=True)]
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
    main(sys.argv[1])
