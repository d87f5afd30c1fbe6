"""Show and set a module's options from the command line, as its form would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations import configuring
from integrations.errors import SyncError
from integrations.management.commands.sync import settings_named
from integrations.models import FlowSetting


class Command(BaseCommand):
    help = "Set options of a module: configure crm.customers duplicates=overwrite every=1d"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", nargs="?", metavar="KEY")
        parser.add_argument("choices", nargs="*", metavar="name=value")
        parser.add_argument("--export", metavar="FILE", help="write all settings to a file")
        parser.add_argument("--import", metavar="FILE", dest="import_", help="read them from one")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["export"]:
                self.export(Path(options["export"]))
            elif options["import_"]:
                self.take_in(Path(options["import_"]))
            elif options["key"]:
                self.configure(options["key"], options["choices"])
            else:
                raise CommandError("Name a module, or use --export or --import.", returncode=2)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages), returncode=2) from error
        except SyncError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from error

    def configure(self, key: str, choices: list[str]) -> None:
        bad = [choice for choice in choices if "=" not in choice]
        if bad:
            raise CommandError(f"{bad[0]!r} is not of the form name=value.", returncode=2)
        chosen = dict(choice.split("=", 1) for choice in choices)
        for setting in settings_named(key):
            if chosen:
                configuring.apply_choices(setting, chosen)
            self.show(setting)

    def show(self, setting: FlowSetting) -> None:
        allowed = configuring.allowed(setting)
        for name, value in configuring.present(setting).items():
            values = allowed[name]
            hint = " | ".join(values) if isinstance(values, tuple) else values
            self.stdout.write(f"{name}={value}  ({hint})")

    def export(self, path: Path) -> None:
        text = json.dumps(configuring.exported(), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        self.stdout.write(f"Settings written to {path}")

    def take_in(self, path: Path) -> None:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise CommandError(f"There is no file {path}.", returncode=2) from error
        except json.JSONDecodeError as error:
            raise CommandError(
                f"{path} is not JSON: line {error.lineno}, {error.msg}.", returncode=2
            ) from error
        self.stdout.write(f"{configuring.imported(data)} modules set from {path}")
