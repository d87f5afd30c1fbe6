"""A bare world with one Books organisation, and callers that speak to it in-process."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from integrations.sandbox.books import founding
from integrations.sandbox.books.organisation import Organisation, default
from integrations.sandbox.wire import Answer, Request
from integrations.sandbox.world import HANGUP, World

ORGANIZATION_ID = "10229182"
CREDENTIALS = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}


def ask(
    world: World,
    method: str,
    path: str,
    body: Any = None,
    *,
    query: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    host: str = "zoho.test",
) -> Any:
    """One request; the answer's body as a client would read it. HANGUP where it was cut off."""
    sent = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    found = {name: str(value) for name, value in (query or {}).items()}
    answer = world.handle(Request(method, path, found, headers or {}, sent, host))
    if not isinstance(answer, Answer):
        return HANGUP
    payload = answer.payload()
    try:
        read = orjson.loads(payload) if payload else None
    except ValueError:
        read = payload
    return Answer(answer.status, read, answer.headers)


class Caller:
    """Calls of one service with an access token: `caller.get("/contacts", page=2)`."""

    def __init__(self, world: World, root: str, token: str = "", **always: str) -> None:
        self.world = world
        self.root = root
        self.token = token or refreshed(world)
        self.always = always

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Any:
        sent = {"authorization": f"Zoho-oauthtoken {self.token}", **(headers or {})}
        asked = {**self.always, **query}
        return ask(self.world, method, self.root + path, body, query=asked, headers=sent)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, **query)

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self.call("POST", path, body, **query)

    def put(self, path: str, body: Any = None, **query: Any) -> Any:
        return self.call("PUT", path, body, **query)

    def delete(self, path: str, **query: Any) -> Any:
        return self.call("DELETE", path, **query)


def token_answer(world: World, **fields: str) -> Any:
    return ask(world, "POST", "/oauth/v2/token", query={**CREDENTIALS, **fields})


def refreshed(world: World, refresh_token: str = "sandbox-refresh") -> str:
    """A new access token."""
    answer = token_answer(world, grant_type="refresh_token", refresh_token=refresh_token)
    return answer.body["access_token"]


@pytest.fixture
def world() -> World:
    found = World(limits="off")
    founding.found(
        found,
        organization_id=ORGANIZATION_ID,
        name="Kestrel Instruments",
        email="owner@kestrel.example",
        contact_name="Ada Owner",
    )
    return found


@pytest.fixture
def org(world: World) -> Organisation:
    return default(world)


@pytest.fixture
def books(world: World) -> Caller:
    return Caller(world, "/books/v3", organization_id=ORGANIZATION_ID)
