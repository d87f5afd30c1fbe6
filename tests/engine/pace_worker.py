"""A process that calls as often as its share of the pace allows, and prints when it did.

python -m tests.engine.pace_worker CONNECTION WINDOW ROUNDS
"""

from __future__ import annotations

import json
import sys
import time

import django

django.setup()

from integrations.errors import TryLater  # noqa: E402
from integrations.models import Connection  # noqa: E402
from integrations.pacing import Pacer  # noqa: E402


def main(connection: int, window: float, rounds: int) -> None:
    pacer = Pacer(Connection.objects.get(pk=connection), window=window)
    print("ready", flush=True)
    sys.stdin.readline()
    calls: list[tuple[float, float]] = []
    end = time.monotonic() + rounds * window
    while (sent := time.monotonic()) < end:
        try:
            with pacer.call():
                sent = time.monotonic()
                time.sleep(0.002)
                answered = time.monotonic()
        except TryLater as later:
            pacer.close()
            time.sleep(later.after.total_seconds())
        else:
            calls.append((sent, answered))
    pacer.close()
    print(json.dumps(calls))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
