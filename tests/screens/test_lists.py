"""The lists: as many statements for 60 rows as for 5, and no count of a million of them."""

from __future__ import annotations

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations import evidence
from integrations.lists import PlainList, QuickPaginator
from integrations.models import Change, Connection, Consent, Decision, SyncRun
from mappings.models import RecordLink
from tests.screens import rows
from tests.screens.rows import CANARIES, first
from tests.screens.test_urls import lists, root_of

pytestmark = pytest.mark.django_db
MOST = 9  # statements a list may take, session and user among them
MOST_OF_A_PAGE = 15  # that of an integration, which also asks for pairs left in the archive


def statements(client, address: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in caught.captured_queries]


def test_a_list_takes_as_many_statements_for_60_rows_as_for_5(root, db):
    rows.fill(rows.company(), 5)
    addresses = [f"/{root_of(model)}" for model in lists()]
    few = {address: len(statements(root, address)) for address in addresses}
    for number in range(2, 57):
        made = rows.company(f"crm-{number}", number=number)
        rows.fill(made, 1)
    many = {address: len(statements(root, address)) for address in addresses}

    assert many == few
    assert max(many.values()) <= MOST


def test_a_page_takes_as_many_statements_whatever_hangs_on_the_row(root, filled):
    addresses = [f"/{root_of(m)}{first(m).pk}/change/" for m in lists()]
    for address in addresses:
        root.get(address)  # content types are looked up once for a process
    before = {address: len(statements(root, address)) for address in addresses}
    rows.fill(filled, 30, start=100)
    for number in range(2, 10):
        rows.company(f"crm-{number}", number=number)
    after = {address: len(statements(root, address)) for address in addresses}

    assert after == before
    assert max(after.values()) <= MOST_OF_A_PAGE


def test_a_list_reads_no_secret_column(root, filled):
    for model in lists():
        base = f"/{root_of(model)}"
        pages = (base, f"{base}{first(model).pk}/change/")
        read = "\n".join(sql for address in pages for sql in statements(root, address))
        assert '"refresh_token"' not in read, model
        assert '"client_secret"' not in read, model


def numbers(of: SyncRun, start: int, count: int) -> None:
    shared = rows.change(of, 0)
    Change.objects.bulk_create(
        Change(
            run=of,
            setting=of.setting,
            flow=of.flow,
            action="update",
            status="written",
            source_id=str(n),
            name=f"Name {n}",
            created_at=shared.created_at,
        )
        for n in range(start, start + count)
    )


class Few(QuickPaginator):
    AT_MOST = 10


@pytest.mark.parametrize(
    ("count", "is_cut", "total"),
    [(9, False, "10"), (10, True, "more than 10"), (15, True, "more than 10")],
)
def test_no_more_rows_are_counted_than_can_be_paged_through(count, is_cut, total, filled):
    with evidence.lifted():
        Change.objects.all().delete()
    numbers(first(SyncRun), 1, count)
    paginator = Few(Change.objects.filter(status="written"), 4)
    with CaptureQueriesContext(connection) as caught:
        assert paginator.count == min(count + 1, 10)
        assert (paginator.is_cut, paginator.total) == (is_cut, total)
    assert len(caught) == 1
    assert "LIMIT 11" in caught.captured_queries[0]["sql"]
    assert paginator.num_pages == 3


@pytest.mark.skipif(connection.vendor != "postgresql", reason="estimates are PostgreSQL's")
def test_a_whole_table_is_not_counted_at_all_once_it_is_large(filled):
    with evidence.lifted():
        Change.objects.all().delete()
    numbers(first(SyncRun), 1, 40)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE integrations_change")
    whole, some = Few(Change.objects.all(), 4), Few(Change.objects.filter(status="written"), 4)
    with CaptureQueriesContext(connection) as caught:
        assert (whole.count, whole.total, whole.is_cut) == (10, "about 41", True)
    assert ["reltuples" in query["sql"] for query in caught.captured_queries] == [True]
    assert (some.count, some.total) == (10, "more than 10")


def test_a_long_list_says_how_to_reach_the_rest(root, filled, monkeypatch):
    monkeypatch.setattr(QuickPaginator, "AT_MOST", 3)
    page = root.get("/admin/mappings/recordlink/").content.decode()
    assert "more than 3 records" in page
    assert "search or filter for the rest" in page


def test_an_empty_list_says_what_to_do_and_a_fruitless_search_something_else(root, db):
    for model in lists():
        page = root.get(f"/{root_of(model)}").content.decode()
        assert "manage.py" in page or "default" in page or "first sync" in page, model
    made = rows.company()
    rows.fill(made, 1)
    page = root.get("/admin/mappings/recordlink/", {"q": "Nobody"}).content.decode()
    assert "No records found" in page
    assert "parts from the middle of a name are not found" in page


