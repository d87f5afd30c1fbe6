"""Every page has the search box and *Stop all writing* in its head, for those who may (G-3).

The pages are found by walking: all addresses of the office, and the list and every form of all
admins, those of other packages included.
"""

from __future__ import annotations

from typing import Any

import pytest
from auditlog.models import LogEntry
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success, Task

from integrations import access
from tests.screens import people
from tests.screens.rows import Company, first
from tests.screens.test_urls import FIXED, OFFICE, address_of, parameters, root_of

pytestmark = pytest.mark.django_db

SEARCH, STOP = 'id="find-record"', 'class="zs-stop"'
# Groups and what their head holds; somebody without rights finds neither.
HEADS = {
    access.ADMIN: (True, True),
    access.FINANCE: (True, True),
    access.APPROVER: (True, True),
    access.AUDITOR: (True, False),
}


def rows_of_packages(user: User) -> None:
    """One row for each admin of another package."""
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(content_type=kind, object_pk=user.pk, action=0, changes={})
    AccessAttempt.objects.create(username="kim", failures_since_start=1)
    AccessLog.objects.create(username="kim")
    AccessFailureLog.objects.create(username="kim")
    Schedule.objects.create(func="integrations.jobs.tick")
    OrmQ.objects.create(key="zohosync", payload="", lock=timezone.now())
    for number, success in enumerate((True, False)):
        moment = timezone.now()
        Task.objects.create(
            id=str(number),
            name=f"task {number}",
            func="integrations.jobs.tick",
            started=moment,
            stopped=moment,
            success=success,
        )


def forms_of(model: type[Model]) -> list[str]:
    """The list of an admin, and all forms that it may have."""
    base, pk = f"/{root_of(model)}", first(model).pk
    return [
        base,
        *(f"{base}{form}/" for form in ("add", "export")),
        *(f"{base}{pk}/{form}/" for form in ("change", "delete", "history", "password")),
    ]


def pages_seen(client: Client, addresses: list[str]) -> dict[str, tuple[bool, bool]]:
    """Those of the addresses that answer with a whole page: whether both stand in its head."""
    seen = {}
    for address in addresses:
        answer = client.get(address)
        is_page = answer.status_code == 200 and b"</html>" in answer.content
        if is_page:
            text = answer.content.decode()
            seen[address] = (SEARCH in text, STOP in text)
    return seen


def addresses(made: Company) -> list[str]:
    values = parameters(made)
    walked = [f"/{route}" for route in FIXED] + [
        f"/{address_of(route, values)}" for route in OFFICE
    ]
    for model in admin.site._registry:
        walked += forms_of(model)
    return walked


def test_somebody_who_may_finds_both_on_every_page(filled: Company, root: Client) -> None:
    rows_of_packages(User.objects.get())
    assert {Success, Failure, OrmQ, Group} <= set(admin.site._registry)
    seen = pages_seen(root, addresses(filled))

    assert [address for address, head in seen.items() if head != (True, True)] == []
    lists = {f"/{root_of(model)}" for model in admin.site._registry}
    assert lists <= set(seen)
    changed = {f"/{root_of(m)}{first(m).pk}/change/" for m in admin.site._registry}
    assert changed <= set(seen)


@pytest.mark.parametrize("group", HEADS)
def test_each_group_finds_what_it_may_use(group: str, filled: Company) -> None:
    client = people.client_of(group)
    rows_of_packages(people.person(group))
    seen = pages_seen(client, addresses(filled))

    assert set(seen.values()) == {HEADS[group]}


def test_without_rights_there_is_neither(client_of: Any) -> None:
    assert pages_seen(client_of("clerk"), ["/admin/"]) == {"/admin/": (False, False)}
