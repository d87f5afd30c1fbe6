"""Errors that stop a sync, a connection or a module: E-06, E-08, E-11, E-15, E-16. Each says its
cause and its remedy where people look, writes nothing meanwhile, and is over once it is mended.

Those of single records are in `test_errors`.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from integrations import access, configuring
from integrations.models import Connection, Integration, SyncRun
from integrations.words import held_words
from tests.conftest import Office
from tests.screens.people import client_of
from tests.several.conftest import EUROPE, connection, customers, join, setting_of


def read(name: str, *arguments: Any) -> str:
    answer = client_of(access.ADMIN).get(reverse(f"office:{name}", args=arguments), follow=True)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def assert_shown(run: SyncRun, *says: str) -> None:
    """The reason and what to do, on the page of the sync."""
    shown = read("sync", run.pk)
    for words in (run.reason, *says, *held_words(run)):
        assert words in shown


# E-06 Base currency mismatch ----------------------------------------------------------------------


def test_other_base_currencies_can_be_joined_one_way_only(
    make_office: Callable[..., Office],
) -> None:
    office = make_office(organizations=3)
    crm = Connection.objects.get(app="crm")
    shown = read("join", connection(office, EUROPE).pk, crm.pk)
    assert "CRM has USD, Books has EUR" in shown
    assert "They can be joined one way." in shown

    integration = join(office, EUROPE)

    assert integration.way == Integration.Way.CURRENCY
    with pytest.raises(ValidationError, match="Records go from CRM to Books only"):
        configuring.apply_choices(setting_of(integration), {"extent": "both"})
    items = setting_of(integration, "crm.items")
    assert "Items cannot be synced in this integration." in read("module", items.pk)
    office.accounts("Acme Ltd")
    assert office.sync_of(setting_of(integration)).created == 1
    assert customers(office, integration) == {"Acme Ltd"}


# E-08 The sign-in may not -------------------------------------------------------------------------

MAY_NOT: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "not in the profile": (
        {"status": 403, "body": {"code": "NO_PERMISSION"}},
        ("may not see or change this module", "grant the module in the profile"),
    ),
    "role too low": (
        {"status": 401, "body": {"code": "AUTHORIZATION_FAILED"}},
        ("The role of the sign-in used for", "a role that may see all records"),
    ),
    "hidden, or not in the edition": (
        {"status": 400, "body": {"code": "INVALID_MODULE"}},
        ("has no such module, or it is hidden", "Make the module visible in CRM"),
    ),
    "permission not given": (
        {"status": 401, "body": {"code": "OAUTH_SCOPE_MISMATCH"}},
        ("connected without a permission this needs", "Press Update credentials"),
    ),
}


@pytest.mark.parametrize("method", ["GET", "POST"], ids=["reading", "writing"])
@pytest.mark.parametrize("name", MAY_NOT)
def test_what_the_sign_in_may_not_stops_the_module_and_says_who_can_grant_it(
    office: Office, name: str, method: str
) -> None:
    office.configure(extent="both")
    there = {"contact_name": "Acme Ltd", "contact_type": "customer"}
    office.add("books", "contacts", {**there, "customer_sub_type": "business"})
    fault, says = MAY_NOT[name]
    body = {"message": "permission denied", "details": {}, "status": "error", **fault["body"]}
    where = {"service": "crm", "method": method, "path": "/Accounts", "kind": "status"}
    office.faults({**where, **fault, "body": body})

    run = office.sync()

    assert (run.status, run.held) == ("paused", "settings")
    assert_shown(run, *says)
    assert office.records("crm", "Accounts") == []

    office.faults()
    office.sync()
    assert [row["Account_Name"] for row in office.records("crm", "Accounts")] == ["Acme Ltd"]


# E-11 Credentials expired -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"service": "crm", "method": "GET", "path": "/Accounts", "kind": "revoke"}, "consent"),
        (
            {
                "service": "books",
                "kind": "status",
                "status": 401,
                "body": {"code": 57, "message": "You are not authorized to perform this operation"},
            },
            "refuses a fresh access token",
        ),
    ],
    ids=["revoked", "the user was removed, or may no more"],
)
def test_a_lost_sign_in_says_so_and_goes_on_after_reconnecting(
    office: Office, fault: dict[str, Any], why: str
) -> None:
    office.accounts("Acme Ltd")
    office.faults(fault)

    run = office.sync()

    assert (run.status, run.held) == ("paused", "reconnect")
    lost = Connection.objects.filter(app=fault["service"], status="reconnect").get()
    assert why in lost.status_reason
    assert_shown(run, "An Integration admin connects again; the sync then goes on by itself.")
    shown = read("connection", lost.pk)
    assert lost.status_reason in shown
    assert "They go on by themselves after" in shown
    assert "has to be signed in to again" in read("connections")

    office.faults()
    office.reconnect()
    assert "The connection works." in read("connection", lost.pk)
    assert (office.sync().pk, set(office.customers())) == (run.pk, {"Acme Ltd"})


# E-15 Rate limits ---------------------------------------------------------------------------------

# By app and code: what is said, and the seconds to wait.
TOO_MANY = {
    ("books", 43): ("has blocked requests for a while", 3600),
    ("books", 44): ("takes no more requests this minute", 60),
    ("books", 45): ("takes no more requests today. The sync goes on by itself tomorrow", 6 * 3600),
    ("books", 1070): ("is working on too many requests", 5),
    ("crm", "TOO_MANY_REQUESTS"): ("wants fewer requests", 60),
}


@pytest.mark.parametrize(("app", "code"), list(TOO_MANY))
def test_too_many_requests_are_waited_out_and_nothing_is_lost_or_doubled(
    office: Office, app: str, code: Any
) -> None:
    office.accounts("Acme Ltd")
    says, wait = TOO_MANY[app, code]
    body = {"code": code, "message": "too many", "status": "error", "details": {}}
    path = ("POST", "/contacts") if app == "books" else ("GET", "/Accounts")
    refused = {"service": app, "method": path[0], "path": path[1], "kind": "status"}
    office.faults({**refused, "status": 429, "body": body, "times": 1})

    run = office.sync()

    if run.status == "paused":
        assert run.held is None
        assert run.not_before is not None
        assert_shown(run, says, "It goes on")
        held = Connection.objects.get(app=app)
        assert "It is being waited for:" in read("connection", held.pk)
        assert "It goes on by itself." in read("connection", held.pk)
        office.pass_time(wait)
        run = office.sync()
    else:
        assert office.slept >= wait
    assert (run.status, run.created) == ("done", 1)
    assert len(office.customers()) == 1
    assert SyncRun.objects.count() == 1


# E-16 View missing --------------------------------------------------------------------------------


def test_a_view_that_is_gone_stops_the_module_until_another_one_is_chosen(office: Office) -> None:
    office.configure(view="Key accounts")
    office.accounts("Acme Ltd", Key_Account=True)
    views = office.world.store.collection("crm", "custom_views")
    views.remove(office.setting().view_id)

    run = office.sync()

    assert (run.status, run.held) == ("paused", "settings")
    assert office.customers() == {}
    assert_shown(run, "The view Key accounts is not there any more", "Choose another view")

    office.configure(view="All Accounts")
    assert (office.sync().status, set(office.customers())) == ("done", {"Acme Ltd"})
