"""Answers of an accounts server that are not believed, and those that say no."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations import oauth
from integrations.models import Consent, Grant
from integrations.sandbox.world import World
from tests.conftest import URL
from tests.screens.connecting.steps import (
    altered,
    ask,
    consent_at,
    shown,
    way_out,
    went,
)

pytestmark = pytest.mark.django_db


FOREIGN = [
    {"state": "1.0000"},
    {"state": ""},
    {"state": None},
    {"state": "é"},
    {"state": "9" * 40},
    {"state": "\x00"},
]


@pytest.mark.parametrize("change", FOREIGN, ids=str)
def test_a_tampered_state_is_refused(change: dict[str, Any], world: World, admin: Client) -> None:
    back = consent_at(way_out(admin, ask(admin)))
    if change["state"] and change["state"][0].isdigit():
        change = {"state": f"{Consent.objects.get().pk}.{change['state']}"}

    answer = admin.get(altered(back, **change))

    assert answer.status_code == 400
    assert "does not belong to a sign-in started here" in answer.content.decode()
    assert not Grant.objects.exists()
    # The true answer is still good.
    assert went(admin.get(back)).endswith("/organization/")


def test_another_browser_cannot_bring_the_answer(world: World, admin: Client) -> None:
    back = consent_at(way_out(admin, ask(admin)))
    other = Client()
    other.force_login(User.objects.create_superuser("eve"))

    assert other.get(back).status_code == 400
    assert Client().get(back).status_code == 400
    assert not Grant.objects.exists()


def test_the_state_of_another_consent_is_refused(world: World, admin: Client) -> None:
    first, second = ask(admin, "books"), ask(admin, "crm")
    one = dict(parse_qsl(urlsplit(way_out(admin, first)).query))["state"]
    back = consent_at(way_out(admin, second))
    swapped = f"{Consent.objects.get(app='crm').pk}.{one.partition('.')[2]}"
    assert admin.get(altered(back, state=swapped)).status_code == 400


FOREIGN_SERVERS = [
    {"accounts-server": "https://accounts.zoho.com.evil.example"},
    {"accounts-server": "https://evil.example"},
    {"accounts-server": "http://accounts.zoho.eu"},
    {"accounts-server": "https://accounts.zoho.eu", "location": "us"},
    {"accounts-server": "https://accounts.zoho.com", "location": "eu"},
    {"location": "mars"},
    {"accounts-server": URL, "location": "sandbox"},
]


@pytest.mark.parametrize("change", FOREIGN_SERVERS, ids=str)
def test_a_foreign_accounts_server_gets_no_code(
    change: dict[str, str], world: World, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask(admin, data_center="eu", client_id="1000.CLIENT", client_secret="s3cret")
    state = dict(parse_qsl(urlsplit(way_out(admin, page)).query))["state"]
    monkeypatch.setattr(oauth, "new_session", lambda: pytest.fail("nobody may be asked"))
    query = {
        "code": "1000.abcdefgh.ijklmnop",
        "location": "eu",
        "accounts-server": "https://accounts.zoho.eu",
        "state": state,
        **change,
    }
    back = altered(reverse("office:callback"), **query)

    answer = admin.get(back, follow=True)

    assert "Do not go on" in answer.content.decode()
    assert not Grant.objects.exists()
    assert Consent.objects.get().status == "open"


def test_a_real_sign_in_never_becomes_a_sandbox_nor_the_other_way_round(
    world: World, admin: Client
) -> None:
    back = consent_at(way_out(admin, ask(admin)))
    real = {"accounts-server": "https://accounts.zoho.eu", "location": "eu"}
    assert "Do not go on" in admin.get(altered(back, **real), follow=True).content.decode()
    assert not Grant.objects.exists()


def test_a_sign_in_of_another_data_centre_is_redeemed_there(world: World, admin: Client) -> None:
    page = ask(admin, data_center="us", client_id="sandbox-client")
    query = dict(parse_qsl(urlsplit(way_out(admin, page)).query))
    scopes = Consent.objects.get().scopes.split(",")
    code = world.oauth.issue_code("sandbox-client", query["redirect_uri"], scopes, True)
    back = altered(
        reverse("office:callback"),
        **{
            "code": code,
            "state": query["state"],
            "location": "in",
            "accounts-server": "https://accounts.zoho.in",
        },
    )

    assert went(admin.get(back)).endswith("/organization/")

    grant = Grant.objects.get()
    assert (grant.data_center, grant.accounts_url) == ("in", "https://accounts.zoho.in")


def test_a_denied_consent_can_be_asked_for_again(world: World, admin: Client) -> None:
    page = ask(admin)
    state = dict(parse_qsl(urlsplit(way_out(admin, page)).query))["state"]

    answer = admin.get(
        reverse("office:callback"), {"error": "access_denied", "state": state}, follow=True
    )

    text = answer.content.decode()
    assert "Consent was not given (access_denied)" in text
    assert "Try again" in text
    assert not Grant.objects.exists()
    admin.post(page)
    back = consent_at(way_out(admin, page))
    assert went(admin.get(back)).endswith("/organization/")


def test_words_of_a_stranger_are_not_repeated(world: World, admin: Client) -> None:
    state = dict(parse_qsl(urlsplit(way_out(admin, ask(admin))).query))["state"]
    said = "Your account is locked, call 555"
    text = admin.get(
        reverse("office:callback"), {"error": said, "state": state}, follow=True
    ).content.decode()
    assert "555" not in text


def test_a_code_counts_once(world: World, admin: Client) -> None:
    back = consent_at(way_out(admin, ask(admin)))
    assert admin.get(back).status_code == 302
    assert admin.get(back).status_code == 400
    assert Grant.objects.count() == 1


def test_a_code_that_was_redeemed_elsewhere_is_explained(world: World, admin: Client) -> None:
    back = consent_at(way_out(admin, ask(admin)))
    world.oauth.codes.remove(dict(parse_qsl(urlsplit(back).query))["code"])

    text = shown(admin, back)

    assert "it was used before, or it is too old" in text
    assert Consent.objects.get().status == "open"


def test_a_wrong_secret_is_explained(world: World, admin: Client) -> None:
    back = consent_at(way_out(admin, ask(admin, client_secret="wrong")))
    assert "The client secret is wrong" in shown(admin, back)


def test_somebody_without_the_right_brings_no_answer(world: World, admin: Client) -> None:
    back = consent_at(way_out(admin, ask(admin)))
    User.objects.get(username="ada").groups.clear()
    assert admin.get(back).status_code == 400
    assert not Grant.objects.exists()
