"""Deciding many at once: just what the second look showed, a part of it where there are very many,
and a few statements for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations import many
from integrations.models import Decision, FlowSetting
from mappings.models import RecordLink
from tests.screens import rows
from tests.screens.attention.conftest import confirm

pytestmark = pytest.mark.django_db
DUPLICATES, CONFLICTS = "/office/duplicates/decide/", "/office/both-sides/choose/"
CHANGED = "The list has changed since you looked"
# (address, what is sent, state, the module of the view).
MANY = [
    (DUPLICATES, {"choice": "same"}, "undecided", "duplicates"),
    (DUPLICATES, {"choice": "different"}, "undecided", "duplicates"),
    (CONFLICTS, {"side": "first"}, "conflict", "conflicts"),
    ("/office/attention/invalid/again/", {}, "failing", "attention"),
    ("/office/deleted/decide/", {"choice": "keep"}, "gone", "deleted"),
]


def wait(setting: FlowSetting, state: str, *numbers: int) -> None:
    """Records that wait for a person in that state, each with a look-alike of its own."""
    for number in numbers:
        alike = {"id": f"99{number:05}", "name": f"Alike {number}", "paired_with": ""}
        fields = {"notes": ["one", "two"], "website": ["a", "b"]}
        rows.link(
            setting,
            number,
            state=state,
            target_id=None if state == "undecided" else f"46{number:05}",
            cause={"failing": "invalid", "gone": "gone_source"}.get(state, ""),
            details={"candidates": [alike], "fields": fields},
        )


@pytest.fixture
def setting() -> FlowSetting:
    return rows.company().setting


@pytest.mark.parametrize(("address", "sent", "state", "module"), MANY)
def test_records_that_came_after_the_look_are_not_decided_with_it(
    address: str, sent: dict[str, str], state: str, module: str, setting: FlowSetting, root: Client
) -> None:
    wait(setting, state, 1, 2)
    everything = {**sent, "all": "1"}
    seen = root.get(address, everything).context["seen"]
    wait(setting, state, 3)
    answer = root.post(address, {**everything, "seen": seen})
    assert CHANGED in answer.content.decode()
    assert answer.context["total"] == 3
    assert not Decision.objects.exists()
    # The page that says so is a second look itself.
    root.post(address, {**everything, "seen": answer.context["seen"]})
    assert Decision.objects.exclude(source_id="").count() == 3


def test_a_look_alike_that_changed_meanwhile_is_looked_at_again(
    setting: FlowSetting, root: Client
) -> None:
    wait(setting, "undecided", 1)
    everything = {"choice": "same", "all": "1"}
    seen = root.get(DUPLICATES, everything).context["seen"]
    other = {"candidates": [{"id": "7", "name": "Somebody else"}]}
    RecordLink.objects.update(details=other)
    answer = root.post(DUPLICATES, {**everything, "seen": seen})
    assert CHANGED in answer.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize(("address", "sent", "state", "module"), MANY)
def test_a_part_of_very_many_is_told(
    address: str,
    sent: dict[str, str],
    state: str,
    module: str,
    setting: FlowSetting,
    root: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wait(setting, state, 1, 2, 3)
    everything = {**sent, "all": "1"}
    assert "repeat for the rest" not in root.get(address, everything).content.decode()
    monkeypatch.setattr(f"integrations.views.{module}.AT_ONCE", 2)
    look = root.get(address, everything)
    assert "These are the first 2 of 3; repeat for the rest." in look.content.decode()
    confirm(root, address, **everything)
    assert Decision.objects.exclude(source_id="").count() == 2


@pytest.mark.parametrize(("address", "sent", "state"), [row[:3] for row in MANY[:3]])
def test_deciding_takes_as_many_statements_for_ten_as_for_a_hundred(
    address: str, sent: dict[str, str], state: str, setting: FlowSetting, root: Client
) -> None:
    everything = {**sent, "all": "1"}

    def statements(*numbers: int) -> int:
        wait(setting, state, *numbers)
        seen = root.get(address, everything).context["seen"]
        with CaptureQueriesContext(connection) as caught:
            assert root.post(address, {**everything, "seen": seen}).status_code == 302
        return len(caught)

    statements(1)  # content types and rights are looked up once
    few, more = statements(*range(10, 20)), statements(*range(100, 200))
    assert Decision.objects.count() == 111
    # SQLite takes less than a thousand values a statement, so rows are stored by several.
    assert more <= few + 3, (few, more)


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (lambda user, links: many.same(user, [(link, "9900001") for link in links]), "undecided"),
        (lambda user, links: many.choose_side(user, links, source=True), "conflict"),
    ],
    ids=["same", "values"],
)
def test_what_is_refused_of_many_leaves_the_others(
    act: Callable[..., list[str]], state: str, setting: FlowSetting
) -> None:
    user = User.objects.create(username="finance")
    wait(setting, state, 1)
    rows.link(setting, 2, state="in_sync")
    refused = act(user, list(RecordLink.objects.order_by("pk")))
    assert [why.partition(":")[0] for why in refused] == ["Customer 2"]
    assert [row.name for row in Decision.objects.all()] == ["Customer 1"]
    assert list(RecordLink.objects.filter(due=True).values_list("name", flat=True)) == [
        "Customer 1"
    ]


def test_a_candidate_that_is_taken_is_refused_with_the_name(setting: FlowSetting) -> None:
    user = User.objects.create(username="finance")
    wait(setting, "undecided", 1)
    rows.link(setting, 2, target_id="9900001", state="in_sync")
    (why,) = many.same(user, [(RecordLink.objects.get(name="Customer 1"), "9900001")])
    assert "paired with Customer 2" in why


@pytest.mark.parametrize("side", ["first", "second"])
def test_what_money_goes_by_is_not_among_many(
    side: str, setting: FlowSetting, root: Client
) -> None:
    fields: dict[str, Any] = {"fields": {"bank": ["1", "2"]}}
    rows.link(setting, 1, state="failing", cause="second_look", details=fields)
    look = root.get(CONFLICTS, {"all": "1", "side": side})
    assert (look.context["total"], look.context["aside"]) == (0, 1)
    confirm(root, CONFLICTS, all="1", side=side)
    link = RecordLink.objects.get()
    assert many.choose_side(User.objects.get(username="root"), [link], source=side == "first")
    assert not Decision.objects.exists()
