"""Counting what depends on time: calls a minute, calls a day, calls in process.

Which number goes with which answer is each service's own; these are only the counters.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable
from threading import Lock


class Limits:
    """Counters by any key. Times are seconds on the sandbox's clock."""

    def __init__(self) -> None:
        self._windows: dict[Hashable, deque[tuple[float, int]]] = defaultdict(deque)
        self._sums: dict[Hashable, int] = defaultdict(int)
        self._flights: dict[Hashable, int] = defaultdict(int)
        self._lock = Lock()

    def enter(self, key: Hashable) -> None:
        with self._lock:
            self._flights[key] += 1

    def leave(self, key: Hashable) -> None:
        with self._lock:
            self._flights[key] -= 1

    def in_flight(self, key: Hashable) -> int:
        """Calls in process under the key, the one asking included."""
        return self._flights[key]

    def spent(self, key: Hashable, now: float, seconds: float) -> int:
        """What was taken under the key in the last `seconds` (a rolling window)."""
        window = self._windows[key]
        while window and window[0][0] <= now - seconds:
            self._sums[key] -= window.popleft()[1]
        return self._sums[key]

    def take(self, key: Hashable, now: float, cost: int = 1) -> None:
        self._windows[key].append((now, cost))
        self._sums[key] += cost

    def allow(
        self, key: Hashable, now: float, maximum: int, seconds: float, cost: int = 1
    ) -> float | None:
        """Take `cost` and return None, or take nothing and return the seconds to wait."""
        if self.spent(key, now, seconds) + cost <= maximum:
            self.take(key, now, cost)
            return None
        window = self._windows[key]
        return max(0.0, window[0][0] + seconds - now) if window else 0.0

    def reset(self) -> None:
        self._windows.clear()
        self._sums.clear()
