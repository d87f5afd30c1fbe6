"""No statement log, also with DEBUG on.

With DEBUG on Django keeps the last 9,000 statements of each connection with their parameters, and
asks SQLite to quote each of them. On a long sync that costs more memory and time than the sync
itself, so it is off for every connection, in every process.

`assertNumQueries`, `CaptureQueriesContext` and pytest-django's counters ask for the log by name
(`force_debug_cursor`) and still get it.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def keep_no_log() -> None:
    """From now on no new database connection logs its statements unless asked by name."""
    connection_created.connect(_plain_cursors, dispatch_uid="zohosync.statements")


def _plain_cursors(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if "make_debug_cursor" in vars(connection):
        return  # the wrapper outlives a closed connection
    logged = connection.make_debug_cursor

    def make_cursor(cursor: Any) -> Any:
        return logged(cursor) if connection.force_debug_cursor else connection.make_cursor(cursor)

    connection.make_debug_cursor = make_cursor  # type: ignore[method-assign]
