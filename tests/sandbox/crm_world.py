"""The company in a world, and a caller of CRM: what the CRM tests begin with."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.sandbox.world import World
from tests.sandbox.conftest import Caller, ask, refreshed

FIELDS = "Account_Name,Phone,Owner,Parent_Account,Modified_Time"


class Crm(Caller):
    """Calls of CRM; `made` inserts one record and gives its id."""

    def __init__(self, world: World, token: str = "") -> None:
        super().__init__(world, "/crm/v8", token)
        self.bulk = Caller(world, "/crm/bulk/v8", self.token)

    def made(self, module: str, **values: Any) -> str:
        answer = self.post(f"/{module}", {"data": [values]})
        assert answer.status == 201, answer.body
        return answer.body["data"][0]["details"]["id"]

    def row(self, module: str, record_id: str) -> dict[str, Any]:
        return self.get(f"/{module}/{record_id}").body["data"][0]

    def accounts(self, count: int) -> list[str]:
        """Ids of so many new accounts, named Account 0 and on."""
        made: list[str] = []
        for start in range(0, count, 100):
            rows = [{"Account_Name": f"Account {n}"} for n in range(start, min(start + 100, count))]
            answer = self.post("/Accounts", {"data": rows})
            made += [row["details"]["id"] for row in answer.body["data"]]
        return made

    def view(self, module: str, name: str) -> str:
        views = self.get("/settings/custom_views", module=module).body["custom_views"]
        return next(view["id"] for view in views if view["name"] == name)

    def with_scopes(self, *scopes: str) -> Crm:
        """The same user with a token of these scopes only."""
        return Crm(self.world, self.world.oauth.issue_access(list(scopes), "", ""))


@pytest.fixture
def world() -> World:
    return World.build("empty", limits="off")


@pytest.fixture
def crm(world: World) -> Crm:
    return Crm(world)


__all__ = ["FIELDS", "Crm", "ask", "crm", "refreshed", "world"]
