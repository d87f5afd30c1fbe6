"""`flush` for the tests: between two tests the tables are emptied, evidence included.

Only what a test filled is emptied, and what a new installation holds is put back. Django's own
empties all of some fifty tables and goes through everything that follows a migration, which takes
longer than most of the tests.
"""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections, transaction

from integrations import evidence
from integrations.apps import new_installation

# Tests add nothing to these.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        database = options["database"]
        connection = connections[database]
        with transaction.atomic(using=database):
            filled = _filled(connection)
            if filled:
                with evidence.lifted(connection), connection.cursor() as cursor:
                    for table in filled:
                        cursor.execute(f'DELETE FROM "{table}"')
                new_installation(database)


def _filled(connection: Any) -> list[str]:
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
    asked = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [table for (table,) in cursor.fetchall()]
