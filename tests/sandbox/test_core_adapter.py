"""The in-process adapter, driven by requests as a client would."""

from __future__ import annotations

import pytest
import requests

from integrations.sandbox.adapter import SandboxAdapter
from tests.sandbox.conftest import ORGANIZATION_ID, refreshed


@pytest.fixture
def session(world):
    session = requests.Session()
    session.mount("http://zoho.test", SandboxAdapter(world))
    session.headers["Authorization"] = f"Zoho-oauthtoken {refreshed(world)}"
    session.params = {"organization_id": ORGANIZATION_ID}
    return session


def faults(session, *wanted):
    session.post("http://zoho.test/_sandbox/faults", json=list(wanted)).raise_for_status()


URL = "http://zoho.test/books/v3/contacts"


def test_json_goes_in_and_out(session):
    made = session.post(URL, json={"contact_name": "Ä & Ö"})
    assert made.status_code == 201
    assert made.headers["content-type"].startswith("application/json")
    listed = session.get(URL, params={"contact_name": "ä & ö"}).json()
    assert [row["contact_name"] for row in listed["contacts"]] == ["Ä & Ö"]


def test_json_is_read_whatever_the_content_type(session):
    made = session.post(URL, data='{"contact_name": "A"}', headers={"Content-Type": "text/plain"})
    assert made.status_code == 201


def test_the_older_form_body(session):
    assert session.post(URL, data={"JSONString": '{"contact_name": "A"}'}).status_code == 201


def test_a_multipart_body(session):
    files = {"JSONString": (None, '{"contact_name": "A"}')}
    assert session.post(URL, files=files).status_code == 201


def test_absolute_addresses_use_the_request_s_host(session):
    answer = session.post(
        "http://zoho.test/oauth/v2/token",
        data={
            "client_id": "sandbox-client",
            "client_secret": "sandbox-secret",
            "grant_type": "refresh_token",
            "refresh_token": "sandbox-refresh",
        },
        headers={"Host": "proxy.example:8080"},
    )
    assert answer.json()["api_domain"] == "http://proxy.example:8080"


@pytest.mark.parametrize("kind", ["close", "drop_answer"])
def test_a_hang_up_is_a_connection_error(session, kind):
    faults(session, {"service": "books", "kind": kind})
    with pytest.raises(requests.ConnectionError):
        session.get(URL)


@pytest.mark.parametrize("timeout", [5, (60, 5)])
def test_a_long_delay_is_a_timeout_after_handling(session, world, timeout):
    faults(session, {"service": "books", "kind": "delay", "seconds": 6, "times": 1})
    with pytest.raises(requests.ReadTimeout):
        session.post(URL, json={"contact_name": "A"}, timeout=timeout)
    assert len(session.get("http://zoho.test/_sandbox/records/books/contacts").json()) == 1


def test_a_short_delay_costs_nothing(session):
    faults(session, {"service": "books", "kind": "delay", "seconds": 6})
    assert session.get(URL, timeout=7).status_code == 200


def test_garbage_is_not_json(session):
    faults(session, {"service": "books", "kind": "garbage"})
    with pytest.raises(requests.JSONDecodeError):
        session.get(URL).json()


def test_consent_redirects(session):
    answer = session.get(
        "http://zoho.test/oauth/v2/auth",
        params={
            "client_id": "sandbox-client",
            "response_type": "code",
            "redirect_uri": "http://zoho.test/nowhere",
            "scope": "ZohoBooks.contacts.ALL",
        },
    )
    assert [one.status_code for one in answer.history] == [302]
