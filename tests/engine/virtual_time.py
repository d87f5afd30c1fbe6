"""Time in which several threads sleep side by side without any of it passing.

One thread runs at a time. When all of them sleep, the clock jumps to the one that wakes first, so
a simulated hour takes as long as its work does, and comes out the same each time.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable

from django.db import connection


class VirtualTime:
    def __init__(self, start: float) -> None:
        self.now = start
        self._turns: list[tuple[float, int, threading.Event]] = []
        self._number = 0
        self._errors: list[BaseException] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the others run until the clock has come this far."""
        turn = self._queue(seconds)
        self._give_turn()
        turn.wait()

    def run(self, *tasks: Callable[[], None]) -> None:
        """Run the tasks side by side to their ends; the first error of any of them is raised."""
        threads = [
            threading.Thread(target=self._run, args=(task, self._queue(0.0))) for task in tasks
        ]
        for thread in threads:
            thread.start()
        self._give_turn()
        for thread in threads:
            thread.join()
        if self._errors:
            raise self._errors[0]

    def _run(self, task: Callable[[], None], turn: threading.Event) -> None:
        turn.wait()
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of the test
            self._errors.append(error)
        finally:
            connection.close()
            self._give_turn()

    def _queue(self, seconds: float) -> threading.Event:
        self._number += 1
        turn = threading.Event()
        heapq.heappush(self._turns, (self.now + max(seconds, 0.0), self._number, turn))
        return turn

    def _give_turn(self) -> None:
        if self._turns:
            self.now, _, turn = heapq.heappop(self._turns)
            turn.set()
