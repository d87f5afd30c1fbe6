"""An office whose syncs are done when a test says so."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.jobs.async_task", lambda *args: None)
