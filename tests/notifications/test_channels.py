"""Channels: asked for when something reads, renewed before they lapse, stopped when not wanted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from integrations import connecting, jobs, lifecycle, watching
from integrations.models import Channel, Connection, Decision, FlowSetting, Integration
from tests.conftest import Office
from tests.notifications.telling import HERE, channel, deliver, told, waiting, work

pytestmark = pytest.mark.django_db
WATCH = "/actions/watch"


def at_crm(office: Office) -> list[dict[str, Any]]:
    return list(office.world.store.collection("crm", "watch", "channel_id").values())


def asked(office: Office) -> dict[str, int]:
    return {key: n for key, n in office.calls("crm").items() if key.endswith(WATCH)}


def test_a_channel_is_made_once_something_reads(office: Office) -> None:
    jobs.renew_watches()
    assert (at_crm(office), Channel.objects.count()) == ([], 0)

    made = told(office)

    (there,) = at_crm(office)
    assert there["events"] == ["Accounts.all"]
    assert there["notify_url"] == f"{HERE}/hooks/{made.address}/"
    assert there["token"] == made.secret
    assert (made.status, made.entities) == ("active", ["Accounts"])
    assert len(made.secret) == 48
    assert made.secret not in there["notify_url"]
    assert made.expires_at is not None
    assert dt.timedelta(days=6) < made.expires_at - timezone.now() < dt.timedelta(days=7)
    # Only what is read is asked for: nothing goes from Books to CRM.
    assert not Channel.objects.filter(connection__app="books").exists()


def test_looking_after_them_costs_no_call_while_all_is_well(office: Office) -> None:
    told(office)
    office.reset()
    for _ in range(5):
        office.pass_time(300)
        jobs.renew_watches()
    assert (office.calls("crm"), office.calls("books")) == ({}, {})


def test_it_is_renewed_before_it_lapses_with_the_same_proof(office: Office) -> None:
    made = told(office)
    office.pass_time(4 * 86_400)
    jobs.renew_watches()

    renewed = channel()
    assert made.expires_at is not None
    assert renewed.expires_at is not None
    assert renewed.expires_at > made.expires_at + dt.timedelta(days=3)
    assert (renewed.secret, renewed.remote) == (made.secret, made.remote)
    assert renewed.told_since == made.told_since
    assert asked(office) == {f"POST {WATCH}": 1, f"PUT {WATCH}": 1}
    assert len(at_crm(office)) == 1


def test_one_that_has_lapsed_is_made_anew(office: Office) -> None:
    made = told(office)
    office.pass_time(9 * 86_400)
    assert channel().lapsed
    office.world.store.collection("crm", "watch", "channel_id").remove(made.remote["channel_id"])

    jobs.renew_watches()

    assert channel().tells
    assert len(at_crm(office)) == 1
    # What happened in between was not told of, and counts for nobody as missed.
    assert channel().told_since != made.told_since


def test_a_refusal_stands_on_the_channel_and_is_not_repeated_at_once(office: Office) -> None:
    office.sync()
    busy = {"service": "crm", "path": WATCH, "kind": "status", "status": 400}
    said = {"code": "INVALID_DATA", "message": "the notify_url is not reachable", "details": {}}
    office.faults({**busy, "body": {"watch": [{**said, "status": "error"}]}})

    jobs.renew_watches()

    made = channel()
    assert made.status == "refused"
    assert "not reachable" in made.reason
    office.reset()
    office.pass_time(300)
    jobs.renew_watches()
    assert asked(office) == {}
    office.faults()
    office.pass_time(1800)
    jobs.renew_watches()
    assert (channel().status, channel().reason) == ("active", "")


def test_a_renewal_that_fails_leaves_what_there_is(office: Office) -> None:
    told(office)
    office.pass_time(4 * 86_400)
    office.faults({"service": "crm", "path": WATCH, "kind": "status", "status": 500})
    jobs.renew_watches()

    assert channel().tells
    assert channel().reason
    office.pass_time(4 * 86_400)
    jobs.renew_watches()
    assert channel().lapsed


def test_without_an_address_nothing_is_asked(office: Office, settings: Settings) -> None:
    settings.PUBLIC_URL = ""
    office.sync()
    office.reset()
    jobs.renew_watches()
    assert (asked(office), Channel.objects.count()) == ({}, 0)
    crm = Connection.objects.get(app="crm")
    with pytest.raises(ValueError, match="PUBLIC_URL"):
        watching.start_by_hand(None, crm)


def test_a_sandbox_on_this_machine_needs_no_address(office: Office, settings: Settings) -> None:
    settings.PUBLIC_URL = ""
    crm = Connection.objects.get(app="crm")
    crm.base_url = "http://127.0.0.1:9400"
    assert watching.base_url(crm) == "http://127.0.0.1:8000"
    crm.is_test = False
    assert watching.base_url(crm) == ""
    settings.PUBLIC_URL = "http://sync.example.org"
    assert watching.base_url(crm) == ""
    settings.PUBLIC_URL = "https://sync.example.org"
    assert watching.base_url(crm) == "https://sync.example.org"


def test_another_address_is_told_to_the_app(office: Office, settings: Settings) -> None:
    told(office)
    settings.PUBLIC_URL = "http://elsewhere.test"
    jobs.renew_watches()
    assert at_crm(office)[0]["notify_url"].startswith("http://elsewhere.test/hooks/")


def test_a_lost_sign_in_is_not_asked_with(office: Office) -> None:
    told(office)
    Connection.objects.update(status="reconnect", status_reason="Revoked.")
    office.pass_time(4 * 86_400)
    office.reset()
    jobs.renew_watches()
    assert office.calls("crm") == {}
    Connection.objects.update(status="connected")


NOT_WANTED = [
    lambda: Integration.objects.update(status="disabled"),
    lambda: FlowSetting.objects.update(enabled=False),
]


@pytest.mark.parametrize("switch", NOT_WANTED, ids=["integration disabled", "module paused"])
def test_what_nobody_reads_is_unsubscribed(switch: Any, office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    told(office)
    switch()
    jobs.renew_watches()

    assert (at_crm(office), channel().status) == ([], "unneeded")
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    assert waiting(office) == []
    # And asked for again when something reads.
    Integration.objects.update(status="active")
    FlowSetting.objects.update(enabled=True)
    jobs.renew_watches()
    assert (len(at_crm(office)), channel().status) == (1, "active")
    office.sync()


def test_disabling_an_integration_unsubscribes_at_once_and_enabling_asks_again(
    office: Office, django_capture_on_commit_callbacks: Any
) -> None:
    told(office)
    admin = User.objects.create_user("admin", is_superuser=True)
    integration = Integration.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.disable(admin, integration, "We change the office.")
    work()
    assert at_crm(office) == []

    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.enable(admin, integration)
    work()
    assert len(at_crm(office)) == 1


def test_a_connection_that_goes_takes_its_channel_along(office: Office) -> None:
    told(office)
    Integration.objects.all().delete()
    connecting.remove(Connection.objects.get(app="crm"))

    assert at_crm(office) == []
    assert Channel.objects.count() == 0
    connecting.remove(Connection.objects.get(app="books"))
    office.reconnect()


def test_stopped_by_hand_it_stays_stopped_and_every_turn_is_kept(office: Office) -> None:
    made = told(office)
    admin = User.objects.create_user("admin")

    watching.stop_by_hand(admin, made.connection)
    jobs.renew_watches()
    assert (at_crm(office), channel().status) == ([], "stopped")
    watching.start_by_hand(admin, made.connection)
    assert (len(at_crm(office)), channel().status) == (1, "active")

    kept = Decision.objects.filter(by=admin).order_by("pk").values_list("kind", "reason")
    assert list(kept) == [
        ("set_up", "Notifications stopped by hand."),
        ("set_up", "Notifications started by hand."),
    ]


def test_an_app_that_cannot_be_told_to_stop_is_told_again(office: Office) -> None:
    made = told(office)
    office.faults({"service": "crm", "path": WATCH, "kind": "status", "status": 500})
    watching.stop_by_hand(None, made.connection)
    assert channel().status == "stopped"
    assert "could not be told" in channel().reason
    office.faults()
    office.pass_time(3600)
    jobs.renew_watches()
    assert (at_crm(office), channel().reason, channel().remote) == ([], "", {})


def test_two_workers_ask_once(office: Office) -> None:
    made = told(office)
    Channel.objects.update(busy_until=timezone.now() + dt.timedelta(minutes=1))
    office.reset()
    assert not watching.renew(made)
    with pytest.raises(ValueError, match="at this moment"):
        watching.start_by_hand(None, made.connection)
    assert asked(office) == {}


def test_a_second_module_widens_the_channel(office: Office, monkeypatch: Any) -> None:
    (acme,) = office.accounts("Acme Ltd")
    made = told(office)
    more = {"crm": ["Accounts", "Contacts"]}
    monkeypatch.setattr(watching, "wanted", lambda connection: more.get(connection.app, []))
    jobs.renew_watches()

    there = {row["channel_id"]: row["events"] for row in at_crm(office)}
    assert there[made.remote["channel_id"]] == ["Accounts.all", "Contacts.all"]
    office.change("crm", "Accounts", acme, Billing_City="Bergen")
    assert deliver(office) == 1
    work()


def test_a_proof_that_no_key_opens_is_chosen_anew(office: Office) -> None:
    """The key it was encrypted with is gone; the app is told the new one with the next renewal."""
    made = told(office)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE integrations_channel SET secret = 'gAAAAnonsense'")
    office.pass_time(4 * 86_400)

    jobs.renew_watches()

    assert channel().secret not in {"", made.secret}
    assert at_crm(office)[0]["token"] == channel().secret
