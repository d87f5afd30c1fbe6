"""One notification of CRM reaches every Books organisation joined with it."""

from __future__ import annotations

from typing import Any

from integrations import access, jobs, pausing
from integrations.models import Integration
from tests.conftest import Office
from tests.notifications.telling import HERE, OrmQ, deliver, syncs, waiting, work
from tests.screens.people import person
from tests.several.conftest import SERVICES, customers, join, setting_of


def test_a_change_in_crm_is_written_to_both_but_for_what_is_paused(
    several: Office, settings: Any
) -> None:
    settings.PUBLIC_URL = HERE
    first, second = Integration.objects.get(), join(several, SERVICES)
    several.accounts("Acme Ltd")
    for integration in (first, second):
        several.sync_of(setting_of(integration))
    jobs.renew_watches()
    waiting(several)
    OrmQ.objects.all().delete()

    several.accounts("Bolt Ltd")
    assert deliver(several) == 1
    work()

    assert [(run.setting.integration.name, run.created) for run in syncs()] == [
        ("crm", 1),
        ("crm-2", 1),
    ]
    assert customers(several, first) == customers(several, second) == {"Acme Ltd", "Bolt Ltd"}

    pausing.pause(person(access.ADMIN), setting_of(second))
    several.accounts("Cobalt Ltd")
    deliver(several)
    work()
    assert "Cobalt Ltd" in customers(several, first)
    assert "Cobalt Ltd" not in customers(several, second)
