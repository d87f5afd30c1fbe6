"""`stop` and `start`: all writing, everywhere, before the next write."""

from __future__ import annotations

import pytest

from integrations.connectors.books.connector import Books
from integrations.models import Change, SyncRun, WritingSwitch
from tests.commands.conftest import Manage, whole_store
from tests.conftest import Office


def test_the_next_sync_writes_nothing_and_waits(office: Office, manage: Manage) -> None:
    office.accounts("Acme Ltd")
    assert manage("stop", "--reason", "Audit").out == "All writing is stopped: Audit\n"
    before = whole_store(office)

    result = manage("sync", "crm.customers", "--json")

    (line,) = result.lines
    assert (result.status, line["status"], line["held"]) == (1, "paused", "stopped")
    assert "Audit" in result.err
    assert whole_store(office) == before
    assert office.writes() == {}

    manage("start")
    (line,) = manage("sync", "crm.customers", "--json").lines
    assert (line["status"], line["held"], line["created"]) == ("done", None, 1)
    assert SyncRun.objects.count() == 1


def test_a_running_sync_stops_before_its_next_write(
    office: Office, manage: Manage, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.accounts(*(f"Company of {n} streets" for n in range(60)))
    office.configure(duplicates="clone")
    create, made = Books.create, []

    def stopping(self: Books, *args: object, **kwargs: object) -> object:
        made.append(args)
        if len(made) == 30:
            manage("stop", "--reason", "Wrong rate")
        return create(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Books, "create", stopping)

    (line,) = manage("sync", "crm.customers", "--json").lines

    assert (line["status"], line["held"], line["created"]) == ("paused", "stopped", 30)
    assert len(office.customers()) == 30
    open_rows = Change.objects.filter(status__in=Change.OPEN)
    assert not open_rows.exists()

    manage("start")
    (again,) = manage("sync", "crm.customers", "--json").lines
    assert (again["run"], again["status"], again["created"]) == (line["run"], "done", 60)
    assert len(office.customers()) == len(made) == 60


def test_previews_go_on(office: Office, manage: Manage) -> None:
    office.accounts("Acme Ltd")
    manage("stop", "--reason", "Audit")
    (line,) = manage("sync", "crm.customers", "--preview", "--json").lines
    assert (line["status"], line["created"]) == ("done", 1)
    manage("start")
    manage("sync", "crm.customers")


def test_each_turn_of_the_switch_is_kept_with_its_reason(office: Office, manage: Manage) -> None:
    manage("stop", "--reason", "Audit")
    manage("stop", "--reason", "Still")
    assert manage("start").out == "Writing goes on. 0 syncs were waiting for it.\n"
    assert manage("start").out == "Writing is not stopped.\n"
    turns = list(WritingSwitch.objects.order_by("pk").values_list("stopped", "reason"))
    assert turns[:2] == [(True, "Audit"), (True, "Still")]
    assert [stopped for stopped, _ in turns] == [True, True, False]


@pytest.mark.parametrize("arguments", [[], ["--reason", "  "]])
def test_stopping_needs_a_reason(
    transactional_db: None, manage: Manage, arguments: list[str]
) -> None:
    result = manage("stop", *arguments)
    assert result.status != 0
    assert "reason" in result.err
    assert not WritingSwitch.objects.exists()
