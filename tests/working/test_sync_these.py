"""Records synced by hand go both ways where their module does; those of one side go its way."""

from __future__ import annotations

import pytest

from integrations import access, decisions, jobs
from integrations.models import SyncRun
from mappings.models import RecordLink
from tests.conftest import Office
from tests.screens.people import person


def work(office: Office) -> list[tuple[str, str]]:
    """What a worker would do until nothing is left."""
    done = []
    while run := SyncRun.objects.filter(status__in=SyncRun.OPEN, held=None).order_by("pk").first():
        jobs.work(run.pk)
        run.refresh_from_db()
        done.append((run.direction, run.status))
        office.pass_time(1)
    return done


def test_a_change_of_either_side_is_carried(office: Office) -> None:
    office.configure(extent="both", winner="newest")
    one, two = office.accounts("Acme One", "Acme Two", Phone="+1 555 0100")
    office.sync()
    office.change("crm", "Accounts", one, Phone="+1 555 0200")
    contact = office.customers()["Acme Two"]["contact_id"]
    office.change("books", "contacts", contact, billing_address={"phone": "+1 555 9999"})

    links = list(RecordLink.objects.filter(source_id__in=[one, two]))
    runs = decisions.sync_records(person(access.FINANCE), links)

    assert len(runs) == 1
    assert work(office) == [("forward", "done"), ("reverse", "done")]
    phones = {row["Account_Name"]: row["Phone"] for row in office.records("crm", "Accounts")}
    assert phones == {"Acme One": "+1 555 0200", "Acme Two": "+1 555 9999"}
    assert office.customers()["Acme One"]["billing_address"]["phone"] == "+1 555 0200"
    # A job that is handed out a second time starts nothing more.
    assert jobs.follow(SyncRun.objects.get(pk=runs[0].pk)) is None


def test_a_record_of_books_only_is_tried_again_the_way_it_goes(office: Office) -> None:
    office.configure(extent="both")
    made = {"contact_name": "Globex", "contact_type": "customer", "customer_sub_type": "business"}
    office.add("books", "contacts", made)
    fault = {"code": "INVALID_DATA", "details": {}, "message": "no", "status": "error"}
    office.faults({"service": "crm", "method": "POST", "path": "/Accounts", "kind": "status",
                   "status": 400, "body": fault, "times": 1})  # fmt: skip
    office.sync()
    (link,) = RecordLink.objects.all()
    assert (link.source_id, link.state) == (None, "failing")

    (run,) = decisions.try_again(person(access.FINANCE), [link])

    assert run.direction == "reverse"
    assert work(office) == [("reverse", "done")]
    assert [row["Account_Name"] for row in office.records("crm", "Accounts")] == ["Globex"]


def test_one_way_only_the_one_way_is_synced(office: Office) -> None:
    (one,) = office.accounts("Acme One")
    office.sync()
    decisions.sync_records(person(access.FINANCE), [office.link(one)])
    assert work(office) == [("forward", "done")]


def test_records_that_nothing_reads_any_more_are_refused(office: Office) -> None:
    (bad,) = office.accounts("Bad Ltd", Website="none at all")
    office.sync()
    office.configure(extent="push")
    with pytest.raises(ValueError, match="none of these records is read"):
        decisions.sync_records(person(access.FINANCE), [office.link(bad)])
    office.configure(extent="fetch")
    office.sync()
    assert office.states() == {"Bad Ltd": "failing"}
