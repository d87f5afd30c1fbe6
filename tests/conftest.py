"""The office: a sandbox world in-process, connected, and what its people would do there."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import requests
import time_machine
from django.core.management import call_command
from django.utils import timezone

from integrations import configuring, jobs, oauth
from integrations.http import Http
from integrations.models import Change, FlowSetting, SyncRun
from integrations.sandbox.adapter import SandboxAdapter
from integrations.sandbox.wire import Request
from integrations.sandbox.world import World
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.connected import Template

URL = "http://sandbox.test"
NOW = dt.datetime(2026, 11, 3, 9, 30, tzinfo=dt.UTC)
WRITING_VERBS = ("POST", "PUT", "PATCH", "DELETE")


class Office:
    """A connected installation. `sync` does what the command does; time passes only by it."""

    def __init__(self, world: World, traveller: time_machine.Traveller) -> None:
        self.world = world
        self.traveller = traveller
        self.slept = 0.0

    # The remote side ---------------------------------------------------------------------------

    def control(self, method: str, path: str, body: Any = None) -> Any:
        sent = orjson.dumps(body) if body is not None else b""
        name, _, query = path.partition("?")
        asked = dict(part.split("=") for part in query.split("&") if part)
        request = Request(method, f"/_sandbox/{name}", asked, {}, sent, "sandbox.test")
        answer = self.world.handle(request)
        assert not isinstance(answer, str), path
        payload = answer.payload()  # type: ignore[union-attr]
        assert answer.status < 400, payload  # type: ignore[union-attr]
        return orjson.loads(payload) if payload else None

    def records(self, service: str, collection: str) -> list[dict[str, Any]]:
        return list(self.control("GET", f"records/{service}/{collection}"))

    def add(self, service: str, collection: str, *rows: dict[str, Any]) -> list[str]:
        """Records entered by the app's own people; returns their ids in order."""
        made = self.control("POST", f"records/{service}/{collection}", list(rows))
        keys = ("contact_person_id", "invoice_id", "item_id", "bill_id", "contact_id", "id")
        return [str(next(row[key] for key in keys if key in row)) for row in made]

    def change(self, service: str, collection: str, record_id: str, **values: Any) -> None:
        self.pass_time(60)
        self.control("PATCH", f"records/{service}/{collection}/{record_id}", values)

    def remove(self, service: str, collection: str, record_id: str) -> None:
        self.pass_time(60)
        self.control("DELETE", f"records/{service}/{collection}/{record_id}")

    def accounts(self, *names: str, **values: Any) -> list[str]:
        return self.add("crm", "Accounts", *({"Account_Name": n, **values} for n in names))

    def customers(self) -> dict[str, dict[str, Any]]:
        """Customers in Books by name."""
        return {row["contact_name"]: row for row in self.records("books", "contacts")}

    def faults(self, *faults: dict[str, Any]) -> None:
        self.control("POST", "faults", list(faults))

    def calls(self, service: str) -> dict[str, int]:
        stats = self.control("GET", "stats")["calls"].get(service, {})
        return {key: row["count"] for key, row in stats.items()}

    def writes(self) -> dict[str, int]:
        """Calls that changed something in an app since the counters were reset, by service."""
        stats = self.control("GET", "stats")["calls"]
        return {
            f"{service} {key}": row["count"]
            for service, rows in stats.items()
            for key, row in rows.items()
            if service != "oauth" and key.split()[0] in WRITING_VERBS
        }

    def reset(self) -> None:
        self.control("POST", "stats/reset")

    def reconnect(self) -> None:
        """What *Reconnect* does: consent again, everything else stays."""
        call_command("connect_sandbox", url=URL, stdout=io.StringIO())

    def pass_time(self, seconds: float) -> None:
        self.traveller.shift(seconds)

    # Our side ----------------------------------------------------------------------------------

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.pass_time(seconds)

    def setting(self, key: str = "crm.customers") -> FlowSetting:
        return FlowSetting.objects.select_related("integration").get(flow=key)

    def configure(self, key: str = "crm.customers", **choices: str) -> None:
        configuring.apply_choices(self.setting(key), choices)

    def legs(self, key: str = "crm.customers") -> list[tuple[str, str]]:
        return jobs.legs(self.setting(key))

    def sync(
        self,
        key: str = "crm.customers",
        *,
        preview: bool = False,
        full: bool = False,
        only_ids: list[str] | None = None,
        trigger: str = SyncRun.Trigger.HAND,
    ) -> SyncRun:
        """The last leg of a sync of the module, driven to its end."""
        return self.sync_of(
            self.setting(key), preview=preview, full=full, only_ids=only_ids, trigger=trigger
        )

    def sync_of(
        self,
        setting: FlowSetting,
        *,
        preview: bool = False,
        full: bool = False,
        only_ids: list[str] | None = None,
        trigger: str = SyncRun.Trigger.HAND,
    ) -> SyncRun:
        """The same for one of several settings of a module."""
        self.pass_time(60)
        mode = SyncRun.Mode.PREVIEW if preview else SyncRun.Mode.LIVE
        run: SyncRun | None = None
        for flow, direction in jobs.legs(setting):
            run = pipeline.start(
                setting,
                flow,
                direction=direction,
                mode=mode,
                full=full,
                only_ids=only_ids,
                trigger=trigger,
            )
            run = pipeline.drive(run, sleep=self.sleep)
            if run.status != SyncRun.Status.DONE:
                break
        assert run is not None
        return run

    def link(self, record_id: str) -> RecordLink:
        return RecordLink.objects.get(source_id=record_id)

    def states(self) -> dict[str, str]:
        return dict(RecordLink.objects.values_list("name", "state"))

    def changes(self, run: SyncRun) -> list[tuple[str, str, str]]:
        rows = Change.objects.filter(run=run).order_by("pk")
        return list(rows.values_list("action", "status", "name"))

    def assert_settled(self, key: str = "crm.customers") -> None:
        """A second sync writes nothing, plans nothing, and says nothing new."""
        self.faults()
        before = Change.objects.count()
        self.reset()
        run = self.sync(key)
        assert run.status == SyncRun.Status.DONE, run.reason
        assert self.writes() == {}
        assert Change.objects.count() == before
        assert self.control("GET", "outbox") == []


