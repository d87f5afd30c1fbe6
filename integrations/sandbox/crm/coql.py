"""Runs a COQL query: `POST /coql`.

A lookup column shows `{"id"}` without the name; `Account_Name.Account_Name` asks for that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from ..wire import Answer, Request
from .access import caller_of
from .answers import refuse
from .clock import render
from .coql_parser import parse_query
from .coql_query import Column, Comparison, Pair, Query
from .criteria import (
    IDS,
    ORDERED,
    BadValueError,
    Condition,
    Predicate,
    comparable,
    group,
    predicate,
)
from .lists import Sorting, in_order
from .metadata import DETAIL_ONLY, FieldInfo, ModuleInfo, module_info
from .settings import shown_field

_COMPARATORS = {
    "=": "equal", "!=": "not_equal", ">": "greater_than", "<": "less_than",
    ">=": "greater_equal", "<=": "less_equal", "like": "like", "not like": "not_like",
    "in": "in", "not in": "not_in", "between": "between", "not between": "not_between",
    "is null": "is_empty", "is not null": "is_not_empty",
}  # fmt: skip
_EVERYWHERE = frozenset({"=", "!=", "in", "not in", "is null", "is not null"})
Getter = Callable[[dict[str, Any]], Any]


def run_query(world: Any, request: Request) -> Answer:
    body = request.json()
    if not isinstance(body, dict) or "select_query" not in body:
        raise refuse(
            400, "MANDATORY_NOT_FOUND", "mandatory key not found", {"api_name": "select_query"}
        )
    wants_meta = _wants_meta(body)
    query = parse_query(str(body["select_query"]))
    info = module_info(world, query.module)
    if info is None:
        raise refuse(400, "INVALID_MODULE", "the given module is not supported in api")
    _check_columns(query)
    zone = caller_of(world, request).zone
    rows, more = _Run(world, info, query, zone).rows()
    if not rows:
        return Answer(204)
    answer: dict[str, Any] = {"data": rows, "info": {"count": len(rows), "more_records": more}}
    if wants_meta:
        held = {
            field["api_name"]: field
            for field in world.store.collection("crm", "fields").values()
            if field["module"] == info.name
        }
        answer["fields"] = {
            column.path: shown_field(held[column.path])
            for column in query.columns
            if column.path in held
        }
    return Answer(200, answer)


def _wants_meta(body: dict[str, Any]) -> bool:
    asked = body.get("include_meta")
    if asked is None:
        return False
    where = {"api_name": "include_meta", "json_path": "$.include_meta"}
    if not isinstance(asked, list):
        raise refuse(
            400, "INVALID_DATA", "invalid data", {"expected_data_type": "jsonarray", **where}
        )
    if asked != ["fields"]:
        where["json_path"] += "[0]"
        raise refuse(400, "INVALID_DATA", "invalid data", {**where, "supported_values": ["fields"]})
    return True


def _check_columns(query: Query) -> None:
    seen: set[tuple[str, str]] = set()
    aliases: dict[str, str] = {}
    for column in query.columns:
        key = (column.path, column.aggregate)
        if key in seen:
            details = {"column_name": column.path}
            message = "duplicate select column"
            if column.aggregate:
                details["aggregate"] = column.aggregate.upper()
                message = "duplicate aggregate function"
            raise refuse(400, "DUPLICATE_DATA", message, details)
        seen.add(key)
        if column.alias and aliases.setdefault(column.alias, column.path) != column.path:
            raise refuse(
                400,
                "DUPLICATE_ALIAS",
                "same alias cannot refer more than one column",
                {"referred_columns": [aliases[column.alias], column.path], "alias": column.alias},
            )


class _Run:
    def __init__(self, world: Any, info: ModuleInfo, query: Query, zone: str) -> None:
        self.world, self.info, self.query, self.zone = world, info, query, zone

    def rows(self) -> tuple[list[dict[str, Any]], bool]:
        query = self.query
        test = self._test(query.where)
        collection = self.world.store.collection("crm", self.info.name)
        columns = [(column, *self._reach(column.path, "select")) for column in query.columns]
        found = (collection[record_id] for record_id in in_order(collection, Sorting()))
        matched = [record for record in found if test(record)]
        if query.groups or any(column.aggregate for column in query.columns):
            rows = self._grouped(matched, columns)
        else:
            self._sort(
                matched, [(*self._reach(path, "order by"), down) for path, down in query.orders]
            )
            matched = matched[query.offset : query.offset + query.limit + 1]
            rows = [self._row(record, columns) for record in matched]
            return rows[: query.limit], len(rows) > query.limit
        window = rows[query.offset : query.offset + query.limit + 1]
        return window[: query.limit], len(window) > query.limit

    def _row(self, record: dict[str, Any], columns: list[Any]) -> dict[str, Any]:
        row = {column.name: self._shown(field, get(record)) for column, field, get in columns}
        row["id"] = record["id"]
        return row

    def _shown(self, field: FieldInfo, value: Any) -> Any:
        if value is None:
            return False if field.kind == "boolean" else None
        if field.kind in IDS:
            return {"id": value}
        if field.kind == "datetime":
            return render(value, self.zone)
        return value

    def _grouped(self, matched: list[dict[str, Any]], columns: list[Any]) -> list[dict[str, Any]]:
        keys = [self._reach(path, "group by") for path in self.query.groups]
        for column, _, _ in columns:
            if not column.aggregate and column.path not in self.query.groups:
                raise _unsupported(column.path)
        buckets: dict[tuple, list[dict[str, Any]]] = {}
        for record in matched:
            key = tuple(comparable(field, get(record)) for field, get in keys)
            buckets.setdefault(key, []).append(record)
        if not self.query.groups and not buckets:
            buckets[()] = []
        rows = [
            {column.name: self._cell(column, field, get, members) for column, field, get in columns}
            for members in buckets.values()
        ]
        for path, down in reversed(self.query.orders):
            known = {name for column in self.query.columns for name in (column.name, column.path)}
            if path not in known:
                raise _unsupported(path)
            name = next(c.name for c in self.query.columns if path in (c.name, c.path))
            rows.sort(key=lambda row: (row[name] is not None, row[name]), reverse=down)
        return rows

    def _cell(
        self, column: Column, field: FieldInfo, get: Getter, members: list[dict[str, Any]]
    ) -> Any:
        if not column.aggregate:
            return self._shown(field, get(members[0]))
        values = [value for value in (get(record) for record in members) if value is not None]
        if column.aggregate == "count":
            return len(values)
        if not values:
            return None
        if column.aggregate in ("max", "min"):
            chosen = max(values) if column.aggregate == "max" else min(values)
            return self._shown(field, chosen)
        total = sum(float(value) for value in values)
        return round(total / len(values) if column.aggregate == "avg" else total, 9)

    def _sort(self, matched: list[Any], orders: list[tuple[FieldInfo, Getter, bool]]) -> None:
        """By the columns asked for, empty values first; then by id, ascending."""
        for field, get, down in reversed(orders):

            def order(a: Any, b: Any, field: FieldInfo = field, get: Getter = get) -> int:
                left, right = comparable(field, get(a)), comparable(field, get(b))
                if left is None or right is None:
                    return (left is not None) - (right is not None)
                return (left > right) - (left < right)

            matched.sort(key=cmp_to_key(order), reverse=down)

    def _reach(self, path: str, clause: str) -> tuple[FieldInfo, Getter]:
        """The field at the end of a dotted path, and how to get its value from a record."""
        info, steps = self.info, path.split(".")
        hops: list[tuple[str, Any]] = []
        for step in steps[:-1]:
            target = info.lookups.get(step)
            inner = module_info(self.world, target) if target else None
            if inner is None:
                raise _unknown_column(path, clause)
            hops.append((step, self.world.store.collection("crm", inner.name)))
            info = inner
        field = info.fields.get(steps[-1])
        if field is None or field.kind in DETAIL_ONLY:
            raise _unknown_column(path, clause)
        last = steps[-1]
        if not hops:
            return field, lambda record: record.get(last)

        def get(record: dict[str, Any]) -> Any:
            at: dict[str, Any] | None = record
            for step, held in hops:
                at = held.get(at[step]) if at is not None and at.get(step) else None
            return at.get(last) if at is not None else None

        return field, get

    def _test(self, where: Comparison | Pair) -> Predicate:
        if isinstance(where, Pair):
            return group([self._test(where.left), self._test(where.right)], where.operator)
        field, get = self._reach(where.path, "where")
        self._check_operator(field, where)
        try:
            inner = predicate(Condition(field, _COMPARATORS[where.operator], where.value))
        except BadValueError as bad:
            raise refuse(
                400,
                "INVALID_QUERY",
                "invalid value found",
                {
                    "column_name": where.path,
                    "operator": where.operator,
                    "expected_data_type": bad.expected,
                },
            ) from bad
        if "." not in where.path:
            return inner
        return lambda record: inner({field.name: get(record)})

    def _check_operator(self, field: FieldInfo, where: Comparison) -> None:
        operator = where.operator
        allowed = operator in _EVERYWHERE
        if operator in (">", "<", ">=", "<=", "between", "not between"):
            allowed = field.kind in ORDERED
        if operator in ("like", "not like"):
            allowed = field.kind not in ORDERED | IDS | {"boolean"}
        if not allowed:
            raise refuse(
                400,
                "INVALID_QUERY",
                "Invalid query formed",
                {
                    "reason": "invalid operator found",
                    "column_name": where.path,
                    "operator": operator,
                },
            )


def _unknown_column(path: str, clause: str) -> Any:
    return refuse(
        400, "INVALID_QUERY", "column given seems to be invalid",
        {"column_name": path, "clause": clause},
    )  # fmt: skip


def _unsupported(path: str) -> Any:
    return refuse(400, "INVALID_QUERY", "unsupported column", {"column_name": path})
