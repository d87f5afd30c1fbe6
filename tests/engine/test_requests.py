"""Asking for the same twice: one run is made, however close together the two come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from integrations import access, approvals, decisions, fetching, trials
from integrations.models import Decision, SyncRun
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens.people import finish_syncs, person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("asleep")]


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    return make_office()


def at_once(ask: Callable[[], Any], times: int = 4) -> list[Any]:
    """What several people get who press at the same moment."""
    answers: list[Any] = []
    barrier = threading.Barrier(times)

    def press() -> None:
        try:
            barrier.wait()
            answers.append(ask())
        except Exception as error:  # noqa: BLE001 - the test compares what it got
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def failing(office: Office) -> RecordLink:
    office.accounts("Bad Ltd", Website="none at all")
    office.sync()
    return RecordLink.objects.select_related("setting__integration").get(name="Bad Ltd")


def test_previews_asked_for_at_the_same_moment_are_one(office: Office) -> None:
    admin, setting = person(access.ADMIN), office.setting()

    runs = at_once(lambda: decisions.start_sync(admin, setting, preview=True))

    assert len({run.pk for run in runs}) == 1, runs
    assert sorted(run.joined for run in runs) == [False, True, True, True]
    assert Decision.objects.filter(kind="start").count() == 1


def test_a_record_tried_again_at_the_same_moment_is_tried_once(office: Office) -> None:
    link, finance = failing(office), person(access.FINANCE)

    answers = at_once(lambda: decisions.try_again(finance, [link]))

    assert len({run.pk for (run,) in answers}) == 1, answers
    assert SyncRun.objects.filter(trigger="retry").count() == 1
    assert Decision.objects.filter(kind="try_again").count() == 1


def test_a_preview_that_is_over_is_not_led_to(office: Office) -> None:
    admin = person(access.ADMIN)
    first = decisions.start_sync(admin, office.setting(), preview=True)
    finish_syncs(office)

    second = decisions.start_sync(admin, office.setting(), preview=True)

    assert (second.pk != first.pk, second.joined) == (True, False)


def test_another_request_is_another_run(office: Office) -> None:
    """Other choices, another way round, other records, or records decided otherwise."""
    office.accounts("Acme Ltd")
    link, admin = failing(office), person(access.ADMIN)
    plain = decisions.start_sync(admin, office.setting(), preview=True)
    trial = trials.set_up(admin, office.setting(), {"duplicates": "skip"}, None)
    assert trial is not None
    tried = trials.try_out(admin, office.setting(), trial)
    office.configure(duplicates="clone")
    newer = decisions.start_sync(admin, office.setting(), preview=True)
    one = decisions.sync_records(admin, [link])
    both = decisions.sync_records(admin, list(RecordLink.objects.all()))
    RecordLink.objects.filter(pk=link.pk).update(decision="different")
    link.refresh_from_db()
    decided = decisions.sync_records(admin, [link])

    runs = [plain, tried, newer, *one, *both, *decided]
    assert len({run.pk for run in runs}) == 6
    assert not any(run.joined for run in runs)


def test_a_fetch_pressed_twice_is_one(office: Office) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    link, finance = office.link(acme), person(access.FINANCE)

    first, second = fetching.fetch_pair(finance, link), fetching.fetch_pair(finance, link)

    assert (first.pk, second.joined) == (second.pk, True)
    assert Decision.objects.filter(kind="fetch").count() == 1


def test_an_approved_preview_leaves_its_place_to_a_new_one(office: Office) -> None:
    """What is being written is no preview: who asks for one gets one of its own."""
    office.accounts("Acme Ltd")
    first = decisions.start_sync(person(access.ADMIN), office.setting(), preview=True)
    finish_syncs(office)
    approvals.approve(person(access.APPROVER), first)

    second = decisions.start_sync(person(access.ADMIN), office.setting(), preview=True)

    assert (second.pk != first.pk, second.mode) == (True, "preview")


def test_of_previews_approved_at_the_same_moment_one_is_written(office: Office) -> None:
    office.accounts("Acme Ltd")
    previews = [office.sync(preview=True) for _ in range(4)]
    approver, waiting = person(access.APPROVER), list(previews)

    answers = at_once(lambda: approvals.approve(approver, waiting.pop()))

    (there,) = [answer for answer in answers if isinstance(answer, SyncRun)]
    refused = [answer for answer in answers if answer is not there]
    assert {str(error) for error in refused if isinstance(error, ValueError)} == {
        f"{there.name} is open: let it end, or stop it first."
    }
    assert SyncRun.objects.filter(mode="live").count() == 1
    assert Decision.objects.filter(kind="approve").count() == 1
    (run,) = finish_syncs(office)
    assert (run.pk, run.created) == (there.pk, 1)
