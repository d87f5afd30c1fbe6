"""A connected office, the people who decide in it, and no worker: tests drive what was started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from integrations.models import SyncRun
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office


@pytest.fixture(autouse=True)
def asleep(asleep: None) -> None:
    """For every test of this folder."""


@pytest.fixture
def member(db: None) -> Callable[[str], Client]:
    """A browser of somebody in one of the groups."""

    def sign_in(group: str) -> Client:
        user = User.objects.create_user(group.lower().replace(" ", "."), is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def finance(member: Callable[[str], Client]) -> Client:
    return member("Finance staff")


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    return make_office()


def undecided(office: Office, *names: str) -> list[RecordLink]:
    """Accounts of names that Books has customers of already."""
    rows = ({"contact_name": name, "contact_type": "customer"} for name in names)
    office.add("books", "contacts", *rows)
    office.accounts(*names)
    office.sync()
    return list(RecordLink.objects.filter(state="undecided").order_by("name"))


def conflict(office: Office) -> RecordLink:
    """A pair of which both sides were changed, in two fields."""
    office.configure(extent="both", winner="ask")
    values = {"Billing_City": "Oslo", "Billing_State": "East"}
    account = office.accounts("Acme Ltd", **values)[0]
    office.sync()
    contact = office.link(account).target_id or ""
    office.change("books", "contacts", contact, billing_address={"city": "Turku", "state": "West"})
    office.change("crm", "Accounts", account, Billing_City="Bergen", Billing_State="North")
    office.sync()
    return office.link(account)


def drive_newest(office: Office) -> SyncRun:
    """Work on the sync that a page started, as a worker would."""
    office.pass_time(60)
    run = SyncRun.objects.order_by("-pk")[0]
    return pipeline.drive(run, sleep=office.sleep)


def confirm(client: Client, address: str, **sent: str) -> Any:
    """The answer to a second look's button, with what its form carries."""
    look = client.get(address, sent)
    return client.post(address, {**sent, "seen": look.context["seen"]})


def said(answer: object) -> str:
    """The messages that the next page shows."""
    return " ".join(str(message) for message in answer.context["messages"])  # type: ignore[attr-defined]
