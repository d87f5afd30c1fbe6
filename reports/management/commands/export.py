"""`manage.py export`: any report as a file, however long it is."""

from __future__ import annotations

import datetime as dt
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, TextIO

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from integrations import registry
from integrations.management.migrated import MigratedCommand
from integrations.models import Integration
from mappings.counting import counted
from mappings.table_files import BAND
from reports.catalogue import NOT_YET, REPORTS, Entry
from reports.exports import write_csv, write_xlsx
from reports.marks import Marks
from reports.queries import limited
from reports.report import CHUNK

WRONG_USE = 2  # exit status


class Command(MigratedCommand):
    help = "Write a report as CSV or XLSX: to the standard output, or to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("report", metavar="REPORT", help=", ".join(REPORTS))
        parser.add_argument("--format", choices=("csv", "xlsx"), help="csv, or as FILE ends")
        parser.add_argument("--output", metavar="FILE", help="left out: the standard output")
        parser.add_argument("--since", metavar="DATE", help="2025-11-21, or 2025-11-21T14:00")
        parser.add_argument("--flow", metavar="KEY", help="one module, such as crm.customers")

    def handle(self, *args: Any, **options: Any) -> None:
        entry = entry_of(options["report"])
        rows = limited(
            entry.rows(), since=moment_of(options["since"]), **module_of(options["flow"])
        )
        output = Path(options["output"]) if options["output"] else None
        form = options["format"] or ("xlsx" if output and output.suffix == ".xlsx" else "csv")
        report, marks = entry.columns(), Marks.load()
        columns = report.columns()
        headers = report.headers(columns, marks)
        if marks.for_name:
            self.stderr.write(BAND)

        def write(stream: BinaryIO, seen: Callable[[Iterator[Any]], Iterator[Any]]) -> int:
            lines = report.lines(seen(rows.iterator(chunk_size=CHUNK)), columns, marks)
            if form == "xlsx":
                return write_xlsx(stream, headers, lines, title=options["report"])
            with text_over(stream) as text:
                return write_csv(text, headers, lines)

        if output is None:
            self._to_standard_output(write, form)
        else:
            self._to_file(write, output, rows)

    def _to_standard_output(self, write: Any, form: str) -> None:
        if form == "xlsx" and sys.stdout.isatty():
            raise CommandError("A workbook is not for a terminal; name a file with --output.")
        stream = getattr(self.stdout, "buffer", None)
        if stream is None:  # a text stream that stands in for it, as in a test
            with TemporaryFile() as file:
                write(file, iter)
                file.seek(0)
                self.stdout.write(file.read().decode(), ending="")
            return
        try:
            write(stream, iter)
            stream.flush()
        except BrokenPipeError:
            # The reader, such as `head`, has what it wanted. Python would complain at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _to_file(self, write: Any, output: Path, rows: Any) -> None:
        if not output.absolute().parent.is_dir():
            raise CommandError(f"The folder of {output} does not exist.", returncode=WRONG_USE)
        part = output.with_name(f"{output.name}.part")
        try:
            with part.open("wb") as stream:
                number = write(stream, lambda found: self._with_progress(found, rows))
            part.replace(output)
        finally:
            part.unlink(missing_ok=True)
        self.stderr.write(f"{counted(number, 'row')} in {output}")

    def _with_progress(self, found: Iterator[Any], rows: Any) -> Iterator[Any]:
        """The rows, with a bar on a terminal: counted first, which nobody waits for otherwise."""
        console = Console(stderr=True)
        if not console.is_terminal:
            yield from found
            return
        columns = (TextColumn("Writing"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            yield from progress.track(found, total=rows.order_by().count())


def entry_of(name: str) -> Entry:
    """Raises CommandError, exit status 2, for a name that no report has (yet)."""
    if name in REPORTS:
        return REPORTS[name]
    known = "\n".join(f"  {key:<10} {entry.about}" for key, entry in REPORTS.items())
    if name in NOT_YET:
        raise CommandError(
            f"{name} is not available yet. There are:\n{known}", returncode=WRONG_USE
        )
    raise CommandError(f"There is no report {name!r}. There are:\n{known}", returncode=WRONG_USE)


def moment_of(text: str | None) -> dt.datetime | None:
    """A day begins at midnight in the time zone of the screens."""
    if not text:
        return None
    try:
        moment = parse_datetime(text) if len(text) > len("2025-11-21") else None
        day = parse_date(text) if moment is None else None
    except ValueError:
        moment = day = None
    if day is not None:
        moment = dt.datetime.combine(day, dt.time())
    if moment is None:
        raise CommandError(
            f"--since {text!r} is not a day such as 2025-11-21, nor a time such as "
            "2025-11-21T14:00.",
            returncode=WRONG_USE,
        )
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def module_of(key: str | None) -> dict[str, str]:
    """Conditions for `limited` from a module's key, or ``NAME:KEY`` for that of one integration."""
    if not key:
        return {}
    name, _, flow_key = key.rpartition(":")
    flows = registry.discover().flows
    if flow_key not in flows:
        raise CommandError(
            f"There is no module {flow_key!r}. There are: {', '.join(flows)}", returncode=WRONG_USE
        )
    if name and not Integration.everything.filter(name=name).exists():
        names = ", ".join(Integration.everything.values_list("name", flat=True)) or "none"
        raise CommandError(
            f"There is no integration {name!r}. There are: {names}", returncode=WRONG_USE
        )
    setting_flow = flows[flow_key].setting_key
    return {"flow": flow_key, "setting_flow": setting_flow, "integration": name}


@contextmanager
def text_over(stream: BinaryIO) -> Iterator[TextIO]:
    """UTF-8 text written into a stream of bytes, which is left open."""
    text = TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        yield text
        text.flush()
    finally:
        text.detach()
