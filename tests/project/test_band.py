"""G-4: every page says whose data it shows."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from integrations.models import Connection, Grant

pytestmark = pytest.mark.django_db

TEST_DATA = "TEST DATA: nothing here reaches your books"
PAGES = (
    "admin:index",
    "admin:auth_user_changelist",
    "admin:auth_user_add",
    "admin:password_change",
)


def connect(name: str, *, data_center: str, is_test: bool) -> None:
    grant = Grant.objects.create(
        data_center=data_center, accounts_url="https://accounts.example.org", client_id="client"
    )
    Connection.objects.create(
        app="books",
        grant=grant,
        organization_id=name,
        name=name,
        base_currency="EUR",
        is_test=is_test,
    )


@pytest.fixture
def page(client):
    client.force_login(User.objects.create_superuser("root", password="x"))
    return lambda name: client.get(reverse(name)).content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_test_data_are_marked(page, name):
    connect("Demo Ltd", data_center="sandbox", is_test=True)

    assert TEST_DATA in page(name)


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_real_data_name_organisation_currency_and_data_centre(page, name):
    connect("Acme GmbH", data_center="eu", is_test=False)

    assert "Acme GmbH (EUR, EU)" in page(name)
    assert "TEST DATA" not in page(name)


def test_without_a_connection_there_is_no_band(page):
    assert "zs-band" not in page("admin:index")


def test_beside_real_data_the_test_organisations_are_named(page):
    connect("Acme GmbH", data_center="eu", is_test=False)
    connect("Demo Ltd", data_center="sandbox", is_test=True)

    shown = page("admin:index")
    assert "TEST DATA beside real data" in shown
    assert TEST_DATA not in shown
    assert "<span>Demo Ltd</span>" in shown
    assert "Acme GmbH (EUR, EU)" in shown


def test_the_sign_in_page_marks_test_data_and_names_nobody(client):
    connect("Demo Ltd", data_center="sandbox", is_test=True)
    assert TEST_DATA in client.get(reverse("admin:login")).content.decode()

    connect("Acme GmbH", data_center="eu", is_test=False)
    shown = client.get(reverse("admin:login")).content.decode()
    assert "Acme" not in shown
    assert "Demo Ltd" not in shown
    assert TEST_DATA not in shown
