"""The page of choices tried out: everything of all its parts, and nothing to confirm twice."""

from __future__ import annotations

import pytest
from django.urls import reverse

from integrations import access, decisions, jobs, trials
from integrations.models import SyncRun
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, person

pytestmark = pytest.mark.usefixtures("asleep")


def both_ways_tried(world: Office) -> tuple[SyncRun, SyncRun]:
    """A module that only fetched so far, tried both ways: Books has a customer that CRM lacks."""
    world.accounts("Acme Ltd")
    world.sync()
    world.add("books", "contacts", {"contact_name": "Bolt Ltd", "contact_type": "customer"})
    trial = trials.set_up(person(access.ADMIN), world.setting(), {"extent": "both"}, None)
    assert trial is not None
    first = trials.try_out(person(access.ADMIN), world.setting(), trial)
    finish_syncs(world)
    first.refresh_from_db()
    second = jobs.follow(first)
    assert second is not None
    finish_syncs(world)
    return first, second


def test_what_another_part_would_create_is_told_before_it_is_confirmed(world: Office) -> None:
    first, second = both_ways_tried(world)
    text = client_of(access.ADMIN).get(reverse("office:preview", args=[first.pk])).content.decode()
    assert "1 CRM record would be created" in text
    assert f"{reverse('office:preview', args=[second.pk])}?outcome=created#changes" in text
    assert "this part has nothing to write" in text
    assert "there is nothing to write" not in text


def test_once_confirmed_every_part_says_so_and_offers_nothing(world: Office) -> None:
    first, second = both_ways_tried(world)
    admin = client_of(access.ADMIN)
    admin.post(reverse("office:preview-confirm", args=[first.pk]))
    for run in (first, second):
        text = admin.get(reverse("office:preview", args=[run.pk])).content.decode()
        assert "These choices were confirmed" in text
        assert str(person(access.ADMIN)) in text
        assert "not in force yet" not in text
        assert "Confirm the new choices" not in text
        assert "Preview again" not in text


def test_choices_of_an_earlier_set_up_are_not_offered(world: Office) -> None:
    first, _ = both_ways_tried(world)
    world.configure(duplicates="clone")
    admin = client_of(access.ADMIN)
    text = admin.get(reverse("office:preview", args=[first.pk])).content.decode()
    assert "made of an earlier set-up" in text
    assert "Confirm the new choices" not in text


def test_a_trial_is_no_part_of_a_preview_made_right_before_it(world: Office) -> None:
    admin, who = client_of(access.ADMIN), person(access.ADMIN)
    decisions.start_sync(who, world.setting(), preview=True)
    plain = finish_syncs(world)[-1]
    both_ways_tried(world)
    page = admin.get(reverse("office:preview", args=[plain.pk]))
    assert page.context["companions"] == []
