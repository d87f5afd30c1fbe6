"""What was asked of the stand-in: counters by call and status, and the whole log."""

from __future__ import annotations

from collections import deque
from typing import Any

import orjson

from .wire import Request


class Stats:
    """Calls by service and `METHOD /path/{id}`, and the most calls seen in any 60 seconds."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._calls: dict[str, dict[str, dict[str, Any]]] = {}
        self._recent: dict[str, deque[float]] = {}
        self._busiest: dict[str, int] = {}

    def count(self, service: str, key: str, status: int | None, now: float) -> None:
        """`status` is None for a call that was hung up on before it was handled."""
        entry = self._calls.setdefault(service, {}).setdefault(key, {"count": 0, "by_status": {}})
        entry["count"] += 1
        name = "null" if status is None else str(status)
        entry["by_status"][name] = entry["by_status"].get(name, 0) + 1
        recent = self._recent.setdefault(service, deque())
        recent.append(now)
        while recent[0] <= now - 60:
            recent.popleft()
        self._busiest[service] = max(self._busiest.get(service, 0), len(recent))

    def report(self) -> dict[str, Any]:
        return {"calls": self._calls, "busiest_minute": self._busiest}


class Log:
    """Every request, from number 1 on; kept as it came and parsed when it is read."""

    def __init__(self) -> None:
        self._entries: list[tuple[str, str, str, dict[str, str], bytes, int | None]] = []

    def add(self, service: str, request: Request, status: int | None) -> None:
        self._entries.append(
            (service, request.method, request.path, request.query, request.body, status)
        )

    def since(self, number: int) -> list[dict[str, Any]]:
        """The requests after `number`, oldest first."""
        start = max(number, 0)
        return [
            {
                "number": at,
                "service": service,
                "method": method,
                "path": path,
                "query": query,
                "body": _readable(body),
                "status": status,
            }
            for at, (service, method, path, query, body, status) in enumerate(
                self._entries[start:], start + 1
            )
        ]


def _readable(body: bytes) -> Any:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
