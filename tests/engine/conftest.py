"""A connection without a world behind it, a clock that moves only when told, and processes."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection as database
from django.utils import timezone

from integrations.models import Connection, Grant

ROOT = Path(__file__).resolve().parents[2]
START = dt.datetime(2026, 11, 3, 9, 30, tzinfo=dt.UTC)


class FakeClock:
    """Seconds since the epoch; sleeping is what makes them pass."""

    def __init__(self, start: dt.datetime = START) -> None:
        self.now = start.timestamp()
        self.slept = 0.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


def make_grant(**values: Any) -> Grant:
    return Grant.objects.create(
        **{
            "data_center": "sandbox",
            "accounts_url": "http://accounts.test",
            "api_domain": "http://api.test",
            "client_id": "sandbox-client",
            "client_secret": "sandbox-secret",
            "refresh_token": "sandbox-refresh",
            "access_token": "token-at-hand",
            "access_token_expires": timezone.now() + dt.timedelta(hours=1),
            **values,
        }
    )


def make_connection(grant: Grant | None = None, **values: Any) -> Connection:
    return Connection.objects.create(
        **{
            "app": "books",
            "grant": grant or make_grant(),
            "organization_id": "10229182",
            "name": "Fjord & Oak",
            "is_test": True,
            **values,
        }
    )


def database_url() -> str:
    """The address of the database this test runs on, for a process of its own."""
    settings = database.settings_dict
    if database.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    user, password = quote(settings["USER"] or ""), quote(settings["PASSWORD"] or "")
    host, port = settings["HOST"] or "127.0.0.1", settings["PORT"] or 5432
    return f"postgres://{user}{password and ':' + password}@{host}:{port}/{settings['NAME']}"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def start_process(transactional_db: None) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts ``python ARGS`` on the test's database; ends what is left when the test is over."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "DATABASE_URL": database_url(),
                **environment,
            },
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