def test_open_items_are_never_green(root, filled):
    RecordLink.objects.all().delete()
    done = SyncRun.objects.filter(status="done")[0]
    page = root.get(f"/admin/integrations/syncrun/{done.pk}/change/").content.decode()
    start = page.index("Finished, 3 need attention")
    assert "bg-orange-100" in page[start - 200 : start]
    SyncRun.objects.filter(pk=done.pk).update(failing=0)
    page = root.get(f"/admin/integrations/syncrun/{done.pk}/change/").content.decode()
    assert "bg-green-100" in page[page.index(">Finished<") - 200 : page.index(">Finished<")]


def test_a_sync_leads_to_its_changes_and_a_change_to_its_sync(root, filled):
    change = first(Change)
    page = root.get(f"/admin/integrations/syncrun/{change.run_id}/change/").content.decode()
    address = f"/admin/integrations/change/?sync={change.run_id}&amp;status__exact={change.status}"
    assert address in page
    listed = root.get(address.replace("&amp;", "&")).context["cl"]
    assert [row.pk for row in listed.result_list] == [change.pk]
    assert f"Sync {change.run_id}" in root.get(address.replace("&amp;", "&")).content.decode()


def test_a_change_shows_each_field_before_and_after(root, filled):
    change = Change.objects.filter(status="written")[0]
    page = root.get(f"/admin/integrations/change/{change.pk}/change/").content.decode()
    for text in ("billing_address.city", "Bonn", "Köln", "=1+1"):
        assert text in page


def test_a_possible_duplicate_shows_its_candidates_and_both_ids(root, filled):
    link = RecordLink.objects.get(state=RecordLink.State.UNDECIDED)
    page = root.get(f"/admin/mappings/recordlink/{link.pk}/change/").content.decode()
    for text in ("Possible duplicate", "ACME LTD", "460000009", "Likely", "nearly the same name"):
        assert text in page
    assert link.source_id in page


def test_a_difference_names_the_apps(root, filled):
    link = RecordLink.objects.get(state=RecordLink.State.CONFLICT)
    page = root.get(f"/admin/mappings/recordlink/{link.pk}/change/").content.decode()
    assert "In CRM" in page
    assert "In Books" in page


def test_a_dead_sign_in_is_said_where_it_is_looked_for(root, filled):
    Connection.objects.filter(pk=filled.books.pk).update(status="reconnect")
    for path in ("connection", "integration"):
        assert "Reconnect</span>" in root.get(f"/admin/integrations/{path}/").content.decode()


def test_times_carry_their_zone(root, filled):
    page = root.get("/admin/integrations/syncrun/").content.decode()
    assert " UTC" in page


def test_no_column_is_hidden_by_a_field_of_the_same_name():
    """Django shows the model's own field, in the code's words, where a method has its name."""
    for model in lists():
        listed = type(admin.site._registry[model])
        own = {
            name for base in listed.__mro__ if issubclass(base, PlainList) for name in vars(base)
        }
        assert own & {field.name for field in model._meta.get_fields()} == set(), model


def test_a_decision_says_what_was_chosen_in_the_words_of_the_screens(root, filled):
    set_up = Decision.objects.filter(setting__isnull=False, details__has_key="choices")[0]
    page = root.get(f"/admin/integrations/decision/{set_up.pk}/change/").content.decode()
    for text in ("Direction", "Fetch from CRM", "Sync both ways", "the command line"):
        assert text in page
    chosen = Decision.objects.filter(setting__isnull=False, details__has_key="fields")[0]
    page = root.get(f"/admin/integrations/decision/{chosen.pk}/change/").content.decode()
    for text in ("In CRM", "In Books", "from Books"):
        assert text in page


def test_decisions_are_found_by_kind_module_and_record(root, filled):
    row = Decision.objects.filter(setting__isnull=False)[0]
    found = {"kind__exact": row.kind, "module": "crm.customers", "q": row.name}
    listed = root.get("/admin/integrations/decision/", found).context["cl"]
    assert [item.pk for item in listed.result_list] == [row.pk]


def test_a_consent_says_who_was_asked_and_what_became_of_it(root, filled):
    row = Consent.objects.filter(status="failed")[0]
    listed = root.get("/admin/integrations/consent/", {"status__exact": "failed"})
    assert [item.pk for item in listed.context["cl"].result_list] == [row.pk]
    for address in (
        "/admin/integrations/consent/",
        f"/admin/integrations/consent/{row.pk}/change/",
    ):
        page = root.get(address).content.decode()
        assert row.invited_address in page
        assert CANARIES["client_secret"] not in page


def test_a_person_whom_the_history_names_is_not_deleted(root, filled):
    anna, ben = (User.objects.create_user(name) for name in ("anna", "ben"))
    kind = ContentType.objects.get_for_model(SyncRun)
    LogEntry.objects.create(content_type=kind, object_pk="1", action=1, actor=anna)
    page = root.post(f"/admin/auth/user/{anna.pk}/delete/", {"post": "yes"})
    assert "anna, whom the history of settings names" in page.content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [anna.pk, ben.pk], "post": "yes"}
    root.post("/admin/auth/user/", chosen)
    assert User.objects.filter(pk__in=[anna.pk, ben.pk]).count() == 2
    root.post(f"/admin/auth/user/{ben.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=ben.pk).exists()
