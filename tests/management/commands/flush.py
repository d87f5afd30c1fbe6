"""`flush` for the tests: between two tests the tables are emptied, evidence included."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from integrations import evidence


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        evidence.lift(connection)
        super().handle(**options)
        evidence.enforce(connection)
