"""The page of a connection: credentials, organisation data, removal, rights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.models import Connection, Consent, Decision, Grant, Integration, SyncRun
from integrations.sandbox.world import World
from integrations.words import integration_name
from tests.conftest import URL, Office
from tests.screens import rows
from tests.screens.connecting.steps import (
    CLIENT,
    ask,
    change_org,
    connect,
    consent_at,
    shown,
    signed_in,
    way_out,
    went,
)

pytestmark = pytest.mark.django_db


def test_the_page_of_a_connection(world: World, admin: Client) -> None:
    books = connect(admin, "books")
    page = shown(admin, reverse("office:connection", args=[books.pk]))
    assert signed_in(world, "books") in page
    assert "a user of its own for this office" in page
    assert "Zoho requests left today" in page


def test_reconnecting_resumes_what_waited_and_revokes_the_old_token(
    make_office: Callable[..., Office],
    admin: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SANDBOX_URL = URL
    monkeypatch.setattr("integrations.jobs.async_task", lambda *a, **k: "id")
    office = make_office()
    office.accounts("Acme Ltd")
    office.faults({"service": "crm", "method": "GET", "path": "/Accounts", "kind": "revoke"})
    run = office.sync()
    assert (run.status, run.held) == ("paused", "reconnect")
    office.faults()
    books = Connection.objects.get(app="books")
    old = books.grant.refresh_token
    listed = shown(admin, reverse("office:connections"))
    assert "Reconnect" in listed

    address = reverse("office:update-credentials", args=[books.pk])
    form = {**CLIENT, "client_secret": ""}
    leave = went(admin.post(address, form))
    back = consent_at(way_out(admin, leave))
    answer = admin.get(back)

    assert went(answer) == reverse("office:connection", args=[books.pk])
    grant = Grant.objects.get()
    assert grant.pk == books.grant_id
    assert grant.refresh_token != old
    assert {c.status for c in Connection.objects.all()} == {"connected"}
    # All that shares the sign-in stays allowed.
    assert "ZohoCRM.modules.ALL" in grant.scopes
    assert "ZohoBooks.contacts.ALL" in grant.scopes
    run.refresh_from_db()
    assert run.held is None
    assert office.sync().status == SyncRun.Status.DONE


def test_updating_credentials_revokes_the_token_before(world: World, admin: Client) -> None:
    books = connect(admin, "books")
    old = books.grant.refresh_token
    leave = went(admin.post(reverse("office:update-credentials", args=[books.pk]), CLIENT))
    admin.get(consent_at(way_out(admin, leave)))
    assert old not in world.oauth.refresh
    assert Grant.objects.get().refresh_token in world.oauth.refresh
    assert Grant.objects.get().pk == books.grant_id


def test_a_sign_in_to_another_organisation_renews_nothing(world: World, admin: Client) -> None:
    books = connect(admin, "books")
    Connection.objects.filter(pk=books.pk).update(organization_id="404")
    before = Grant.objects.values().get()
    leave = went(admin.post(reverse("office:update-credentials", args=[books.pk]), CLIENT))

    text = shown(admin, consent_at(way_out(admin, leave)))

    assert "Nothing was changed" in text
    after = Grant.objects.values().get()
    assert after["refresh_token"] == before["refresh_token"]
    assert Consent.objects.filter(status="failed").exists()
    assert len(list(world.oauth.refresh.values())) == 2  # the sandbox's own, and the one in use


def test_connecting_an_organisation_again_moves_it_to_the_new_sign_in(
    world: World, admin: Client
) -> None:
    first = connect(admin, "books")
    before = first.grant.refresh_token
    address = went(admin.get(consent_at(way_out(admin, ask(admin)))))
    admin.post(address, admin.post(address, {}).context["sends"])
    second = Connection.objects.get(app="books")
    assert first.pk == second.pk
    assert Grant.objects.count() == 1
    assert first.grant_id != second.grant_id
    assert before not in world.oauth.refresh


def test_refreshing_reads_the_organisation_again(world: World, admin: Client) -> None:
    crm = connect(admin, "crm")
    change_org(world, company_name="Renamed Ltd", iso_code="JPY")
    admin.post(reverse("office:refresh-connection", args=[crm.pk]))
    crm.refresh_from_db()
    assert (crm.name, crm.base_currency) == ("Renamed Ltd", "JPY")


def test_removing_revokes_and_is_refused_while_in_use(world: World, admin: Client) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    admin.post(reverse("office:join", args=[books.pk, crm.pk]), {"name": "crm"})
    address = reverse("office:remove-connection", args=[books.pk])
    assert (
        "is used by Zoho CRM and Zoho Books (" in admin.post(address, follow=True).content.decode()
    )
    assert Connection.objects.count() == 2

    Integration.objects.all().delete()
    token = books.grant.refresh_token
    assert token in world.oauth.refresh
    admin.post(address)
    assert token not in world.oauth.refresh
    assert not Connection.objects.filter(pk=books.pk).exists()
    assert not Grant.objects.filter(pk=books.grant_id).exists()
    assert Consent.objects.filter(app="books", connection=None, status="done").exists()


def test_a_connection_stays_when_zoho_cannot_be_told(world: World, admin: Client) -> None:
    books = connect(admin, "books")
    world.faults.replace([{"service": "oauth", "kind": "close"}])
    text = admin.post(
        reverse("office:remove-connection", args=[books.pk]), follow=True
    ).content.decode()
    assert "cannot be reached" in text
    assert Connection.objects.exists()


@pytest.mark.parametrize("group", ["Auditor", "Finance staff", "Approver"])
def test_others_see_and_change_nothing(group: str, world: World, admin: Client) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    user = User.objects.create_user("sam", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)

    assert client.get(reverse("office:connections")).status_code == 200
    assert client.get(reverse("office:connection", args=[books.pk])).status_code == 200
    forbidden: list[tuple[str, list[Any]]] = [
        ("connect", ["books"]),
        ("connect-by-code", ["books"]),
        ("invite", ["crm"]),
        ("update-credentials", [books.pk]),
        ("invite-again", [books.pk]),
        ("remove-connection", [books.pk]),
        ("join", [books.pk, crm.pk]),
    ]
    for name, arguments in forbidden:
        for method in (client.get, client.post):
            answer = method(reverse(f"office:{name}", args=arguments))
            assert answer.status_code == 403, name
            assert "Integration admin" in answer.content.decode()
    assert client.post(reverse("office:refresh-connection", args=[books.pk])).status_code == 403


def test_looking_changes_nothing(world: World, admin: Client) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    before = list(Connection.objects.values()), list(Consent.objects.values())
    for name, arguments in [
        ("connections", []),
        ("connection", [books.pk]),
        ("remove-connection", [books.pk]),
        ("update-credentials", [books.pk]),
        ("join", [books.pk, crm.pk]),
    ]:
        assert admin.get(reverse(f"office:{name}", args=arguments)).status_code == 200
    for name in ("refresh-connection",):
        assert admin.get(reverse(f"office:{name}", args=[books.pk])).status_code == 405
    assert (list(Connection.objects.values()), list(Consent.objects.values())) == before


def test_writing_is_switched_with_a_reason_that_is_kept(world: World, admin: Client) -> None:
    books, crm = connect(admin, "books"), connect(admin, "crm")
    Connection.objects.update(is_test=False)
    admin.post(reverse("office:join", args=[books.pk, crm.pk]), {"name": "crm"})
    integration = Integration.objects.get()
    address = reverse("office:writing", args=[integration.pk])
    assert books.name in shown(admin, address)

    assert admin.post(address, {"writing": "on"}).status_code == 200
    assert admin.post(address, {"writing": "maybe", "reason": "x"}).status_code == 200
    integration.refresh_from_db()
    assert integration.writing == "look_only"
    admin.post(address, {"writing": "on", "reason": "The previews are right."})
    integration.refresh_from_db()

    assert integration.writing == "on"
    decision = Decision.objects.get(kind="set_writing")
    assert (decision.name, decision.reason) == (
        integration_name(integration),
        "The previews are right.",
    )
    assert decision.by is not None
    entry = LogEntry.objects.filter(changes__has_key="writing").latest("timestamp")
    assert entry.changes["writing"] == ["look_only", "on"]


def test_the_pages_take_the_same_number_of_queries_however_many_rows(
    world: World, admin: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            assert admin.get(reverse("office:connections")).status_code == 200
        return len(captured)

    for number in range(1, 3):
        rows.company(f"crm-{number}", number=number)
    queries()
    few = queries()
    for number in range(3, 15):
        rows.company(f"crm-{number}", number=number)
    assert queries() == few
    assert few < 30
