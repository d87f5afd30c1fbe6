"""`sync`: what it prints, how it ends, what it leaves alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from integrations.models import Connection, SyncRun
from integrations.sync import run as pipeline
from mappings.models import RecordLink
from tests.commands.conftest import Manage, whole_store
from tests.conftest import Office

# Contract, section 2.
KEYS = [
    "integration",
    "flow",
    "direction",
    "mode",
    "status",
    "held",
    "run",
    "read",
    "created",
    "updated",
    "linked",
    "unchanged",
    "deleted",
    "excluded",
    "waiting",
    "failing",
    "conflicts",
    "undecided",
    "uncertain",
    "calls",
    "seconds",
    "peak_rss_mb",
    "queries",
]


def test_each_run_is_one_json_object_with_the_keys_of_the_contract(
    office: Office, manage: Manage
) -> None:
    office.accounts("Acme Ltd", "Bolt Ltd")
    office.add("crm", "Accounts", {"Account_Name": "Colt Ltd", "Website": "n/a"})

    result = manage("sync", "crm.customers", "--json")

    assert (result.status, result.err) == (0, "")
    (line,) = result.lines
    assert list(line) == KEYS
    told = {key: line[key] for key in KEYS[:6]}
    assert told == {
        "integration": "crm",
        "flow": "crm.customers",
        "direction": "forward",
        "mode": "live",
        "status": "done",
        "held": None,
    }
    assert (line["read"], line["created"], line["failing"]) == (3, 2, 1)
    assert line["run"] == SyncRun.objects.get().pk
    assert line["calls"]["books"] >= 2
    assert line["calls"]["crm"] >= 1
    assert line["queries"] > 0
    assert line["peak_rss_mb"] > 0


def test_for_people_it_prints_a_sentence(office: Office, manage: Manage) -> None:
    office.accounts("Acme Ltd")
    office.pass_time(3600)
    result = manage("sync", "crm.customers")
    assert result.out.startswith("crm crm.customers (forward, live): done; 1 read, 1 created; ")
    result = manage("sync", "crm.customers")
    assert "done; nothing to do; " in result.out


@pytest.mark.parametrize("key", ["crm", "crm.customers", "crm:crm.customers", "crm:crm"])
def test_a_key_is_a_module_an_integration_or_both(office: Office, manage: Manage, key: str) -> None:
    lines = manage("sync", key, "--json").lines
    assert lines[0]["flow"] == "crm.customers"
    assert (len(lines) == 1) is key.endswith("customers")


def test_no_key_means_all_and_a_module_named_twice_runs_once(
    office: Office, manage: Manage
) -> None:
    flows = [line["flow"] for line in manage("sync", "--json").lines]
    assert flows[0] == "crm.customers"
    assert len(flows) == len(set(flows)) > 1
    assert [
        line["flow"] for line in manage("sync", "crm", "crm.customers", "--json").lines
    ] == flows


@pytest.mark.parametrize("key", ["crm.nothing", "nothing", "other:crm.customers", "crm:nothing"])
def test_an_unknown_key_ends_with_2_and_lists_the_known_ones(
    office: Office, manage: Manage, key: str
) -> None:
    result = manage("sync", key, "--json")
    assert (result.status, result.out) == (2, "")
    assert f"Unknown key '{key}'. Known are: crm, crm." in result.err
    assert not SyncRun.objects.exists()


def test_an_unknown_key_beside_a_known_one_starts_nothing(office: Office, manage: Manage) -> None:
    assert manage("sync", "crm.customers", "crm.nothing").status == 2
    assert not SyncRun.objects.exists()


def test_a_module_that_is_off_is_not_synced(office: Office, manage: Manage) -> None:
    office.configure(enabled="off")
    result = manage("sync", "crm.customers")
    assert result.status == 2
    assert "configure crm.customers enabled=on" in result.err
    assert not SyncRun.objects.exists()
    office.configure(enabled="on")


def test_both_ways_are_two_lines_and_changes_cross_in_one_command(
    office: Office, manage: Manage
) -> None:
    office.configure(extent="both")
    office.accounts("Acme Ltd")
    office.add(
        "books",
        "contacts",
        {
            "contact_name": "Bolt Ltd",
            "contact_type": "customer",
            "customer_sub_type": "business",
        },
    )

    lines = manage("sync", "crm.customers", "--json").lines

    assert [(line["direction"], line["created"]) for line in lines] == [
        ("forward", 1),
        ("reverse", 1),
    ]
    assert {"Acme Ltd", "Bolt Ltd"} == set(office.customers())
    assert {row["Account_Name"] for row in office.records("crm", "Accounts")} == {
        "Acme Ltd",
        "Bolt Ltd",
    }


def test_a_preview_writes_nothing_anywhere(office: Office, manage: Manage) -> None:
    office.accounts("Acme Ltd", "Acme Limited")
    office.configure(extent="both", duplicates="overwrite")
    office.add("books", "contacts", {"contact_name": "Acme Ltd", "contact_type": "customer"})
    before = whole_store(office)

    result = manage("sync", "crm.customers", "--preview", "--json")

    assert whole_store(office) == before
    assert result.status == 0
    assert {line["mode"] for line in result.lines} == {"preview"}
    assert result.lines[0]["linked"] == 1
    assert not RecordLink.objects.exists()
    assert office.writes() == {}
    office.configure(extent="fetch")
    manage("sync", "crm.customers")


def test_full_reads_everything_again_and_writes_nothing_anew(
    office: Office, manage: Manage
) -> None:
    office.accounts("Acme Ltd", "Bolt Ltd")
    manage("sync", "crm.customers")
    office.reset()

    (line,) = manage("sync", "crm.customers", "--full", "--json").lines

    assert (line["read"], line["unchanged"], line["created"]) == (2, 2, 0)
    assert office.writes() == {}


def test_records_that_need_attention_do_not_change_the_exit_status(
    office: Office, manage: Manage
) -> None:
    office.accounts("Acme Ltd", Website="n/a")
    result = manage("sync", "crm.customers", "--json")
    assert (result.status, result.lines[0]["failing"]) == (0, 1)


def test_a_fault_of_the_program_ends_with_1_and_says_which_run(
    office: Office, manage: Manage, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.accounts("Acme Ltd")

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr("integrations.sync.pages.plan_record", broken)
        result = manage("sync", "crm.customers", "--json")

    (line,) = result.lines
    assert (result.status, line["status"]) == (1, "failed")
    assert f"({line['run']})" in result.err
    assert "a bug" not in result.err
    manage("sync", "crm.customers")


def test_a_short_wait_is_sat_out(waits_pass: Office, manage: Manage) -> None:
    office = waits_pass
    office.accounts("Acme Ltd")
    busy = {"service": "books", "method": "POST", "kind": "status", "status": 429, "times": 1}
    office.faults(busy)

    result = manage("sync", "crm.customers", "--json")

    assert (result.status, result.lines[0]["status"]) == (0, "done")
    assert result.lines[0]["created"] == 1
    assert 0 < office.slept <= 120


def test_a_long_wait_ends_the_command_as_paused(waits_pass: Office, manage: Manage) -> None:
    office = waits_pass
    office.accounts("Acme Ltd")
    blocked = {
        "service": "books",
        "method": "POST",
        "kind": "status",
        "status": 429,
        "body": {"code": 45, "message": "maximum call rate limit"},
        "times": 1,
    }
    office.faults(blocked)

    result = manage("sync", "crm.customers", "--json")

    (line,) = result.lines
    assert (result.status, line["status"]) == (1, "paused")
    assert "crm.customers" in result.err
    office.pass_time(7 * 3600)
    (again,) = manage("sync", "crm.customers", "--json").lines
    assert (again["run"], again["status"], again["created"]) == (line["run"], "done", 1)


def test_a_run_that_is_open_is_taken_over_and_its_line_printed(
    office: Office, manage: Manage
) -> None:
    office.accounts("Acme Ltd")
    open_run = pipeline.start(office.setting(), "crm.customers")
    # Its worker died: the lease has lapsed.
    SyncRun.objects.filter(pk=open_run.pk).update(
        status="running", lease_token="x", lease_until=timezone.now() - dt.timedelta(seconds=1)
    )

    (line,) = manage("sync", "crm.customers", "--json").lines

    assert (line["run"], line["status"], line["created"]) == (open_run.pk, "done", 1)
    assert SyncRun.objects.count() == 1


def test_a_module_that_may_only_look_is_previewed(office: Office, manage: Manage) -> None:
    office.accounts("Acme Ltd")
    office.configure(writing="look_only")
    (line,) = manage("sync", "crm.customers", "--json").lines
    assert (line["mode"], line["status"], line["created"]) == ("preview", "done", 1)
    assert office.writes() == {}
    office.configure(writing="on")
    manage("sync", "crm.customers")


def test_without_connections_it_says_what_to_do(transactional_db: None, manage: Manage) -> None:
    result = manage("sync")
    assert result.status == 1
    assert "Connect two apps first" in result.err


# A consent that is lost --------------------------------------------------------------------------


@pytest.fixture
def revoked(make_office: Callable[..., Office]) -> Office:
    """An office whose consent dies with the next request to Books."""
    office = make_office()
    office.accounts("Acme Ltd", "Bolt Ltd")
    office.faults({"service": "books", "kind": "revoke", "times": 1})
    return office


def test_a_lost_consent_ends_the_run_at_once(revoked: Office, manage: Manage) -> None:
    result = manage("sync", "crm.customers", "--json")

    (line,) = result.lines
    assert (result.status, line["status"], line["held"]) == (1, "paused", "reconnect")
    assert "Reconnect" in result.err
    assert set(Connection.objects.values_list("status", flat=True)) == {"reconnect"}
    assert revoked.records("books", "contacts") == []


def test_later_syncs_ask_nothing_of_a_lost_connection(revoked: Office, manage: Manage) -> None:
    manage("sync", "crm.customers")
    revoked.reset()

    for arguments in ([], ["--full"], ["--preview"]):
        result = manage("sync", "crm.customers", "--json", *arguments)
        assert (result.status, result.lines[-1]["held"]) == (1, "reconnect")
        assert "Reconnect" in result.err

    assert sum(revoked.calls("oauth").values()) <= 1
    assert revoked.calls("crm") == revoked.calls("books") == {}


def test_after_connecting_again_the_run_goes_on(revoked: Office, manage: Manage) -> None:
    (lost,) = manage("sync", "crm.customers", "--json").lines
    revoked.faults()
    assert manage("connect_sandbox", "--url", "http://sandbox.test").status == 0

    result = manage("sync", "crm.customers", "--json")

    (line,) = result.lines
    assert (result.status, line["status"], line["held"]) == (0, "done", None)
    assert line["run"] == lost["run"]
    assert set(revoked.customers()) == {"Acme Ltd", "Bolt Ltd"}
    assert revoked.setting().first_synced_at is not None
    revoked.assert_settled()


def test_full_is_not_lost_where_a_sync_is_open_already(office: Office, manage: Manage) -> None:
    office.accounts("Acme Ltd", "Brandt AG")
    office.pass_time(60)
    manage("sync")
    office.pass_time(60)
    open_run = pipeline.start(office.setting(), "crm.customers")

    joined, full = manage("sync", "crm.customers", "--full", "--json").lines

    assert (joined["run"], joined["status"], joined["read"]) == (open_run.pk, "done", 0)
    assert (full["status"], full["read"], full["unchanged"]) == ("done", 2, 2)


def test_an_open_sync_that_reads_everything_is_full_enough(office: Office, manage: Manage) -> None:
    office.accounts("Acme Ltd")
    open_run = pipeline.start(office.setting(), "crm.customers", full=True)
    (line,) = manage("sync", "crm.customers", "--full", "--json").lines
    assert line["run"] == open_run.pk
