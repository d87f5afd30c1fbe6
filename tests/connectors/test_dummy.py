"""A new app is a table and an envelope: declared here, it syncs without any other change.

Two apps in memory, a till and a daybook (which is a ledger), and two modules: the till's clients
become parties of the daybook, and customers of the sandbox's Books.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from integrations import checks, connecting, registry
from integrations.connector import Connector, Entity, Page, Record, Written
from integrations.errors import Missing, Rejected
from integrations.models import Connection, FlowSetting, Grant, SyncRun
from integrations.sync import flow as vocabulary
from integrations.sync.flow import Endpoint, Flow, Match, Option, Rule, has
from mappings import keys
from mappings.converters import FieldInfo
from mappings.fields import Field
from mappings.models import RecordLink
from tests.conftest import Office


def entity(name: str, label: str, since: str) -> Entity:
    return Entity(
        name=name,
        path=f"/{name}",
        label=label,
        id_field="id",
        name_field="name",
        modified_field="changed",
        created_field="made",
        since=since,
        keys=(
            keys.Key("name", ("name",), keys.exact),
            keys.Key("loose", ("name",), keys.loose),
        ),
        unique=("name",),
        per_page=2,
    )


class Memory(Connector):
    """An app whose records are a dict; pages of two, newest change first where it is asked so."""

    stored: ClassVar[dict[str, Record]]

    def page(
        self,
        entity: Entity,
        *,
        at: Any = None,
        since: dt.datetime | None = None,
        fields: Sequence[str] = (),
        view: str = "",
        order: str = "",
    ) -> Page:
        rows = sorted(self.stored.values(), key=lambda row: row["changed"], reverse=bool(order))
        if since is not None:
            rows = [row for row in rows if row["changed"] >= since.isoformat()]
        start = int(at or 0)
        following = start + entity.per_page
        some = [dict(row) for row in rows[start:following]]
        return Page(some, following if following < len(rows) else None, timezone.now())

    def get(self, entity: Entity, record_id: str, *, fields: Sequence[str] = ()) -> Record:
        if record_id not in self.stored:
            raise Missing(f"{record_id} is not there.", cause="missing")
        return dict(self.stored[record_id])

    def create(self, entity: Entity, body: Record) -> Written:
        if any(row["name"] == body.get("name") for row in self.stored.values()):
            raise Rejected("The name is taken.", cause="name_taken")
        record_id = f"{self.app}-{len(self.stored) + 1}"
        self.stored[record_id] = {"id": record_id, "made": timezone.now().isoformat()}
        return self.update(entity, record_id, body)

    def update(self, entity: Entity, record_id: str, body: Record) -> Written:
        self.stored[record_id] |= {**body, "changed": timezone.now().isoformat()}
        return Written(record_id, dict(self.stored[record_id]))

    def fields(self, entity: Entity) -> Sequence[FieldInfo]:
        return [
            FieldInfo("name", "Name", required=True, length=20),
            FieldInfo("town", "Town"),
            FieldInfo("credit", "Credit", "money"),
        ]


class Till(Memory):
    app = "till"
    label = "Till"
    entities: ClassVar = {"clients": entity("clients", "Clients", "header")}
    stored: ClassVar[dict[str, Record]] = {}


class Daybook(Memory):
    app = "daybook"
    label = "Daybook"
    is_ledger = True
    entities: ClassVar = {"parties": entity("parties", "Parties", "newest_first")}
    stored: ClassVar[dict[str, Record]] = {}


to_daybook = Flow(
    key="till.clients",
    label="Clients",
    source=Endpoint("till", "clients"),
    target=Endpoint("daybook", "parties"),
    fields=(Field("name", "name"), Field("town", "town"), Field("credit", "credit", "money")),
    rules=(Rule(has("town"), "The client has no town."),),
    match=(Match("name", "the same name", exact=True), Match("loose", "a similar name", 70)),
    trace=("name",),
    options=(Option("grade", "Grade", ("all", "best"), "all"),),
)
to_books = Flow(
    key="kiosk.customers",
    label="Customers",
    source=Endpoint("till", "clients"),
    target=Endpoint("books", "contacts", where={"contact_type": "customer"}),
    fields=(Field("name", "contact_name"), Field("town", "billing_address.city")),
    match=(Match("name", "the same name", exact=True),),
    trace=("name",),
    fixed={"contact_type": "customer"},
)


@pytest.fixture
def dummies() -> Iterator[registry.Registry]:
    """The registry with this module in it, as with a folder of `integrations/connectors`."""
    found = registry.discover()
    before = dict(found.connectors), dict(found.flows), set(vocabulary.LEDGERS)
    found.add(sys.modules[__name__])
    yield found
    found.connectors, found.flows = before[0], before[1]
    vocabulary.LEDGERS.clear()
    vocabulary.LEDGERS.update(before[2])
    for kind in (Till, Daybook):
        kind.stored.clear()


def connect(app: str) -> Connection:
    grant = Grant.objects.get()
    return connecting.keep_connection(
        app, grant, {"organization_id": app, "name": f"My {app}"}, is_test=True
    )


def join(kind: str, ledger: Connection) -> FlowSetting:
    integration = connecting.join(kind, ledger, connect("till"))
    connecting.refresh_catalogues(integration)
    setting = integration.flow_settings.get()
    connecting.configure_with_defaults(setting)
    return setting


@pytest.fixture
def shop(office: Office, dummies: registry.Registry) -> Office:
    """Three clients in the till, joined to the daybook."""
    office.sync()
    join("till", connect("daybook"))
    for name, town in (("Acme Ltd", "Oslo"), ("Bolt Ltd", "Turku"), ("Colt Ltd", "")):
        enter(Till, name=name, town=town, credit=5)
    return office


def enter(app: type[Memory], **values: Any) -> str:
    """A record entered by the app's own people."""
    record_id = f"{app.app}-{len(app.stored) + 1}"
    now = timezone.now().isoformat()
    app.stored[record_id] = {"id": record_id, "made": now, "changed": now, **values}
    return record_id


