"""Pairs every CRM account with a customer that is not there, as if all had been synced.

A first sync of 100,000 takes a while; what a re-read of so many costs can be known without it.
"""

from __future__ import annotations

import django

django.setup()

from django.utils import timezone  # noqa: E402

from integrations.models import FlowSetting, SyncRun  # noqa: E402
from integrations.sync.context import Context  # noqa: E402
from mappings.models import RecordLink  # noqa: E402


def main() -> None:
    setting = FlowSetting.objects.select_related("integration").get(flow="crm.customers")
    now = timezone.now()
    run = SyncRun(setting=setting, flow=setting.flow, created_at=now)
    ctx = Context.open(run)
    entity = ctx.source.entity
    for page in ctx.source.connector.list(entity, fields=ctx.read_from_source):
        RecordLink.objects.bulk_create(
            RecordLink(
                setting=setting,
                flow=setting.flow,
                source_id=entity.id_of(record),
                target_id=f"no-{entity.id_of(record)}",
                name=entity.name_of(record),
                state=RecordLink.State.IN_SYNC,
                origin=RecordLink.Origin.CREATE,
                source_digest=ctx.source_print(record),
                source_modified=entity.modified_of(record),
                version=setting.version,
                since=now,
                updated_at=now,
            )
            for record in page.records
        )
    ctx.close()
    FlowSetting.objects.filter(pk=setting.pk).update(first_synced_at=now)


if __name__ == "__main__":
    main()
