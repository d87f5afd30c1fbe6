"""The switch for all writing, on every page."""

from __future__ import annotations

from integrations.models import Decision, WritingSwitch
from tests.conftest import Office
from tests.screens import rows

STOP, START = "/office/writing/stop/", "/office/writing/start/"


def test_finance_stops_all_writing_with_a_reason(office: Office, finance) -> None:
    assert "Stop all writing" in finance.get("/admin/").content.decode()
    assert finance.post(STOP, {"reason": " "}).context["form"].errors
    assert WritingSwitch.objects.count() == 0

    answer = finance.post(STOP, {"reason": "Month end", "back": "/office/attention/"})
    assert answer.url == "/office/attention/"
    office.accounts("Acme Ltd")
    run = office.sync()
    assert (run.held, office.customers()) == ("stopped", {})


def test_the_stop_is_told_on_every_page_with_who_when_and_why(db, member) -> None:
    rows.company()
    finance, auditor = member("Finance staff"), member("Auditor")
    finance.post(STOP, {"reason": "Month end <b>"})
    for address in ("/admin/", "/admin/mappings/recordlink/", "/office/history/", START):
        page = auditor.get(address).content.decode()
        assert "All writing is stopped: Month end &lt;b&gt;" in page
        assert "finance.staff" in page
        assert "Who may start it again" in page
    assert finance.get(STOP).url == START
    assert "Stop all writing" not in finance.get("/admin/").content.decode()


def test_only_an_admin_starts_it_again(office: Office, member) -> None:
    finance, admin = member("Finance staff"), member("Integration admin")
    finance.post(STOP, {"reason": "Month end"})
    office.accounts("Acme Ltd")
    office.sync()
    assert (
        "Only the group Integration admin may start it again."
        in finance.get(START).content.decode()
    )
    assert finance.post(START).status_code == 403

    page = admin.get(START)
    assert (page.context["waiting"], page.context["may_start"]) == (1, True)
    admin.post(START, {"reason": ""})
    assert not WritingSwitch.objects.all()[0].stopped
    assert office.sync().created == 1
    assert [row.kind for row in Decision.objects.order_by("pk")] == [
        "stop_writing",
        "start_writing",
    ]


def test_the_way_back_leads_to_no_other_site(db, finance) -> None:
    answer = finance.post(STOP, {"reason": "x", "back": "https://elsewhere.example/"})
    assert answer.url == "/admin/"


def test_auditors_have_no_button_and_are_refused(db, member) -> None:
    auditor = member("Auditor")
    assert "Stop all writing" not in auditor.get("/admin/").content.decode()
    assert auditor.get(STOP).status_code == 403
    assert auditor.post(STOP, {"reason": "x"}).status_code == 403
    assert WritingSwitch.objects.count() == 0


def test_strangers_are_told_nothing(client, db, finance) -> None:
    finance.post(STOP, {"reason": "Month end"})
    page = client.get("/admin/login/").content.decode()
    assert "Month end" not in page
