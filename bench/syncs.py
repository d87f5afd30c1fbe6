"""A first sync, one with nothing to do, one of a few changes: calls, time, CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.processes import Installation, Sandbox, installation
from bench.table import Line, at_most, exactly, just

PER_PAGE = 200
CHANGED = 100


def measure(folder: Path, accounts: int) -> list[Line]:
    with Sandbox(accounts=accounts) as sandbox, installation(folder) as product:
        product.connect(sandbox)
        lines = first(sandbox, product)
        lines += second(sandbox, product)
        lines += some_changed(sandbox, product)
    return lines


def requests_after(sandbox: Sandbox, number: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = sandbox.ask("GET", f"requests?since={number}")
    return [row for row in rows if row["service"] != "oauth"]


def last_request(sandbox: Sandbox) -> int:
    rows = sandbox.ask("GET", "requests?since=0")
    return int(rows[-1]["number"]) if rows else 0


def is_list(row: dict[str, Any]) -> bool:
    whole = row["path"].endswith("/Accounts") and "ids" not in row["query"]
    return bool(row["service"] == "crm" and row["method"] == "GET" and whole)


def is_create(row: dict[str, Any]) -> bool:
    return bool(row["service"] == "books" and row["method"] == "POST")


def first(sandbox: Sandbox, product: Installation) -> list[Line]:
    before = last_request(sandbox)
    contacts = len(sandbox.ask("GET", "records/books/contacts"))
    done = product.sync()
    made = len(sandbox.ask("GET", "records/books/contacts")) - contacts
    rows = requests_after(sandbox, before)
    lists = sum(1 for row in rows if is_list(row))
    creates = sum(1 for row in rows if is_create(row))
    result = done.result
    left = sum(result[name] for name in ("excluded", "failing", "undecided", "linked", "waiting"))
    n = sandbox.accounts
    return [
        exactly(f"first sync of {n:,}: lists of CRM accounts", lists, -(-n // PER_PAGE)),
        exactly("  creates sent = customers made", creates, made),
        exactly("  created and left out with a reason = accounts", made + left, n),
        at_most("  other calls", len(rows) - lists - creates, 10),
        just("  wall", done.wall, "s"),
        just("  CPU a written record", 1000 * done.cpu / max(made, 1), "ms"),
        just("  peak memory", done.rss, "MiB"),
        just("  statements a record", result["queries"] / n),
    ]


def second(sandbox: Sandbox, product: Installation) -> list[Line]:
    before, changes = last_request(sandbox), product.module("counts").result["changes"]
    done = product.sync()
    rows = requests_after(sandbox, before)
    new = product.module("counts").result["changes"] - changes
    books = sum(1 for row in rows if row["service"] == "books")
    return [
        at_most("second sync, nothing changed: calls to CRM", len(rows) - books, 1),
        exactly("  calls to Books", books, 0),
        exactly("  change rows", new, 0),
        just("  wall", done.wall, "s"),
    ]


def some_changed(sandbox: Sandbox, product: Installation) -> list[Line]:
    ids = product.module("counts", "--pairs", str(CHANGED)).result["pairs"]
    for record_id, _ in ids:
        sandbox.ask("PATCH", f"records/crm/Accounts/{record_id}", {"Website": "www.moved.example"})
    before = last_request(sandbox)
    done = product.sync()
    rows = requests_after(sandbox, before)
    lists = sum(1 for row in rows if is_list(row))
    by_ids = sum(1 for row in rows if row["service"] == "crm" and "ids" in row["query"])
    updates = sum(1 for row in rows if row["method"] == "PUT")
    details = sum(
        1
        for row in rows
        if row["service"] == "books" and row["method"] == "GET" and "/contacts/" in row["path"]
    )
    return [
        exactly(f"{len(ids)} of {sandbox.accounts:,} changed: lists of CRM accounts", lists, 1),
        exactly("  updates sent", updates, len(ids)),
        at_most("  Books detail calls", details, len(ids)),
        at_most("  CRM calls by ids", by_ids, -(-len(ids) // 100)),
        at_most("  other calls", len(rows) - lists - by_ids - updates - details, 3),
        just("  wall", done.wall, "s"),
    ]
