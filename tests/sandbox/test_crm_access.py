"""Who may call, what it costs, and what a wrong address answers."""
# ruff: noqa: F811

from __future__ import annotations

import pytest

from tests.sandbox.crm_world import Crm, ask, crm, refreshed, world  # noqa: F401


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "AUTHENTICATION_FAILURE"),
        ("Bearer {token}", "AUTHENTICATION_FAILURE"),
        ("Zoho-oauthtoken ", "AUTHENTICATION_FAILURE"),
        ("Zoho-oauthtoken 1000.dead.token", "INVALID_TOKEN"),
    ],
)
def test_only_a_live_token_of_zoho_s_own_scheme(world, header, code):
    headers = {"authorization": header.format(token=refreshed(world))} if header else {}
    answer = ask(world, "GET", "/crm/v8/org", headers=headers)
    assert (answer.status, answer.body["code"], answer.body["status"]) == (401, code, "error")


def test_a_token_dies_after_an_hour(world, crm):
    world.clock.advance(3601)
    assert crm.get("/org").body["code"] == "INVALID_TOKEN"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/settings/nothing", 404, "INVALID_URL_PATTERN"),
        ("GET", "/Accounts/1/2/3/4", 404, "INVALID_URL_PATTERN"),
        ("GET", "/Accounts/not-an-id", 404, "INVALID_URL_PATTERN"),
        ("PATCH", "/Accounts", 400, "INVALID_REQUEST_METHOD"),
        ("DELETE", "/org", 400, "INVALID_REQUEST_METHOD"),
        ("GET", "/Nonsense", 400, "INVALID_MODULE"),
    ],
)
def test_wrong_addresses(crm, method, path, status, code):
    answer = crm.call(method, path, fields="id")
    assert (answer.status, answer.body["code"]) == (status, code)


@pytest.mark.parametrize(
    ("scopes", "method", "path", "allowed"),
    [
        (["ZohoCRM.modules.ALL"], "GET", "/Accounts", True),
        (["ZohoCRM.modules.accounts.READ"], "GET", "/Accounts", True),
        (["ZohoCRM.modules.contacts.READ"], "GET", "/Accounts", False),
        (["ZohoCRM.modules.READ"], "POST", "/Accounts", False),
        (["ZohoCRM.modules.WRITE"], "POST", "/Accounts", True),
        (["ZohoCRM.modules.accounts.CREATE"], "POST", "/Accounts/upsert", False),
        (["ZohoCRM.settings.fields.READ"], "GET", "/settings/fields", True),
        (["ZohoCRM.settings.fields.READ"], "GET", "/settings/layouts", False),
        (["ZohoCRM.modules.ALL"], "GET", "/Accounts/search", False),
        (["ZohoCRM.modules.ALL", "ZohoSearch.securesearch.READ"], "GET", "/Accounts/search", True),
        (["ZohoCRM.coql.READ"], "POST", "/coql", False),
        (["ZohoCRM.coql.READ", "ZohoCRM.modules.ALL"], "POST", "/coql", True),
        (["ZohoCRM.org.READ"], "GET", "/org", True),
        (["ZohoCRM.users.READ"], "GET", "/org", False),
    ],
)
def test_scopes(crm, scopes, method, path, allowed):
    answer = crm.with_scopes(*scopes).call(
        method, path, {} if method == "POST" else None, fields="id", module="Accounts", word="xx"
    )
    missing = answer.status == 401 and answer.body["code"] == "OAUTH_SCOPE_MISMATCH"
    assert missing is not allowed


def test_credits_are_counted_over_a_day_and_told_from_half_on(world, crm):
    world.limits = "real"
    world.company["crm_credits"] = 100
    crm.accounts(100)  # ten credits
    assert "X-API-CREDITS-REMAINING" not in crm.get("/org").headers
    assert crm.bulk.post("/read", {"query": {"module": {"api_name": "Accounts"}}}).status == 201
    assert crm.get("/org").headers["X-API-CREDITS-REMAINING"] == "38"
    assert (
        crm.get("/Accounts", fields="id", cvid=crm.view("Accounts", "All Accounts")).status == 200
    )
    statuses = [crm.get("/org").status for _ in range(40)]
    assert statuses.count(200) == 34
    assert crm.get("/org").body["code"] == "TOO_MANY_REQUESTS"
    world.clock.advance(86_400)
    assert Crm(world).get("/org").status == 200


def test_no_credits_are_counted_without_limits(world, crm):
    world.company["crm_credits"] = 1
    assert [crm.get("/org").status for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(
    ("path", "query", "in_process", "status"),
    [
        ("/org", {}, {("crm", "plain"): 19}, 200),
        ("/org", {}, {("crm", "plain"): 20}, 429),
        ("/org", {}, {("crm", "heavy"): 10, ("crm", "plain"): 5}, 200),
        ("/Accounts", {"fields": "id", "sort_by": "id"}, {("crm", "heavy"): 9}, 204),
        ("/Accounts", {"fields": "id", "sort_by": "id"}, {("crm", "heavy"): 10}, 429),
    ],
)
def test_concurrency(world, crm, path, query, in_process, status):
    world.limits = "real"
    for key, count in in_process.items():
        for _ in range(count):
            world.counters.enter(key)
    assert crm.get(path, **query).status == status


def test_a_body_that_is_not_json(crm):
    answer = crm.post("/Accounts", b"{not json")
    assert (answer.status, answer.body["code"]) == (400, "INVALID_DATA")
