"""Record links: seen from either side, saved a page at a time, one row for each record."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from integrations.models import FlowSetting
from mappings.fields import Parent
from mappings.links import Links, parents
from mappings.models import RecordLink

State = RecordLink.State
DIGEST, OTHER = b"a" * 16, b"b" * 16


@pytest.fixture
def forward(setting: FlowSetting) -> Links:
    return Links(setting.pk, setting.flow)


@pytest.fixture
def back(setting: FlowSetting) -> Links:
    return Links(setting.pk, setting.flow, reverse=True)


def pair(links: Links, near: str, far: str) -> RecordLink:
    row = links.by_near([near]).get(near) or links.new(near)
    links.set_near(row, DIGEST, "2026-11-03")
    links.set_far(row, far, OTHER, "2026-11-02")
    row.version = 3
    links.save([row])
    return links.by_near([near])[near]


def test_one_row_is_seen_from_both_sides(forward: Links, back: Links) -> None:
    pair(forward, "s1", "t1")

    there, here = back.by_near(["t1"])["t1"], forward.by_far(["t1"])["t1"]

    assert there == here
    assert (back.near_id(there), back.far_id(there)) == ("t1", "s1")
    assert (back.near_digest(there), back.far_digest(there)) == (OTHER, DIGEST)
    assert forward.seen(["s1", "s2"])["s1"][:4] == (State.IN_SYNC, DIGEST, "2026-11-03", 3)
    assert back.seen(["t1"])["t1"].digest == OTHER
    assert forward.paired() == back.paired() == 1


def test_saving_again_replaces_the_row_and_keeps_its_key(forward: Links) -> None:
    before = pair(forward, "s1", "t1").pk
    again = pair(forward, "s1", "t2")
    assert (again.pk, again.target_id) == (before, "t2")
    assert RecordLink.objects.count() == 1


def test_a_pair_takes_the_place_of_what_either_side_was_noted_as(
    forward: Links, back: Links
) -> None:
    for links, record_id in ((forward, "s1"), (back, "t1")):
        row = links.new(record_id)
        row.state, row.reason = State.UNDECIDED, "It looks like another."
        links.save([row])

    pair(forward, "s1", "t1")

    assert list(RecordLink.objects.values_list("source_id", "target_id")) == [("s1", "t1")]


def test_a_pair_of_another_record_is_never_taken_away(forward: Links, back: Links) -> None:
    pair(forward, "s1", "t1")
    row = back.new("t2")
    row.state = State.EXCLUDED
    back.save([row])
    pair(forward, "s3", "t3")
    assert RecordLink.objects.count() == 3


def test_the_time_of_a_state_is_when_it_was_entered(forward: Links) -> None:
    first = pair(forward, "s1", "t1")
    again = pair(forward, "s1", "t1")
    assert again.since == first.since
    assert again.updated_at > first.updated_at


def test_due_records_come_once_each_in_order(forward: Links) -> None:
    now = timezone.now()
    for number in range(5):
        row = forward.new(f"s{number}")
        row.due = number in {1, 2}
        row.retry_at = now + dt.timedelta(hours=1 if number == 3 else -1) if number > 2 else None
        forward.save([row])

    first = forward.due_after(0, 2, 0)
    rest = forward.due_after(first[-1][0], 2, 0)

    assert [record_id for _, record_id in first] == ["s1", "s2"]
    assert [record_id for _, record_id in rest] == ["s4"]
    forward.clear_due(["s1", "s4"])
    assert [record_id for _, record_id in forward.due_after(0, 9, 0)] == ["s2"]


def test_records_of_the_other_side_alone_are_not_due_here(forward: Links, back: Links) -> None:
    row = back.new("t1")
    row.due = True
    back.save([row])
    assert forward.due_after(0, 9, 0) == []
    assert [record_id for _, record_id in back.due_after(0, 9, 0)] == ["t1"]


def test_what_waited_for_a_record_is_due_when_it_appears(
    forward: Links, setting: FlowSetting
) -> None:
    hours = Links(setting.pk, "other.hours")
    for record_id, wanted in (("h1", "s1"), ("h2", "s2")):
        row = hours.new(record_id)
        row.state, row.waiting_flow, row.waiting_id = State.WAITING, "other.things", wanted
        hours.save([row])

    assert forward.release_waiting(["s1"]) == 1
    assert [record_id for _, record_id in hours.due_after(0, 9, 0)] == ["h1"]


def test_parents_say_how_they_stand(forward: Links, setting: FlowSetting) -> None:
    pair(forward, "s1", "t1")
    failing = forward.new("s2")
    failing.state, failing.name, failing.reason = State.FAILING, "Ida", "no e-mail"
    gone = forward.new("s3")
    gone.state, gone.reason, gone.target_id = State.GONE, "It was deleted.", "t3"
    forward.save([failing, gone])
    asked = [("other.things", f"s{number}") for number in range(1, 5)]

    assert parents(setting.integration_id, asked) == {
        ("other.things", "s1"): Parent("t1", ""),
        ("other.things", "s2"): Parent("", "Ida: no e-mail"),
        ("other.things", "s3"): Parent("", "It was deleted."),
    }
    assert parents(setting.integration_id, [("other.things", "t1")], reverse=True) == {
        ("other.things", "t1"): Parent("s1", "")
    }


def test_a_page_costs_the_same_few_statements_whatever_its_size(
    forward: Links, django_assert_num_queries: object, django_assert_max_num_queries: object
) -> None:
    rows = []
    for number in range(200):
        row = forward.new(f"s{number}")
        forward.set_far(row, f"t{number}", OTHER, "")
        rows.append(row)
    # SQLite takes 999 parameters a statement, PostgreSQL all rows at once.
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        forward.save(rows)
    ids = [f"s{number}" for number in range(200)]
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert len(forward.seen(ids)) == len(forward.by_near(ids)) == 200