def amend(app: type[Memory], record_id: str, **values: Any) -> None:
    app.stored[record_id] |= {**values, "changed": timezone.now().isoformat()}


def named(app: type[Memory]) -> dict[str, Record]:
    return {row["name"]: row for row in app.stored.values()}


def outcome(run: SyncRun) -> dict[str, int]:
    names = ("read", "created", "updated", "linked", "excluded", "failing", "undecided")
    return {name: getattr(run, name) for name in names if getattr(run, name)}


def test_declared_it_is_found_judged_and_listed(dummies: registry.Registry) -> None:
    assert registry.connector_class("till") is Till
    assert registry.flow("till.clients") is to_daybook
    assert registry.flows_of("till") == [to_daybook]
    assert registry.flows_reading("till", "clients") == [to_daybook, to_books]
    assert "daybook" in vocabulary.LEDGERS
    assert checks.check_declarations() == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (replace(to_daybook, source=Endpoint("bill", "clients")), "the app 'bill'"),
        (replace(to_daybook, source=Endpoint("till", "coins")), "till.coins, which is not"),
        (replace(to_daybook, needs=("till.owners",)), "needs 'till.owners', which is not"),
        (replace(to_daybook, needs=("till.clients",)), "needs itself"),
        (replace(to_daybook, setting="till.other"), "is set by 'till.other'"),
        (replace(to_daybook, match=(Match("tax", "tax"),)), "a key till.clients does not have"),
        (replace(to_daybook, fields=(Field("a", "b", "fax"),)), "No converter is called 'fax'"),
        (
            replace(to_daybook, fields=(Field("a", "b", "linked:till.owners"),)),
            "needs 'till.owners', which is not declared",
        ),
    ],
)
def test_a_declaration_that_is_wrong_is_named(
    dummies: registry.Registry, wrong: Flow, says: str
) -> None:
    dummies.flows["till.clients"] = wrong
    problems = [message.msg for message in checks.check_declarations()]
    assert len(problems) >= 1
    assert all(problem.startswith("till.clients") for problem in problems)
    assert any(says in problem for problem in problems)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "customers"}, "till.clients stands in its table under another name"),
        ({"since": "sometimes"}, "till.clients has since='sometimes'; use header, newest_first"),
        ({"unique": ("tax",)}, "till.clients keeps 'tax' unique, a key it does not have."),
    ],
)
def test_a_table_that_is_wrong_is_named(
    dummies: registry.Registry,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    says: str,
) -> None:
    table = {"clients": replace(Till.entities["clients"], **changes)}
    monkeypatch.setattr(Till, "entities", table)
    (problem,) = [message.msg for message in checks.check_declarations()]
    assert problem.startswith(says)


