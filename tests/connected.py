"""Connecting an office costs a dozen calls and some hundred statements, the same ones every time.
So the first of each kind is connected as people do it, and the others start from what that left.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection

from integrations.models import Connection
from integrations.sandbox.world import World

OURS = ("integrations", "mappings", "auditlog")


@dataclass(frozen=True)
class Left:
    """What connecting left behind: rows by table, and what the stand-in knows of it."""

    tables: dict[str, Any]
    meta: dict[str, Any]
    counters: dict[str, int]
    sign_ins: dict[str, dict[str, Any]]


class Template:
    """Connected installations, one of each kind of company."""

    def __init__(self) -> None:
        self.kept: dict[Any, Left] = {}

    def connect(self, kind: Any, world: World, really: Callable[[], None]) -> None:
        """`really` connects; it is called where none of this kind has been connected yet, and
        where the installation is not a new one."""
        empty = [table for table in _tables() if not _rows(table)]
        if kind in self.kept and set(self.kept[kind].tables) <= set(empty):
            _restore(self.kept[kind], world)
            return
        new = not Connection.objects.exists()
        really()
        if new:
            self.kept.setdefault(kind, _left(world, empty))


def _models() -> list[Any]:
    found = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def _tables() -> list[str]:
    return [model._meta.db_table for model in _models()]


def _rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
        return cursor.fetchone() is not None


def _left(world: World, tables: list[str]) -> Left:
    held = world.store._collections
    return Left(
        {table: _dump(table) for table in tables if _rows(table)},
        copy.deepcopy(world.store.meta),
        dict(world.store._counters),
        {
            name: copy.deepcopy(collection._records)
            for (service, name), collection in held.items()
            if service == "oauth"
        },
    )


def _restore(left: Left, world: World) -> None:
    for table, rows in left.tables.items():
        _load(table, rows)
    if connection.vendor == "postgresql":
        models = [model for model in _models() if model._meta.db_table in left.tables]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)
    world.store.meta.update(copy.deepcopy(left.meta))
    world.store._counters.update(left.counters)
    for name, records in left.sign_ins.items():
        collection = world.store.collection("oauth", name)
        for record_id in collection.ids():
            collection.remove(record_id)
        for record in copy.deepcopy(records).values():
            collection.insert(record)


def _dump(table: str) -> Any:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
                return b"".join(rows)
        cursor.execute(f'SELECT * FROM "{table}"')
        return cursor.fetchall()


def _load(table: str, rows: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" FROM STDIN') as into:
                into.write(rows)
            return
        marks = ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
