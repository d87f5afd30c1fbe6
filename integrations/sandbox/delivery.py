"""Calls that services make to others by themselves: webhooks and notifications.

In-process they wait for `take`; a served world sends them from a thread of its own, once each,
whatever the answer.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from threading import Event, Thread
from typing import Any
from urllib.error import URLError
from urllib.request import Request as Call
from urllib.request import urlopen
from weakref import WeakKeyDictionary

import orjson

PATIENCE = 5
"""Seconds to wait for an answer."""

_log = logging.getLogger(__name__)
_queues: WeakKeyDictionary[Any, deque[dict[str, Any]]] = WeakKeyDictionary()


def waiting(world: Any) -> deque[dict[str, Any]]:
    """The calls to be made, oldest first: `{"service", "url", "body"}`, and `headers` where a
    service sends any of its own. A body is JSON, or the bytes that were signed."""
    return _queues.setdefault(world, deque())


def take(world: Any, service: str) -> list[dict[str, Any]]:
    """The calls of a service, oldest first. They wait no longer."""
    queue = waiting(world)
    taken = [call for call in queue if call["service"] == service]
    kept = [call for call in queue if call["service"] != service]
    queue.clear()
    queue.extend(kept)
    return taken


def serve(world: Any) -> None:
    """Send the calls of a served world. gunicorn names itself in its workers' environment."""
    if "SERVER_SOFTWARE" in os.environ and "delivery" not in world.parts:
        world.parts["delivery"] = Delivery(world)
        world.parts["delivery"].start()


class Delivery(Thread):
    """Makes the waiting calls of a world, once each, until `stop`."""

    def __init__(self, world: Any, pause: float = 0.2) -> None:
        super().__init__(name="delivery", daemon=True)
        self.world, self.pause, self._stopped = world, pause, Event()

    def run(self) -> None:
        queue = waiting(self.world)
        while not self._stopped.wait(self.pause):
            while queue and not self._stopped.is_set():
                self._send(queue.popleft())

    def stop(self) -> None:
        self._stopped.set()

    def _send(self, call: dict[str, Any]) -> None:
        if not call["url"].startswith(("http://", "https://")):
            return
        headers = {"Content-Type": "application/json", **call.get("headers", {})}
        body = call["body"] if isinstance(call["body"], bytes) else orjson.dumps(call["body"])
        # Only http and https get here.
        sent = Call(call["url"], body, headers, method=call.get("method", "POST"))  # noqa: S310
        try:
            with urlopen(sent, timeout=PATIENCE):  # noqa: S310
                return
        except (URLError, OSError, ValueError) as failure:
            _log.info("no answer from %s: %s", call["url"], failure)
