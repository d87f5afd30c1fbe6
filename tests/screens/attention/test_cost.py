"""What the pages cost and say: statements whatever the rows, words of the screens, no secret."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import Change, SyncRun
from mappings.models import RecordLink
from tests.screens import rows
from tests.screens.test_words import NEVER, read

pytestmark = pytest.mark.django_db
MOST = 30


def addresses() -> Iterator[str]:
    yield from (
        "/admin/",
        "/office/attention/",
        "/office/attention/cause/",
        "/office/attention/cause/again/?all=1",
        "/office/deleted/",
        "/office/attention/not_confirmed/",
        "/office/duplicates/",
        "/office/duplicates/?show=later",
        "/office/duplicates/decide/?all=1&choice=different",
        "/office/duplicates/decide/?all=1&choice=same",
        "/office/both-sides/",
        "/office/both-sides/choose/?all=1&side=first",
        "/office/writing/start/",
        "/office/dashboard/",
        "/office/history/",
        "/office/report/",
    )
    duplicate = RecordLink.objects.filter(state="undecided")[0].pk
    difference = RecordLink.objects.filter(state="conflict")[0].pk
    yield f"/office/duplicates/{duplicate}/"
    yield f"/office/both-sides/{difference}/"


def statements(client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200, address
    return [query["sql"] for query in caught.captured_queries]


def complete(made: rows.Company, start: int = 0) -> None:
    rows.fill(made, 16, start=start)
    run = SyncRun.objects.filter(setting=made.setting).earliest("pk")
    for number in range(start + 900, start + 903):
        # An open write is one of a record only.
        rows.change(run, number, status=Change.Status.UNCERTAIN)
        rows.change(run, number + 10, final_at=timezone.now())
        soon = timezone.now() + dt.timedelta(days=1)
        rows.link(made.setting, number + 20, state="undecided", later_until=soon)


def test_a_page_takes_as_many_statements_whatever_there_is(root):
    complete(rows.company())
    pages = list(addresses())
    for address in pages:
        root.get(address)  # content types are looked up once for a process
    few = {address: len(statements(root, address)) for address in pages}
    complete(first_setting(), 100)
    for number in range(2, 12):
        complete(rows.company(f"crm-{number}", number=number))
    many = {address: len(statements(root, address)) for address in pages}

    assert many == few
    assert max(many.values()) < MOST, many


def first_setting() -> rows.Company:
    from integrations.models import Integration

    one = Integration.objects.earliest("pk")
    return rows.Company(one.ledger.grant, one.ledger, one.other, one, one.flow_settings.get())


def test_pages_use_the_words_of_the_screens_and_show_no_secret(root):
    complete(rows.company())
    found = {}
    for address in addresses():
        page = root.get(address).content.decode()
        if words := NEVER.findall(read(page)):
            found[address] = words
        for secret in rows.CANARIES.values():
            assert secret not in page, address
    assert found == {}


def test_pages_read_no_secret_column(root):
    complete(rows.company())
    for address in addresses():
        said = "\n".join(statements(root, address))
        assert '"refresh_token"' not in said, address
        assert '"client_secret"' not in said, address


def test_empty_pages_use_the_words_of_the_screens(root):
    for address in (
        "/admin/",
        "/office/attention/",
        "/office/attention/invalid/",
        "/office/attention/not_confirmed/",
        "/office/duplicates/",
        "/office/both-sides/",
        "/office/writing/stop/",
        "/office/dashboard/",
        "/office/history/",
        "/office/report/",
    ):
        answer = root.get(address)
        assert answer.status_code == 200, address
        assert NEVER.findall(read(answer.content.decode())) == [], address
