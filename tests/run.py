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
from typing import IO

import psycopg

LOCAL = "postgres://postgres@127.0.0.1:5432/postgres"
NO_TESTS_COLLECTED = 5  # pytest's exit status


# They touch no database, so a second one tells nothing new about them.
WITHOUT_DATABASE = ("tests/sandbox", "tests/test_layers.py", "tests/sync")


def main() -> int:
    """0 when all that ran passed, on each database; else pytest's exit status, or 1."""
    named = os.environ.get("TEST_DATABASE_URL", "")
    refusal = why_not(named or LOCAL)
    if not refusal:
        return both(named or LOCAL)
    result = ended(started("SQLite", database_url=""))
    if named or os.environ.get("CI") == "true":
        print(f"PostgreSQL is required here but does not answer: {refusal}", file=sys.stderr)
        return result or 1
    print(f"Left out: the tests on PostgreSQL, since there is none at hand ({refusal}).")
    return result


def both(database_url: str) -> int:
    """On both databases at once, one core each; what PostgreSQL's run said is shown at the end."""
    left_out = [] if sys.argv[1:] else [f"--ignore={path}" for path in WITHOUT_DATABASE]
    with tempfile.TemporaryFile() as said:
        behind = started("PostgreSQL", *left_out, database_url=database_url, output=said)
        try:
            first = ended(started("SQLite", database_url=""))
            second = ended(behind)
        finally:
            behind.kill()
        said.seek(0)
        print("== Tests on PostgreSQL", flush=True)
        shutil.copyfileobj(said, sys.stdout.buffer)
        sys.stdout.flush()
    if left_out:
        print(f"Left out on PostgreSQL, as they use no database: {', '.join(WITHOUT_DATABASE)}.")
    return first or second


def started(
    database: str, *more: str, database_url: str, output: IO[bytes] | None = None
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
