"""Encrypt every stored secret with the newest key, so that older keys can go."""

from __future__ import annotations

import sys
from typing import Any

from django.apps import apps

from integrations.management.migrated import MigratedCommand
from integrations.secrets import encrypt_anew
from mappings.counting import counted


class Command(MigratedCommand):
    help = (
        "Encrypt stored tokens and secrets with the first key of FIELD_ENCRYPTION_KEYS. "
        "Harmless while the site and the workers run, and to run twice."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = unreadable = 0
        for model in apps.get_models():
            some, lost = encrypt_anew(model)
            done, unreadable = done + some, unreadable + lost
        were = counted(done, "value was", "values were")
        self.stdout.write(f"{were} encrypted with the newest key.")
        if unreadable:
            self.stderr.write(
                f"{counted(unreadable, 'value is', 'values are')} readable with none of the keys. "
                "Add the key used then, or connect the organisations concerned anew."
            )
            sys.exit(1)
        self.stdout.write("Older keys are not needed any more.")
