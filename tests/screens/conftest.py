"""People who look at the screens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from integrations.models import FlowSetting
from mappings.models import FieldMap
from tests.conftest import Office
from tests.screens import rows


@pytest.fixture
def filled(db: None) -> rows.Company:
    return rows.everything()


@pytest.fixture
def client_of(db: None) -> Callable[[str], Client]:
    """A browser for a role: anonymous, clerk (staff, no rights), auditor (sees all), root."""

    def sign_in(role: str) -> Client:
        client = Client()
        if role == "anonymous":
            return client
        user = User.objects.create_user(role, is_staff=True, is_superuser=role == "root")
        if role == "auditor":
            user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def root(client_of: Callable[[str], Client]) -> Client:
    return client_of("root")


@pytest.fixture
def world(make_office: Callable[..., Office]) -> Office:
    return make_office()


@pytest.fixture
def fresh(world: Office) -> Office:
    """Connected a moment ago: nothing is set up."""
    FieldMap.objects.all().delete()
    FlowSetting.objects.update(enabled=False)
    return world
