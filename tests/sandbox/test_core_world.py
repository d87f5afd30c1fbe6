"""Routing, faults, counters, log, clock, limits and the control calls."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from integrations.sandbox.wire import Answer, Request, Router, stats_path
from integrations.sandbox.world import HANGUP, World
from tests.sandbox.conftest import ORGANIZATION_ID, Caller, ask, refreshed, token_answer


def control(world, method, path, body=None, **query):
    return ask(world, method, "/_sandbox" + path, body, query=query).body


def faults(world, *wanted):
    return ask(world, "POST", "/_sandbox/faults", list(wanted))


def statuses(books, count):
    found = [books.get("/contacts") for _ in range(count)]
    return ["cut" if answer is HANGUP else answer.status for answer in found]


class TestRoutes:
    @pytest.fixture
    def router(self):
        router = Router("x", "/x/v1/{portal_id}", aliases={"/x/bulk": "/bulk"})
        for method, template in (
            ("GET", "/things"),
            ("GET", "/things/{thing_id}"),
            ("GET", "/things/special"),
            ("GET", "/{module}/{id}"),
            ("POST", "/bulk/read/{job_id}"),
        ):
            router.route(method, template)(lambda world, request, **params: Answer(200))
        return router

    @pytest.mark.parametrize(
        ("path", "template", "key"),
        [
            ("/x/v1/7/things", "/things", "/things"),
            ("/x/v1/7/things/12", "/things/{thing_id}", "/things/{id}"),
            ("/x/v1/7/things/special", "/things/special", "/things/special"),
            ("/x/v1/7/Accounts/12", "/{module}/{id}", "/Accounts/{id}"),
            ("/x/bulk/read/5", "/bulk/read/{job_id}", "/bulk/read/{id}"),
        ],
    )
    def test_literal_segments_win_and_ids_are_hidden(self, router, path, template, key):
        method = "POST" if "bulk" in path else "GET"
        below, _ = router.below(path)
        match = router.match(method, below)
        assert match.template == template
        assert stats_path(below, match) == key

    def test_the_root_s_parameters_reach_the_handler(self, router):
        assert router.below("/x/v1/7/things")[1] == {"portal_id": "7"}

    def test_another_path_is_not_ours(self, router):
        assert router.below("/x/v10/things") is None
        assert router.match("GET", "/things/1/2/3") is None

    def test_a_method_without_a_handler(self, router):
        assert router.match("PUT", "/things/12").handler is None


class TestControl:
    def test_info(self, world):
        found = control(world, "GET", "/info")
        assert set(found) == {"limits", "company", "accounts", "seed", "now"}
        assert found["limits"] == "off"

    def test_stats_count_by_call_and_status(self, world, books):
        made = books.post("/contacts", {"contact_name": "A"}).body["contact"]["contact_id"]
        books.post("/contacts", {"contact_name": "a"})
        books.get(f"/contacts/{made}")
        books.get("/nowhere/123456")
        found = control(world, "GET", "/stats")
        assert found["calls"]["books"] == {
            "POST /contacts": {"count": 2, "by_status": {"201": 1, "400": 1}},
            "GET /contacts/{id}": {"count": 1, "by_status": {"200": 1}},
            "GET /nowhere/{id}": {"count": 1, "by_status": {"404": 1}},
        }
        assert found["busiest_minute"]["books"] == 4
        control(world, "POST", "/stats/reset")
        assert control(world, "GET", "/stats") == {"calls": {}, "busiest_minute": {}}

    def test_the_busiest_minute_is_any_60_seconds(self, world, books):
        for advance in (0, 30, 29, 2, 61):
            control(world, "POST", "/clock", {"advance": advance})
            books.get("/contacts")
        assert control(world, "GET", "/stats")["busiest_minute"]["books"] == 3

    def test_the_log_keeps_every_request(self, world, books):
        before = len(control(world, "GET", "/requests"))
        books.post("/contacts", {"contact_name": "A"}, x="1")
        ask(world, "POST", "/oauth/v2/token", b"grant_type=refresh_token")
        found = control(world, "GET", "/requests", since=before)
        assert found[0] == {
            "number": before + 1,
            "service": "books",
            "method": "POST",
            "path": "/books/v3/contacts",
            "query": {"organization_id": ORGANIZATION_ID, "x": "1"},
            "body": {"contact_name": "A"},
            "status": 201,
        }
        assert found[1]["body"] == "grant_type=refresh_token"
        assert len(found) == 2

    def test_control_calls_leave_no_trace(self, world):
        control(world, "GET", "/stats")
        assert control(world, "GET", "/requests") == []
        assert control(world, "GET", "/stats")["calls"] == {}

    def test_the_clock_is_the_date_of_every_answer(self, world, books):
        def date():
            return parsedate_to_datetime(books.get("/contacts").headers["Date"])

        before = date()
        control(world, "POST", "/clock", {"advance": 3600})
        assert 3600 <= (date() - before).total_seconds() < 3610

    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("GET", "/nothing", None, 404),
            ("GET", "/records/books", None, 404),
            ("GET", "/records/nobody/contacts", None, 404),
            ("GET", "/records/books/nothing", None, 404),
            ("GET", "/records/books/contacts/1", None, 404),
            ("POST", "/records/books/contacts", {"contact_name": "A"}, 400),
            ("DELETE", "/records/books/contacts", None, 405),
            ("POST", "/faults", {"kind": "close"}, 400),
            ("POST", "/faults", [{"kind": "mayhem"}], 400),
            ("POST", "/faults", [{"kind": "close", "colour": "red"}], 400),
            ("POST", "/clock", {"advance": "soon"}, 400),
        ],
    )
    def test_calls_that_make_no_sense(self, world, method, path, body, status):
        answer = ask(world, method, "/_sandbox" + path, body)
        assert answer.status == status
        assert answer.body["error"]


class TestFaults:
    def test_status_is_answered_without_handling(self, world, books):
        faults(world, {"service": "books", "kind": "status", "status": 503, "body": {"code": 9}})
        answer = books.post("/contacts", {"contact_name": "A"})
        assert (answer.status, answer.body) == (503, {"code": 9})
        assert control(world, "GET", "/records/books/contacts") == []

    def test_close_hangs_up_before_handling(self, world, books):
        faults(world, {"method": "post", "path": "/contacts", "kind": "close", "service": "books"})
        assert books.post("/contacts", {"contact_name": "A"}) is HANGUP
        assert control(world, "GET", "/records/books/contacts") == []
        assert control(world, "GET", "/requests")[-1]["status"] is None
        calls = control(world, "GET", "/stats")["calls"]["books"]
        assert calls["POST /contacts"] == {"count": 1, "by_status": {"null": 1}}

    def test_drop_answer_hangs_up_after_handling(self, world, books):
        faults(world, {"service": "books", "kind": "drop_answer"})
        assert books.post("/contacts", {"contact_name": "A"}) is HANGUP
        assert len(control(world, "GET", "/records/books/contacts")) == 1
        assert control(world, "GET", "/requests")[-1]["status"] == 201

    def test_garbage_is_no_json(self, world, books):
        faults(world, {"service": "books", "kind": "garbage", "times": 1})
        assert isinstance(books.get("/contacts").body, bytes)
        assert books.get("/contacts").body["code"] == 0

    def test_delay_holds_the_answer_back(self, world, books):
        faults(world, {"service": "books", "kind": "delay", "seconds": 7})
        outcome = world.exchange(Request("GET", "/books/v3/contacts"))
        assert outcome.delay == 7
        assert outcome.answer.status == 401

    def test_times_runs_out(self, world, books):
        faults(world, {"service": "books", "kind": "status", "status": 500, "times": 2})
        assert statuses(books, 3) == [500, 500, 200]

    def test_the_path_is_compared_whole(self, world, books):
        faults(world, {"path": "/contacts/{id}", "kind": "status", "status": 500})
        assert books.get("/contacts").status == 200
        assert books.get("/contacts/123").status == 500

    def test_only_a_fault_s_own_requests_draw_from_its_stream(self, world, books):
        wanted = {"service": "books", "path": "/contacts", "kind": "close", "rate": 0.5}
        faults(world, wanted)
        plain = statuses(books, 20)
        faults(world, wanted)
        mixed = []
        for _ in range(20):
            mixed += statuses(books, 1)
            books.get("/items")
        assert plain == mixed
        assert 4 < plain.count("cut") < 16

    def test_a_new_list_replaces_the_old(self, world, books):
        faults(world, {"kind": "status", "status": 500})
        faults(world)
        assert statuses(books, 1) == [200]

    def test_revoke_kills_what_was_used_for_good(self, world, books):
        other = Caller(world, "/books/v3", organization_id=ORGANIZATION_ID)
        faults(world, {"service": "books", "path": "/contacts", "kind": "revoke"})
        assert books.get("/items").status == 200
        assert books.get("/contacts").status == 401
        faults(world)
        assert books.get("/items").status == 401
        assert other.get("/items").status == 200
        dead = token_answer(world, grant_type="refresh_token", refresh_token="sandbox-refresh")
        assert dead.body == {"error": "invalid_code"}

    def test_revoke_of_another_grant_leaves_the_first_alone(self, world):
        refresh = world.oauth.issue_refresh("sandbox-client", "x@y.zz", ["ZohoBooks.contacts.ALL"])
        mine = Caller(
            world, "/books/v3", refreshed(world, refresh), organization_id=ORGANIZATION_ID
        )
        faults(world, {"service": "books", "kind": "revoke"})
        assert mine.get("/contacts").status == 401
        assert refreshed(world)


class TestLimits:
    @pytest.fixture
    def books(self, world):
        caller = Caller(world, "/books/v3", organization_id=ORGANIZATION_ID)
        world.limits = "real"
        return caller

    def test_a_hundred_calls_in_any_minute(self, world, books):
        assert statuses(books, 101) == [200] * 100 + [429]
        refused = books.get("/contacts")
        assert refused.body["code"] == 44
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        world.clock.advance(60)
        assert statuses(books, 1) == [200]

    def test_a_day_s_calls(self, world, books, org):
        world.store.collection("books", "organizations").replace(
            org.id, {**org.record, "plan_name": "FREE"}
        )
        local = world.clock.now().astimezone(org.zone)
        world.clock.advance((25 - local.hour) % 24 * 3600)  # away from midnight
        books.token = refreshed(world)
        found = []
        for _ in range(11):
            found += statuses(books, 100)
            world.clock.advance(61)
        assert found.count(200) == 1000
        refused = books.get("/contacts")
        assert refused.body["code"] == 45
        assert refused.body["message"].endswith("rate limit of 1000.")
        world.clock.advance(86_400)
        books.token = refreshed(world)
        assert statuses(books, 1) == [200]

    def test_calls_in_process(self, world, books):
        for _ in range(10):
            world.counters.enter(("books", ORGANIZATION_ID))
        assert books.get("/contacts").body["code"] == 1070
        world.counters.leave(("books", ORGANIZATION_ID))
        assert statuses(books, 1) == [200]

    def test_no_limits_when_off(self, world, books):
        world.limits = "off"
        assert set(statuses(books, 150)) == {200}


def test_a_world_in_a_file_goes_on_where_it_ended(tmp_path, world):
    file = str(tmp_path / "world.db")
    first = World(store_file=file)
    token = refreshed(first)
    ask(first, "POST", "/_sandbox/clock", {"advance": 100})
    first.outbox.add("books", "a@b.cc", "Hello", "a test")
    first.company.update(name="demo", accounts=3, seed=9)
    first.store.flush()

    again = World(store_file=file)
    assert again.oauth.grant_for(token)
    assert again.clock.time() - first.clock.time() < 5
    assert again.outbox.mails() == first.outbox.mails()
    assert control(again, "GET", "/info")["accounts"] == 3
    assert len(again.oauth.clients) == 1
