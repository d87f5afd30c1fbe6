"""Multiplies what a first sync has left behind, until there are so many changes of so many records.

python -m bench.many_changes NUMBER; prints how many there are now, as JSON.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.db import connection, models  # noqa: E402

from integrations.models import Change, SyncRun  # noqa: E402
from mappings.models import RecordLink  # noqa: E402

# One round of copies; ids and names stay distinct, and days go back in time.
SPREAD = {
    "source_id": "source_id || '-' || n",
    "target_id": "target_id || '-' || n",
    "name": "name || ' ' || n",
    "created_at": "created_at - n * {minute}",
    "final_at": "final_at - n * {minute}",
}


def multiply(model: type[models.Model], rounds: int) -> None:
    """Copy every row so many times in one statement."""
    table = connection.ops.quote_name(model._meta.db_table)
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    minute = "interval '1 minute'"
    chosen = [SPREAD.get(name, name).format(minute=minute) for name in columns]
    quoted = ", ".join(connection.ops.quote_name(name) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({quoted}) SELECT {', '.join(chosen)}"
            f" FROM {table}, generate_series(1, {int(rounds)}) AS n"
        )
        cursor.execute(f"ANALYZE {table}")


def main(wanted: int) -> None:
    if connection.vendor != "postgresql":
        raise SystemExit("A million rows are measured on PostgreSQL only.")
    multiply(RecordLink, 99)
    rounds = wanted // Change.objects.count()
    multiply(Change, rounds - 1)
    # The last ones are cut off, so that the number is what it says.
    first = Change.objects.all()[:1].get()
    missing = wanted - Change.objects.count()
    Change.objects.bulk_create(
        Change(
            run=SyncRun.objects.latest("pk"),
            setting_id=first.setting_id,
            flow=first.flow,
            action=first.action,
            status=first.status,
            source_id=f"more-{number}",
            created_at=first.created_at,
        )
        for number in range(missing)
    )
    print(json.dumps({"changes": Change.objects.count()}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
