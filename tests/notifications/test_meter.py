"""The meter: changes told of against changes found by reading, and the alarms it raises."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from integrations import jobs, meter
from integrations.models import Channel, NotificationCount
from tests.conftest import Office
from tests.notifications.telling import channel, deliver, told, waiting, work

pytestmark = pytest.mark.django_db


def later(office: Office) -> Channel:
    """Once everything has had its time to arrive, and is counted."""
    office.pass_time(600)
    jobs.renew_watches()
    return channel()


def counted() -> tuple[int, int]:
    """(told of, missed)"""
    (row,) = meter.counts(channel())
    return row.told, row.missed


def change_all(office: Office, ids: list[str], text: str) -> None:
    for number, record_id in enumerate(ids):
        office.control(
            "PATCH", f"records/crm/Accounts/{record_id}", {"Phone": f"+47 {text} {number}"}
        )


def test_changes_that_were_told_of(office: Office) -> None:
    ids = office.accounts("Acme Ltd", "Bolt Ltd", "Crane Ltd")
    told(office)
    office.pass_time(60)
    change_all(office, ids, "22")
    deliver(office)
    work()
    # The next sync by the clock reads them too, and finds nothing in them.
    office.sync()

    assert later(office).silent_for == 0
    assert counted() == (3, 0)
    assert meter.alarms() == []


def test_changes_that_nobody_told_of(office: Office) -> None:
    ids = office.accounts("Acme Ltd", "Bolt Ltd", "Crane Ltd")
    told(office)
    office.pass_time(60)
    change_all(office, ids, "22")
    waiting(office)  # lost on their way
    office.sync()

    assert later(office).silent_for == 3
    assert counted() == (0, 3)


def test_a_notification_that_a_sync_overtook_is_no_missed_one(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Phone="+47 22")
    office.sync()
    deliver(office)
    work()

    later(office)
    assert counted() == (1, 0)


def test_what_was_changed_before_anybody_was_to_tell_counts_for_nothing(office: Office) -> None:
    office.accounts("Acme Ltd")
    office.sync()
    (bolt,) = office.accounts("Bolt Ltd")
    office.pass_time(60)
    jobs.renew_watches()
    office.sync()

    later(office)
    assert counted() == (0, 0)
    assert office.link(bolt).state == "in_sync"


def test_what_we_wrote_ourselves_counts_for_nothing(office: Office) -> None:
    office.configure(extent="both")
    office.accounts("Acme Ltd")
    told(office)
    office.add("books", "contacts", {"contact_name": "Bolt Ltd", "contact_type": "customer"})
    office.sync()
    waiting(office)
    office.sync()

    later(office)
    assert counted() == (0, 0)
    # The customer itself was not told of by Books.
    (row,) = meter.counts(channel("books"))
    assert (row.told, row.missed) == (0, 1)


def test_a_sync_is_counted_once(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Phone="+47 22")
    waiting(office)
    office.sync()
    for _ in range(3):
        later(office)
    stale = channel()
    Channel.objects.filter(pk=stale.pk).update(counted_until=timezone.now())
    meter.count(stale)  # another worker was faster

    assert counted() == (0, 1)


def test_silence_raises_an_alarm_that_the_next_notification_ends(office: Office) -> None:
    ids = office.accounts(*(f"Company {n}" for n in range(5)))
    told(office)
    office.pass_time(60)
    change_all(office, ids, "22")
    waiting(office)
    office.sync()
    later(office)

    (alarm,) = meter.alarms()
    assert "has gone silent: 5 changes in a row" in alarm.says
    assert "Press Ask again" in alarm.remedy

    office.change("crm", "Accounts", ids[0], Phone="+47 23")
    deliver(office)
    work()
    assert channel().silent_for == 0
    # Still five of six were missed in these days.
    (alarm,) = meter.alarms()
    assert "told this office of 0 of 5 changes" in alarm.says


def test_many_told_and_few_missed_raise_none(office: Office) -> None:
    made = told(office)
    today = timezone.localdate()
    row = NotificationCount.objects.create(
        channel=made, entity="Accounts", day=today, told=100, missed=9
    )
    assert meter.alarms() == []
    NotificationCount.objects.filter(pk=row.pk).update(missed=20)
    (alarm,) = meter.alarms()
    assert "told this office of 100 of 120 changes in the last 7 days" in alarm.says
    NotificationCount.objects.filter(pk=row.pk).update(day=today - dt.timedelta(days=7))
    assert meter.alarms() == []


def test_a_channel_that_lapsed_or_was_refused_raises_an_alarm(office: Office) -> None:
    made = told(office)
    Channel.objects.update(expires_at=timezone.now() - dt.timedelta(hours=1))
    (alarm,) = meter.alarms()
    assert "does not tell this office of changes any more" in alarm.says
    Channel.objects.update(expires_at=None, status="refused", reason="The plan is too small.")
    (alarm,) = meter.alarms()
    assert "The plan is too small." in alarm.says
    Channel.objects.update(status="stopped")
    assert meter.alarms() == []
    Channel.objects.filter(pk=made.pk).delete()


def test_counting_is_cheap_where_nothing_was_synced(
    office: Office, django_assert_max_num_queries: object
) -> None:
    told(office)
    later(office)
    office.pass_time(300)
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        meter.count_all()
