"""Workflow rules, their webhooks, and the signed calls they cause."""

from __future__ import annotations

import hashlib
import hmac

import orjson
import pytest

from integrations.sandbox import delivery
from tests.sandbox.conftest import ask

HOOK = {
    "webhook_name": "ours",
    "entity": "contact",
    "url": "http://here.example/hook?kind=contact",
    "secret": "abcdefghijkl1234",
}


def hooked(books, rule_type="created_or_edited", **changed):
    hook = books.post("/settings/webhooks", {**HOOK, **changed}).body["webhook"]["webhook_id"]
    rule = {"workflow_name": rule_type, "entity": "contact", "rule_type": rule_type}
    rule["actions"] = [{"action_type": "webhook", "action_id": hook}]
    answer = books.post("/settings/workflows", rule)
    assert answer.status == 201, answer.body
    return hook, answer.body["workflow"]["workflow_id"]


def sent(world):
    return delivery.take(world, "books")


def named(world):
    return [orjson.loads(call["body"])["contact"]["contact_name"] for call in sent(world)]


def made(books, name="Acme"):
    return books.post("/contacts", {"contact_name": name}).body["contact"]["contact_id"]


class TestDefinitions:
    def test_made_listed_changed_deleted(self, books):
        hook, rule = hooked(books)
        shown = books.get(f"/settings/webhooks/{hook}").body["webhook"]
        assert (shown["url"], "secret" in shown) == (HOOK["url"], False)
        assert len(books.get("/settings/webhooks").body["webhooks"]) == 1
        books.put(f"/settings/webhooks/{hook}", {"webhook_name": "renamed"})
        assert books.get("/settings/webhooks").body["webhooks"][0]["webhook_name"] == "renamed"
        (listed,) = books.get("/settings/workflows").body["workflows"]
        assert listed["actions"] == [{"action_type": "webhook", "action_id": hook}]
        assert books.get(f"/settings/workflows/{rule}").body["workflow"]["is_active"]
        changed = books.put(f"/settings/workflows/{rule}", {"description": "d"}).body["workflow"]
        assert changed["description"] == "d"
        assert books.delete(f"/settings/webhooks/{hook}").status == 400
        assert books.delete(f"/settings/workflows/{rule}").status == 200
        assert books.delete(f"/settings/webhooks/{hook}").status == 200
        assert books.get(f"/settings/webhooks/{hook}").body["code"] == 1002
        assert books.get(f"/settings/workflows/{rule}").body["code"] == 1002

    @pytest.mark.parametrize(
        "changed",
        [
            {"url": ""},
            {"url": "ftp://x"},
            {"secret": "short"},
            {"secret": "with blanks in it"},
            {"method": "GET"},
            {"webhook_name": "x" * 51},
            {"entity": "shoe"},
        ],
    )
    def test_refusals(self, books, changed):
        assert books.post("/settings/webhooks", {**HOOK, **changed}).status == 400

    def test_a_rule_needs_its_three_fields_and_a_known_webhook(self, books):
        rule = {"workflow_name": "n", "entity": "contact", "rule_type": "created"}
        for name in rule:
            less = {key: value for key, value in rule.items() if key != name}
            assert books.post("/settings/workflows", less).status == 400
        action = {"action_type": "webhook", "action_id": "1"}
        assert books.post("/settings/workflows", {**rule, "actions": [action]}).status == 400
        assert books.post("/settings/workflows", {**rule, "actions": [action] * 2}).status == 400
        for _ in range(10):
            assert books.post("/settings/workflows", rule).status == 201
        assert books.post("/settings/workflows", rule).status == 400


class TestCalls:
    def test_the_record_signed_over_query_and_body(self, world, books):
        hooked(books)
        contact = made(books)
        (call,) = sent(world)
        assert (call["method"], call["url"]) == ("POST", HOOK["url"])
        assert orjson.loads(call["body"])["contact"]["contact_id"] == contact
        signed = b"kindcontact" + call["body"]
        right = hmac.new(HOOK["secret"].encode(), signed, hashlib.sha256).hexdigest()
        assert call["headers"] == {"X-Zoho-Webhook-Signature": right}

    def test_without_a_secret_nothing_is_signed(self, world, books):
        hooked(books, secret="")
        made(books)
        assert "headers" not in sent(world)[0]

    def test_what_sets_a_rule_off(self, world, books):
        hooked(books, "deleted")
        contact = made(books)
        books.put(f"/contacts/{contact}", {"notes": "n"})
        assert sent(world) == []
        books.delete(f"/contacts/{contact}")
        assert named(world) == ["Acme"]

    def test_an_edit_by_the_api_or_in_the_screens(self, world, books):
        hooked(books, "edited")
        contact = made(books)
        sent(world)
        books.put(f"/contacts/{contact}", {"notes": "n"})
        ask(world, "PATCH", f"/_sandbox/records/books/contacts/{contact}", {"notes": "m"})
        assert named(world) == ["Acme", "Acme"]

    def test_what_only_moves_a_balance_is_no_edit(self, world, books):
        contact = made(books)
        hooked(books, "edited")
        line = {"name": "Work", "rate": "10", "quantity": 1}
        books.post("/invoices", {"customer_id": contact, "line_items": [line]})
        assert sent(world) == []

    def test_other_kinds_and_inactive_rules_are_quiet(self, world, books):
        _, rule = hooked(books)
        books.post("/items", {"name": "Chair", "rate": 5})
        assert sent(world) == []
        books.post(f"/settings/workflows/{rule}/inactive")
        made(books)
        assert sent(world) == []
        books.post(f"/settings/workflows/{rule}/active")
        made(books, "Bolt")
        assert "Bolt" in named(world)

    def test_a_thousand_a_day(self, world, books, monkeypatch):
        hooked(books, "created")
        monkeypatch.setattr(world, "limits", "real")
        monkeypatch.setattr("integrations.sandbox.books.webhooks.A_DAY", 2)
        for number in range(4):
            made(books, f"C{number}")
        assert len(sent(world)) == 2
        world.clock.advance(86_400)
        ask(world, "POST", "/_sandbox/records/books/contacts", [{"contact_name": "Next day"}])
        assert named(world) == ["Next day"]
