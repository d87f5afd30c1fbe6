"""The files of django-import-export, written by our own writers: no spreadsheet runs their text."""

from __future__ import annotations

from io import BytesIO, StringIO
from typing import Any

import tablib
from import_export.formats import base_formats

from reports.exports import write_csv, write_xlsx


class Csv(base_formats.CSV):
    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> str:
        stream = StringIO(newline="")
        write_csv(stream, dataset.headers, (dataset[row] for row in range(dataset.height)))
        return stream.getvalue()


class Xlsx(base_formats.XLSX):
    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        stream = BytesIO()
        lines = (dataset[row] for row in range(dataset.height))
        write_xlsx(stream, dataset.headers, lines, title=dataset.title or "Rows")
        return stream.getvalue()
