"""The page of records that belong elsewhere now: seen, kept or carried over, by whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from integrations.models import Decision
from integrations.sync.case import MOVED
from mappings.models import RecordLink
from tests.conftest import Office
from tests.flows.test_customer_choices import both, contact, sync
from tests.screens.attention.conftest import said


@pytest.fixture
def asked(office: Office) -> list[RecordLink]:
    """Two contacts that have lost their account."""
    both(office, contacts_without_account="yes")
    (acme,) = office.accounts("Acme Ltd")
    ids = [contact(office, name, "Berg", Account_Name=acme) for name in ("Ann", "Bo")]
    sync(office)
    for one in ids:
        office.change("crm", "Contacts", one, Account_Name=None)
    sync(office)
    return list(RecordLink.objects.filter(cause=MOVED).order_by("name"))


def test_it_is_said_where_it_is_and_what_it_would_be(
    asked: list[RecordLink], finance: Client
) -> None:
    overview = finance.get("/office/attention/").content.decode()
    assert "Belongs elsewhere now" in overview
    assert finance.get("/office/attention/moved/").headers["Location"] == "/office/elsewhere/"
    text = finance.get("/office/elsewhere/").content.decode()
    assert "as a contact person of Acme Ltd, and would become an individual customer" in text
    record = finance.get(f"/office/records/{asked[0].pk}/").content.decode()
    assert f'href="/office/elsewhere/?name={asked[0].source_id}"' in record


def test_no_second_partner_is_offered(asked: list[RecordLink], root: Client) -> None:
    record = root.get(f"/office/records/{asked[0].pk}/").content.decode()
    assert "Say first, under <em>Decide</em>" in record
    assert 'id="id_find"' not in record


@pytest.mark.parametrize(
    ("choice", "told", "state", "kind"),
    [
        ("keep", "1 record stays as it is.", "excluded", "keep_place"),
        ("carry", "1 record is carried over with the next sync.", "waiting", "carry_over"),
    ],
)
def test_a_ticked_one_is_decided_after_a_second_look(
    asked: list[RecordLink], finance: Client, choice: str, told: str, state: str, kind: str
) -> None:
    first, second = asked
    sent = {"choice": choice, "record": str(first.pk)}
    look = finance.get("/office/elsewhere/decide/", sent)
    assert look.context["total"] == 1

    answer = finance.post("/office/elsewhere/decide/", sent, follow=True)

    assert told in said(answer)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (state, "failing")
    assert Decision.objects.get(kind=kind).source_id == first.source_id


def test_all_of_the_list_are_carried_over_at_once(
    asked: list[RecordLink], office: Office, finance: Client
) -> None:
    look = finance.get("/office/elsewhere/decide/", {"choice": "carry", "all": "1"})
    sent: dict[str, Any] = {"choice": "carry", "all": "1", "seen": look.context["seen"]}
    finance.post("/office/elsewhere/decide/", sent)
    sync(office)
    assert set(office.customers()) == {"Acme Ltd", "Ann Berg", "Bo Berg"}
    assert "Every record is where it belongs" in (
        finance.get("/office/elsewhere/").content.decode()
    )


def test_an_auditor_sees_and_decides_nothing(asked: list[RecordLink], member: Any) -> None:
    auditor = member("Auditor")
    page = auditor.get("/office/elsewhere/").content.decode()
    assert "Ann Berg" in page
    assert 'value="carry"' not in page
    sent = {"choice": "keep", "record": str(asked[0].pk)}
    assert auditor.post("/office/elsewhere/decide/", sent).status_code == 403
    assert RecordLink.objects.filter(cause=MOVED).count() == 2
