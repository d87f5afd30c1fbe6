"""Several Books organisations of one company: listed together, and each with records of its own."""

from __future__ import annotations

import pytest

from integrations.sandbox.world import World
from tests.sandbox.conftest import Caller, ask

ROOT = "/books/v3"


@pytest.fixture
def company() -> World:
    return World.build(company="empty", limits="off", organizations=4)


def callers(company: World) -> list[Caller]:
    rows = Caller(company, ROOT).get("/organizations").body["organizations"]
    return [Caller(company, ROOT, organization_id=row["organization_id"]) for row in rows]


def test_they_are_listed_the_default_one_first(company: World) -> None:
    rows = Caller(company, ROOT).get("/organizations").body["organizations"]
    assert [(row["name"], row["currency_code"], row["is_default_org"]) for row in rows] == [
        ("Aurora Instruments", "USD", True),
        ("Aurora Instruments Services", "USD", False),
        ("Aurora Instruments Europe", "EUR", False),
        ("Aurora Instruments Services 2", "USD", False),
    ]
    assert len({row["organization_id"] for row in rows}) == 4


def test_there_is_one_unless_more_are_asked_for() -> None:
    one = World.build(company="empty", limits="off")
    assert len(Caller(one, ROOT).get("/organizations").body["organizations"]) == 1


def test_each_keeps_its_own_records_and_names(company: World) -> None:
    first, second, *_ = callers(company)
    for caller in (first, second):
        assert caller.post("/contacts", {"contact_name": "Acme"}).status == 201
        assert caller.post("/contacts", {"contact_name": "ACME "}).body["code"] == 3062
    there = second.get("/contacts").body["contacts"][0]["contact_id"]
    assert first.get(f"/contacts/{there}").status == 404
    assert second.get(f"/contacts/{there}").status == 200
    assert first.get("/users/me").status == second.get("/users/me").status == 200
    codes = {row["currency_code"] for row in second.get("/settings/currencies").body["currencies"]}
    assert {"USD", "EUR"} <= codes


def test_every_call_needs_an_organisation_that_there_is(company: World) -> None:
    nowhere = Caller(company, ROOT, organization_id="1")
    assert nowhere.get("/contacts").body["code"] == 6041
    assert Caller(company, ROOT).get("/contacts").body["code"] == 6041


def test_the_control_calls_name_the_organisation(company: World) -> None:
    _, second, *_ = callers(company)
    path = "/_sandbox/records/books/contacts"
    wanted = second.always
    made = ask(company, "POST", path, [{"contact_name": "Only here"}], query=wanted).body
    assert [row["contact_name"] for row in ask(company, "GET", path, query=wanted).body] == [
        "Only here"
    ]
    assert ask(company, "GET", path).body == []
    one = f"{path}/{made[0]['contact_id']}"
    assert ask(company, "PATCH", one, {"notes": "new"}, query=wanted).body["notes"] == "new"
    assert ask(company, "DELETE", one).status == 404
    assert ask(company, "DELETE", one, query=wanted).status == 200
    assert ask(company, "GET", path, query={"organization_id": "1"}).status == 400
    crm = ask(company, "GET", "/_sandbox/records/crm/Accounts", query=wanted)
    assert crm.status == 400
