"""Stop all writing, everywhere, before the next write."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from integrations import decisions
from integrations.management.migrated import MigratedCommand


class Command(MigratedCommand):
    help = "Stop all writing to every app; reading and previews go on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="why, for those who find it stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            decisions.stop_writing(None, options["reason"])
        except ValueError as error:
            raise CommandError(f"--reason: {error}", returncode=2) from error
        self.stdout.write(f"All writing is stopped: {options['reason'].strip()}")
