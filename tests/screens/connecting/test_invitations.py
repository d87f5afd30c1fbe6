"""The one-time link for somebody without a login here."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from integrations import invitations
from integrations.models import Connection, Consent, Grant
from integrations.sandbox.world import World
from mappings.table_files import BAND
from tests.screens.connecting.steps import (
    CLIENT,
    HOST,
    SECRET,
    connect,
    consent_at,
    shown,
    signed_in,
    way_out,
    went,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def invited(world: World, admin: Client) -> str:
    form = {**CLIENT, "client_secret": SECRET, "address": "boss@crm.example", "note": "As said."}
    page = admin.post(reverse("office:invite", args=["crm"]), form, follow=True).content.decode()
    (letter,) = mail.outbox
    link = re.search(rf"{HOST}(/\S+)", str(letter.body))
    assert link is not None
    assert link[1] not in page
    return link[1]


def test_somebody_without_a_login_connects_and_gets_nothing_else(
    invited: str, world: World, admin: Client
) -> None:
    (letter,) = mail.outbox
    assert letter.to == ["boss@crm.example"]
    assert "Ada" in letter.body
    assert "As said." in letter.body
    boss = Client()
    page = boss.get(invited).content.decode()
    assert "ada@office.example" in page
    assert "ZohoCRM.modules.ALL" in page
    # Scanners open links, too.
    assert Client().get(invited).status_code == 200

    boss.post(invited)
    back = consent_at(way_out(boss, invited))
    choosing = boss.get(back)
    assert went(choosing) == reverse("office:invited-organization")
    done = boss.post(went(choosing), {}, follow=True).content.decode()

    assert "is connected" in done
    crm = Connection.objects.get()
    consent = Consent.objects.get()
    assert (consent.connection, consent.signed_in_as) == (crm, signed_in(world, "crm"))
    assert boss.get(invited).status_code == 410
    assert boss.post(invited).status_code == 410
    for name in ("connections", "modules"):
        assert boss.get(reverse(f"office:{name}")).status_code == 302
    assert boss.get(reverse("office:connection", args=[crm.pk])).status_code == 302
    assert boss.get(reverse("office:organization", args=[consent.pk])).status_code == 302
    assert "boss@crm.example" in shown(admin, reverse("office:connections"))


def test_the_list_says_when_a_link_ends(invited: str, world: World, admin: Client) -> None:
    listed = shown(admin, reverse("office:connections"))
    assert re.search(r"Waiting for consent, ends <time[^>]*>in 2\sdays</time>", listed)


def test_a_link_that_was_altered_expired_or_withdrawn_opens_nothing(
    invited: str, world: World, admin: Client
) -> None:
    boss = Client()
    assert boss.get(f"{invited[:-4]}AAA/").status_code == 410
    assert boss.get(reverse("office:invited", args=["nonsense"])).status_code == 410
    Consent.objects.update(invited_address="else@crm.example")
    assert boss.get(invited).status_code == 410
    Consent.objects.update(invited_address="boss@crm.example")
    assert boss.get(invited).status_code == 200
    boss.post(invited)
    back = consent_at(way_out(boss, invited))

    admin.post(reverse("office:withdraw", args=[Consent.objects.get().pk]))

    assert boss.get(invited).status_code == 410
    assert "withdrawn" in boss.get(back, follow=True).content.decode()
    assert not Grant.objects.exists()
    consent = Consent.objects.get()
    assert (consent.status, consent.client_secret) == ("withdrawn", "")


def test_a_link_is_good_for_three_days(invited: str, world: World) -> None:
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=3, minutes=1)):
        answer = Client().get(invited)
    assert answer.status_code == 410
    assert "too old" in answer.content.decode()


def test_who_says_no_can_open_the_link_again(invited: str, world: World) -> None:
    boss = Client()
    boss.post(invited)
    state = dict(parse_qsl(urlsplit(way_out(boss, invited)).query))["state"]
    answer = boss.get(
        reverse("office:callback"), {"error": "access_denied", "state": state}, follow=True
    )
    assert answer.status_code == 200
    assert "Consent was not given" in answer.content.decode()
    assert answer.request["PATH_INFO"] == invited or "A request to connect" in str(answer.content)


def test_an_invited_person_can_renew_a_connection(world: World, admin: Client) -> None:
    crm = connect(admin, "crm")
    old = crm.grant.refresh_token
    form = {**CLIENT, "address": "boss@crm.example"}
    admin.post(reverse("office:invite-again", args=[crm.pk]), form)
    link = re.search(rf"{HOST}(/\S+)", str(mail.outbox[0].body))[1]  # type: ignore[index]
    boss = Client()
    assert crm.name in boss.get(link).content.decode()
    boss.post(link)
    text = boss.get(consent_at(way_out(boss, link)), follow=True).content.decode()
    assert "is connected" in text
    assert Grant.objects.get().refresh_token != old


def test_without_outgoing_mail_no_link_is_made(world: World, admin: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    form = {**CLIENT, "client_secret": SECRET, "address": "boss@crm.example"}
    page = admin.post(reverse("office:invite", args=["crm"]), form).content.decode()
    assert "sends no mail yet" in page
    assert not Consent.objects.exists()


def test_an_invitation_to_test_data_is_marked_in_the_mail_and_on_each_page(
    invited: str, world: World, admin: Client
) -> None:
    (letter,) = mail.outbox
    assert letter.subject.startswith("TEST DATA: ")
    assert str(letter.body).startswith(f"{BAND}\n")
    boss = Client()
    assert BAND in boss.get(invited).content.decode()
    boss.post(invited)
    back = consent_at(way_out(boss, invited))
    choosing = boss.get(back, follow=True).content.decode()
    assert BAND in choosing
    done = boss.post(reverse("office:invited-organization"), {}, follow=True).content.decode()
    assert "is connected" in done
    assert BAND in done
    # The link is spent, and only test organisations are connected here.
    assert BAND in boss.get(invited).content.decode()


def test_an_invitation_to_a_real_organisation_is_not_marked(
    invited: str, world: World, admin: Client
) -> None:
    connect(admin, "books")
    consent = Consent.objects.get(invited_address="boss@crm.example")
    consent.data_center, consent.accounts_url = "eu", "https://accounts.zoho.eu"
    consent.save()
    page = Client().get(invited).content.decode()
    assert "Europe" in page
    assert "TEST DATA" not in page
    mail.outbox.clear()
    invitations.mail(consent, "https://office.example/x")
    (letter,) = mail.outbox
    assert "TEST DATA" not in f"{letter.subject}{letter.body}"
