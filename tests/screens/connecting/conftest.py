"""An empty company to connect to, and an Integration admin."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from django.contrib.auth.models import Group, User
from django.test import Client

from integrations import oauth
from integrations.sandbox.adapter import SandboxAdapter
from integrations.sandbox.world import World
from tests.conftest import URL


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    """An empty company that answers every address; nothing is connected to it yet."""
    made = World.build(company="empty", limits="off")

    def session() -> requests.Session:
        mounted = requests.Session()
        mounted.mount("http://", SandboxAdapter(made))
        mounted.mount("https://", SandboxAdapter(made))
        return mounted

    monkeypatch.setattr(oauth, "new_session", session)
    settings.SANDBOX_URL = URL
    return made


@pytest.fixture
def admin(db: None) -> Client:
    user = User.objects.create_user("ada", "ada@office.example", is_staff=True, first_name="Ada")
    user.groups.add(Group.objects.get(name="Integration admin"))
    client = Client()
    client.force_login(user)
    return client
