"""Sign-in, headers, health, and the pages of the packages we use."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings
from django.urls import reverse
from unfold.admin import ModelAdmin

from integrations.management import migrated

pytestmark = pytest.mark.django_db

THIRD_PARTY = ("auditlog", "auth", "axes", "django_q")


@pytest.fixture
def superuser_client(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def test_the_root_leads_to_the_admin_site(client):
    assert client.get("/").headers["Location"] == "/admin/"


def test_the_sign_in_page_carries_the_security_headers(client):
    response = client.get(reverse("admin:login"))

    policy = response.headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives == {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
    }
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"


def sign_in(client: Client, address: str, password: str = "wrong") -> int:
    form = {"username": "kim", "password": password}
    return client.post(reverse("admin:login"), form, REMOTE_ADDR=address).status_code


def test_five_wrong_passwords_lock_the_pair_of_name_and_address(client):
    User.objects.create_superuser("kim", password="right")
    assert [sign_in(client, "192.0.2.1") for _ in range(5)] == [200, 200, 200, 200, 429]

    assert sign_in(client, "192.0.2.1", "right") == 429
    assert sign_in(client, "192.0.2.2", "right") == 302


def test_a_forwarded_address_is_not_believed_without_a_proxy_of_ours(client):
    User.objects.create_superuser("kim", password="right")
    form = {"username": "kim", "password": "wrong"}
    statuses = [
        client.post(
            reverse("admin:login"), form, headers={"X-Forwarded-For": f"198.51.100.{number}"}
        ).status_code
        for number in range(5)
    ]

    assert statuses[-1] == 429


def test_alive_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_when_the_database_answers_and_is_migrated(client):
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "ok")


def test_not_ready_while_a_migration_is_missing(client):
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "1 migration not applied"


def test_not_ready_while_the_database_does_not_answer(client, monkeypatch):
    def refuse(connection: object) -> None:
        raise OperationalError("connection to server at db.example.org failed")

    monkeypatch.setattr(migrated, "MigrationExecutor", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "example.org" not in response.content.decode()


@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["books.example.org"])
def test_health_is_not_redirected_to_https():
    client = Client(headers={"Host": "books.example.org"})
    assert client.get("/healthz").status_code == 200
    assert client.get("/admin/").status_code == 301


def test_every_admin_has_the_look_of_the_site():
    assert [
        model._meta.label
        for model, registered in admin.site._registry.items()
        if not isinstance(registered, ModelAdmin)
    ] == []


@pytest.mark.parametrize(
    "model",
    [
        model
        for label in THIRD_PARTY
        for model in apps.get_app_config(label).get_models()
        if model in admin.site._registry
    ],
    ids=lambda model: model._meta.label,
)
def test_the_pages_of_the_packages_render(superuser_client, model):
    registered = admin.site._registry[model]
    address = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert superuser_client.get(reverse(f"{address}_changelist")).status_code == 200

    look_only = not registered.has_add_permission(superuser_client.get("/admin/").wsgi_request)
    assert look_only is (model._meta.app_label != "auth")
    expected = 403 if look_only else 200
    assert superuser_client.get(reverse(f"{address}_add")).status_code == expected


def test_users_and_groups_can_be_edited_and_leave_a_history(superuser_client):
    from auditlog.models import LogEntry

    user = User.objects.create_user("kim", password="x")
    Group.objects.create(name="Readers")
    for name, pk in (("user", user.pk), ("group", Group.objects.get(name="Readers").pk)):
        page = superuser_client.get(reverse(f"admin:auth_{name}_change", args=[pk]))
        assert page.status_code == 200
    assert superuser_client.get(reverse("admin:auth_user_password_change", args=[user.pk]))

    user.groups.add(Group.objects.get(name="Readers"))
    changes = [entry.changes for entry in LogEntry.objects.get_for_object(user)]
    assert any("groups" in change for change in changes)
    assert not any("password" in change for change in changes)


def test_the_side_bar_has_only_links_that_may_be_followed(client):
    client.force_login(User.objects.create_user("clerk", password="x", is_staff=True))
    page = client.get("/admin/").content.decode()

    assert reverse("admin:auth_user_changelist") not in page
    assert reverse("admin:django_q_ormq_changelist") not in page


def test_a_superuser_finds_the_queue_in_the_side_bar(superuser_client):
    page = superuser_client.get("/admin/").content.decode()

    assert reverse("admin:django_q_ormq_changelist") in page
    assert "Refused sign-ins" in page


def test_every_sort_of_page_has_one_landmark_for_its_content(client, superuser_client):
    stranger = Client()
    pages = [
        stranger.get("/admin/login/"),
        stranger.get("/office/nowhere/"),
        *(
            superuser_client.get(address)
            for address in (
                "/admin/",
                "/admin/auth/user/",
                "/admin/auth/user/add/",
                "/admin/password_change/",
                "/office/modules/",
                "/office/nowhere/",
            )
        ),
    ]
    for page in pages:
        text = page.content.decode()
        number = text.count("<main") + text.count('role="main"')
        assert number == 1, page.request["PATH_INFO"]
