"""The calls a notification channel causes when a record changes.

The call carries ids, not values, and only its `token` proves where it comes from. In-process the
calls wait for `take`; the server sends them from a thread of its own (`Delivery`), once, whatever
the answer.

https://www.zoho.com/crm/developer/docs/api/v8/notifications/overview.html
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

from .clock import stamp
from .metadata import ModuleInfo

OPERATIONS = {"create": "insert", "edit": "update", "delete": "delete"}
_log = logging.getLogger(__name__)
_queues: WeakKeyDictionary[Any, deque[dict[str, Any]]] = WeakKeyDictionary()


def tell(
    world: Any, info: ModuleInfo, operation: str, changed: list[tuple[str, list[str]]]
) -> None:
    """Queue a call for every live channel that asked for this. `changed`: ids and their fields."""
    channels = world.store.collection("crm", "watch", "channel_id")
    if not len(channels):
        return
    now = stamp(world.clock.now())
    for channel in channels.values():
        if channel["expires"] <= now or not _asked(channel, info.name, operation):
            continue
        fields = channel.get("condition_fields", {}).get(info.name)
        rows = [row for row in changed if operation != "update" or _met(fields, row[1])]
        if not rows:
            continue
        affected = channel["return_affected_field_values"]
        payload = {
            "server_time": int(world.clock.time() * 1000),
            "query_params": {},
            "module": info.name,
            "resource_uri": f"{channel['base']}/crm/v8/{info.name}",
            "ids": [record_id for record_id, _ in rows],
            "affected_fields": [{record_id: names} for record_id, names in rows if names],
            "affected_values": [_values(world, info, record_id, names) for record_id, names in rows]
            if affected
            else [],
            "operation": operation,
            "channel_id": channel["channel_id"],
            "token": channel["token"],
        }
        _queues.setdefault(world, deque()).append({"url": channel["notify_url"], "body": payload})


def take(world: Any) -> list[dict[str, Any]]:
    """The calls that wait to be made, oldest first: `{"url", "body"}`. They wait no longer."""
    queue = _queues.setdefault(world, deque())
    taken = []
    while queue:
        taken.append(queue.popleft())
    return taken


def prepare(world: Any) -> None:
    """Send the calls of a served world. gunicorn names itself in its workers' environment."""
    if "SERVER_SOFTWARE" in os.environ:
        Delivery(world).start()


class Delivery(Thread):
    """Makes the waiting calls of a world, once each, until `stop`."""

    def __init__(self, world: Any, pause: float = 0.2) -> None:
        super().__init__(name="crm-notifications", daemon=True)
        self.world, self.pause, self._stopped = world, pause, Event()

    def run(self) -> None:
        while not self._stopped.wait(self.pause):
            for call in take(self.world):
                self._send(call)

    def stop(self) -> None:
        self._stopped.set()

    def _send(self, call: dict[str, Any]) -> None:
        if not call["url"].startswith(("http://", "https://")):
            return
        headers = {"Content-Type": "application/json"}
        # Only http and https get here.
        sent = Call(call["url"], orjson.dumps(call["body"]), headers, method="POST")  # noqa: S310
        try:
            with urlopen(sent, timeout=5):  # noqa: S310
                return
        except (URLError, OSError, ValueError) as failure:
            _log.info("no answer from %s: %s", call["url"], failure)


def _asked(channel: dict[str, Any], module: str, operation: str) -> bool:
    for event in channel["events"]:
        name, _, wanted = event.partition(".")
        if name == module and (wanted == "all" or OPERATIONS[wanted] == operation):
            return True
    return False


def _met(fields: list[str] | None, changed: list[str]) -> bool:
    return not fields or any(name in fields for name in changed)


def _values(world: Any, info: ModuleInfo, record_id: str, names: list[str]) -> dict[str, Any]:
    record = world.store.collection("crm", info.name).get(record_id) or {}
    return {"record_id": record_id, "values": {name: record.get(name) for name in names}}
