"""What an export is: a django-import-export resource that gives its lines one by one.

A resource turns each row of a queryset into one or more lines (`items`), and each line into cells
by its columns, in the order they are declared. The screens and `manage.py export` use the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import tablib
from django.db.models import QuerySet
from import_export.fields import Field
from import_export.resources import Resource

from mappings.table_files import BAND
from reports.marks import Marks

AT_MOST = 20_000  # rows of an export on a screen; the file is built in memory there
CHUNK = 2_000


class TooMany(ValueError):
    """More rows than a screen exports; the message names the command that takes any number."""


class Column(Field):
    """One column: its header, and the value it takes from a line."""

    def __init__(self, header: str, value: Callable[[Any], Any]) -> None:
        super().__init__(column_name=header)
        self.value = value


class Report(Resource):
    """Base of the exports; `report` is the name under which the command knows it, if it does."""

    report = ""

    @classmethod
    def get_display_name(cls) -> str:
        return cls.report or cls.__name__

    def items(self, row: Any) -> Iterable[Any]:
        """The lines a row of the queryset becomes."""
        return (row,)

    def integration_id(self, row: Any) -> int | None:
        """The integration whose data a row is; None where it belongs to none."""
        return row.setting.integration_id

    def columns(self, names: Sequence[str] | None = None) -> list[Column]:
        chosen = names or self.get_export_order()
        return [self.fields[name] for name in self.get_export_order() if name in chosen]

    def headers(self, columns: Sequence[Column], marks: Marks) -> list[str]:
        return [column.column_name for column in columns] + ([BAND] if marks.any_test else [])

    def lines(
        self, rows: Iterable[Any], columns: Sequence[Column], marks: Marks
    ) -> Iterator[list[Any]]:
        """The cells of each line, not yet made safe: the writers of `reports.exports` do that."""
        for row in rows:
            mark = [self.mark(row, marks)] if marks.any_test else []
            for item in self.items(row):
                yield [column.value(item) for column in columns] + mark

    def mark(self, row: Any, marks: Marks) -> str:
        integration_id = self.integration_id(row)
        return marks.of(integration_id) if integration_id is not None else ""

    def export(
        self,
        *args: Any,
        queryset: QuerySet[Any] | None = None,
        export_fields: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> tablib.Dataset:
        """All lines as one dataset, for the screens. Raises TooMany above `AT_MOST`."""
        assert queryset is not None
        marks = kwargs.get("marks") or Marks.load()
        columns = self.columns(export_fields)
        if queryset.order_by().values("pk")[: AT_MOST + 1].count() > AT_MOST:
            raise self.too_many()
        data = tablib.Dataset(headers=self.headers(columns, marks))
        for line in self.lines(queryset.iterator(chunk_size=CHUNK), columns, marks):
            if data.height >= AT_MOST:
                raise self.too_many()
            data.append(line)
        return data

    def too_many(self) -> TooMany:
        how = f"manage.py export {self.report} --output FILE" if self.report else "manage.py export"
        return TooMany(
            f"That is more than {AT_MOST:,} rows. Narrow the list by search or filters, or have "
            f"the whole of it written on the server: {how}"
        )
