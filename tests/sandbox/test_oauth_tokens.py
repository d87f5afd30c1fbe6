"""The accounts server: consent, tokens, revocation and their odd error answers."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.sandbox.conftest import CREDENTIALS, ORGANIZATION_ID, Caller, ask, token_answer

BACK = "https://our.example/back?x=1"
CONSENT = {
    "client_id": "sandbox-client",
    "response_type": "code",
    "redirect_uri": BACK,
    "scope": "ZohoBooks.contacts.ALL,ZohoBooks.settings.READ",
    "access_type": "offline",
    "state": "s t&",
}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "sandbox-refresh"}


def consent(world, **changed):
    return ask(world, "GET", "/oauth/v2/auth", query={**CONSENT, **changed}, host="h:81")


def a_code(world, **changed):
    location = consent(world, **changed).headers["Location"]
    return parse_qs(urlsplit(location).query)["code"][0]


def exchange(world, code, **changed):
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    return token_answer(world, **{**fields, **changed})


class TestConsent:
    def test_it_is_given_at_once(self, world):
        answer = consent(world)
        assert answer.status == 302
        assert answer.headers["Location"].startswith(BACK + "&")
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert back["state"] == ["s t&"]
        assert back["location"] == ["sandbox"]
        assert back["accounts-server"] == ["http://h:81"]

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"client_id": "x"}, "invalid_client"),
            ({"redirect_uri": "javascript:1"}, "invalid_redirect_uri"),
            ({"response_type": "token"}, "invalid_response_type"),
            ({"scope": ""}, "invalid_scope"),
            ({"scope": "ZohoBooks.contacts.ALL,!"}, "invalid_scope"),
        ],
    )
    def test_what_is_refused(self, world, changed, error):
        answer = consent(world, **changed)
        assert (answer.status, answer.body) == (400, {"error": error})


class TestCodes:
    def test_a_code_becomes_tokens(self, world):
        body = exchange(world, a_code(world)).body
        assert body["token_type"] == "Bearer"
        assert body["expires_in"] == 3600
        assert body["scope"] == "ZohoBooks.contacts.ALL ZohoBooks.settings.READ"
        assert body["api_domain"] == "http://zoho.test"
        again = token_answer(world, grant_type="refresh_token", refresh_token=body["refresh_token"])
        assert "refresh_token" not in again.body

    def test_online_access_brings_no_refresh_token(self, world):
        assert "refresh_token" not in exchange(world, a_code(world, access_type="online")).body

    def test_a_code_is_good_once(self, world):
        code = a_code(world)
        exchange(world, code)
        answer = exchange(world, code)
        assert (answer.status, answer.body) == (200, {"error": "invalid_code"})

    def test_a_code_grows_old(self, world):
        code = a_code(world)
        world.clock.advance(121)
        assert exchange(world, code).body == {"error": "invalid_code"}

    def test_a_code_belongs_to_its_address(self, world):
        answer = exchange(world, a_code(world), redirect_uri="https://other.example/")
        assert answer.body == {"error": "invalid_redirect_uri"}


class TestTokens:
    def test_fields_come_by_query_string_or_form(self, world):
        assert token_answer(world, **REFRESH).body["access_token"]
        form = urlencode({**CREDENTIALS, **REFRESH}).encode()
        answer = ask(world, "POST", "/oauth/v2/token", form)
        assert answer.body["access_token"]

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"client_id": "x"}, "invalid_client"),
            ({"client_secret": "x"}, "invalid_client_secret"),
            ({"refresh_token": "x"}, "invalid_code"),
            ({"grant_type": "x"}, "unsupported_grant_type"),
        ],
    )
    def test_errors_come_with_200(self, world, changed, error):
        answer = token_answer(world, **{**REFRESH, **changed})
        assert (answer.status, answer.body) == (200, {"error": error})

    def test_the_eleventh_request_in_ten_minutes_waits(self, world):
        world.limits = "real"
        assert {token_answer(world, **REFRESH).status for _ in range(10)} == {200}
        refused = token_answer(world, **REFRESH)
        assert refused.status == 400
        assert refused.body["error"] == "Access Denied"
        world.clock.advance(601)
        assert token_answer(world, **REFRESH).status == 200

    def test_no_throttle_with_limits_off(self, world):
        assert {token_answer(world, **REFRESH).status for _ in range(12)} == {200}

    def test_an_access_token_lives_an_hour(self, world, books):
        assert books.get("/contacts").status == 200
        world.clock.advance(3600)
        assert books.get("/contacts").body["code"] == 57

    def test_thirty_live_tokens_the_oldest_goes(self, world, books):
        for _ in range(29):
            token_answer(world, **REFRESH)
        assert books.get("/contacts").status == 200
        token_answer(world, **REFRESH)
        assert books.get("/contacts").status == 401

    def test_twenty_refresh_tokens_the_oldest_goes(self, world):
        tokens = [exchange(world, a_code(world)).body["refresh_token"] for _ in range(21)]
        first, second = (
            token_answer(world, grant_type="refresh_token", refresh_token=token).body
            for token in tokens[:2]
        )
        assert first == {"error": "invalid_code"}
        assert second["access_token"]
        assert token_answer(world, **REFRESH).body["access_token"]


class TestRevocation:
    def revoke(self, world, token):
        return ask(world, "POST", "/oauth/v2/token/revoke", query={"token": token}).body

    def test_a_refresh_token_takes_its_access_tokens_along(self, world):
        body = exchange(world, a_code(world)).body
        assert self.revoke(world, body["refresh_token"]) == {"status": "success"}
        assert world.oauth.grant_for(body["access_token"]) is None

    def test_an_access_token_goes_alone(self, world):
        body = exchange(world, a_code(world)).body
        self.revoke(world, body["access_token"])
        again = token_answer(world, grant_type="refresh_token", refresh_token=body["refresh_token"])
        assert again.body["access_token"]

    def test_an_unknown_one_is_an_error(self, world):
        assert self.revoke(world, "x") == {"error": "invalid_code"}


class TestScopes:
    @pytest.mark.parametrize(
        ("scope", "method", "path", "status"),
        [
            ("ZohoBooks.contacts.READ", "GET", "/contacts", 200),
            ("ZohoBooks.contacts.ALL", "GET", "/contacts", 200),
            ("ZohoBooks.fullaccess.all", "GET", "/contacts", 200),
            ("ZohoBooks.contacts.CREATE", "GET", "/contacts", 401),
            ("ZohoBooks.contacts.READ", "POST", "/contacts", 401),
            ("ZohoBooks.settings.READ", "GET", "/items", 200),
            ("ZohoBooks.contacts.ALL", "GET", "/items", 401),
            ("ZohoBooks.accountants.READ", "GET", "/transactionlocks", 200),
            ("ZohoCRM.modules.ALL", "GET", "/contacts", 401),
        ],
    )
    def test_a_missing_scope_is_57(self, world, scope, method, path, status):
        token = exchange(world, a_code(world, scope=scope)).body["access_token"]
        answer = Caller(world, "/books/v3", token, organization_id=ORGANIZATION_ID).call(
            method, path
        )
        assert answer.status == status
        if status == 401:
            assert answer.body["code"] == 57

    @pytest.mark.parametrize("header", ["", "Zoho-oauthtoken nonsense", "Basic YTpi"])
    def test_no_token_no_entry(self, world, header):
        answer = ask(world, "GET", "/books/v3/contacts", headers={"authorization": header})
        assert (answer.status, answer.body["code"]) == (401, 57)
