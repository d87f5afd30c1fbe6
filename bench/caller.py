"""Reads one customer list page after the other, as fast as the shared pace allows.

python -m bench.caller SECONDS
"""

from __future__ import annotations

import sys
import time

import django

django.setup()

from integrations import registry  # noqa: E402
from integrations.errors import TryLater  # noqa: E402
from integrations.models import Connection  # noqa: E402


def main(seconds: float) -> None:
    connector = registry.connector_for(Connection.objects.select_related("grant").get(app="books"))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            connector.page(connector.entity("contacts"))
        except TryLater as later:
            connector.http.pacer.close()
            time.sleep(later.after.total_seconds())
    connector.close()


if __name__ == "__main__":
    main(float(sys.argv[1]))
