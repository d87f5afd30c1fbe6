"""Write the pairs of an integration to a file, or read such a file in: the file of the screens."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from integrations import pair_files, pair_rows
from integrations.management.migrated import MigratedCommand
from integrations.models import Integration, PairFile, PairFileRow
from mappings import pair_file
from mappings.counting import counted
from mappings.table_files import CSV, TYPES

WRONG_USE = 2  # exit status


class Command(MigratedCommand):
    help = (
        "Pairs of an integration by its short name: pairs crm --export pairs.csv, "
        "pairs crm --import pairs.csv. Reading in only checks the rows unless --yes is given."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="such as crm, or crm-deleted-3")
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--export", metavar="FILE", help="as CSV or XLSX, as its name ends")
        way.add_argument("--import", metavar="FILE", dest="import_", help="check its rows")
        parser.add_argument("--yes", action="store_true", help="and do those that are in order")

    def handle(self, *args: Any, **options: Any) -> None:
        known = Integration.everything.select_related("ledger", "other")
        row = known.filter(name=options["name"]).first()
        if row is None:
            names = ", ".join(known.values_list("name", flat=True)) or "none"
            raise CommandError(
                f"There is no integration {options['name']!r}. There are: {names}",
                returncode=WRONG_USE,
            )
        if options["export"]:
            self._export(row, Path(options["export"]))
        else:
            self._import(row, Path(options["import_"]), do=options["yes"])

    def _export(self, row: Integration, path: Path) -> None:
        form = path.suffix.lstrip(".").lower() or CSV
        if form not in TYPES:
            raise CommandError(f"{path} ends neither in .csv nor .xlsx.", returncode=WRONG_USE)
        rows = list(pair_rows.exported(row))
        try:
            path.write_bytes(pair_file.written(rows, form))
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{counted(len(rows), 'row')} in {path}")

    def _import(self, row: Integration, path: Path, *, do: bool) -> None:
        if row.status == Integration.Status.DELETED:
            raise CommandError(f"{row.name} was deleted; name another.", returncode=WRONG_USE)
        try:
            found = pair_file.read_file(path.name, path.read_bytes())
            file = self._worked_off(pair_files.judge(None, row, path.name, found))
            if do:
                pair_files.carry_out(None, file)
                self._worked_off(file)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise CommandError(str(error), returncode=WRONG_USE) from error
        labels = dict(PairFileRow.Outcome.choices)
        outcomes = Counter(file.rows.order_by().values_list("outcome", flat=True))
        for outcome, number in sorted(outcomes.items()):
            self.stdout.write(f"{number:>8,}  {labels[outcome]}")
        refused = file.rows.filter(outcome=PairFileRow.Outcome.REFUSED)
        for number, why in refused.values_list("number", "verdict"):
            self.stderr.write(f"line {number}: {why}")
        if not do:
            self.stdout.write("Nothing was changed. Give --yes to have it done.")

    def _worked_off(self, file: PairFile) -> PairFile:
        """Here and now, instead of by a worker."""
        while file.is_open:
            pair_files.work(file.pk)
            file.refresh_from_db()
            if file.lease_until is not None:
                time.sleep(1)  # a worker has it
            if file.reason:
                raise CommandError(f"{file.reason} A worker goes on with it.")
        return file
