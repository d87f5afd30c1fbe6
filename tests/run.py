"""All tests on every database there is: `python -m tests.run [pytest's arguments]`.

On SQLite and, at the same time, on PostgreSQL: the one TEST_DATABASE_URL names, or one on this
machine that lets the user postgres in. What is left out is said in one line; with CI=true nothing
may be.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg

LOCAL = "postgres://postgres@127.0.0.1:5432/postgres"
NO_TESTS_COLLECTED = 5  # pytest's exit status


# The migrations were run by the job on SQLite before; these begin with what they lead to.
TABLES_AT_ONCE = "--no-migrations"
# A second database tells nothing new about these: they use none, or one of their own.
NO_DATABASE = ("tests/project", "tests/sandbox", "tests/sync", "tests/test_layers.py")
# Nor about these: what they ask of the database, other tests ask of both.
SCREENS = "tests/screens"
CASES = ("errors", "errors_of_syncs", "ready_made_8", "ready_made_checks")
ON_BOTH = ("attention", "test_journey.py", "test_lists.py", "test_records.py", "test_reports.py")
ONE_DATABASE = (
    "tests/connectors",
    # Tables of cases: the other flows ask the same of the database.
    "tests/commands/test_configure.py",
    *(f"tests/flows/test_{name}.py" for name in CASES),
    *sorted(
        str(path)
        for path in Path(SCREENS).iterdir()
        if path.name not in ON_BOTH and (path.is_dir() or path.name.startswith("test_"))
    ),
)


def without(*paths: str) -> tuple[str, ...]:
    return tuple(f"--ignore={path}" for path in paths)


def main() -> int:
    """0 when all that ran passed, on each database; else pytest's exit status, or 1."""
    named = os.environ.get("TEST_DATABASE_URL", "")
    refusal = why_not(named or LOCAL)
    if not refusal:
        return both(named or LOCAL)
    result = ended(started("SQLite"))
    if named or os.environ.get("CI") == "true":
        print(f"PostgreSQL is required here but does not answer: {refusal}", file=sys.stderr)
        return result or 1
    print(f"Left out: the tests on PostgreSQL, since there is none at hand ({refusal}).")
    return result


def both(database_url: str) -> int:
    """On both databases at once, one core each; what is not shown at once is shown at the end.

    A selection by arguments runs whole on each. Everything is told apart: what the database can
    make a difference to runs on each, the rest once.
    """
    if sys.argv[1:]:
        jobs = [Job("SQLite"), Job("PostgreSQL", (), database_url)]
    else:
        jobs = [
            Job("SQLite", (*without(*NO_DATABASE, SCREENS), "-m", "not look")),
            Job(
                "PostgreSQL",
                (*without(*NO_DATABASE, *ONE_DATABASE), *("-m", "not browser or journey")),
                database_url,
            ),
            # The journey by mouse is made on PostgreSQL, the one by keyboard here.
            Job("SQLite: screens", (SCREENS, "-m", "not look and not journey", TABLES_AT_ONCE)),
            Job("SQLite: how pages look", ("-m", "look", TABLES_AT_ONCE)),
            Job("SQLite: what needs no database", (*NO_DATABASE, "-m", "not look")),
        ]
    with ThreadPoolExecutor(max_workers=2) as cores:
        results = list(cores.map(Job.run, jobs))
    for job in jobs[1:]:
        job.show()
    if not sys.argv[1:]:
        left_out = ", ".join((*NO_DATABASE, *ONE_DATABASE))
        print(
            f"Left out on PostgreSQL, to which it makes no difference: {left_out}, "
            "and walks in the browser but for the whole journey."
        )
    return next((result for result in results if result), 0)


@dataclass
class Job:
    """pytest in a process of its own; the output of all but the first is kept."""

    name: str
    arguments: tuple[str, ...] = ()
    database_url: str = ""
    said: IO[bytes] | None = None

    def run(self) -> int:
        if self.name != "SQLite":
            self.said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it has been shown
        database: dict[str, Any] = {"database_url": self.database_url, "output": self.said}
        return ended(started(self.name, *self.arguments, **database))

    def show(self) -> None:
        if self.said is None:
            return
        with self.said:
            self.said.seek(0)
            print(f"== Tests on {self.name}", flush=True)
            shutil.copyfileobj(self.said, sys.stdout.buffer)
            sys.stdout.flush()


def started(
    database: str, *more: str, database_url: str = "", output: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """pytest in a process of its own, its arguments those of this command."""
    print(f"== Tests on {database} {'in the background' if output else ''}".rstrip(), flush=True)
    environment = {**os.environ, "DATABASE_URL": database_url}
    command = [sys.executable, "-m", "pytest", *sys.argv[1:], *more]
    errors = subprocess.STDOUT if output else None
    return subprocess.Popen(command, env=environment, stdout=output, stderr=errors)


def ended(process: subprocess.Popen[bytes]) -> int:
    result = process.wait()
    # A selection by ARGS may fit the tests of one database only.
    return 0 if result == NO_TESTS_COLLECTED and sys.argv[1:] else result


def why_not(database_url: str) -> str:
    """Why the database cannot be used, in one line; empty when it can."""
    try:
        with psycopg.connect(database_url, connect_timeout=5) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        return str(error).splitlines()[0]
    return "" if row and row[0] else "its user may not create databases"


if __name__ == "__main__":
    sys.exit(main())
