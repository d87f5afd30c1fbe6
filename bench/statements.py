"""Statements a page of 200 costs, without those of writing (intents, answers) and of the pace."""

from __future__ import annotations

from pathlib import Path

from bench.processes import Installation, Sandbox, installation
from bench.table import Line, at_most, exactly, just

ACCOUNTS = 1000


def measure(folder: Path) -> list[Line]:
    with Sandbox(accounts=ACCOUNTS) as sandbox:
        with installation(folder) as product:
            product.connect(sandbox)
            product.module("link_all")
            lines = _lines(product, "all in sync, nothing changed", 4, full=True)
        with installation(folder) as product:
            product.connect(sandbox)
            product.sync()
            lines += _lines(product, "some need attention, nothing changed", 4, full=True)
            for row in sandbox.ask("GET", "records/crm/Accounts"):
                change = {"Billing_City": "Turku"}
                sandbox.ask("PATCH", f"records/crm/Accounts/{row['id']}", change)
            lines += _lines(product, "all changed", 12, full=False)
    return lines


def _lines(product: Installation, what: str, limit: int, *, full: bool) -> list[Line]:
    pages = product.module("count_statements", *(["--full"] if full else [])).result["pages"]
    # The first page opens the run, the last may be short.
    steady = pages[1:-1]
    most = max(page["statements"] for page in steady)
    return [
        at_most(f"a page of 200 on {product.database}, {what}", most, limit),
        exactly("  least and most alike", min(p["statements"] for p in steady), most),
        just("  transactions beside them", max(p["transactions"] for p in steady)),
    ]
