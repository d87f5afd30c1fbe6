"""The page of choices tried out: everything of all its parts, and nothing to confirm twice."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from django.urls import reverse

from integrations import access, decisions, jobs, trials
from integrations.models import Decision, SyncRun
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


def shown_to_another_admin(run: SyncRun) -> str:
    return client_of(access.ADMIN).get(reverse("office:preview", args=[run.pk])).content.decode()


def test_what_is_confirmed_is_named_before_and_after(world: Office) -> None:
    first, second = both_ways_tried(world)
    for run in (first, second):
        text = shown_to_another_admin(run)
        table = text[text.index("What changes") : text.index("Confirm the new choices")]
        for said in ("Direction", "Fetch from CRM", "Sync both ways"):
            assert said in table
        assert "Duplicates" not in table


def tried(world: Office, choices: dict[str, str], maps: trials.Maps | None = None) -> SyncRun:
    trial = trials.set_up(person(access.ADMIN), world.setting(), choices, maps)
    assert trial is not None
    run = trials.try_out(person(access.ADMIN), world.setting(), trial)
    finish_syncs(world)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"duplicates": "clone"}, ("Duplicates", "Ask", "Clone")),
        ({"winner": "newest"}, ("Changed on both sides", "CRM wins", "The later change wins")),
        (
            {"second_names": "yes"},
            ("Books takes two customers of one name", "No", "Yes"),
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_choice_is_named_in_the_words_of_the_forms(
    choices: dict[str, str], said: tuple[str, ...], world: Office
) -> None:
    world.accounts("Acme Ltd")
    world.sync()
    run = tried(world, choices)
    cells = settled(shown_to_another_admin(run))
    assert "|".join(said) in cells


def settled(text: str) -> str:
    """The cells of the page's tables, one after another."""
    return "|".join(
        unescape(re.sub("<[^>]+>", "", cell)).strip()
        for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", text, re.DOTALL)
    )


def test_field_pairs_added_altered_and_taken_away_are_named(world: Office) -> None:
    world.accounts("Acme Ltd", Phone="1", Website="https://acme.example")
    world.sync()
    key = world.setting().flow
    now, _ = trials.default_pairs(world.setting())
    by_source = {pair.source: pair for pair in now}
    kept = [pair for pair in now if pair.source not in {"Phone", "Website"}]
    there = [*kept, replace(by_source["Website"], on="create")]
    trials.set_up(person(access.ADMIN), world.setting(), {}, {key: now})
    run = tried(world, {}, {key: there})
    text = shown_to_another_admin(run)
    cells = settled(text)
    assert "taken away|Phone" in cells
    assert re.search(r"before\|Website[^|]*\|[^|]*\|[^|]*\|always", cells, re.IGNORECASE)
    assert re.search(r"after\|Website[^|]*\|[^|]*\|[^|]*\|[^|]*create", cells, re.IGNORECASE)
    assert "Direction" not in text

    # Once confirmed, it is still said what it was, here as in the history of decisions.
    admin = client_of(access.ADMIN)
    admin.post(reverse("office:preview-confirm", args=[run.pk]))
    assert "taken away|Phone" in settled(shown_to_another_admin(run))
    act = Decision.objects.filter(kind="set_up", run=run).get()
    kept_of_it = admin.get(reverse("admin:integrations_decision_change", args=[act.pk]))
    assert "taken away|Phone" in settled(kept_of_it.content.decode())
