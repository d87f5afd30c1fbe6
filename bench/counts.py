"""Prints as one JSON object what stands in the database: change rows, some pairs by their ids."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from integrations.models import Change  # noqa: E402
from mappings.models import RecordLink  # noqa: E402


def main(pairs: int) -> None:
    linked = RecordLink.objects.filter(state="in_sync", target_id__isnull=False).order_by("pk")
    every = max(1, linked.count() // pairs) if pairs else 1
    ids = list(linked.values_list("source_id", "target_id")[::every][:pairs]) if pairs else []
    print(json.dumps({"changes": Change.objects.count(), "pairs": ids}))


if __name__ == "__main__":
    main(int(sys.argv[2]) if sys.argv[1:2] == ["--pairs"] else 0)
