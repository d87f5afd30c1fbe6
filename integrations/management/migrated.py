"""Commands that need the database's tables, and say so in one line where they are not there."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from mappings.counting import counted


def missing_migrations() -> int:
    """How many migrations the database lacks. DatabaseError when it does not answer."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class MigratedCommand(BaseCommand):
    """A command that only works on a database with every migration. Of the system checks it runs
    those of the declarations: pages are checked where pages are shown."""

    requires_system_checks = ("integrations",)

    def execute(self, *args: Any, **options: Any) -> str | None:
        if missing := missing_migrations():
            raise CommandError(
                f"The database lacks {counted(missing, 'migration')}. Run: manage.py migrate",
                returncode=2,
            )
        return super().execute(*args, **options)
