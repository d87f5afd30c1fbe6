"""`connect_sandbox`: consent, connections and modules, made once and mended when called again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
import time_machine

from integrations import connecting, oauth
from integrations.models import Checkpoint, Connection, FlowSetting, Grant, Integration, Pace
from integrations.new_modules import ensure_modules
from integrations.pacing import database_now
from integrations.sandbox.world import World
from mappings.models import FieldMap, RecordLink
from tests.commands.conftest import Manage
from tests.conftest import NOW, URL, Office, connect


def everything() -> dict[str, list[object]]:
    return {
        "grants": list(Grant.objects.values_list("pk", "client_id", "status")),
        "connections": list(
            Connection.objects.values_list("pk", "app", "organization_id", "status", "is_test")
        ),
        "integrations": list(Integration.objects.values_list("pk", "name", "writing", "status")),
        "settings": list(FlowSetting.objects.values()),
        "maps": list(FieldMap.objects.values_list("pk", "source", "target")),
        "links": list(RecordLink.objects.values_list("pk", "source_id", "target_id", "state")),
        "checkpoints": list(Checkpoint.objects.values()),
    }


def test_what_it_makes_is_on_and_not_yet_synced(office: Office) -> None:
    integration = Integration.objects.get()
    assert (integration.name, integration.kind, integration.writing) == ("crm", "crm", "on")
    assert (integration.ledger.app, integration.other.app) == ("books", "crm")
    assert integration.ledger.is_test
    assert integration.ledger.base_url == URL
    assert integration.ledger.calls_per_minute is None
    for setting in FlowSetting.objects.all():
        assert (setting.enabled, setting.extent, setting.duplicates) == (True, "fetch", "ask")
        assert (setting.winner, setting.view_id, setting.writing) == ("source", "", "on")
        assert setting.first_synced_at is None
        assert FieldMap.objects.filter(setting=setting).exists()


def test_the_paces_of_the_real_apps_are_kept_where_the_limits_are_real(
    make_office: Callable[..., Office],
) -> None:
    make_office(limits="real")
    assert Connection.objects.get(app="books").calls_per_minute == 100


def test_called_again_it_changes_nothing(office: Office, manage: Manage) -> None:
    office.accounts("Acme Ltd")
    manage("sync", "crm.customers")
    office.configure(duplicates="skip", every="1d")
    manage("sync", "crm.customers")
    before = everything()
    office.reset()

    result = manage("connect_sandbox", "--url", URL)

    assert (result.status, everything()) == (0, before)
    assert "crm: " in result.out
    assert "GET /auth" not in office.calls("oauth")
    assert office.writes() == {}


def test_a_dead_consent_is_asked_for_again_and_all_else_is_kept(
    office: Office, manage: Manage
) -> None:
    office.accounts("Acme Ltd")
    office.configure(duplicates="skip")
    office.pass_time(3600)
    manage("sync", "crm.customers")
    before = everything()
    dead = Grant.objects.get().refresh_token
    office.faults({"kind": "revoke", "times": 1})

    result = manage("connect_sandbox", "--url", URL)

    assert result.status == 0, result.err
    assert everything() == before
    assert Grant.objects.get().refresh_token != dead
    office.faults()
    office.accounts("Bolt Ltd")
    office.pass_time(60)
    (line,) = manage("sync", "crm.customers", "--json").lines
    assert (line["status"], line["created"], line["read"]) == ("done", 1, 1)


def test_a_consent_known_to_be_lost_is_asked_for_again(office: Office, manage: Manage) -> None:
    office.faults({"service": "crm", "kind": "revoke", "times": 1})
    assert manage("sync", "crm.customers").status == 1
    assert Grant.objects.get().status == "lost"
    office.faults()

    assert manage("connect_sandbox", "--url", URL).status == 0

    assert Grant.objects.get().status == "granted"
    assert set(Connection.objects.values_list("status", flat=True)) == {"connected"}
    assert manage("sync", "crm.customers").status == 0


def test_an_operator_who_switched_a_module_off_finds_it_off(office: Office, manage: Manage) -> None:
    manage("sync", "crm.customers")
    office.configure(enabled="off")
    manage("connect_sandbox", "--url", URL)
    assert not FlowSetting.objects.get(flow="crm.customers").enabled
    office.configure(enabled="on")


def test_an_integration_there_is_not_yet_ends_with_2(office: Office, manage: Manage) -> None:
    result = manage("connect_sandbox", "--url", URL, "--integrations", "crm,nothing")
    assert result.status == 2
    assert "Not available yet: nothing. There are crm." in result.err


def test_the_integrations_may_be_named(office: Office, manage: Manage) -> None:
    assert manage("connect_sandbox", "--url", URL, "--integrations", " crm ").status == 0


@pytest.mark.parametrize("arguments", [["--url", "http://127.0.0.1:9"], []])
def test_where_no_sandbox_answers_it_says_how_to_start_one(
    transactional_db: None,
    manage: Manage,
    settings: object,
    arguments: list[str],
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    result = manage("connect_sandbox", *arguments)
    assert result.status == 1
    assert (
        "No sandbox answers at http://127.0.0.1:9. Start one with: manage.py sandbox" in result.err
    )


def test_an_address_where_something_else_answers_is_no_sandbox(
    office: Office, manage: Manage, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Elsewhere(requests.adapters.BaseAdapter):
        def send(self, *args: object, **kwargs: object) -> requests.Response:
            answer = requests.Response()
            answer.status_code, answer._content = 200, b"<html>Hello</html>"
            return answer

        def close(self) -> None:
            return None

    def session() -> requests.Session:
        made = requests.Session()
        made.mount("http://", Elsewhere())
        return made

    with monkeypatch.context() as patch:
        patch.setattr(oauth, "new_session", session)
        result = manage("connect_sandbox", "--url", "http://elsewhere.test")
    assert result.status == 1
    assert "No sandbox answers at http://elsewhere.test" in result.err


def test_every_call_of_connecting_counts_in_the_pace(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the question which organisations there are, put before there is a connection."""
    with time_machine.travel(NOW, tick=False) as traveller:
        world = World.build(company="empty", limits="real")
        for _ in range(2):  # the second time to a connection that is there
            connect(world, monkeypatch)
            office = Office(world, traveller)
            for app in ("books", "crm"):
                made = sum(office.calls(app).values())
                assert Pace.objects.get(connection__app=app).calls_today == made, app
            slots = Pace.objects.get(connection__app="books").slots
            assert len(slots) == sum(office.calls("books").values())


def test_calls_made_before_the_last_minute_count_no_more(
    make_office: Callable[..., Office],
) -> None:
    office = make_office(limits="real")
    known = Connection.objects.get(app="books")
    (organization,) = connecting.organizations("books", known.grant, base_url=URL)
    Pace.objects.all().delete()
    Grant.objects.filter(pk=known.grant_id).update(early_calls=[["books", database_now() - 1]])

    connecting.keep_connection("books", known.grant, organization, base_url=URL, is_test=True)

    assert not Pace.objects.filter(connection=known).exists()
    assert office.writes() == {}


def test_a_module_that_a_new_version_brings_is_there_and_off(office: Office) -> None:
    FlowSetting.objects.filter(flow="crm.vendors").delete()
    ensure_modules()
    setting = FlowSetting.objects.get(flow="crm.vendors")
    assert (setting.enabled, setting.extent, setting.first_synced_at) == (False, "fetch", None)
    assert FlowSetting.objects.get(flow="crm.items").enabled