def test_a_whole_sync_runs_page_by_page_and_settles(shop: Office) -> None:
    run = shop.sync("till.clients")

    assert run.status == "done", run.reason
    assert outcome(run) == {"read": 3, "created": 2, "excluded": 1}
    acme = named(Daybook)["Acme Ltd"]
    assert (acme["town"], acme["credit"]) == ("Oslo", 5)
    left = RecordLink.objects.get(name="Colt Ltd")
    assert (left.state, left.reason) == ("excluded", "The client has no town.")
    before = dict(Daybook.stored)
    again = shop.sync("till.clients", full=True)
    assert (outcome(again), again.unchanged) == ({"read": 3, "excluded": 1}, 2)
    assert Daybook.stored == before


def test_what_changed_crosses_and_what_is_refused_beforehand_does_not(shop: Office) -> None:
    shop.sync("till.clients")
    shop.pass_time(60)
    amend(Till, "till-1", town="Bergen")
    amend(Till, "till-3", town="Rome", name="Colt and Sons of Rome")

    run = shop.sync("till.clients")

    assert outcome(run)["updated"] == 1
    assert outcome(run)["failing"] == 1
    assert named(Daybook)["Acme Ltd"]["town"] == "Bergen"
    link = RecordLink.objects.get(source_id="till-3")
    assert link.cause == "too_long"
    assert "Name “Colt and Sons of Rome” has 21 characters; 20 are allowed" in link.reason


def test_both_ways(shop: Office) -> None:
    enter(Daybook, name="Dole Ltd", town="Lund", credit=7)
    setting = shop.setting("till.clients")
    shop.configure("till.clients", extent="both", grade="best")
    assert setting.version < shop.setting("till.clients").version

    run = shop.sync("till.clients")

    assert (run.direction, run.status, run.created) == ("reverse", "done", 1)
    assert named(Till)["Dole Ltd"]["town"] == "Lund"
    shop.pass_time(60)
    amend(Daybook, "daybook-1", town="Malmö")
    shop.sync("till.clients")
    assert named(Till)["Dole Ltd"]["town"] == "Malmö"


def test_a_name_that_is_there_already_is_a_possible_duplicate(shop: Office) -> None:
    enter(Daybook, name="ACME LTD", town="Bergen")
    run = shop.sync("till.clients")
    assert outcome(run) == {"read": 3, "created": 1, "undecided": 1, "excluded": 1}


def test_the_same_app_feeds_another_ledger(shop: Office) -> None:
    join("kiosk", Connection.objects.get(app="books"))

    run = shop.sync("kiosk.customers")

    assert run.status == "done", run.reason
    assert outcome(run) == {"read": 3, "created": 3}
    assert shop.customers()["Acme Ltd"]["billing_address"]["city"] == "Oslo"
    assert run.calls["till"] == 0
    assert run.calls["books"] >= 3
