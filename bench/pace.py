"""The real limit, in real time: a sync and a second process share 100 calls a minute."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bench.processes import ROOT, Sandbox, installation
from bench.table import Line, at_least, exactly, just

MINUTES = 5


def measure(folder: Path) -> list[Line]:
    """The first minute begins with an empty window and is not counted."""
    with Sandbox(accounts=2000, limits="real") as sandbox, installation(folder) as product:
        product.connect(sandbox)
        began = time.monotonic()
        workers = [
            subprocess.Popen([sys.executable, *command], cwd=ROOT, env=product.environment)
            for command in (
                ["manage.py", "sync", "crm.customers", "--json"],
                ["-m", "bench.caller", str(60 * (MINUTES + 1))],
            )
        ]
        time.sleep(60)
        first = made(sandbox)
        time.sleep(60 * MINUTES)
        last = made(sandbox)
        stretch = (time.monotonic() - began - 60) / 60
        for worker in workers:
            worker.terminate()
            worker.wait()
        by_status: dict[str, int] = {}
        for row in sandbox.calls("books").values():
            for status, number in row["by_status"].items():
                by_status[status] = by_status.get(status, 0) + number
        rows = sandbox.calls("books")
        busiest = sandbox.ask("GET", "stats")["busiest_minute"]["books"]
    return [
        at_least(
            f"two processes, {MINUTES} minutes: calls a minute to Books",
            (last - first) / stretch,
            95,
        ),
        exactly("  refused with 429", by_status.get("429", 0), 0),
        just("  most in any 60 seconds, as the sandbox counts", busiest),
        just("  of them writes by the sync", rows.get("POST /contacts", {}).get("count", 0)),
    ]


def made(sandbox: Sandbox) -> int:
    return sum(int(row["count"]) for row in sandbox.calls("books").values())
