"""What a slice costs: seconds, statements, memory, calls. Stored with every page and window."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

from integrations.models import SyncRun
from integrations.sync.context import Context

# What Linux says of this process, in lines such as "VmHWM:    97280 kB".
STATUS = Path("/proc/self/status")


def peak_rss_mb() -> float:
    """The most memory this process has had, in MiB.

    `getrusage` tells of Linux processes that they had at least what their parent had when it
    started them, so it is asked only where there is nothing better (in kB; on macOS in bytes).
    """
    if STATUS.exists():
        lines = (line.split() for line in STATUS.read_text("ascii").splitlines())
        return next(int(words[1]) for words in lines if words[0] == "VmHWM:") / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


class Measured:
    """Seconds, statements, memory and calls of a slice, added to those of the slices before."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run
        self.queries = 0

    def __enter__(self) -> Callable[[Context | None], dict[str, Any]]:
        self._began = time.monotonic()
        self._wrapper = connection.execute_wrapper(self._count)
        self._wrapper.__enter__()
        return self._result

    def __exit__(self, *error: object) -> None:
        self._wrapper.__exit__(None, None, None)

    def _count(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)

    def _result(self, ctx: Context | None) -> dict[str, Any]:
        calls = dict(self.run.calls)
        for app, number in (ctx.calls() if ctx else {}).items():
            calls[app] = calls.get(app, 0) + number
        return {
            "calls": calls,
            "seconds": round(self.run.seconds + time.monotonic() - self._began, 3),
            "queries": self.run.queries + self.queries,
            "peak_rss_mb": round(max(self.run.peak_rss_mb, peak_rss_mb()), 1),
        }
