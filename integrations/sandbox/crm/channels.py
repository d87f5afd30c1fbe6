"""Notification channels: the calls that make, show, change and drop them.

A channel lives at most a week; without an expiry, or with a later one, it lives an hour.
https://www.zoho.com/crm/developer/docs/api/v8/notifications/overview.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..wire import Answer, Request
from .access import caller_of
from .answers import batch, error, refuse
from .clock import parse, render, stamp
from .metadata import module_info
from .notifications import OPERATIONS
from .paging import whole

LONGEST = timedelta(days=7)
USUAL = timedelta(hours=1)
LONGEST_TOKEN = 50


def list_channels(world: Any, request: Request) -> Answer:
    caller = caller_of(world, request)
    query = request.query
    now = stamp(world.clock.now())
    page, per_page = whole(query, "page", 1, 1), min(whole(query, "per_page", 200, 1), 200)
    rows = []
    for channel in world.store.collection("crm", "watch", "channel_id").values():
        if (
            channel["expires"] <= now
            or query.get("channel_id", channel["channel_id"]) != channel["channel_id"]
        ):
            continue
        rows += [
            _shown(world, channel, name, caller.zone, request.base)
            for name in _modules(channel)
            if query.get("module", name) == name
        ]
    shown = rows[(page - 1) * per_page : page * per_page]
    if not shown:
        return Answer(204)
    info = {
        "per_page": per_page,
        "count": len(shown),
        "page": page,
        "more_records": page * per_page < len(rows),
    }
    return Answer(200, {"watch": shown, "info": info})


def add_channels(world: Any, request: Request) -> Answer:
    return _write_all(
        world, request, "Successfully subscribed for actions-watch of the given module"
    )


def replace_channels(world: Any, request: Request) -> Answer:
    return _write_all(world, request, "Successfully updated the subscribe details", known=True)


def change_channel(world: Any, request: Request) -> Answer:
    """PATCH keeps what is not sent; `_delete_events` takes the events of the row away."""
    return _write_all(
        world, request, "Successfully updated the subscribe details", known=True, merge=True
    )


def drop_channels(world: Any, request: Request) -> Answer:
    ids = [record_id for record_id in request.query.get("channel_ids", "").split(",") if record_id]
    if not ids:
        raise refuse(
            400,
            "REQUIRED_PARAM_MISSING",
            "One of the expected parameter is missing",
            {"param_name": "channel_ids"},
        )
    channels = world.store.collection("crm", "watch", "channel_id")
    rows: list[dict[str, Any]] = []
    for record_id in ids:
        channel = channels.get(record_id)
        if channel is None:
            rows.append(error("INVALID_DATA", "invalid data", {"api_name": "channel_id"}))
            continue
        channels.remove(record_id)
        for name in _modules(channel):
            info = module_info(world, name)
            assert info is not None
            details = {
                "resource_uri": f"{request.base}/crm/v8/{name}",
                "resource_id": info.id,
                "channel_id": record_id,
            }
            rows.append(_done(details, "Successfully un-subscribed from actions-watch"))
    return batch("watch", rows)


def _write_all(
    world: Any, request: Request, message: str, *, known: bool = False, merge: bool = False
) -> Answer:
    caller = caller_of(world, request)
    body = request.json()
    given = body.get("watch") if isinstance(body, dict) else None
    if merge and given is None and isinstance(body, dict) and "channel_id" in body:
        given = [body]
    if not isinstance(given, list) or not given:
        where = {"api_name": "watch", "json_path": "$.watch"}
        raise refuse(400, "MANDATORY_NOT_FOUND", "required field not found", where)
    channels = world.store.collection("crm", "watch", "channel_id")
    rows = []
    for number, one in enumerate(given):
        path = f"$.watch[{number}]"
        old = channels.get(str(one.get("channel_id", "")))
        if known and one.get("channel_id") and old is None:
            rows.append(
                error("NOT_SUBSCRIBED", "The channel is not subscribed", {"api_name": "channel_id"})
            )
            continue
        channel, problem = _channel(world, request, one, path, old if merge else None)
        if problem is not None:
            rows.append(problem)
            continue
        if channel["channel_id"] in channels:
            channels.replace(channel["channel_id"], channel)
        else:
            channels.insert(channel)
        rows.append(_done({"events": _events(world, request, channel, caller.zone)}, message))
    return batch("watch", rows, created=not known)


def _channel(
    world: Any, request: Request, given: dict[str, Any], path: str, old: dict[str, Any] | None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The channel to keep, or what is wrong with it."""
    for name in ("channel_id", "events", "notify_url"):
        if given.get(name) in (None, "", []) and not (old and name != "channel_id"):
            where = {"api_name": name, "json_path": f"{path}.{name}"}
            return {}, error("MANDATORY_NOT_FOUND", "required field not found", where)
    record_id = str(given["channel_id"])
    if not record_id.isdigit():
        where = {"api_name": "channel_id", "json_path": f"{path}.channel_id"}
        return {}, error("INVALID_DATA", "invalid data", {"expected_data_type": "bigint", **where})
    token = given.get("token", old["token"] if old else None)
    if token is not None and len(token) > LONGEST_TOKEN:
        where = {"api_name": "token", "json_path": f"{path}.token"}
        return {}, error("INVALID_DATA", "invalid data", {"maximum_length": LONGEST_TOKEN, **where})
    events = given.get("events") or (old["events"] if old else [])
    for event in events:
        module, _, operation = str(event).partition(".")
        if module_info(world, module) is None or operation not in {*OPERATIONS, "all"}:
            return {}, error("INVALID_DATA", "invalid data", {"api_name": "events"})
    if old is not None and given.get("events"):
        events = (
            [event for event in old["events"] if event not in events]
            if given.get("_delete_events")
            else list(dict.fromkeys([*old["events"], *events]))
        )
    now = world.clock.now()
    latest, usual = stamp(now + LONGEST), stamp(now + USUAL)
    expires = old["expires"] if old else usual
    if given.get("channel_expiry"):
        asked = parse(given["channel_expiry"])
        if asked is None:
            where = {"api_name": "channel_expiry", "json_path": f"{path}.channel_expiry"}
            return {}, error(
                "INVALID_DATA", "invalid data", {"expected_data_type": "datetime", **where}
            )
        expires = asked if stamp(now) < asked <= latest else usual
    condition = given.get("notification_condition", old["condition"] if old else None)
    base = old or {}
    return {
        "channel_id": record_id,
        "events": events,
        "notify_url": given.get("notify_url") or base.get("notify_url"),
        "token": token,
        "expires": expires,
        "condition": condition,
        "condition_fields": _condition_fields(condition),
        "return_affected_field_values": bool(
            given.get("return_affected_field_values", base.get("return_affected_field_values"))
        ),
        "notify_on_related_action": bool(
            given.get("notify_on_related_action", base.get("notify_on_related_action", True))
        ),
        "base": request.base,
    }, None


