"""Payment details that a second person approves: what their page says, and to whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from integrations.models import Decision
from mappings.models import RecordLink
from tests.screens import rows
from tests.screens.attention.conftest import said

MAIL, CITY = "primary_person.email", "billing_address.city"
FIELDS = {MAIL: ["new@kanda.example", "sales@kanda.example"], CITY: ["Kyoto", "Tokyo"]}


@pytest.fixture
def link(db: None) -> RecordLink:
    """A vendor whose e-mail and city differ while bills are open."""
    made = rows.company()
    return rows.link(
        made.setting,
        name="Kanda Seimitsu",
        state="failing",
        cause="second_look",
        details={"fields": FIELDS},
    )


@pytest.fixture
def approver(member: Callable[[str], Client]) -> Client:
    return member("Approver")


def text(client: Client, link: RecordLink) -> str:
    return str(client.get(f"/office/both-sides/{link.pk}/").content.decode())


def ask(client: Client, link: RecordLink, mail: str = "first", city: str = "second") -> str:
    answer = client.post(f"/office/both-sides/{link.pk}/", {MAIL: mail, CITY: city}, follow=True)
    return said(answer)


def act(client: Client, link: RecordLink, act: str, **values: str) -> str:
    page = client.get(f"/office/both-sides/{link.pk}/")
    sent = {"seen": page.context["stamp"], **values}
    return said(client.post(f"/office/both-sides/{link.pk}/{act}/", sent, follow=True))


def kinds() -> list[str]:
    return list(Decision.objects.order_by("pk").values_list("kind", flat=True))


def test_who_asked_for_what_is_on_its_page(link, finance, approver) -> None:
    assert "Ask for the chosen values" in text(finance, link)
    assert "another person (Approver)" in ask(finance, link)

    own, others = text(finance, link), text(approver, link)

    for page in (own, others):
        assert "finance.staff</strong> asked" in page
        assert "<strong>new@kanda.example</strong> in place of sales@kanda.example" in page
        assert "stays Tokyo" in page
        assert page.count(">asked for</span>") == 1
        assert "Decided" not in page
    assert "Ask somebody who may: Approver." in own
    assert "Withdraw the request" in own
    assert "Approve these values" not in own
    assert "Approve these values" in others
    assert "Withdraw the request" not in others
    assert "Waiting for approval" in finance.get("/office/both-sides/").content.decode()


def test_what_is_asked_for_is_preset_in_the_form(link, finance) -> None:
    ask(finance, link)
    form = finance.get(f"/office/both-sides/{link.pk}/").context["form"]
    assert (form[MAIL].value(), form[CITY].value()) == ("first", "second")


def test_approved_it_leaves_the_list_and_says_by_whom(link, finance, approver) -> None:
    ask(finance, link)
    assert "approved. These values are written" in act(approver, link, "approve")
    assert "Approved by approver" in text(finance, link)
    listed = finance.get("/office/both-sides/")
    assert (listed.context["lines"], listed.context["decided"]) == ([], 1)
    link.refresh_from_db()
    assert link.due
    assert link.details["answered"]["values"] == {MAIL: FIELDS[MAIL]}
    assert link.details["answered"]["kept"] == {CITY: FIELDS[CITY]}


def test_not_approved_says_why_beside_the_field_and_on_the_page(link, finance, approver) -> None:
    ask(finance, link)
    assert act(approver, link, "not-approved", reason=" ") == ""
    answer = approver.post(f"/office/both-sides/{link.pk}/not-approved/", {"reason": " "})
    assert "Say why; it is kept with the decision." in answer.content.decode()
    assert kinds() == ["ask_approval"]

    act(approver, link, "not-approved", reason="They know nothing of it")

    assert "They know nothing of it" in text(finance, link)
    assert kinds() == ["ask_approval", "reject"]


def test_who_asked_withdraws(link, finance, approver) -> None:
    ask(finance, link)
    assert "withdrawn" in act(finance, link, "withdraw")
    assert "Waiting for approval" not in text(approver, link)
    assert kinds() == ["ask_approval", "withdraw"]


def test_another_choice_is_for_those_who_may_decide(link, finance, approver, member) -> None:
    ask(finance, link)
    assert approver.post(f"/office/both-sides/{link.pk}/", {"all": "first"}).status_code == 403
    for path in ("approve", "not-approved"):
        address = f"/office/both-sides/{link.pk}/{path}/"
        assert finance.post(address, {"reason": "x"}).status_code == 403
    assert kinds() == ["ask_approval"]
    assert "asked for" in ask(member("Integration admin"), link, city="first")
    assert "integration.admin</strong> asked" in text(finance, link)


def test_only_what_was_seen_is_approved(link, finance, approver, member) -> None:
    ask(finance, link)
    seen = approver.get(f"/office/both-sides/{link.pk}/").context["stamp"]
    ask(member("Integration admin"), link, city="first")
    address = f"/office/both-sides/{link.pk}/approve/"
    assert "has changed since" in said(approver.post(address, {"seen": seen}, follow=True))
    assert kinds() == ["ask_approval", "ask_approval"]


def test_a_lapsed_request_says_so(link, finance, approver) -> None:
    ask(finance, link)
    link.refresh_from_db()
    link.details = {"fields": {MAIL: ["x@fraud.example", "s"]}, "lapsed": link.details["asked"]}
    link.save()
    assert "The request has lapsed." in text(approver, link)
    assert "has lapsed. Nothing is written." in act(approver, link, "approve")


def test_it_waits_on_the_dashboard_with_its_age(link, finance, approver) -> None:
    ask(finance, link)
    page = approver.get("/office/dashboard/")
    (item,) = page.context["approvals"]
    assert (item.title, item.asked_by) == (
        "Customers: payment details of Kanda Seimitsu",
        "finance.staff",
    )
    assert f"/office/both-sides/{link.pk}/" in page.content.decode()
    assert "just now" in page.content.decode()
    act(approver, link, "approve")
    assert approver.get("/office/dashboard/").context["approvals"] == []


def test_many_at_once_leave_it_to_its_own_page(link, finance) -> None:
    ask(finance, link)
    rows.open_item(link.setting, RecordLink.State.CONFLICT, 2)
    look = finance.get("/office/both-sides/choose/", {"all": "1", "side": "second"})
    assert (look.context["total"], look.context["aside"]) == (1, 1)
    sent = {"all": "1", "side": "second", "seen": look.context["seen"]}
    finance.post("/office/both-sides/choose/", sent)
    assert kinds() == ["ask_approval", "keep_target"]
    link.refresh_from_db()
    assert "asked" in link.details
