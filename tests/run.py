"""All tests on every database there is: `python -m tests.run [pytest's arguments]`.

On SQLite first, then on PostgreSQL: the one TEST_DATABASE_URL names, or one on this machine that
lets the user postgres in. What is left out is said in one line; with CI=true nothing may be.
"""

import os
import subprocess
import sys

import psycopg

LOCAL = "postgres://postgres@127.0.0.1:5432/postgres"
NO_TESTS_COLLECTED = 5  # pytest's exit status


def main() -> int:
    """0 when all that ran passed, on each database; else pytest's exit status, or 1."""
    results = [run("SQLite", database_url="")]
    named = os.environ.get("TEST_DATABASE_URL", "")
    refusal = why_not(named or LOCAL)
    if not refusal:
        results.append(run("PostgreSQL", database_url=named or LOCAL))
    elif named or os.environ.get("CI") == "true":
        print(f"PostgreSQL is required here but does not answer: {refusal}", file=sys.stderr)
        results.append(1)
    else:
        print(f"Left out: the tests on PostgreSQL, since there is none at hand ({refusal}).")
    return next((result for result in results if result), 0)


def run(database: str, *, database_url: str) -> int:
    """pytest in a process of its own, its arguments those of this command."""
    print(f"== Tests on {database}", flush=True)
    environment = {**os.environ, "DATABASE_URL": database_url}
    command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
    result = subprocess.run(command, env=environment, check=False).returncode
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
