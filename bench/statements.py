"""Statements a page of 200 costs, without those of writing (intents, answers) and of the pace."""

from __future__ import annotations

from pathlib import Path

from bench.processes import Installation, Sandbox, installation
from bench.table import Line, at_most, just

ACCOUNTS = 5000


def measure(folder: Path) -> list[Line]:
    with Sandbox(accounts=ACCOUNTS) as sandbox:
        with installation(folder) as product:
            product.connect(sandbox)
            product.module("link_all", sandbox.url)
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
    # The first page opens the run. What quiet pages leave to decide is decided for several at
    # once, so it is the mean that counts; the halves show that it does not grow.
    steady = pages[1:]
    half = len(steady) // 2
    mean, first, second = (_mean(part) for part in (steady, steady[:half], steady[half:]))
    return [
        at_most(f"a page of 200 on {product.database}, {what}", mean, limit),
        just("  of the first half of the pages", first),
        just("  of the second half", second),
        just("  transactions beside them", _mean(steady, "transactions")),
    ]


def _mean(pages: list[dict[str, int]], what: str = "statements") -> float:
    return sum(page[what] for page in pages) / len(pages)
