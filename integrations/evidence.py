"""Evidence that the database itself keeps (G-17): rows never deleted, and not edited once final.

Triggers refuse it, for SQL of any origin, with an IntegrityError. They are put up after every
migration and not by one: SQLite loses a table's triggers whenever a migration rebuilds the table.
Whoever has to touch evidence all the same (a purge, masking, a migration) does it under `lifted`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from auditlog.models import LogEntry
from django.db import connection as default
from django.db import models, transaction

from integrations.models import Change, Decision, WritingSwitch

PREFIX = "evidence_"


@dataclass(frozen=True)
class Kept:
    """A table of evidence. Its rows are never edited; with `final`, a column that is filled when
    a row is done, they may move until then, but for the columns in `fixed`."""

    model: type[models.Model]
    what: str
    final: str = ""
    fixed: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    def columns(self) -> tuple[str, ...]:
        fields = self.model._meta.concrete_fields
        return tuple(str(field.column) for field in fields if field.name in self.fixed)


KEPT = (
    Kept(
        Change,
        "change",
        final="final_at",
        # What was planned is what is written: the plan of a row stands from its first moment. Its
        # run does not: a create proven absent belongs to the run that looked it up.
        fixed=("setting", "flow", "action", "source_id", "before", "values", "created_at"),
    ),
    Kept(Decision, "decision"),
    Kept(WritingSwitch, "stop or start of writing"),
    Kept(LogEntry, "row in the history of settings"),
)


def enforce(connection: Any = default) -> None:
    """Put up the triggers that are missing and take down those of earlier versions."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        wanted = {
            (one.table, name): sql
            for one in KEPT
            if one.table in tables
            for name, sql in _triggers(connection.vendor, one)
        }
        there = _there(connection, cursor)
        for table, name in there - set(wanted):
            _drop(connection, cursor, table, name)
        for key in wanted:
            if key not in there:
                for statement in wanted[key]:
                    cursor.execute(statement)


def lift(connection: Any = default) -> None:
    """Take the triggers down. Outside tests only ever within `lifted`."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Foreign keys are checked at the end; until then the tables count as in use.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name in _there(connection, cursor):
            _drop(connection, cursor, table, name)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def lifted(connection: Any = default) -> Iterator[None]:
    """Evidence may be touched in here. One transaction: nobody else ever sees it unguarded, and
    with an error everything is as before."""
    with transaction.atomic(using=connection.alias):
        lift(connection)
        yield
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        enforce(connection)


def guarded(connection: Any = default) -> set[str]:
    """Tables that have triggers of ours."""
    with connection.cursor() as cursor:
        return {table for table, _ in _there(connection, cursor)}


def _there(connection: Any, cursor: Any) -> set[tuple[str, str]]:
    """(table, trigger) for each trigger of ours."""
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
        )
    else:
        cursor.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
    return {(table, name) for table, name in cursor.fetchall() if name.startswith(PREFIX)}


def _drop(connection: Any, cursor: Any, table: str, name: str) -> None:
    if connection.vendor == "postgresql":
        cursor.execute(f'DROP TRIGGER "{name}" ON "{table}"')
        cursor.execute(f'DROP FUNCTION IF EXISTS "{name}"()')
    else:
        cursor.execute(f'DROP TRIGGER "{name}"')


def _triggers(vendor: str, one: Kept) -> list[tuple[str, tuple[str, ...]]]:
    """(name, statements) of each trigger; the name tells one version from another."""
    made = _postgresql(one) if vendor == "postgresql" else _sqlite(one)
    found = []
    for verb, statements in made.items():
        digest = hashlib.sha256("".join(statements).encode()).hexdigest()[:8]
        name = f"{PREFIX}{verb}_{one.table}"[:50] + f"_{digest}"
        found.append((name, tuple(text.replace("%NAME%", name) for text in statements)))
    return found


def _edited(one: Kept, distinct: str) -> str:
    """The condition under which an update is refused."""
    if not one.final:
        return "TRUE"
    moved = [f'OLD."{column}" {distinct} NEW."{column}"' for column in one.columns()]
    return " OR ".join([f'OLD."{one.final}" IS NOT NULL', *moved])


def _sqlite(one: Kept) -> dict[str, tuple[str, ...]]:
    def trigger(verb: str, condition: str, why: str) -> tuple[str]:
        head = f'CREATE TRIGGER "%NAME%" BEFORE {verb} ON "{one.table}" FOR EACH ROW'
        says = f"SELECT RAISE(ABORT, 'A {one.what} is {why}.')"
        return (f"{head} WHEN {condition} BEGIN {says}; END",)

    edited = _edited(one, "IS NOT")
    key = one.model._meta.pk.column
    same = f'SELECT 1 FROM "{one.table}" there WHERE there."{key}" = NEW."{key}"'  # noqa: S608
    final = f' AND there."{one.final}" IS NOT NULL' if one.final else ""
    return {
        "update": trigger("UPDATE", edited, "never changed"),
        "delete": trigger("DELETE", "TRUE", "never deleted"),
        # INSERT OR REPLACE takes the row away without asking the trigger above.
        "insert": trigger("INSERT", f"EXISTS ({same}{final})", "never replaced"),
    }


def _postgresql(one: Kept) -> dict[str, tuple[str, ...]]:
    def trigger(verb: str, condition: str, why: str) -> tuple[str, str]:
        each = "STATEMENT" if verb == "TRUNCATE" else "ROW"
        result = {"UPDATE": "NEW", "DELETE": "OLD", "TRUNCATE": "NULL"}[verb]
        says = f"RAISE EXCEPTION 'A {one.what} is {why}.' USING ERRCODE = '23000'"
        # The condition stands in the function: columns that a trigger names cannot be altered.
        body = f"BEGIN IF {condition} THEN {says}; END IF; RETURN {result}; END"
        on = f'BEFORE {verb} ON "{one.table}" FOR EACH {each}'
        return (
            f'CREATE OR REPLACE FUNCTION "%NAME%"() RETURNS trigger LANGUAGE plpgsql AS $${body}$$',
            f'CREATE TRIGGER "%NAME%" {on} EXECUTE FUNCTION "%NAME%"()',
        )

    edited = _edited(one, "IS DISTINCT FROM")
    return {
        "update": trigger("UPDATE", edited, "never changed"),
        "delete": trigger("DELETE", "TRUE", "never deleted"),
        "truncate": trigger("TRUNCATE", "TRUE", "never deleted"),
    }
