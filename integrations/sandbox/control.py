"""The control calls under `/_sandbox`: outside limits, counters, faults and log."""

from __future__ import annotations

from typing import Any

from .wire import Answer, Refused, Request


def answer(world: Any, request: Request) -> Answer:
    """Answer one control call; a call that makes no sense is a 400 or 404 with a sentence."""
    parts = [part for part in request.path.split("/") if part][1:]
    try:
        if parts[:1] == ["records"]:
            return _records(world, request, parts[1:])
        call = CALLS.get((request.method, "/".join(parts)))
        if call is None:
            return Answer(404, {"error": f"no control call {request.method} {request.path}"})
        return call(world, request)
    except Refused as refused:
        return refused.answer
    except (ValueError, TypeError) as error:
        return Answer(400, {"error": str(error)})


def _info(world: Any, request: Request) -> Answer:
    company = world.company
    return Answer(
        200,
        {
            "limits": world.limits,
            "company": company.get("name", ""),
            "accounts": company.get("accounts", 0),
            "seed": company.get("seed", 1),
            "now": world.clock.now().isoformat(timespec="seconds"),
        },
    )


def _stats(world: Any, request: Request) -> Answer:
    return Answer(200, world.stats.report())


def _reset(world: Any, request: Request) -> Answer:
    world.stats.reset()
    return Answer(200, world.stats.report())


def _requests(world: Any, request: Request) -> Answer:
    return Answer(200, world.log.since(int(request.query.get("since") or 0)))


def _faults(world: Any, request: Request) -> Answer:
    wanted = request.json()
    if not isinstance(wanted, list):
        raise ValueError("faults are given as a list")
    world.faults.replace(wanted)
    return Answer(200, {"faults": len(wanted)})


def _clock(world: Any, request: Request) -> Answer:
    world.clock.advance(float(request.json()["advance"]))
    return Answer(200, {"now": world.clock.now().isoformat(timespec="seconds")})


def _outbox(world: Any, request: Request) -> Answer:
    return Answer(200, world.outbox.mails())


def _merge(world: Any, request: Request) -> Answer:
    """`{"service": "crm", "collection": "Accounts", "into": id, "records": [ids]}`."""
    given = request.json()
    service = world.service(given["service"])
    held = world.store.collection(given["service"], *service.collections()[given["collection"]])
    ids = [given["into"], *given["records"]]
    if any(one not in held for one in ids):
        return Answer(404, {"error": f"{given['collection']} has not all of {', '.join(ids)}"})
    service.screen_merge(world, given["collection"], given["into"], given["records"])
    return Answer(200, {"into": given["into"]})


CALLS = {
    ("GET", "info"): _info,
    ("GET", "stats"): _stats,
    ("POST", "stats/reset"): _reset,
    ("GET", "requests"): _requests,
    ("POST", "faults"): _faults,
    ("POST", "clock"): _clock,
    ("GET", "outbox"): _outbox,
    ("POST", "merge"): _merge,
}


def _records(world: Any, request: Request, parts: list[str]) -> Answer:
    service = world.service(parts[0]) if len(parts) in (2, 3) else None
    if service is None:
        return Answer(404, {"error": "give /_sandbox/records/{service}/{collection}[/{id}]"})
    known = service.collections()
    if parts[1] not in known:
        return Answer(404, {"error": f"{parts[0]} has {', '.join(sorted(known))}"})
    kind, record_id = parts[1], parts[2] if len(parts) == 3 else None
    part = _part(service, request)
    stored = _stored(world, service, kind, part)
    if record_id is not None and record_id not in stored:
        return Answer(404, {"error": f"{parts[0]} {kind} has no {record_id}"})
    if request.method == "GET":
        if record_id is not None:
            return Answer(200, service.present(world, kind, stored[record_id], **part))
        return Answer(
            200, [service.present(world, kind, record, **part) for record in stored.values()]
        )
    if request.method == "POST" and record_id is None:
        records = request.json()
        if not isinstance(records, list):
            raise ValueError("records are given as a list")
        made = [service.screen_insert(world, kind, record, **part) for record in records]
        return Answer(201, [service.present(world, kind, record, **part) for record in made])
    if request.method == "PATCH" and record_id is not None:
        changed = service.screen_update(world, kind, record_id, request.json(), **part)
        return Answer(200, service.present(world, kind, changed, **part))
    if request.method == "DELETE" and record_id is not None:
        service.screen_delete(world, kind, record_id, **part)
        return Answer(200, {"deleted": record_id})
    return Answer(405, {"error": f"{request.method} is not for {request.path}"})


def _part(service: Any, request: Request) -> dict[str, str]:
    """Which organisation is meant, where an app has several; none: the default one."""
    wanted = request.query.get("organization_id")
    if wanted and not hasattr(service, "stored"):
        raise ValueError("this app has one organisation only")
    return {"organization_id": wanted} if wanted else {}


def _stored(world: Any, service: Any, kind: str, part: dict[str, str]) -> Any:
    if part:
        return service.stored(world, kind, **part)
    return world.store.collection(service.router.service, *service.collections()[kind])
