"""Writes whose answer was lost are looked up, never repeated blindly."""

from __future__ import annotations

from integrations.models import Change
from mappings.models import RecordLink
from tests.conftest import Office

DROP = {"service": "books", "method": "POST", "path": "/contacts", "kind": "drop_answer"}


def names(office: Office) -> list[str]:
    return sorted(row["contact_name"] for row in office.records("books", "contacts"))


def test_a_lost_answer_is_found_again_and_paired(office: Office) -> None:
    office.accounts("Acme Ltd", "Bolt Ltd", "Crane Ltd")
    office.faults({**DROP, "times": 1})

    run = office.sync()

    assert (run.status, run.created, run.uncertain) == ("done", 3, 0)
    assert names(office) == ["Acme Ltd", "Bolt Ltd", "Crane Ltd"]
    assert office.calls("books")["POST /contacts"] == 3


def test_a_request_that_never_arrived_is_sent_again_only_when_that_is_proven(
    office: Office,
) -> None:
    office.accounts("Acme Ltd")
    office.faults({**DROP, "kind": "close", "times": 1})

    run = office.sync()

    assert (run.status, run.created) == ("done", 1)
    assert names(office) == ["Acme Ltd"]
    # Not finding it proves nothing before the app can have given up on the request.
    assert office.slept >= 65


def test_an_app_that_drops_every_answer_still_gets_each_record_once(office: Office) -> None:
    wanted = [f"Company of place {number}" for number in range(30)]
    office.accounts(*wanted)
    office.faults({**DROP, "rate": 0.5})

    run = office.sync()

    assert run.status == "done"
    assert names(office) == sorted(wanted)
    assert RecordLink.objects.filter(state="in_sync").count() == 30
    assert not Change.objects.filter(status__in=Change.OPEN).exists()


def test_an_error_500_is_looked_up_at_once_and_written_again(office: Office) -> None:
    office.accounts("Acme Ltd")
    error = {"code": 1000, "message": "Internal error"}
    office.faults({**DROP, "kind": "status", "status": 500, "body": error, "times": 1})

    run = office.sync()

    assert (run.status, run.created) == ("done", 1)
    assert names(office) == ["Acme Ltd"]


def test_a_record_that_never_gets_an_answer_is_put_aside(office: Office) -> None:
    office.accounts("Acme Ltd")
    office.faults({**DROP, "kind": "status", "status": 500, "body": {}})

    run = office.sync()

    assert (run.status, run.created, run.failing) == ("done", 0, 1)
    assert office.link(RecordLink.objects.get().source_id or "").cause == "no_answer"
    office.faults()
    office.pass_time(24 * 3600)
    assert office.sync().created == 1


def test_a_lost_answer_of_an_update_is_read_back(office: Office) -> None:
    account = office.accounts("Acme Ltd")[0]
    office.sync()
    office.change("crm", "Accounts", account, Billing_City="Bergen")
    path = {"service": "books", "method": "PUT", "path": "/contacts/{id}"}
    office.faults({**path, "kind": "drop_answer", "times": 1})

    run = office.sync()

    assert (run.status, run.updated) == ("done", 1)
    assert office.customers()["Acme Ltd"]["billing_address"]["city"] == "Bergen"


def test_a_lost_batch_into_crm_is_found_again(office: Office) -> None:
    office.configure(extent="both")
    rows = (
        {
            "contact_name": f"Company of place {number}",
            "contact_type": "customer",
            "customer_sub_type": "business",
        }
        for number in range(12)
    )
    office.add("books", "contacts", *rows)
    path = {"service": "crm", "method": "POST", "path": "/Accounts"}
    office.faults({**path, "kind": "drop_answer", "times": 1})

    run = office.sync()

    assert (run.status, run.created) == ("done", 12)
    assert len(office.records("crm", "Accounts")) == 12


def test_too_many_requests_pause_the_run_and_nothing_is_lost(office: Office) -> None:
    office.accounts("Acme Ltd", "Bolt Ltd")
    body = {"code": 44, "message": "too many"}
    office.faults({**DROP, "kind": "status", "status": 429, "body": body, "times": 1})

    run = office.sync()

    assert (run.status, run.created) == ("done", 2)
    assert office.slept >= 60
    assert office.calls("books")["POST /contacts"] == 3
