"""Stop all writing, everywhere, before the next write."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.models import WritingSwitch


class Command(BaseCommand):
    help = "Stop all writing to every app; reading and previews go on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="why, for those who find it stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        reason = options["reason"].strip()
        if not reason:
            raise CommandError("--reason is empty; say why writing is stopped.", returncode=2)
        WritingSwitch.objects.create(stopped=True, reason=reason)
        self.stdout.write(f"All writing is stopped: {reason}")
