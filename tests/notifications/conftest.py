from __future__ import annotations

import pytest
from pytest_django import Settings

from tests.notifications.telling import HERE


@pytest.fixture(autouse=True)
def reachable(settings: Settings) -> None:
    settings.PUBLIC_URL = HERE
