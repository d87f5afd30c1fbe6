"""G-4 for files: rows and names that say so when the data is that of a test organisation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.utils import timezone

from integrations.models import Connection, Integration
from mappings.table_files import TEST_DATA, marked_name


@dataclass
class Marks:
    """Which integrations hold test data, read once for a file.

    Where there is a test organisation at all, a file gets one column more: its header is the band,
    and every row of test data has the words in it. So the mark outlives sorting, filtering and
    cutting, and programs that read the file by its headers are not disturbed.
    """

    integrations: frozenset[int]
    any_test: bool
    any_real: bool
    met: bool = field(default=False)

    @classmethod
    def load(cls) -> Marks:
        kinds = set(Connection.objects.order_by().values_list("is_test", flat=True).distinct())
        joined = Integration.everything.filter(ledger__is_test=True).values_list("pk", flat=True)
        return cls(frozenset(joined), any_test=True in kinds, any_real=False in kinds)

    def of(self, integration_id: int) -> str:
        """The mark of a row; remembers that one was given."""
        if integration_id not in self.integrations:
            return ""
        self.met = True
        return TEST_DATA

    @property
    def for_name(self) -> bool:
        """Whether a file's name has to carry the mark, once its rows have been written."""
        return self.met or (self.any_test and not self.any_real)


def file_name(report: str, extension: str, *, test_data: bool) -> str:
    """``TEST-DATA-changes-2025-11-21.csv``; without the first part for real data."""
    name = re.sub(r"[^a-z0-9]+", "-", report.lower()).strip("-")
    return marked_name(f"{name}-{timezone.localdate().isoformat()}", extension, test_data=test_data)
