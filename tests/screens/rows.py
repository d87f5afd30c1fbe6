"""Rows for the tests of screens and reports, without a sync behind them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from integrations.models import (
    Change,
    Channel,
    Checkpoint,
    Connection,
    Consent,
    Decision,
    FlowSetting,
    Grant,
    Integration,
    NotifiedRecord,
    Pace,
    SyncRun,
    WebhookEvent,
    Writing,
    WritingSwitch,
)
from mappings.models import FieldMap, RecordLink, RemoteField

# Secrets that no page and no file may ever show, nor any half of them.
CANARIES = {
    "client_secret": "canary-client-6f1d2c9a",
    "refresh_token": "1000.canaryrefresh77e4b0.51d3",
    "access_token": "1000.canaryaccess90ab12.c4e7",
}
# Of a channel, and in what it sent.
PROOF, TOLD = "canaryproof31c07a55", "canary-body-2b8e61d0"
STATES = tuple(RecordLink.State)
STATUSES = tuple(Change.Status)


@dataclass
class Company:
    """One integration of CRM with Books, and its module Customers."""

    grant: Grant
    books: Connection
    crm: Connection
    integration: Integration
    setting: FlowSetting


def first(model: Any) -> Any:
    """The first row in the model's own order; there has to be one."""
    row = model._default_manager.first()
    assert row is not None, f"{model.__name__} has no row"
    return row


def company(name: str = "crm", *, is_test: bool = True, number: int = 1) -> Company:
    grant = Grant.objects.create(
        data_center="sandbox" if is_test else "eu",
        accounts_url="https://accounts.example.org",
        client_id=f"client-{number}",
        signed_in_as=f"books-{number}@example.org",
        scopes="ZohoBooks.contacts.ALL,ZohoCRM.modules.ALL",
        access_token_expires=timezone.now() + dt.timedelta(minutes=50),
        **CANARIES,
    )

    def connect(app: str, title: str) -> Connection:
        return Connection.objects.create(
            app=app,
            grant=grant,
            organization_id=f"60{number:05}",
            name=title,
            base_currency="EUR",
            is_test=is_test,
            calls_per_minute=100,
            calls_per_day=2000,
        )

    books, crm = connect("books", f"Acme GmbH {number}"), connect("crm", f"Acme Sales {number}")
    Pace.objects.create(connection=books, calls_today=120, day=timezone.localdate())
    integration = Integration.objects.create(
        name=name, kind="crm", ledger=books, other=crm, writing=Writing.ON
    )
    setting = FlowSetting.objects.create(
        integration=integration,
        flow="crm.customers",
        enabled=True,
        options={"module": "accounts"},
        first_synced_at=timezone.now() - dt.timedelta(days=3),
        last_started_at=timezone.now() - dt.timedelta(hours=2),
    )
    return Company(grant, books, crm, integration, setting)


def run(setting: FlowSetting, **values: Any) -> SyncRun:
    now = timezone.now()
    values = {
        "status": SyncRun.Status.DONE,
        "read": 212,
        "created": 40,
        "failing": 3,
        "calls": {"crm": 2, "books": 40},
        "seconds": 75.4,
        "created_at": now,
        "started_at": now,
        "finished_at": now,
        **values,
    }
    return SyncRun.objects.create(setting=setting, flow=setting.flow, **values)


def change(of: SyncRun, number: int = 1, **values: Any) -> Change:
    values = {
        "action": Change.Action.UPDATE,
        "status": Change.Status.WRITTEN,
        "state": RecordLink.State.IN_SYNC,
        "source_id": f"55000000{number:05}",
        "target_id": f"46000000{number:05}",
        "name": f"Customer {number}",
        "before": {"billing_address.city": "Bonn", "notes": ""},
        "values": {"billing_address.city": "Köln", "notes": "=1+1"},
        "created_at": timezone.now(),
        **values,
    }
    return Change.objects.create(run=of, setting=of.setting, flow=of.flow, **values)


def link(setting: FlowSetting, number: int = 1, **values: Any) -> RecordLink:
    now = timezone.now()
    values = {
        "source_id": f"55000000{number:05}",
        "target_id": f"46000000{number:05}",
        "name": f"Customer {number}",
        "state": RecordLink.State.IN_SYNC,
        "since": now,
        "updated_at": now,
        **values,
    }
    return RecordLink.objects.create(setting=setting, flow=setting.flow, **values)