def _condition_fields(condition: Any) -> dict[str, list[str]]:
    """Module -> the fields of which one must change. (`and` is treated as `or`.)"""
    found: dict[str, list[str]] = {}
    for one in condition or ():
        tree = one.get("field_selection") or {}
        nodes = tree.get("group") or [tree]
        names = [(node.get("field") or node).get("api_name") for node in nodes]
        found[one.get("module", {}).get("api_name", "")] = [name for name in names if name]
    return found


def _events(
    world: Any, request: Request, channel: dict[str, Any], zone: str
) -> list[dict[str, Any]]:
    rows = []
    for name in _modules(channel):
        info = module_info(world, name)
        assert info is not None
        rows.append(
            {
                "channel_expiry": render(channel["expires"], zone),
                "resource_uri": f"{request.base}/crm/v8/{name}",
                "resource_id": info.id,
                "resource_name": name,
                "channel_id": channel["channel_id"],
            }
        )
    return rows


def _shown(world: Any, channel: dict[str, Any], name: str, zone: str, base: str) -> dict[str, Any]:
    info = module_info(world, name)
    assert info is not None
    return {
        "notify_on_related_action": channel["notify_on_related_action"],
        "channel_expiry": render(channel["expires"], zone),
        "return_affected_field_values": channel["return_affected_field_values"],
        "resource_uri": f"{base}/crm/v8/{name}",
        "resource_id": info.id,
        "notify_url": channel["notify_url"],
        "resource_name": name,
        "fields": None,
        "notification_condition": channel["condition"],
        "channel_id": channel["channel_id"],
        "events": [event for event in channel["events"] if event.partition(".")[0] == name],
        "token": channel["token"],
    }


def _modules(channel: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(event.partition(".")[0] for event in channel["events"]))


def _done(details: dict[str, Any], message: str) -> dict[str, Any]:
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}
