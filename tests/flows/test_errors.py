"""Errors E-01 to E-18 of single records: each is provoked, shows its cause and its remedy where
people look, holds up no other record, and is gone once the remedy is done.

Those that stop a whole sync, a connection or a module are in `test_errors_of_syncs`.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from integrations import access, attention, causes, decisions, removing
from integrations.models import Change
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, contact
from tests.flows.test_items import KEY as ITEMS
from tests.flows.test_items import product
from tests.flows.troubles import TABLE, crowns_in_books, in_crowns
from tests.screens.people import client_of, person

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "errors.md").read_text()


pytestmark = pytest.mark.usefixtures("asleep")


def sound(office: Office, module: str) -> str:
    """A record of the same module that nothing is wrong with."""
    if module == ITEMS:
        return product(office, "Sound", "S-1")
    if office.setting().options.get("module") == "contacts":
        return contact(office, "Sound", "Person")
    if module == PERSONS:
        return contact(office, "Sound", "Person", Account_Name=office.accounts("Sound Ltd")[0])
    return office.accounts("Sound Ltd")[0]


def read(name: str, *arguments: Any) -> str:
    answer = client_of(access.ADMIN).get(reverse(f"office:{name}", args=arguments), follow=True)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


@pytest.mark.parametrize("name", TABLE)
def test_a_record_says_what_is_wrong_and_goes_once_it_is_mended(office: Office, name: str) -> None:
    trouble = TABLE[name]
    made, other = trouble.provoke(office), sound(office, trouble.modules[-1])

    for module in trouble.modules:
        run = office.sync(module)
        assert run.status == "done", run.reason

    link = office.link(made)
    assert (link.state, link.cause) == (trouble.state, trouble.cause)
    assert office.link(other).state == "in_sync"
    for words in trouble.says:
        assert words in link.reason
    assert link.remedy
    _assert_shown(link)

    trouble.cure(office, made)
    for module in trouble.modules:
        office.sync(module)

    link = office.link(made)
    assert (link.state, link.reason, link.remedy) == ("in_sync", "", "")
    assert attention.groups() == []
    assert trouble.cause in history(made)
    for module in trouble.modules:
        office.assert_settled(module)


def history(made: str) -> set[str]:
    return set(Change.objects.filter(source_id=made).values_list("cause", flat=True))


def _assert_shown(link: RecordLink) -> None:
    """On the record's page and in the list of what needs attention; the guide knows the cause."""
    shown = read("record", link.pk)
    assert link.reason in shown
    assert f"What to do:</strong> {link.remedy}" in shown
    cause = attention.BY_STATE.get(RecordLink.State(link.state)) or causes.CAUSES[link.cause]
    overview = read("attention")
    assert cause.title in overview
    assert cause.remedy in overview
    assert link.name in read("cause", cause.key)
    assert f"| **{cause.title}** |" in GUIDE


def test_what_is_in_use_is_not_deleted_and_can_be_made_inactive(office: Office) -> None:
    """E-18. Books' own refusal, of a transaction made in between, is in `test_removals`."""
    made = office.accounts("Acme Ltd")[0]
    office.sync()
    line = {"name": "Work", "rate": 100, "quantity": 1}
    row = {"customer_id": office.link(made).target_id, "date": "2026-10-01", "line_items": [line]}
    office.add("books", "invoices", row)
    office.remove("crm", "Accounts", made)
    office.pass_time(3600)
    office.sync()

    _taken_out(office, "delete")

    link = RecordLink.objects.get()
    assert (link.state, Change.objects.get(action="delete").cause) == ("gone", "in_use")
    assert "transactions" in link.reason
    assert "inactive" in link.remedy
    assert link.reason in read("record", link.pk)
    assert link.reason in read("deleted")

    _taken_out(office, "inactive")

    assert office.customers()["Acme Ltd"]["status"] == "inactive"
    assert attention.groups() == []


def _taken_out(office: Office, act: str) -> None:
    (run,) = removing.take_out(person(access.FINANCE), [RecordLink.objects.get()], act)
    office.pass_time(60)
    assert pipeline.drive(run, sleep=office.sleep).status == "done"


# What the apps may take by now -------------------------------------------------------------------


@pytest.mark.parametrize("how", ["sync now", "try again", "by itself"])
def test_what_was_set_up_in_books_since_is_taken(office: Office, how: str) -> None:
    """E-05. Somebody who has put it right does not wait; otherwise it is found out in an hour."""
    made = in_crowns(office)
    office.sync()
    crowns_in_books(office, made)
    office.pass_time(60)

    if how == "try again":
        (run,) = decisions.try_again(person(access.FINANCE), [office.link(made)])
        pipeline.drive(run, sleep=office.sleep)
    elif how == "sync now":
        office.sync()
    else:
        office.sync(trigger="schedule")
        assert office.link(made).state == "failing"
        office.pass_time(3600)
        office.sync(trigger="schedule")

    assert office.link(made).state == "in_sync"


def test_a_record_of_today_is_not_refused_by_what_was_known_yesterday(office: Office) -> None:
    office.accounts("Sound Ltd")
    office.sync()
    crowns_in_books(office, "")
    office.pass_time(24 * 3600)
    made = in_crowns(office)

    run = office.sync(trigger="schedule")

    assert (run.failing, office.link(made).state) == (0, "in_sync")


def test_nothing_is_asked_about_fields_where_nothing_is_refused(office: Office) -> None:
    office.accounts("Sound Ltd")
    office.sync()
    office.pass_time(24 * 3600)
    office.accounts("Acme Ltd")
    office.reset()

    assert office.sync().created == 1
    asked = {**office.calls("books"), **office.calls("crm")}
    assert not {"GET /settings/currencies", "GET /settings/fields"} & set(asked)
