"""Let writing go on after `stop`."""

from __future__ import annotations

from typing import Any

from integrations import decisions
from integrations.management.migrated import MigratedCommand
from mappings.counting import counted


class Command(MigratedCommand):
    help = "Start writing again after stop; syncs that stood still for it go on."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            waiting = decisions.start_writing(None)
        except ValueError as error:
            self.stdout.write(str(error))
            return
        were = counted(waiting, "sync was", "syncs were")
        self.stdout.write(f"Writing goes on. {were} waiting for it.")
