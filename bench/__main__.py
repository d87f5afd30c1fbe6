"""`python -m bench [--full] [SECTION ...]`: one table on standard output, and bench.json."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import both_ways, growth, lists, pace, sandbox_speed, statements, syncs, told
from bench.processes import ROOT, server
from bench.table import Line, heading, just, show, store

Section = Callable[[Path], list[Line]]


def sections(*, full: bool) -> dict[str, tuple[str, Section]]:
    chosen: dict[str, tuple[str, Section]] = {
        "sandbox": ("The sandbox", sandbox_speed.measure),
        "syncs": ("Syncs", lambda folder: syncs.measure(folder, 10_000)),
        "statements": ("Statements", statements.measure),
        "both": ("Both ways", lambda folder: both_ways.measure(folder, 5000, 1000)),
        "told": ("Notifications", told.measure),
        "growth": (
            "Growth",
            lambda folder: growth.measure(folder, 100_000, 100_000 if full else 10_000),
        ),
    }
    if server():
        chosen["lists"] = ("Lists over a million changes", lists.measure)
    if full:
        chosen["pace"] = ("The real limit", pace.measure)
        chosen["large"] = ("A large first sync", lambda folder: syncs.measure(folder, 100_000))
    return chosen


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the large sizes and the real limit")
    parser.add_argument("sections", nargs="*", help="some of them; all by default")
    asked = parser.parse_args()
    there = sections(full=asked.full)
    unknown = set(asked.sections) - set(there)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    database = "PostgreSQL" if server() else "SQLite"
    print(f"zohosync on {os.cpu_count()} cores, {database}")
    if database == "SQLite":
        print("No PostgreSQL answers, so everything is measured on SQLite.")
    results: dict[str, list[Line]] = {}
    with tempfile.TemporaryDirectory(prefix="zohosync-bench-") as folder:
        for name, (title, measure) in there.items():
            if asked.sections and name not in asked.sections:
                continue
            began = time.monotonic()
            heading(title)
            lines = measure(Path(folder))
            lines.append(just("(this section took)", time.monotonic() - began, "s"))
            show(lines)
            results[title] = lines
    file = ROOT / "bench.json"
    store(file, results, cores=os.cpu_count(), database=database)
    missed = [
        line.what.strip() for lines in results.values() for line in lines if line.met is False
    ]
    print(
        f"\nWritten to {file.name}. " + (f"Not met: {'; '.join(missed)}." if missed else "All met.")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
