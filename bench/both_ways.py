"""Two-way syncs write each change once and hear no echo; many new records reach CRM in batches."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from bench.processes import Installation, Sandbox, installation
from bench.syncs import is_list, last_request, requests_after
from bench.table import Line, at_most, exactly, just

SIDE, BOTH = 200, 20
A_CALL = 100
"""Records CRM takes in one write."""


def measure(folder: Path, pairs: int, pushed: int) -> list[Line]:
    with Sandbox(accounts=0, company="empty") as sandbox, installation(folder) as product:
        product.connect(sandbox)
        lines = two_way(sandbox, product, pairs)
    with Sandbox(accounts=0, company="empty") as sandbox, installation(folder) as product:
        product.connect(sandbox)
        return lines + to_crm(sandbox, product, pushed)


def _enter(sandbox: Sandbox, place: str, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 1000):
        sandbox.ask("POST", f"records/{place}", rows[start : start + 1000])


def two_way(sandbox: Sandbox, product: Installation, pairs: int) -> list[Line]:
    names = (f"Company of place {number}" for number in range(pairs))
    rows = [{"Account_Name": name, "Billing_City": "Oslo"} for name in names]
    _enter(sandbox, "crm/Accounts", rows)
    product.manage("configure", "crm.customers", "extent=both", "winner=ask")
    product.sync()
    known = product.module("counts", "--pairs", str(2 * SIDE + BOTH)).result["pairs"]
    there, here, both = known[:SIDE], known[SIDE : 2 * SIDE], known[2 * SIDE :]
    for account, _ in (*there, *both):
        sandbox.ask("PATCH", f"records/crm/Accounts/{account}", {"Billing_City": "Bergen"})
    for _, contact in (*here, *both):
        city = {"billing_address": {"city": "Turku"}}
        sandbox.ask("PATCH", f"records/books/contacts/{contact}", city)
    before = last_request(sandbox)
    done = product.sync()
    wrote = writes(sandbox, before)
    lines = [
        exactly(f"{pairs:,} pairs, {SIDE} changed on either side: updates to Books",
                wrote["books PUT"], SIDE),
        exactly("  write calls to CRM", wrote["crm PUT"], -(-SIDE // A_CALL)),
        exactly("  other writes", wrote.total() - wrote["books PUT"] - wrote["crm PUT"], 0),
        exactly(f"  {BOTH} changed on both: wait for a person", done.result["conflicts"], BOTH),
        just("  wall", done.wall, "s"),
    ]  # fmt: skip
    for turn in ("next", "one after it"):
        before = last_request(sandbox)
        product.sync()
        lines.append(exactly(f"  writes of the {turn}", writes(sandbox, before).total(), 0))
    return lines


def writes(sandbox: Sandbox, before: int) -> Counter[str]:
    rows = requests_after(sandbox, before)
    return Counter(f"{r['service']} {r['method']}" for r in rows if r["method"] != "GET")


def to_crm(sandbox: Sandbox, product: Installation, pushed: int) -> list[Line]:
    names = (f"Company of place {number}" for number in range(pushed))
    rows = [{"contact_name": name, "contact_type": "customer"} for name in names]
    _enter(sandbox, "books/contacts", rows)
    product.manage("configure", "crm.customers", "extent=push")
    before = last_request(sandbox)
    done = product.sync()
    found = [row for row in requests_after(sandbox, before) if row["service"] == "crm"]
    wrote = sum(1 for row in found if row["method"] == "POST")
    back = sum(1 for row in found if "ids" in row["query"])
    made = len(sandbox.ask("GET", "records/crm/Accounts"))
    lists = sum(1 for row in found if is_list(row))
    return [
        exactly(f"{pushed:,} new customers to CRM: accounts made", made, pushed),
        at_most("  write calls", wrote, -(-pushed // A_CALL)),
        at_most("  read-backs", back, -(-pushed // A_CALL)),
        at_most(f"  other calls to CRM, {lists} of them lists", len(found) - wrote - back, 5),
        just("  wall", done.wall, "s"),
    ]
