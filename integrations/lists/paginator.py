"""Pages of a table that may have a million rows, without counting them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db import connections
from django.db.models import QuerySet
from django.utils.functional import cached_property


class QuickPaginator(Paginator):
    """Counts the first 10,000 rows and no further; those can be paged through.

    What lies behind them is reached by search, filter or export. A whole table's size is taken
    from the statistics PostgreSQL keeps, and said as "about".
    """

    object_list: QuerySet[Any]
    template_name = "admin/lists/pages.html"
    AT_MOST = 10_000

    @cached_property
    def _counted(self) -> int:
        # Only the key: rows of changes are wide.
        rows = self.object_list.order_by().values("pk")[: self.AT_MOST + 1]
        return rows.count()

    @cached_property
    def count(self) -> int:
        if self.estimate > self.AT_MOST:
            return self.AT_MOST
        return min(self._counted, self.AT_MOST)

    @cached_property
    def estimate(self) -> int:
        """Rows of the whole table as PostgreSQL last counted them; 0 where that is not known."""
        query = self.object_list.query
        connection = connections[self.object_list.db]
        if query.where or query.distinct or connection.vendor != "postgresql":
            return 0
        with connection.cursor() as cursor:
            # By the search path, as the table's name is resolved everywhere else.
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)",
                [connection.ops.quote_name(self.object_list.model._meta.db_table)],
            )
            row = cursor.fetchone()
        return max(row[0], 0) if row else 0

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than can be paged through."""
        return self.estimate > self.AT_MOST or self._counted > self.AT_MOST

    @property
    def total(self) -> str:
        """Such as "212", "more than 10,000" or "about 1,000,000"."""
        if self.estimate > self.AT_MOST:
            return f"about {self.estimate:,}"
        return f"more than {self.AT_MOST:,}" if self.is_cut else f"{self.count:,}"
