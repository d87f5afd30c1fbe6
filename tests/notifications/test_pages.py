"""What people see of notifications: the connection's page, the alarms, the list."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from integrations import access, jobs
from integrations.models import Channel, Connection, NotificationCount, WebhookEvent
from tests.conftest import Office
from tests.notifications.telling import channel, deliver, told, work
from tests.screens.people import client_of

pytestmark = pytest.mark.django_db


def page(connection: Connection, group: str = access.ADMIN) -> str:
    return client_of(group).get(f"/office/connections/{connection.pk}/").content.decode()


def crm() -> Connection:
    return Connection.objects.get(app="crm")


def test_before_the_first_sync_it_says_what_will_happen(office: Office) -> None:
    text = page(crm())
    assert "Not asked for yet" in text
    assert "After the first sync of one" in text
    assert "Ask to be told" not in text
    office.sync()
    assert "is asked within five minutes to tell of changes to Accounts" in page(crm())
    assert "Ask to be told" in page(crm())


def test_without_an_address_it_says_who_can_change_that(office: Office, settings: Settings) -> None:
    settings.PUBLIC_URL = ""
    office.sync()
    text = page(crm())
    assert "PUBLIC_URL" in text
    assert "Ask to be told" not in text


def test_the_state_the_last_one_and_the_meter(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    made = told(office)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    deliver(office)
    work()
    NotificationCount.objects.create(
        channel=made, entity="Accounts", day=timezone.localdate(), told=30, missed=1
    )

    text = page(crm())

    assert "Told of changes" in text
    assert "office.test" in text
    assert "just now" in text
    assert "3 %" in text
    assert made.secret not in text
    assert str(made.address) not in text


def test_asked_and_stopped_by_hand(office: Office) -> None:
    office.sync()
    client = client_of(access.ADMIN)
    address = f"/office/connections/{crm().pk}/told"

    answer = client.post(f"{address}/ask/", follow=True)
    assert "tells this office of changes from now on" in answer.content.decode()
    assert channel().tells
    answer = client.post(f"{address}/stop/", follow=True)
    assert "tells of no changes any more" in answer.content.decode()
    assert "Stopped by hand" in answer.content.decode()
    assert channel().status == "stopped"


def test_a_refusal_is_told_at_once(office: Office) -> None:
    office.sync()
    office.faults({"service": "crm", "path": "/actions/watch", "kind": "status", "status": 500})
    client = client_of(access.ADMIN)
    answer = client.post(f"/office/connections/{crm().pk}/told/ask/", follow=True)
    assert "failed (HTTP 500)" in answer.content.decode()
    assert "Not told of changes" in answer.content.decode()


@pytest.mark.parametrize("group", [access.AUDITOR, access.FINANCE, access.APPROVER])
def test_others_see_it_and_change_nothing(group: str, office: Office) -> None:
    made = told(office)
    text = page(crm(), group)
    assert "Stop being told" not in text
    for act in ("ask", "stop"):
        answer = client_of(group).post(f"/office/connections/{made.connection_id}/told/{act}/")
        assert answer.status_code == 403
    assert channel().status == "active"


def test_an_alarm_stands_where_people_look_every_morning(office: Office) -> None:
    told(office)
    quiet = "zs-note-good"
    addresses = ("/office/attention/", "/office/dashboard/")
    client = client_of(access.FINANCE)
    for address in addresses:
        assert quiet in client.get(address).content.decode()
    Channel.objects.update(expires_at=timezone.now() - dt.timedelta(hours=1))

    for address in addresses:
        text = client.get(address).content.decode()
        assert quiet not in text
        assert "Not told of changes" in text
        assert "Nothing is lost" in text
        assert f'href="/office/connections/{crm().pk}/"' in text
    assert "Lapsed" in page(crm())


def test_the_list_and_handling_again(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    deliver(office)
    work()
    event = WebhookEvent.objects.get()
    address = "/admin/integrations/webhookevent/"
    chosen = {"action": "handle_again", "_selected_action": [event.pk]}

    assert acme in client_of(access.AUDITOR).get(f"{address}{event.pk}/change/").content.decode()
    client_of(access.AUDITOR).post(address, chosen)
    assert OrmQ.objects.count() == 0
    text = client_of(access.ADMIN).get(address).content.decode()
    assert "Handle again" in text
    answer = client_of(access.ADMIN).post(address, chosen, follow=True)
    assert "1 handled again; 1 new syncs" in answer.content.decode()
    work()
    assert client_of(access.ADMIN).get(f"{address}?q={acme}").content.decode().count("Handled") > 0


def test_the_right_to_handle_again_is_the_integration_admins() -> None:
    access.ensure_groups()
    assert access.who_may("integrations.handle_event") == [access.ADMIN]
    assert User.objects.count() == 0


def test_the_beat_looks_after_channels() -> None:
    from django_q.models import Schedule

    jobs.ensure_schedules()
    beat = Schedule.objects.get(func="integrations.jobs.renew_watches")
    assert (beat.schedule_type, beat.minutes, beat.repeats) == ("I", 5, -1)
