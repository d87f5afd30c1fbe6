"""Where the stand-in keeps its records: dictionaries in memory, written through to one file.

A stored record is never changed in place: make a new dict and `replace` it, so that indexes,
sort orders and the file follow. Records hold JSON values, and Decimal for money.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from zlib import crc32

import orjson

BACKLOG = 10_000
"""Changes kept in memory before they are written, where nobody asks for it sooner."""

Record = dict[str, Any]
Key = Callable[[Record], Any]


class Collection:
    """The records of one kind, by id, in the order they were inserted."""

    def __init__(self, store: Store, service: str, name: str, id_field: str) -> None:
        self.store = store
        self.service = service
        self.name = name
        self.id_field = id_field
        self.version = 0
        self._records: dict[str, Record] = {}
        self._indexes: dict[str, _Index] = {}
        self._orders: dict[str, _Order] = {}
        self._cache: dict[Any, Any] = {}
        self.watchers: list[Callable[[Record | None, Record | None], None]] = []
        """Called after each write with the record before and after it, None where there is none."""

    def __getitem__(self, record_id: str) -> Record:
        return self._records[record_id]

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._records

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def get(self, record_id: str) -> Record | None:
        return self._records.get(record_id)

    def values(self) -> list[Record]:
        return list(self._records.values())

    def ids(self) -> list[str]:
        return list(self._records)

    def insert(self, record: Record) -> Record:
        """Add a record under its id field. Raises ValueError when the id is taken."""
        record_id = record[self.id_field]
        if record_id in self._records:
            raise ValueError(f"{self.service}.{self.name} already holds {record_id}")
        self._put(record_id, None, record)
        return record

    def replace(self, record_id: str, record: Record) -> Record:
        """Put a whole new record in the place of one. Raises KeyError when there is none."""
        self._put(record_id, self._records[record_id], record)
        return record

    def remove(self, record_id: str) -> Record:
        old = self._records[record_id]
        self._put(record_id, old, None)
        return old

    def index(self, name: str, key: Key, *, many: bool = False) -> None:
        """Keep `by(name, …)`. A key of None leaves the record out; `many` keys give a list."""
        if name not in self._indexes:
            self._indexes[name] = _Index(key, many, self._records)

    def by(self, name: str, value: Any) -> list[str]:
        """Ids of the records whose key is `value`, first inserted first."""
        return list(self._indexes[name].ids.get(value, ()))

    def ordered(self, name: str, key: Key) -> list[str]:
        """Ids by `key`, ties by id; the order is kept up to date and not sorted anew.

        A key of None leaves the record out. Read-only, and good until the next write.
        """
        order = self._orders.get(name)
        if order is None:
            order = self._orders[name] = _Order(key, self._records)
        return order.current(self._records)

    def cached(self, key: Any, compute: Callable[[], Any]) -> Any:
        """What `compute` gave since the last write to this collection; 64 results are kept."""
        if key not in self._cache:
            if len(self._cache) >= 64:
                self._cache.clear()
            self._cache[key] = compute()
        return self._cache[key]

    def load(self, record_id: str, record: Record) -> None:
        self._records[record_id] = record

    def _put(self, record_id: str, old: Record | None, new: Record | None) -> None:
        if new is None:
            del self._records[record_id]
        else:
            self._records[record_id] = new
        self.version += 1
        self._cache.clear()
        for index in self._indexes.values():
            index.move(record_id, old, new)
        for order in self._orders.values():
            order.pending.add(record_id)
        self.store.note(self, record_id, new)
        for watcher in self.watchers:
            watcher(old, new)


class _Index:
    def __init__(self, key: Key, many: bool, records: dict[str, Record]) -> None:
        self.key = key if many else lambda record: (key(record),)
        self.ids: dict[Any, dict[str, None]] = {}
        for record_id, record in records.items():
            self.move(record_id, None, record)

    def move(self, record_id: str, old: Record | None, new: Record | None) -> None:
        before = [] if old is None else [k for k in self.key(old) if k is not None]
        after = [] if new is None else [k for k in self.key(new) if k is not None]
        if before == after:
            return
        for key in before:
            held = self.ids.get(key)
            if held is not None:
                held.pop(record_id, None)
                if not held:
                    del self.ids[key]
        for key in after:
            self.ids.setdefault(key, {})[record_id] = None


class _Order:
    def __init__(self, key: Key, records: dict[str, Record]) -> None:
        self.key = key
        self.pending: set[str] = set()
        self.places: dict[str, tuple] = {}
        self.keys: list[tuple] = []
        self.ids: list[str] = []
        self._sort(records)

    def current(self, records: dict[str, Record]) -> list[str]:
        if len(self.pending) * 8 > len(self.keys):
            self._sort(records)
        for record_id in self.pending:
            self._move(record_id, records.get(record_id))
        self.pending.clear()
        return self.ids

    def _sort(self, records: dict[str, Record]) -> None:
        found = ((self.key(record), record_id) for record_id, record in records.items())
        self.keys = sorted(entry for entry in found if entry[0] is not None)
        self.ids = [record_id for _, record_id in self.keys]
        self.places = {entry[1]: entry for entry in self.keys}
        self.pending.clear()

    def _move(self, record_id: str, record: Record | None) -> None:
        value = None if record is None else self.key(record)
        old = self.places.get(record_id)
        new = None if value is None else (value, record_id)
        if old == new:
            return
        if old is not None:
            at = bisect_left(self.keys, old)
            del self.keys[at], self.ids[at], self.places[record_id]
        if new is not None:
            at = bisect_left(self.keys, new)
            self.keys.insert(at, new)
            self.ids.insert(at, record_id)
            self.places[record_id] = new


class Store:
    """All collections. With `file`, every write reaches that SQLite database at `flush`.

    The file is written without waiting for the disk: it survives the end of the process, however
    sudden, but not that of the machine.
    """

    def __init__(self, file: str | None = None) -> None:
        self.meta: dict[str, Any] = {}
        self._collections: dict[tuple[str, str], Collection] = {}
        self._counters: dict[str, int] = {}
        self._dirty: dict[tuple[str, str, str], Record | None] = {}
        self._meta_seen: bytes = b""
        self._found: dict[tuple[str, str], dict[str, Record]] = {}
        self._db = _open(file) if file else None
        if self._db is not None:
            self._load(self._db)

    def collection(self, service: str, name: str, id_field: str = "id") -> Collection:
        held = self._collections.get((service, name))
        if held is None:
            held = self._collections[service, name] = Collection(self, service, name, id_field)
            for record_id, record in self._found.pop((service, name), {}).items():
                held.load(record_id, record)
        return held

    def new_id(self, service: str) -> str:
        """The service's next id: 19 digits, rising, the same ones after the same calls."""
        number = self._counters.get(service, 0) + 1
        self._counters[service] = number
        return str((1_000_000 + crc32(service.encode()) % 8_000_000) * 10**12 + 26_000 + number)

    def note(self, collection: Collection, record_id: str, record: Record | None) -> None:
        if self._db is not None:
            self._dirty[collection.service, collection.name, record_id] = record
            if len(self._dirty) >= BACKLOG:
                self.flush()

    def flush(self) -> None:
        """Write what changed since the last flush, in one transaction."""
        if self._db is None:
            return
        meta = orjson.dumps({"meta": self.meta, "counters": self._counters})
        if not self._dirty and meta == self._meta_seen:
            return
        kept = ((*key, _encode(rec)) for key, rec in self._dirty.items() if rec is not None)
        gone = [key for key, rec in self._dirty.items() if rec is None]
        with self._db:
            self._db.executemany(
                "delete from record where service = ? and collection = ? and id = ?", gone
            )
            self._db.executemany(
                "insert into record (service, collection, id, body) values (?, ?, ?, ?)"
                " on conflict (service, collection, id) do update set body = excluded.body",
                kept,
            )
            self._db.execute("insert or replace into meta values ('meta', ?)", (meta,))
        self._dirty.clear()
        self._meta_seen = meta

    def close(self) -> None:
        self.flush()
        if self._db is not None:
            self._db.close()
            self._db = None

    def _load(self, db: sqlite3.Connection) -> None:
        row = db.execute("select body from meta where name = 'meta'").fetchone()
        if row is None:
            return
        held = orjson.loads(row[0])
        if held["meta"].get("building"):  # ended before its company was whole: begin again
            with db:
                db.execute("delete from record")
                db.execute("delete from meta")
            return
        self._meta_seen = row[0]
        self.meta, self._counters = held["meta"], held["counters"]
        rows = db.execute("select service, collection, id, body from record order by number")
        for service, name, record_id, body in rows:
            self._found.setdefault((service, name), {})[record_id] = _decode(body)


def _open(file: str) -> sqlite3.Connection:
    db = sqlite3.connect(file, check_same_thread=False)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = off")
    db.executescript(
        "create table if not exists meta (name text primary key, body blob not null);"
        "create table if not exists record (number integer primary key, service text not null,"
        " collection text not null, id text not null, body blob not null,"
        " unique (service, collection, id));"
    )
    return db


def _encode(record: Record) -> bytes:
    return orjson.dumps(record, default=_tagged)


def _tagged(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    raise TypeError(f"{type(value).__name__} cannot be stored")


def _decode(body: bytes) -> Record:
    if b'"$decimal"' not in body:
        return orjson.loads(body)
    return json.loads(body, object_hook=_untagged)


def _untagged(found: dict[str, Any]) -> Any:
    return Decimal(found["$decimal"]) if len(found) == 1 and "$decimal" in found else found
