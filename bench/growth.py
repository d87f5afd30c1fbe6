"""How memory and CPU grow with the number of records, on a company that is all in sync."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from bench.processes import Finished, Installation, Sandbox, installation
from bench.table import Line, at_most, exactly, just

SMALL = 1000
ROUNDS = 3


def measure(folder: Path, large: int, previewed: int) -> list[Line]:
    with Sandbox(accounts=SMALL) as few, installation(folder) as little:
        little.connect(few)
        link(little, few)
        with Sandbox(accounts=large) as many, installation(folder) as big:
            big.connect(many)
            link(big, many)
            lines = reread(little, big, many)
    return lines + planning(folder, previewed)


def link(product: Installation, sandbox: Sandbox) -> None:
    """All in sync, and the index of Books' customers read."""
    product.module("link_all", sandbox.url)
    quiet(product.sync("--full"), sandbox.accounts)


def quiet(done: Finished, records: int) -> Finished:
    """The sync did read everything, and found nothing to do."""
    result = done.result
    if (result["status"], result["unchanged"]) != ("done", records):
        raise RuntimeError(f"expected {records} unchanged records: {result}")
    return done


def reread(little: Installation, big: Installation, sandbox: Sandbox) -> list[Line]:
    token, ratios, engine, loop, memory = sandbox.token(), [], [], [], []
    big.module("loop", sandbox.url, token)  # makes its fingerprints
    for _ in range(ROUNDS):
        by_hand = big.module("loop", sandbox.url, token)
        if by_hand.result["unchanged"] != sandbox.accounts:
            raise RuntimeError(f"the loop compares something else: {by_hand.result}")
        ours = quiet(big.sync("--full"), sandbox.accounts)
        small = quiet(little.sync("--full"), SMALL)
        engine.append(ours.cpu)
        loop.append(by_hand.cpu)
        ratios.append(ours.cpu / by_hand.cpu)
        memory.append((ours.rss, small.rss))
    ours_rss, small_rss = (median(column) for column in zip(*memory, strict=True))
    n = sandbox.accounts
    return [
        just(f"full re-read of {n:,} unchanged on {big.database}: CPU", median(engine), "s"),
        just("  a hand-made loop in the same round", median(loop), "s"),
        at_most("  ratio", median(ratios), 3),
        just("  CPU a record, start-up included", 1e6 * median(engine) / n, "us"),
        just("  peak memory", ours_rss, "MiB"),
        at_most(f"  to that of {SMALL:,} records", ours_rss / small_rss, 1.2),
    ]


def planning(folder: Path, large: int) -> list[Line]:
    """First planning: every record is new, each gets a row."""
    peaks: list[Finished] = []
    for accounts in (SMALL, large):
        with Sandbox(accounts=accounts) as sandbox, installation(folder) as product:
            product.connect(sandbox)
            peaks.append(product.sync("--preview"))
    small, big = peaks
    return [
        exactly(f"first preview of {large:,}: records read", big.result["read"], large),
        just("  wall", big.wall, "s"),
        just("  CPU a record", 1e6 * big.cpu / large, "us"),
        just("  peak memory", big.rss, "MiB"),
        at_most(f"  to that of {SMALL:,} records", big.rss / small.rss, 1.2),
    ]
