"""A connected office and its people; syncs run when a test says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations.models import Integration, SyncRun
from integrations.sync import run as pipeline
from tests.conftest import Office


@pytest.fixture(autouse=True)
def asleep(asleep: None) -> None:
    """For every test of this folder."""


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    return make_office()


@pytest.fixture
def admin(office: Office) -> Any:
    return get_user_model().objects.create(username="admin", is_staff=True, is_superuser=True)


@pytest.fixture
def approver(office: Office) -> Any:
    return get_user_model().objects.create(username="approver", is_staff=True, is_superuser=True)


def crm(office: Office) -> Integration:
    return Integration.everything.get(pk=office.setting().integration_id)


def work(office: Office) -> list[SyncRun]:
    """Do what a worker would: every open sync, to its end."""
    office.pass_time(60)
    runs = SyncRun.objects.filter(status__in=SyncRun.OPEN, held=None).order_by("pk")
    return [pipeline.drive(run, sleep=office.sleep) for run in runs]


def invoice(office: Office, customer: str | None) -> None:
    line = {"name": "Work", "rate": 100, "quantity": 1}
    row = {"customer_id": customer, "date": "2026-10-01", "line_items": [line]}
    office.add("books", "invoices", row)