def mount(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that are made from now on lead to the world."""

    def session() -> requests.Session:
        made = requests.Session()
        made.mount("http://", SandboxAdapter(world))
        return made

    monkeypatch.setattr(oauth, "new_session", session)


def connect(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mount the world where sessions are made, and connect to it as the command does."""
    mount(world, monkeypatch)
    call_command("connect_sandbox", url=URL, stdout=io.StringIO())


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read that is repeated is repeated at once."""
    monkeypatch.setitem(Http.__init__.__kwdefaults__ or {}, "sleep", lambda seconds: None)


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs here: a sync that was started is driven by the test."""
    monkeypatch.setattr("integrations.jobs.async_task", lambda *args: None)
    monkeypatch.setattr("integrations.pair_files.async_task", lambda *args: None)


@pytest.fixture(scope="session")
def template() -> Template:
    return Template()


@pytest.fixture
def make_office(
    db: None, monkeypatch: pytest.MonkeyPatch, template: Template
) -> Iterator[Callable[..., Office]]:
    """Builds a connected office on a world of its own, at a time that moves only when told."""
    with time_machine.travel(NOW, tick=False) as traveller:

        def make(**choices: Any) -> Office:
            wanted = {"company": "empty", "limits": "off", **choices}
            world = World.build(**wanted)
            if wanted["limits"] == "off" and "store_file" not in wanted and timezone.now() == NOW:
                mount(world, monkeypatch)
                kind = tuple(sorted(wanted.items()))
                template.connect(kind, world, lambda: connect(world, monkeypatch))
            else:
                connect(world, monkeypatch)
            office = Office(world, traveller)
            office.reset()
            return office

        yield make


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Iterator[Office]:
    """An empty company. When the test is over, a second sync has to find nothing to do."""
    made = make_office()
    yield made
    made.assert_settled()
