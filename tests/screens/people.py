"""The people of the office, one of each group, and syncs that run when a test says so."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from integrations import access
from integrations.models import SyncRun
from integrations.sync import run as pipeline
from tests.conftest import Office

NAMES = {
    access.ADMIN: "admin",
    access.FINANCE: "finance",
    access.APPROVER: "approver",
    access.AUDITOR: "auditor",
}


def person(group: str) -> User:
    """Somebody of that group, made at first need."""
    user, made = User.objects.get_or_create(username=NAMES[group], defaults={"is_staff": True})
    if made:
        access.ensure_groups()
        user.groups.add(Group.objects.get(name=group))
    return user


def client_of(group: str) -> Client:
    client = Client()
    client.force_login(person(group))
    return client


def finish_syncs(office: Office) -> list[SyncRun]:
    """Do what a worker would: every open sync that is not held, to its end."""
    done: list[SyncRun] = []
    while True:
        run = SyncRun.objects.filter(status__in=SyncRun.OPEN, held=None).order_by("pk").first()
        if run is None or (run.not_before and run.not_before > timezone.now()):
            return done
        done.append(pipeline.drive(run, sleep=office.sleep))


def latest() -> SyncRun:
    run = SyncRun.objects.order_by("-pk").first()
    assert run is not None
    return run
