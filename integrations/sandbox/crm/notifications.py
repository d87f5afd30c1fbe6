"""The calls a notification channel causes when a record changes.

The call carries ids, not values, and only its `token` proves where it comes from.

https://www.zoho.com/crm/developer/docs/api/v8/notifications/overview.html
"""

from __future__ import annotations

from typing import Any

from .. import delivery
from .clock import stamp
from .metadata import ModuleInfo

OPERATIONS = {"create": "insert", "edit": "update", "delete": "delete"}


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
        call = {"service": "crm", "url": channel["notify_url"], "body": payload}
        delivery.waiting(world).append(call)


def take(world: Any) -> list[dict[str, Any]]:
    """The calls that wait to be made, oldest first: `{"url", "body"}`. They wait no longer."""
    return delivery.take(world, "crm")


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
