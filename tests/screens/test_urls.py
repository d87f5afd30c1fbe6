"""Every address of the site answers every role as it should; the addresses are walked, not listed.

A new address without an expectation here fails the test, so none is let out by forgetting it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from auditlog.registry import auditlog
from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from integrations.models import Consent, DeletionsRead, PairFile, SyncRun
from mappings.models import RecordLink
from tests.screens.rows import CANARIES, PROOF, TOLD, Company, first

pytestmark = pytest.mark.django_db

ROLES = ("anonymous", "clerk", "auditor", "root")
OURS = ("integrations", "mappings")
SIGN_IN = 302
# Addresses outside the lists: what each role gets for a GET.
FIXED = {
    "": (302, 302, 302, 302),
    "admin/": (SIGN_IN, 200, 200, 200),
    "admin/login/": (200, 302, 302, 302),
    "admin/logout/": (302, 405, 405, 405),
    "admin/password_change/": (SIGN_IN, 200, 200, 200),
    "admin/password_change/done/": (SIGN_IN, 200, 200, 200),
    "admin/autocomplete/": (SIGN_IN, 403, 403, 403),
    "admin/jsi18n/": (SIGN_IN, 200, 200, 200),
    "admin/search/": (SIGN_IN, 200, 200, 200),
    "admin/toggle-sidebar/": (SIGN_IN, 404, 404, 404),
    # Apps post here; nobody reads.
    "hooks/00000000-0000-4000-8000-000000000000/": (405, 405, 405, 405),
    "healthz": (200, 200, 200, 200),
    "readyz": (200, 200, 200, 200),
}
VIEW, DEED = (SIGN_IN, 403, 200, 200), (SIGN_IN, 403, 403, 200)
ACT = (SIGN_IN, 403, 403, 405)
# The office's own pages by route; `parameters` says what stands in it for the filled company.
OFFICE = {
    "office/connections/": VIEW,
    "office/connections/callback": (400, 400, 400, 400),
    "office/connections/new/<slug:app>/": DEED,
    "office/connections/new/<slug:app>/code/": DEED,
    "office/connections/new/<slug:app>/invite/": DEED,
    "office/connections/consents/<int:consent_id>/": DEED,
    "office/connections/consents/<int:consent_id>/organization/": DEED,
    "office/connections/consents/<int:consent_id>/withdraw/": ACT,
    "office/connections/invited/again/": (410, 410, 410, 410),
    "office/connections/invited/organization/": (410, 410, 410, 410),
    "office/connections/invited/<str:token>/": (410, 410, 410, 410),
    # The two are joined already, so there is nothing to show.
    "office/connections/join/<int:ledger_id>/<int:other_id>/": (SIGN_IN, 403, 403, 302),
    "office/connections/writing/<int:integration_id>/": DEED,
    "office/connections/way/<int:integration_id>/": DEED,
    "office/connections/way/<int:integration_id>/preview/": ACT,
    "office/connections/<int:connection_id>/": VIEW,
    "office/connections/<int:connection_id>/update/": DEED,
    "office/connections/<int:connection_id>/invite/": DEED,
    "office/connections/<int:connection_id>/refresh/": ACT,
    "office/connections/<int:connection_id>/told/ask/": ACT,
    "office/connections/<int:connection_id>/told/stop/": ACT,
    "office/connections/<int:connection_id>/remove/": DEED,
    "office/integrations/<int:integration_id>/": VIEW,
    "office/integrations/<int:integration_id>/disable/": DEED,
    "office/integrations/<int:integration_id>/enable/": DEED,
    # It is not disabled, so there is nothing to delete.
    "office/integrations/<int:integration_id>/delete/": (SIGN_IN, 403, 403, 302),
    "office/integrations/<int:integration_id>/delete/list/": ACT,
    "office/integrations/<int:integration_id>/delete/look-up/": ACT,
    "office/integrations/<int:integration_id>/delete/remove/": ACT,
    "office/integrations/<int:integration_id>/native-off/": ACT,
    "office/integrations/<int:integration_id>/pairs/": DEED,
    "office/integrations/<int:integration_id>/pairs.csv": VIEW,
    "office/integrations/<int:integration_id>/pairs.xlsx": VIEW,
    "office/integrations/pairs/<int:file_id>/": DEED,
    "office/integrations/pairs/<int:file_id>/progress/": DEED,
    "office/modules/": VIEW,
    "office/modules/<int:setting_id>/": VIEW,
    "office/modules/<int:setting_id>/preview/": ACT,
    "office/modules/<int:setting_id>/sync/": ACT,
    "office/modules/<int:setting_id>/pause/": ACT,
    "office/modules/<int:setting_id>/resume/": ACT,
    "office/modules/<int:setting_id>/interval/": ACT,
    "office/modules/<int:setting_id>/writing/": DEED,
    "office/modules/<int:setting_id>/recommended/": DEED,
    "office/modules/<int:setting_id>/steps/": DEED,
    "office/fields/<int:setting_id>/": VIEW,
    "office/fields/<int:setting_id>/try/": VIEW,
    "office/fields/<int:setting_id>/import/": ACT,
    "office/fields/<int:setting_id>/map.csv": VIEW,
    "office/fields/<int:setting_id>/map.xlsx": VIEW,
    # A sync that writes has a page of its own, to which the preview's address leads.
    "office/previews/<int:run_id>/": (SIGN_IN, 403, 302, 302),
    "office/previews/<int:run_id>/confirm/": ACT,
    "office/previews/<int:run_id>/again/": ACT,
    "office/previews/<int:run_id>/ask/": ACT,
    "office/previews/<int:run_id>/approve/": ACT,
    "office/previews/<int:run_id>/reject/": ACT,
    "office/syncs/<int:run_id>/": VIEW,
    "office/syncs/<int:run_id>/parts/": VIEW,
    "office/syncs/<int:run_id>/progress/": VIEW,
    "office/syncs/<int:run_id>/stop/": ACT,
    "office/syncs/<int:run_id>/resume/": ACT,
    "office/records/": VIEW,
    "office/records/<int:link_id>/": VIEW,
    "office/records/<int:link_id>/sync/": ACT,
    "office/records/<int:link_id>/fetch/": ACT,
    "office/records/<int:link_id>/separate/": ACT,
    "office/records/<int:link_id>/keep/": ACT,
    "office/records/<int:link_id>/pair/": ACT,
    "office/fetch/<int:setting_id>/": VIEW,
    "office/fetch/<int:setting_id>/take/": ACT,
    "office/fetch/done/<int:run_id>/": VIEW,
    "office/lists/<str:module>/": VIEW,
    "office/lists/<str:module>/<slug:act>/": (SIGN_IN, 403, 403, 302),  # nothing is ticked
    "office/attention/": VIEW,
    "office/attention/try/": ACT,
    "office/attention/<slug:cause>/": VIEW,
    "office/attention/<slug:cause>/again/": (SIGN_IN, 403, 403, 302),  # nothing is ticked
    "office/duplicates/": VIEW,
    "office/duplicates/decide/": (SIGN_IN, 403, 403, 302),
    "office/duplicates/write/": (SIGN_IN, 403, 403, 302),
    "office/duplicates/<int:duplicate_id>/": VIEW,
    "office/duplicates/<int:duplicate_id>/compare/": VIEW,
    "office/duplicates/<int:duplicate_id>/decide/": ACT,
    "office/both-sides/": VIEW,
    "office/both-sides/choose/": (SIGN_IN, 403, 403, 302),
    "office/both-sides/<int:difference_id>/": VIEW,
    "office/both-sides/<int:difference_id>/documents/": VIEW,
    "office/both-sides/<int:difference_id>/approve/": ACT,
    "office/both-sides/<int:difference_id>/not-approved/": ACT,
    "office/both-sides/<int:difference_id>/withdraw/": ACT,
    "office/elsewhere/": VIEW,
    "office/elsewhere/decide/": (SIGN_IN, 403, 403, 302),  # nothing is ticked
    "office/deleted/": VIEW,
    "office/deleted/decide/": (SIGN_IN, 403, 302, 302),  # nothing is ticked
    "office/deleted/doubt/<int:asked_id>/": ACT,
    "office/deleted/<int:link_id>/go-on/": ACT,
    "office/writing/stop/": DEED,
    "office/writing/start/": VIEW,
    "office/dashboard/": VIEW,
    "office/history/": VIEW,
    "office/history/file/": VIEW,
    "office/report/": VIEW,
    "office/report/file/": VIEW,
    "office/pairs/<str:module>/file/": (SIGN_IN, 403, 302, 302),
}
# Pages of a list: anonymous, clerk, auditor, root. The lists of this product take no writing.
LIST = (SIGN_IN, 403, 200, 200)
EXPORT = (SIGN_IN, 403, 200, 200)
NEVER = (SIGN_IN, 403, 403, 403)


def walk(patterns: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        else:
            yield route, pattern


ROUTES = [route for route, _ in walk(get_resolver().url_patterns)]


def lists() -> list[type[Model]]:
    return [model for model in admin.site._registry if model._meta.app_label in OURS]


def root_of(model: type[Model]) -> str:
    return f"admin/{model._meta.app_label}/{model._meta.model_name}/"


def pages(model: type[Model]) -> dict[str, tuple[int, ...]]:
    """Every page of a list with what the roles get for it."""
    base = root_of(model)
    row = first(model)
    kept = auditlog.contains(model)
    history = 302 if kept else 404
    return {
        base: LIST,
        f"{base}export/": EXPORT,
        f"{base}add/": NEVER,
        f"{base}{row.pk}/change/": LIST,
        f"{base}{row.pk}/delete/": NEVER,
        f"{base}{row.pk}/history/": (SIGN_IN, 403, history, history),
        f"{base}{row.pk}/": (SIGN_IN, 302, 302, 302),
    }


def parameters(made: Company) -> dict[str, Any]:
    """What stands for the parameters of a route."""
    consent = Consent.objects.create(
        app="books",
        data_center="eu",
        accounts_url="https://accounts.zoho.eu",
        client_id="1000.CLIENT",
        client_secret=CANARIES["client_secret"],
        scopes="ZohoBooks.contacts.ALL",
        expires_at=timezone.now() + dt.timedelta(hours=1),
    )
    return {
        "app": "books",
        "module": "crm.customers",
        "act": "separate",
        "token": "nonsense",
        "consent_id": consent.pk,
        "connection_id": made.books.pk,
        "ledger_id": made.books.pk,
        "other_id": made.crm.pk,
        "integration_id": made.integration.pk,
        "setting_id": made.setting.pk,
        "run_id": first(SyncRun).pk,
        "link_id": first(RecordLink).pk,
        "file_id": PairFile.objects.create(integration=made.integration, name="pairs.csv").pk,
        "asked_id": DeletionsRead.objects.create(
            setting=made.setting,
            flow=made.setting.flow,
            place="target",
            asked_at=timezone.now(),
            doubtful=40,
        ).pk,
        "cause": "cause",
        "duplicate_id": RecordLink.objects.filter(state="undecided")[0].pk,
        "difference_id": RecordLink.objects.filter(state="conflict")[0].pk,
    }


def address_of(route: str, values: dict[str, Any]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), route)


@pytest.mark.parametrize("role", ROLES)
def test_the_office_answers_the_role_as_expected(role, client_of, filled):
    client, values = client_of(role), parameters(filled)
    answers = {route: client.get(f"/{address_of(route, values)}").status_code for route in OFFICE}
    assert answers == {route: expected[ROLES.index(role)] for route, expected in OFFICE.items()}


@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_the_role_as_expected(role, client_of, filled):
    client = client_of(role)
    number = ROLES.index(role)
    expected = {path: answers[number] for path, answers in FIXED.items()}
    for model in lists():
        expected |= {path: answers[number] for path, answers in pages(model).items()}

    answers = {path: client.get(f"/{path}").status_code for path in expected}
    assert answers == expected


def test_no_address_is_without_an_expectation(filled):
    expected = {*FIXED, *OFFICE} | {"admin/r/<path:content_type_id>/<path:object_id>/"}
    expected.add("hooks/<uuid:address>/")
    for model in lists():
        base = root_of(model)
        expected |= {
            path.replace(f"/{first(model).pk}/", "/<path:object_id>/") for path in pages(model)
        }
        assert base in expected
    # Pages of other packages have their own tests in tests/project.
    packages = ("auditlog", "auth", "axes", "django_q")
    unknown = [
        route
        for route in ROUTES
        if route not in expected
        and not route.startswith(tuple(f"admin/{name}/" for name in packages))
        and not route.startswith("admin/(?P")
        and "(?P<app_label>" not in route
        and "(?P<url>" not in route
    ]
    assert unknown == []


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written_through_a_list(method, root, filled):
    for model in lists():
        before = list(model._default_manager.values().order_by("pk"))
        base, pk = root_of(model), first(model).pk
        for page in ("add/", f"{pk}/change/", f"{pk}/delete/"):
            answer = getattr(root, method)(f"/{base}{page}", {"name": "x", "_save": "Save"})
            # Other verbs than POST get the page to read, as GET does.
            refused = {403} if method == "post" else {200, 403, 405}
            assert answer.status_code in refused, page
        getattr(root, method)(f"/{base}", {"action": "delete_selected", "_selected_action": [pk]})
        assert list(model._default_manager.values().order_by("pk")) == before


@pytest.mark.parametrize("app", OURS)
def test_the_page_of_an_app_lists_what_may_be_seen(app, client_of, filled):
    assert client_of("root").get(f"/admin/{app}/").status_code == 200
    assert client_of("auditor").get(f"/admin/{app}/").status_code == 200
    assert client_of("clerk").get(f"/admin/{app}/").status_code == 404


SEARCHES = ("Customer 1", "5500000000001", "1", "acme ltd", "'", "%", "\x00", "😀", "9" * 40, "  ")


def test_searching_never_fails(root, filled):
    for model in lists():
        for text in SEARCHES:
            answer = root.get(f"/{root_of(model)}", {"q": text})
            assert answer.status_code == 200, (model, text)


def test_a_search_takes_the_text_as_one(root, filled):
    answer = root.get("/admin/mappings/recordlink/", {"q": "customer 3"})
    assert [row.name for row in answer.context["cl"].result_list] == ["Customer 3"]
    assert (
        len(root.get("/admin/mappings/recordlink/", {"q": "ustomer"}).context["cl"].result_list)
        == 0
    )
    by_id = root.get("/admin/mappings/recordlink/", {"q": "5500000000003"})
    assert [row.name for row in by_id.context["cl"].result_list] == ["Customer 3"]


def filter_choices(answer: Any) -> Iterator[str]:
    for spec in answer.context["cl"].filter_specs:
        for choice in spec.choices(answer.context["cl"]):
            yield choice["query_string"]


def test_every_filter_and_its_export_answer(root, filled):
    for model in lists():
        address = f"/{root_of(model)}"
        for query in filter_choices(root.get(address)):
            assert root.get(f"{address}{query}").status_code == 200, query
            assert root.get(f"{address}export/{query}").status_code == 200, query


ODD = (
    {"module": "nothing"},
    {"sync": "x"},
    {"sync": "9" * 30},
    {"integration": "nobody"},
    {"status__exact": "nothing"},
    {"state__exact": "nothing"},
    {"is_test__exact": "7"},
    {"id__exact": "x"},
    {"nothing": "1"},
    {"p": "99999"},
    {"p": "x"},
    {"o": "99.x"},
    {"all": ""},
    {"e": "1"},
)


@pytest.mark.parametrize("query", ODD, ids=str)
def test_odd_addresses_are_answered(query, root, filled):
    for model in lists():
        for page in ("", "export/"):
            answer = root.get(f"/{root_of(model)}{page}", query)
            assert answer.status_code in {200, 302, 400}, (model, page)


def test_no_secret_reaches_a_page_or_a_file(root, filled):
    values = parameters(filled)
    shown = [root.get(f"/{address_of(route, values)}").content for route in OFFICE]
    for model in lists():
        base = f"/{root_of(model)}"
        shown.append(root.get(base).content)
        shown.append(root.get(f"{base}export/").content)
        shown.extend(
            root.get(f"{base}{pk}/change/").content
            for pk in model._default_manager.values_list("pk", flat=True)
        )
        shown.extend(export(root, base, form) for form in ("0", "1"))
    text = b"\n".join(shown).decode(errors="replace")
    for secret in (*CANARIES.values(), PROOF, TOLD):
        assert secret not in text
        assert secret[-6:] not in text
        assert secret[5:14] not in text


def export(client: Any, base: str, form: str) -> bytes:
    """The file as the form gives it with all its columns chosen."""
    page = client.get(f"{base}export/")
    fields = page.context["form"].fields
    chosen = {name: "on" for name in fields if name not in {"resource", "format", "export_items"}}
    answer = client.post(f"{base}export/", {**chosen, "format": form, "resource": "0"})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    if form == "1":
        import zipfile
        from io import BytesIO

        with zipfile.ZipFile(BytesIO(answer.content)) as book:
            return b"".join(book.read(name) for name in book.namelist())
    return answer.content
