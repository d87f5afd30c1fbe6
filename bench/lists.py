"""Server time of lists and pages over a million change rows."""

from __future__ import annotations

from pathlib import Path

from bench.processes import Sandbox, installation
from bench.table import Line, at_most, exactly

ACCOUNTS = 1000
CHANGES = 1_000_000
LIMIT = 300  # ms


def measure(folder: Path) -> list[Line]:
    with Sandbox(accounts=ACCOUNTS) as sandbox, installation(folder) as product:
        product.connect(sandbox)
        product.sync()
        there = product.module("many_changes", str(CHANGES)).result["changes"]
        product.manage("collectstatic", "--noinput", "--verbosity", "0")
        visits = product.module("visit").result
        return [
            exactly(f"change rows on {product.database}", there, CHANGES),
            *(
                at_most(f"  {what}", round(ms, 1), LIMIT, "ms")
                for what, ms in visits["milliseconds"].items()
            ),
        ]
