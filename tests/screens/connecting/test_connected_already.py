"""An organisation that is connected already: its sign-in is replaced on purpose, or not at all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from integrations import connecting
from integrations.models import Connection, Consent, Grant
from integrations.sandbox.world import World
from tests.screens.connecting.steps import (
    CLIENT,
    HOST,
    SECRET,
    ask,
    connect,
    consent_at,
    way_out,
    went,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(world: World, admin: Client) -> Connection:
    """Books, connected and joined: an integration runs by its sign-in."""
    made, crm = connect(admin, "books"), connect(admin, "crm")
    admin.post(reverse("office:join", args=[made.pk, crm.pk]), {"name": "crm"})
    made.grant.signed_in_as = "sofia@aurora.example"
    made.grant.save()
    return made


def came_back(admin: Client, app: str = "books") -> str:
    """A consent given anew by *Connect*: the address where the organisation is chosen."""
    return went(admin.get(consent_at(way_out(admin, ask(admin, app)))))


def by_code(world: World, admin: Client) -> str:
    address = reverse("office:connect-by-code", args=["books"])
    page = admin.get(address).content.decode()
    scopes = re.search(r'id="scope-line">([^<]+)<', page)[1].split(",")  # type: ignore[index]
    code = world.oauth.issue_code("sandbox-client", "", scopes, True)
    return went(admin.post(address, {**CLIENT, "client_secret": SECRET, "code": code}))


def second_organisation(world: World, name: str = "Second Ltd") -> str:
    held = world.store.collection("books", "organizations", "organization_id")
    first = next(iter(held.values()))
    there = {"organization_id": "10229199", "name": name, "is_default_org": False}
    held.insert({**first, **there})
    return "10229199"


def unchanged(world: World, books: Connection) -> bool:
    """The sign-in is the one it was, and is still good."""
    now = Connection.objects.get(pk=books.pk)
    token = now.grant.refresh_token
    return (
        now.grant_id == books.grant_id
        and token in world.oauth.refresh
        and now.grant.signed_in_as == "sofia@aurora.example"
    )


@pytest.mark.parametrize("way", ["sign_in", "code"])
def test_a_second_look_comes_before_the_sign_in_is_replaced(
    way: str, world: World, admin: Client, books: Connection
) -> None:
    address = came_back(admin) if way == "sign_in" else by_code(world, admin)
    looked = admin.post(address, {})
    assert looked.status_code == 200
    text = looked.content.decode()
    assert f"{books.name} is connected already" in text
    assert f"Zoho CRM and Zoho Books ({books.name})" in text
    assert "sofia@aurora.example" in text
    assert "Replace the sign-in" in text
    assert unchanged(world, books)

    answer = admin.post(address, looked.context["sends"])
    assert went(answer) == reverse("office:connection", args=[books.pk])
    books.refresh_from_db()
    assert books.grant.signed_in_as != "sofia@aurora.example"
    assert books.grant.refresh_token in world.oauth.refresh
    assert Grant.objects.count() == 2
    assert "sign-in of" in admin.get(went(answer)).content.decode()


def test_on_no_the_fresh_consent_is_taken_back_and_nothing_else(
    world: World, admin: Client, books: Connection
) -> None:
    address = came_back(admin)
    fresh = Consent.objects.get(status="given").grant
    assert fresh is not None
    admin.post(address, {})
    answer = admin.post(address, {"keep": "1"}, follow=True)
    assert "stays as it was" in answer.content.decode()
    assert unchanged(world, books)
    assert fresh.refresh_token not in world.oauth.refresh
    assert not Grant.objects.filter(pk=fresh.pk).exists()
    assert Consent.objects.latest("pk").status == "withdrawn"


@pytest.mark.parametrize("sent", ["", "0", "99999", "x"])
def test_only_what_was_looked_at_is_replaced(
    sent: str, world: World, admin: Client, books: Connection
) -> None:
    """The sign-in may have been renewed by somebody else between the look and the press."""
    answer = admin.post(came_back(admin), {"replace": sent})
    assert "is connected already" in answer.content.decode()
    assert unchanged(world, books)


def test_organisations_not_yet_connected_come_first(
    world: World, admin: Client, books: Connection
) -> None:
    number = second_organisation(world, name="Zweite GmbH")
    page = admin.get(came_back(admin))
    form = page.context["form"]
    choices = form.fields["organization"].choices
    assert [value for value, _ in choices] == [number, books.organization_id]
    assert form["organization"].value() == number
    assert "connected already" in choices[1][1]
    assert "connected already" not in choices[0][1]


def test_of_several_not_connected_none_is_chosen_for_anybody(world: World, admin: Client) -> None:
    second_organisation(world)
    form = admin.get(came_back(admin)).context["form"]
    assert not form["organization"].value()


# By a one-time link -------------------------------------------------------------------------------


def invited(admin: Client, address: str = "boss@books.example") -> tuple[Client, str]:
    """(the invited person's browser, where the accounts server sends it back to)."""
    mail.outbox.clear()
    form = {**CLIENT, "client_secret": SECRET, "address": address}
    admin.post(reverse("office:invite", args=["books"]), form)
    link = re.search(rf"{HOST}(/\S+)", str(mail.outbox[0].body))
    assert link is not None
    boss = Client()
    boss.post(link[1])
    return boss, consent_at(way_out(boss, link[1]))


def test_an_invited_person_replaces_no_sign_in(
    world: World, admin: Client, books: Connection
) -> None:
    boss, back = invited(admin)
    before = set(world.oauth.refresh)
    answer = boss.get(back, follow=True)
    text = answer.content.decode()
    assert f"{books.name} is connected already" in text
    assert "Ada" in text
    assert "sofia@aurora.example" not in text
    assert "Zoho CRM and" not in text
    assert boss.post(reverse("office:invited-organization"), {}).status_code == 410
    assert unchanged(world, books)
    # What was given is taken back, and the asker is told.
    assert set(world.oauth.refresh) == before
    consent = Consent.objects.latest("pk")
    assert (consent.status, consent.grant) == ("failed", None)
    assert "is connected already" in consent.reason


def test_an_invited_person_chooses_among_those_not_connected(
    world: World, admin: Client, books: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody works in the second organisation of the stand-in.
    monkeypatch.setattr(connecting, "remember_sign_in", lambda connection: None)
    number = second_organisation(world)
    boss, back = invited(admin)
    text = boss.get(back, follow=True).content.decode()
    address = reverse("office:invited-organization")
    assert f"{books.name} is connected already" in text
    assert "Second Ltd" in text
    boss.post(address, {"organization": books.organization_id, "replace": str(books.grant_id)})
    assert Connection.objects.filter(organization_id=number).exists()
    assert unchanged(world, books)


def test_connected_while_the_invited_person_chose(world: World, admin: Client) -> None:
    """Nobody had connected it when they consented; by now somebody has."""
    boss, back = invited(admin)
    boss.get(back)
    made = connect(admin, "books")
    token = made.grant.refresh_token
    text = boss.post(reverse("office:invited-organization"), {}, follow=True).content.decode()
    assert f"{made.name} is connected already" in text
    made.refresh_from_db()
    assert made.grant.refresh_token == token
    assert token in world.oauth.refresh


def test_a_connection_renewed_on_purpose_is_renewed(
    world: World, admin: Client, books: Connection
) -> None:
    form: dict[str, Any] = {**CLIENT, "address": "boss@books.example"}
    admin.post(reverse("office:invite-again", args=[books.pk]), form)
    link = re.search(rf"{HOST}(/\S+)", str(mail.outbox[-1].body))[1]  # type: ignore[index]
    old = books.grant.refresh_token
    boss = Client()
    boss.post(link)
    assert "is connected" in boss.get(consent_at(way_out(boss, link)), follow=True).content.decode()
    books.grant.refresh_from_db()
    assert books.grant.refresh_token != old
