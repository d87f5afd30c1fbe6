"""Connecting from the form to the integration, against the stand-in in-process."""

from __future__ import annotations

import io
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from integrations import oauth, registry
from integrations.models import Connection, Consent, Integration
from integrations.sandbox.world import World
from tests.conftest import URL
from tests.screens.connecting.steps import (
    CLIENT,
    HOST,
    SECRET,
    ask,
    connect,
    consent_at,
    shown,
    signed_in,
    way_out,
    went,
)

pytestmark = pytest.mark.django_db


def test_from_nothing_to_an_integration(world: World, admin: Client) -> None:
    empty = shown(admin, reverse("office:connections"))
    assert "Connect Zoho Books first" in empty

    books = connect(admin, "books")
    assert books.is_test
    assert books.base_url == URL
    assert books.calls_per_minute is None
    assert books.grant.signed_in_as == signed_in(world, "books")
    assert "Connect Zoho CRM next" in shown(admin, reverse("office:connections"))

    back = consent_at(way_out(admin, ask(admin, "crm", client_secret="")))
    answer = admin.post(went(admin.get(back)), {})
    crm = Connection.objects.get(app="crm")
    # The one partner there is, so joining is the next page.
    assert went(answer) == reverse("office:join", args=[books.pk, crm.pk])
    page = admin.get(went(answer)).content.decode()
    assert "name, e-mail address and country" in page
    assert page.count("Met") >= 6
    assert "Missing" not in page

    joined = admin.post(went(answer), {"name": "crm"})
    integration = Integration.objects.get()
    assert (integration.kind, integration.writing) == ("crm", "on")
    assert went(joined) == reverse(
        "office:module-recommended", args=[integration.flow_settings.earliest("pk").pk]
    )
    assert integration.ledger.remote_fields.exists()
    assert [(c.status, c.client_secret) for c in Consent.objects.all()] == [("done", "")] * 2


def test_the_form_tells_what_to_prepare_and_what_is_shared(world: World, admin: Client) -> None:
    page = shown(admin, reverse("office:connect", args=["crm"]))

    assert f"{HOST}/office/connections/callback" in page
    assert "To read the organisation&#x27;s name, plan and home currency." in page
    assert "all contacts" in page
    assert "https://api-console.zoho.eu" in page
    for code, name in [("us", "United States"), ("ca", "zohocloud.ca"), ("sandbox", "Sandbox")]:
        assert f'value="{code}"' in page
        assert name in page


def test_every_scope_has_a_reason() -> None:
    for connector in registry.discover().connectors.values():
        assert set(connector.scopes) == set(connector.scope_reasons)
        assert all(reason.endswith(".") for reason in connector.scope_reasons.values())


@pytest.mark.parametrize("code", list(oauth.ACCOUNTS))
def test_every_data_centre_is_asked_at_its_own_server(
    code: str, world: World, admin: Client
) -> None:
    page = ask(admin, "crm", data_center=code, client_id="1000.CLIENT", client_secret="s3cret")
    address = way_out(admin, page)
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query))
    assert f"{parts.scheme}://{parts.netloc}" == oauth.ACCOUNTS[code]
    assert asked["access_type"] == "offline"
    assert asked["redirect_uri"] == f"{HOST}/office/connections/callback"
    assert "ZohoCRM.modules.ALL" in asked["scope"].split(",")
    assert "s3cret" not in address


def test_two_organisations_are_chosen_from_and_one_is_fixed(world: World, admin: Client) -> None:
    back = consent_at(way_out(admin, ask(admin)))
    address = went(admin.get(back))
    one = admin.get(address)
    assert one.context["form"].fields["organization"].disabled
    assert "disabled" in one.content.decode()

    held = world.store.collection("books", "organizations", "organization_id")
    first = next(iter(held.values()))
    held.insert(
        {**first, "organization_id": "10229199", "name": "Second Ltd", "is_default_org": False}
    )
    two = admin.get(address)
    assert not two.context["form"].fields["organization"].disabled
    assert admin.post(address, {"organization": "999"}).status_code == 200
    assert admin.post(address, {}).status_code == 200
    assert not Connection.objects.exists()
    assert admin.post(address, {"organization": first["organization_id"]}).status_code == 302
    assert Connection.objects.get().organization_id == first["organization_id"]
    # A second time is once too often.
    assert admin.post(address, {"organization": "10229199"}).status_code == 302
    assert Connection.objects.count() == 1


def test_a_pasted_code(world: World, admin: Client) -> None:
    address = reverse("office:connect-by-code", args=["books"])
    page = shown(admin, address)
    scopes = re.search(r'id="scope-line">([^<]+)<', page)[1].split(",")  # type: ignore[index]
    code = world.oauth.issue_code("sandbox-client", "", scopes, True)
    form = {**CLIENT, "client_secret": SECRET}

    wrong = admin.post(address, {**form, "code": "1000.nothing"})
    assert wrong.status_code == 200
    assert "it was used before, or it is too old" in wrong.content.decode()

    answer = admin.post(address, {**form, "code": code})
    assert admin.post(went(answer), {}).status_code == 302
    assert Connection.objects.get().app == "books"
    again = admin.post(address, {**form, "code": code})
    assert again.status_code == 200


def test_the_command_widens_a_consent_given_in_the_browser(world: World, admin: Client) -> None:
    books = connect(admin, "books")

    call_command("connect_sandbox", url=URL, stdout=io.StringIO())

    integration = Integration.objects.get()
    assert integration.ledger == books
    assert "ZohoCRM.modules.ALL" in integration.other.grant.scopes
