"""Let writing go on after `stop`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from integrations.models import SyncRun, WritingSwitch


class Command(BaseCommand):
    help = "Start writing again after stop; syncs that stood still for it go on."

    def handle(self, *args: Any, **options: Any) -> None:
        latest = WritingSwitch.objects.first()
        if latest is None or not latest.stopped:
            self.stdout.write("Writing is not stopped.")
            return
        WritingSwitch.objects.create(stopped=False, reason="Started again.")
        waiting = SyncRun.objects.filter(status=SyncRun.Status.PAUSED, held="stopped")
        number = waiting.update(held=None)
        self.stdout.write(f"Writing goes on. {number} syncs were waiting for it.")
