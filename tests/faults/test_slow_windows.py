"""Intents are committed by the window; what matters for a lost one is when it was sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from integrations.connectors.books.connector import Books
from integrations.http import ANSWER_LOST_AFTER, TIMEOUT
from integrations.models import SyncRun
from integrations.pacing import LONGEST_SLEEP, Pacer
from integrations.sync import run as pipeline
from integrations.sync.lease import Lease
from tests.conftest import Office

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """The process is gone between two instructions."""


@pytest.mark.parametrize(("waits", "takes"), [(0, 0.1), (0, 4), (0, 30), (LONGEST_SLEEP, 1)])
def test_a_row_sent_late_in_a_slow_window_is_not_taken_for_absent_early(
    waits: float, takes: float, make_office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = make_office()
    office.accounts(*(f"Company {number:02}" for number in range(24)))
    sent: dict[str, list[dt.datetime]] = {}
    create = Books.create

    def slowly(self: Books, entity: object, body: dict[str, str]) -> object:
        office.pass_time(waits)
        sent.setdefault(body["contact_name"], []).append(timezone.now())
        if sum(map(len, sent.values())) == 20:
            # It has left, and the app works on it for as long as it may.
            raise Killed
        written = create(self, entity, body)  # type: ignore[arg-type]
        office.pass_time(takes)
        return written

    monkeypatch.setattr(Books, "create", slowly)
    run = pipeline.start(office.setting(), "crm.customers")
    with pytest.raises(Killed):
        pipeline.drive(run, sleep=office.sleep)
    lost = max(sent, key=lambda name: sent[name][-1])

    office.pass_time(16)
    run = pipeline.drive(run, sleep=office.sleep)

    assert run.status == "done"
    first, again = sent[lost]
    assert again - first >= ANSWER_LOST_AFTER
    assert len(office.customers()) == 24
    assert office.calls("books")["POST /contacts"] == 24


def test_a_write_that_was_held_up_is_not_sent_on_an_old_intent(
    make_office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process slept between saying and sending (a suspended machine, a long wait for the
    pace), and another has looked the record up, found nothing, and written it."""
    office = make_office()
    office.accounts("Acme Ltd")
    run = pipeline.start(office.setting(), "crm.customers")
    call = Pacer.call
    slept: list[SyncRun] = []

    def sleeping_call(self: Pacer) -> object:
        if self.connection.app == "books" and not slept and run.changes.exists():
            slept.append(run)
            office.pass_time(200)
            Lease(SyncRun.objects.get()).claim()
        return call(self)

    monkeypatch.setattr(Pacer, "call", sleeping_call)
    pipeline.work(run.pk)
    assert slept
    assert "POST /contacts" not in office.calls("books")

    office.pass_time(20)
    assert pipeline.drive(run, sleep=office.sleep).status == "done"
    assert office.calls("books")["POST /contacts"] == 1


def test_the_time_to_wait_covers_the_longest_call() -> None:
    assert ANSWER_LOST_AFTER.total_seconds() >= sum(TIMEOUT)
