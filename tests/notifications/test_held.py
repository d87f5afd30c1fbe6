"""Where no sync follows a notification: nothing may be written, nobody has begun, a brake holds."""

from __future__ import annotations

import pytest
from django.utils import timezone

from integrations.models import FlowSetting, Writing
from tests.conftest import Office
from tests.notifications.telling import deliver, outcomes, syncs, told, work

pytestmark = pytest.mark.django_db


LEFT = [
    ("stopped", "Writing is stopped; the next sync reads them."),
    ("look_only", "The module only looks; the next preview shows them."),
]


@pytest.mark.parametrize(("writing", "said"), LEFT)
def test_where_nothing_may_be_written_nothing_is_started(
    writing: str, said: str, office: Office
) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    FlowSetting.objects.update(writing=writing)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    office.reset()

    deliver(office)
    work()

    assert (outcomes(), syncs()) == ([said], [])
    assert (office.calls("crm"), office.calls("books")) == ({}, {})
    FlowSetting.objects.update(writing=Writing.ON)
    office.sync()


@pytest.mark.parametrize("switch", [{"enabled": False}, {"first_synced_at": None}])
def test_a_module_that_is_off_or_never_started_stays_so(
    switch: dict[str, object], office: Office
) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    FlowSetting.objects.update(**switch)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")

    deliver(office)
    work()

    assert syncs() == []
    FlowSetting.objects.update(enabled=True, first_synced_at=timezone.now())
    office.sync()


def test_brakes_hold_for_many_small_syncs_together(office: Office) -> None:
    """G-2: what one sync may not do unseen, a row of notifications may not do either."""
    ids = office.accounts(*(f"Company {n:03}" for n in range(60)))
    told(office)
    FlowSetting.objects.update(change_limit_floor=25, change_limit_percent=10)
    for number, record_id in enumerate(ids):
        office.control("PATCH", f"records/crm/Accounts/{record_id}", {"Phone": f"+47 22 {number}"})
        deliver(office)
        work()

    done, held = syncs()[:-1], syncs()[-1]
    assert len(done) == 25
    assert (held.status, held.held, held.mode) == ("paused", "limits", "preview")
    assert (
        outcomes()[-1]
        == "An earlier sync after notifications stands still; the next sync reads them."
    )
    # A person starts a sync, which reads them all; then notifications are followed again.
    office.sync()
    office.change("crm", "Accounts", ids[0], Billing_City="Bergen")
    deliver(office)
    work()
    held.refresh_from_db()
    assert (held.status, syncs()[-1].status) == ("cancelled", "done")
    assert office.customers()["Company 000"]["billing_address"]["city"] == "Bergen"
