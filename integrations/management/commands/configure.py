"""Show and set a module's options from the command line, as its form would."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from integrations import carrying, configuring
from integrations.errors import SyncError
from integrations.management.commands.sync import flow_of, settings_named
from integrations.management.migrated import MigratedCommand
from integrations.models import FlowSetting
from mappings.counting import counted


class Command(MigratedCommand):
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
        settings = settings_named(key)
        with transaction.atomic():
            for setting in settings:
                if chosen:
                    self.apply(setting, chosen, flow_of(key), named=len(settings) > 1)
        for setting in settings:
            if len(settings) > 1:
                self.stdout.write(f"# {setting.integration.name}:{setting.flow}")
            self.show(setting, flow_of(key))

    def apply(
        self, setting: FlowSetting, chosen: dict[str, str], flow: str, *, named: bool
    ) -> None:
        """Set the choices; where several modules are meant, a refusal says whose it is."""
        try:
            configuring.apply_choices(setting, chosen, flow)
        except ValidationError as error:
            name = f"{setting.integration.name}:{setting.flow}: " if named else ""
            raise ValidationError([f"{name}{text}" for text in error.messages]) from error

    def show(self, setting: FlowSetting, flow: str) -> None:
        """One line an option, as a shell reads it: name=value, and what is allowed as a comment."""
        allowed = configuring.allowed(setting)
        for name, value in configuring.present(setting, flow).items():
            values = allowed[name]
            hint = " | ".join(values) if isinstance(values, tuple) else values
            self.stdout.write(f"{name}={shlex.quote(value) if value else ''}  # {hint}")

    def export(self, path: Path) -> None:
        text = json.dumps(carrying.exported(), indent=2, ensure_ascii=False)
        try:
            path.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Settings written to {path}")

    def take_in(self, path: Path) -> None:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from error
        except ValueError as error:
            raise CommandError(f"{path} is not JSON: {error}.", returncode=2) from error
        self.stdout.write(f"{counted(carrying.imported(data), 'module')} set from {path}")
