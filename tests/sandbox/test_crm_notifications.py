"""Notification channels and the calls they cause."""
# ruff: noqa: F811

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import orjson
import pytest

from integrations.sandbox import delivery
from integrations.sandbox.crm import take
from tests.sandbox.crm_world import Crm, ask, crm, world  # noqa: F401

CHANNEL = {
    "channel_id": "1000000068001",
    "events": ["Accounts.all"],
    "notify_url": "http://here.example/hook",
    "token": "proof",
}


def watch(crm, **changed):
    answer = crm.post("/actions/watch", {"watch": [{**CHANNEL, **changed}]})
    assert answer.status == 201, answer.body
    return answer.body["watch"][0]


def bodies(world):
    return [call["body"] for call in take(world)]


class TestChannels:
    def test_made_listed_dropped(self, crm):
        made = watch(crm, events=["Accounts.create", "Deals.all"])
        assert made["message"] == "Successfully subscribed for actions-watch of the given module"
        names = [event["resource_name"] for event in made["details"]["events"]]
        assert names == ["Accounts", "Deals"]
        listed = crm.get("/actions/watch").body
        assert listed["info"]["count"] == 2
        assert listed["watch"][0]["events"] == ["Accounts.create"]
        assert crm.get("/actions/watch", module="Deals").body["info"]["count"] == 1
        dropped = crm.delete("/actions/watch", channel_ids=CHANNEL["channel_id"])
        assert (dropped.status, len(dropped.body["watch"])) == (200, 2)
        assert crm.get("/actions/watch").status == 204

    @pytest.mark.parametrize(
        ("asked", "lives"),
        [
            (None, timedelta(hours=1)),
            (timedelta(days=3), timedelta(days=3)),
            (timedelta(days=8), timedelta(hours=1)),
            (timedelta(hours=-1), timedelta(hours=1)),
        ],
    )
    def test_expiry(self, world, crm, asked, lives):
        expiry = {}
        if asked is not None:
            moment = (world.clock.now() + asked).replace(microsecond=0)
            expiry = {"channel_expiry": moment.isoformat()}
        watch(crm, **expiry)
        world.clock.advance(lives.total_seconds() - 60)
        assert Crm(world).get("/actions/watch").status == 200
        world.clock.advance(120)
        later = Crm(world)
        assert later.get("/actions/watch").status == 204
        later.made("Accounts", Account_Name="A")
        assert take(world) == []

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"notify_url": ""}, "MANDATORY_NOT_FOUND"),
            ({"channel_id": None}, "MANDATORY_NOT_FOUND"),
            ({"events": []}, "MANDATORY_NOT_FOUND"),
            ({"channel_id": "abc"}, "INVALID_DATA"),
            ({"events": ["Nonsense.all"]}, "INVALID_DATA"),
            ({"events": ["Accounts.open"]}, "INVALID_DATA"),
            ({"token": "x" * 51}, "INVALID_DATA"),
            ({"channel_expiry": "2030-01-01T00:00:00.5+00:00"}, "INVALID_DATA"),
        ],
    )
    def test_refusals(self, crm, changed, code):
        answer = crm.post("/actions/watch", {"watch": [{**CHANNEL, **changed}]})
        assert (answer.status, answer.body["watch"][0]["code"]) == (400, code)

    def test_mixed(self, crm):
        answer = crm.post("/actions/watch", {"watch": [CHANNEL, {"channel_id": "7"}]})
        assert answer.status == 207
        dropped = crm.delete("/actions/watch", channel_ids=f"{CHANNEL['channel_id']},99")
        assert dropped.status == 207
        assert crm.delete("/actions/watch", channel_ids="99").status == 400
        assert crm.delete("/actions/watch").body["code"] == "REQUIRED_PARAM_MISSING"
        assert crm.post("/actions/watch", {}).body["code"] == "MANDATORY_NOT_FOUND"

    def test_put_replaces_and_patch_changes(self, crm):
        watch(crm)
        changed = {**CHANNEL, "events": ["Deals.edit"]}
        answer = crm.put("/actions/watch", {"watch": [changed]})
        assert answer.body["watch"][0]["message"] == "Successfully updated the subscribe details"
        row = {"channel_id": CHANNEL["channel_id"], "events": ["Contacts.all"]}
        assert crm.call("PATCH", "/actions/watch", {"watch": [row]}).status == 200
        listed = crm.get("/actions/watch").body["watch"]
        assert [row["resource_name"] for row in listed] == ["Deals", "Contacts"]
        assert listed[0]["notify_url"] == CHANNEL["notify_url"]
        less = {**row, "_delete_events": True}
        crm.call("PATCH", "/actions/watch", {"watch": [less]})
        assert crm.get("/actions/watch").body["info"]["count"] == 1
        unknown = crm.put("/actions/watch", {"watch": [{**CHANNEL, "channel_id": "5"}]})
        assert unknown.body["watch"][0]["code"] == "NOT_SUBSCRIBED"


class TestCalls:
    def test_every_kind_of_change(self, world, crm):
        watch(crm)
        record = crm.made("Accounts", Account_Name="A")
        crm.put(f"/Accounts/{record}", {"data": [{"Phone": "1", "Fax": None}]})
        crm.delete(f"/Accounts/{record}")
        told = bodies(world)
        assert [body["operation"] for body in told] == ["insert", "update", "delete"]
        assert told[1]["ids"] == [record]
        assert told[1]["affected_fields"] == [{record: ["Phone"]}]
        assert {body["token"] for body in told} == {"proof"}
        assert told[0]["resource_uri"] == "http://zoho.test/crm/v8/Accounts"
        assert take(world) == []

    def test_only_what_was_asked_for(self, world, crm):
        watch(crm, events=["Accounts.edit"])
        record = crm.made("Accounts", Account_Name="A")
        crm.made("Contacts", Last_Name="P")
        assert bodies(world) == []
        crm.put(f"/Accounts/{record}", {"data": [{"Phone": "1"}]})
        assert [body["operation"] for body in bodies(world)] == ["update"]

    def test_a_condition_on_fields(self, world, crm):
        condition = {
            "type": "field_selection",
            "module": {"api_name": "Accounts"},
            "field_selection": {"group_operator": "or", "group": [{"api_name": "Fax"}]},
        }
        watch(crm, notification_condition=[condition])
        record = crm.made("Accounts", Account_Name="A")
        crm.put(f"/Accounts/{record}", {"data": [{"Phone": "1"}]})
        crm.put(f"/Accounts/{record}", {"data": [{"Fax": "1"}]})
        assert [body["operation"] for body in bodies(world)] == ["insert", "update"]

    def test_changes_in_the_screens_are_told_too(self, world, crm):
        watch(crm)
        ask(world, "POST", "/_sandbox/records/crm/Accounts", [{"Account_Name": "A"}])
        assert [body["operation"] for body in bodies(world)] == ["insert"]


def test_a_server_sends_them(world, crm):
    """The thread the real server starts, against a listener on this machine."""
    got, done = [], threading.Event()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            done.set()

        def log_message(self, *args):
            """Nothing on standard error."""

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sender = delivery.Delivery(world, pause=0.01)
    sender.start()
    try:
        watch(crm, notify_url=f"http://127.0.0.1:{server.server_port}/hook")
        record = crm.made("Accounts", Account_Name="A")
        assert done.wait(5)
    finally:
        sender.stop()
        server.shutdown()
        server.server_close()
    assert got[0]["ids"] == [record]
