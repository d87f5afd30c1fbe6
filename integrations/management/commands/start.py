"""Let writing go on after `stop`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from integrations import decisions


class Command(BaseCommand):
    help = "Start writing again after stop; syncs that stood still for it go on."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            waiting = decisions.start_writing(None)
        except ValueError as error:
            self.stdout.write(str(error))
            return
        self.stdout.write(f"Writing goes on. {waiting} syncs were waiting for it.")