def open_item(setting: FlowSetting, state: RecordLink.State, number: int) -> RecordLink:
    """A record in a state a person has to see, with what the planner writes down for it."""
    details: dict[str, Any] = {}
    if state == RecordLink.State.UNDECIDED:
        alike = {
            "id": "460000009",
            "name": "ACME LTD ",
            "score": 70,
            "why": ["nearly the same name"],
        }
        details = {"candidates": [{**alike, "paired_with": ""}]}
    elif state == RecordLink.State.FAILING:
        problem = {
            "field": "Currency",
            "value": "XTS",
            "cause": "unknown_choice",
            "message": "is not used in Books",
            "remedy": "Add the currency in Books.",
        }
        details = {"would": "create", "problems": [problem]}
    elif state == RecordLink.State.CONFLICT:
        details = {"fields": {"notes": ["from CRM", "from Books"]}}
    return link(
        setting,
        number,
        state=state,
        cause="cause",
        reason=f"The reason of {number}.",
        remedy="What a person does.",
        details=details,
        target_id=None if state == RecordLink.State.UNDECIDED else f"46000000{number:05}",
        waiting_flow="crm.customers" if state == RecordLink.State.WAITING else "",
        waiting_id="550000001" if state == RecordLink.State.WAITING else "",
    )


def fill(made: Company, number: int, *, start: int = 0) -> None:
    """`number` rows in every list that grows, in all states in turn."""
    for n in range(start, start + number):
        done = run(made.setting, status=tuple(SyncRun.Status)[n % 6], only_ids=["1"])
        change(done, n, status=STATUSES[n % len(STATUSES)])
        open_item(made.setting, STATES[n % len(STATES)], n)
        RemoteField.objects.create(
            connection=made.books,
            entity="contacts",
            name=f"cf_{n}",
            label=f"Field {n}",
            choices={"a": "A"},
            fetched_at=timezone.now(),
        )
        FieldMap.objects.create(
            setting=made.setting,
            flow="crm.customers",
            position=n,
            source=f"Field_{n}",
            target=f"cf_{n}",
        )
        WritingSwitch.objects.create(stopped=n % 2 == 0, reason=f"Month end {n}")
        act(done, n)
        Consent.objects.create(
            app="books",
            data_center="sandbox",
            accounts_url="https://accounts.example.org",
            client_id="client-1",
            client_secret=CANARIES["client_secret"],
            scopes="ZohoBooks.contacts.ALL",
            status=tuple(Consent.Status)[n % len(Consent.Status)],
            expires_at=timezone.now() - dt.timedelta(days=1),
            invited_address=f"admin-{n}@example.org",
            organization_name=f"Acme GmbH {n}",
        )


def act(of: SyncRun, number: int) -> Decision:
    """Something a person did: with the record, or with the sync, or with the set-up."""
    kinds = tuple(Decision.Kind)
    return Decision.objects.create(
        kind=kinds[number % len(kinds)],
        setting=of.setting if number % 3 else None,
        run=of if number % 3 else None,
        source_id=f"55000000{number:05}",
        target_id=f"46000000{number:05}",
        name=f"Customer {number}",
        reason=f"Asked by the auditor {number}",
        details={"choices": {"extent": ["fetch", "both"]}}
        if number % 2
        else {"fields": {"notes": ["from CRM", "from Books"]}, "from_source": ["notes"]},
    )


def notification(made: Company, number: int = 1, **values: Any) -> WebhookEvent:
    channel, _ = Channel.objects.get_or_create(
        connection=made.crm,
        defaults={
            "secret": PROOF,
            "status": Channel.Status.ACTIVE,
            "entities": ["Accounts"],
            "base_url": "https://sync.example.org",
            "told_since": timezone.now(),
            "asked_at": timezone.now(),
            "expires_at": timezone.now() + dt.timedelta(days=6),
            "last_event_at": timezone.now(),
        },
    )
    event = WebhookEvent.objects.create(
        channel=channel, digest=f"{number:064}", body=f'{{"token": "{TOLD}"}}', **values
    )
    NotifiedRecord.objects.create(
        event=event, entity="Accounts", record_id=f"55000000{number:05}", what="changed"
    )
    return event


def everything() -> Company:
    """At least one row in every list, every state and status among them."""
    made = company()
    fill(made, len(STATES))
    for number, status in enumerate(WebhookEvent.Status):
        notification(made, number, status=status, outcome="Read by sync 1.", runs=[1])
    for direction in SyncRun.Direction:
        Checkpoint.objects.create(
            setting=made.setting,
            flow="crm.customers",
            direction=direction,
            cursor=timezone.now(),
            version=1,
            full_read_at=timezone.now(),
        )
    return made
