"""From a change in CRM to the record written in Books, by notifications: with one worker."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any

import requests

from bench.processes import Installation, Running, Sandbox, free_port, installation
from bench.table import Line, at_most, exactly, just

ACCOUNTS = 1000
SINGLE, BURST, CALLS = 10, 500, 200
# How long is waited for a change before it counts as never written, in seconds.
PATIENCE = 120
WEB = ["-m", "gunicorn", "zohosync.wsgi", "--config", "zohosync/gunicorn_conf.py"]
QUIET = ["--log-level", "warning"]


def measure(folder: Path) -> list[Line]:
    with Sandbox(accounts=ACCOUNTS) as sandbox, installation(folder) as product:
        product.connect(sandbox)
        product.sync()
        address = f"127.0.0.1:{free_port()}"
        product.variables |= {"PUBLIC_URL": f"http://{address}", "Q_WORKERS": "1"}
        channel = product.module("channel").result
        web = [sys.executable, *WEB, *QUIET, "--bind", address]
        (product.folder / "static").mkdir()
        worker = [sys.executable, "manage.py", "qcluster"]
        with Running(web, product.environment), Running(worker, product.environment):
            _until_served(f"http://{address}/healthz")
            lines = _answers(f"http://{address}", channel)
            ids = product.module("counts", "--pairs", str(BURST)).result["pairs"]
            lines += _one_by_one(sandbox, ids[:SINGLE])
            lines += _burst(sandbox, product, ids)
    return lines


def _until_served(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if requests.get(url, timeout=PATIENCE).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


def _answers(base: str, channel: dict[str, Any]) -> list[Line]:
    """What a genuine notification is kept waiting; it names a record that is not there."""
    taken = []
    with requests.Session() as session:
        for number in range(CALLS):
            body = {"module": "Deals", "ids": [str(number)], "operation": "update"}
            body |= {"token": channel["token"], "channel_id": channel["channel_id"]}
            began = time.perf_counter()
            session.post(base + channel["path"], json=body, timeout=30).raise_for_status()
            taken.append(1000 * (time.perf_counter() - began))
    taken.sort()
    return [
        just(f"a notification is answered in, median of {CALLS}", statistics.median(taken), "ms"),
        just("  95 of 100 in", taken[int(0.95 * CALLS)], "ms"),
    ]


def _one_by_one(sandbox: Sandbox, ids: list[str]) -> list[Line]:
    """From the answer to a change in CRM until Books has it, one after the other."""
    seconds = []
    for number, record_id in enumerate(ids):
        site = f"www.told-{number}.example"
        _change(sandbox, record_id, site)
        began = time.monotonic()
        _until(lambda site=site: site in _sites(sandbox))
        seconds.append(time.monotonic() - began)
    return [
        at_most(f"from a change to the record written, worst of {len(ids)}", max(seconds), 5, "s"),
        just("  median", statistics.median(seconds), "s"),
    ]


def _burst(sandbox: Sandbox, product: Installation, ids: list[str]) -> list[Line]:
    before = product.module("channel", "--count").result["syncs"]
    calls = sum(row["count"] for row in sandbox.calls("crm").values())
    wanted = {f"www.burst-{number}.example" for number in range(len(ids))}
    began = time.monotonic()
    for site, record_id in zip(sorted(wanted), ids, strict=True):
        _change(sandbox, record_id, site)
    _until(lambda: wanted <= _sites(sandbox))
    took = time.monotonic() - began
    _until(lambda: product.module("channel", "--count").result["open"] == 0)
    syncs = product.module("channel", "--count").result["syncs"] - before
    reads = sum(row["count"] for row in sandbox.calls("crm").values()) - calls
    return [
        exactly(f"a burst of {len(ids)} changes: written", len(ids), len(wanted)),
        at_most("  syncs that followed", syncs, 50),
        at_most("  calls to CRM", reads, 100),
        just("  until the last was written", took, "s"),
    ]


def _change(sandbox: Sandbox, record_id: str, site: str) -> None:
    sandbox.ask("PATCH", f"records/crm/Accounts/{record_id}", {"Website": site})


def _sites(sandbox: Sandbox) -> set[str]:
    return {row["website"] for row in sandbox.ask("GET", "records/books/contacts")}


def _until(holds: Any) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            raise RuntimeError(f"a change was not written within {PATIENCE} s")
        time.sleep(0.05)
