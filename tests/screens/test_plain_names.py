"""What pages call integrations, fields and look-alikes, and what they do not offer in vain."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from integrations import access, decisions, lifecycle, words
from integrations.connectors.books.facts import of_contact
from integrations.models import Change, Integration, SyncRun, Writing
from integrations.standing import standings
from integrations.views.chosen import Goes, shares
from integrations.words import integration_choices, integration_name, likeness
from mappings.models import FieldMap, RecordLink, RemoteField
from tests.screens import rows
from tests.screens.people import client_of, person
from zohosync import look

pytestmark = pytest.mark.usefixtures("asleep")


# Integrations ------------------------------------------------------------------------------------


def test_an_integration_is_called_by_its_apps_and_the_organisation_of_the_ledger(db: None) -> None:
    made = rows.company("crm").integration
    assert integration_name(made) == "Zoho CRM and Zoho Books (Acme GmbH 1)"
    made.status = Integration.Status.DELETED
    assert integration_name(made) == "Zoho CRM and Zoho Books (Acme GmbH 1), deleted"


def test_integrations_that_are_called_alike_are_told_apart_where_one_is_chosen(db: None) -> None:
    first, second = rows.company("crm"), rows.company("crm-2", number=2)
    assert integration_choices(Integration.objects.all()) == [
        ("crm", "Zoho CRM and Zoho Books (Acme GmbH 1)"),
        ("crm-2", "Zoho CRM and Zoho Books (Acme GmbH 2)"),
    ]
    second.books.name = first.books.name
    second.books.save()
    assert [name for _, name in integration_choices(Integration.objects.all())] == [
        "Zoho CRM and Zoho Books (Acme GmbH 1), crm",
        "Zoho CRM and Zoho Books (Acme GmbH 1), crm-2",
    ]


PAGES = (
    "reports:dashboard",
    "reports:history",
    "reports:pushed",
    "office:modules",
    "office:connections",
    "office:duplicates",
    "admin:integrations_integration_changelist",
    "admin:integrations_flowsetting_changelist",
    "admin:integrations_syncrun_changelist",
    "admin:mappings_fieldmap_changelist",
)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_the_short_name(page: str, root: Client) -> None:
    made = rows.company("amber-key")
    rows.run(made.setting)
    FieldMap.objects.create(
        setting=made.setting, flow="crm.customers", source="Phone", target="phone", position=1
    )
    text = root.get(reverse(page)).content.decode()
    assert ">amber-key<" not in text
    assert "amber-key:" not in text


def test_the_head_of_an_integrations_own_row_is_its_name(root: Client) -> None:
    made = rows.company("amber-key").integration
    address = reverse("admin:integrations_integration_change", args=[made.pk])
    text = root.get(address).content.decode()
    assert "Zoho CRM and Zoho Books (Acme GmbH 1)" in text
    assert "Amber-key" not in text


def test_a_deleted_integration_offers_no_joining_of_its_own_organisation(
    make_office: Any,
) -> None:
    make_office(organizations=2)
    made = Integration.objects.get()
    admin = person(access.ADMIN)
    lifecycle.disable(admin, made, "We leave CRM.")
    lifecycle.delete(admin, made, made.ledger.name, "We leave CRM.")
    answer = client_of(access.ADMIN).get(reverse("office:integration", args=[made.pk]))
    assert made.ledger_id not in [pair.ledger.pk for pair in answer.context["partners"]]


# Fields ------------------------------------------------------------------------------------------


def test_the_list_of_changes_names_fields_as_people_do(
    root: Client, django_assert_max_num_queries: Any
) -> None:
    made = rows.company("crm")
    run = rows.run(made.setting)
    RemoteField.objects.create(
        connection=made.books,
        entity="contacts",
        name="company_name",
        label="Company",
        kind="text",
        fetched_at=timezone.now(),
    )
    for number in range(30):
        Change.objects.create(
            run=run,
            setting=made.setting,
            flow="crm.customers",
            source_id=f"{number}",
            name=f"Customer {number}",
            action=Change.Action.UPDATE,
            status=Change.Status.WRITTEN,
            values={"company_name": "Acme", "billing_address.city": "Bonn"},
            before={"company_name": "Acme Ltd"},
            final_at=timezone.now(),
            created_at=timezone.now(),
        )
    address = reverse("admin:integrations_change_changelist")
    with django_assert_max_num_queries(25):
        text = root.get(address).content.decode()
    assert "Billing address city, Company" in text
    assert "company_name" not in text
    page = root.get(reverse("admin:integrations_change_change", args=[Change.objects.all()[0].pk]))
    assert '<span title="company_name">Company</span>' in page.content.decode()


# Look-alikes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (0, ""),
        (60, "Possible"),
        (70, "Likely"),
        (89, "Likely"),
        (90, "Very likely"),
        (100, "Very likely"),
    ],
)
def test_how_sure_a_look_alike_is_is_said_in_words(score: int, words: str) -> None:
    assert likeness(score) == words


@pytest.mark.parametrize(
    ("kind", "owed"),
    [("customer", ("Receivable", "12.5 EUR")), ("vendor", ("Payable", "7.0 EUR"))],
)
def test_customers_owe_and_vendors_are_owed(kind: str, owed: tuple[str, str]) -> None:
    record = {
        "contact_type": kind,
        "currency_code": "EUR",
        "outstanding_receivable_amount": 12.5,
        "outstanding_payable_amount": 7.0,
    }
    told = of_contact(record)
    assert owed in told
    assert len([name for name, _ in told if name in {"Receivable", "Payable"}]) == 1


# What is offered ---------------------------------------------------------------------------------


def _disabled(made: rows.Company) -> None:
    Integration.objects.update(status=Integration.Status.DISABLED)


def _all_stopped(made: rows.Company) -> None:
    decisions.stop_writing(person(access.ADMIN), "Month end.")


def _integration_stopped(made: rows.Company) -> None:
    Integration.objects.update(writing=Writing.STOPPED)


def _module_stopped(made: rows.Company) -> None:
    made.setting.writing = Writing.STOPPED
    made.setting.save()


@pytest.mark.parametrize(
    ("hinder", "says", "where"),
    [
        (_disabled, "is disabled", "integration"),
        (_all_stopped, "All writing is stopped", "start_writing"),
        (_integration_stopped, "is set to Stopped", "integration"),
        (_module_stopped, "this module is set to Stopped", "module"),
    ],
)
def test_what_would_be_refused_is_not_offered(
    root: Client, hinder: Any, says: str, where: str
) -> None:
    made = rows.company("crm")
    link = RecordLink.objects.create(
        setting=made.setting,
        flow="crm.customers",
        source_id="1",
        target_id="2",
        name="Acme",
        state=RecordLink.State.IN_SYNC,
        since=timezone.now(),
        updated_at=timezone.now(),
    )
    pages = (
        (reverse("office:record", args=[link.pk]), "Sync this record"),
        (reverse("office:working", args=["crm.customers"]), "Sync these"),
    )
    for address, button in pages:
        assert button in root.get(address).content.decode()
    hinder(made)
    key = {"integration": [made.integration.pk], "module": [made.setting.pk]}.get(where, [])
    for address, button in pages:
        text = root.get(address).content.decode()
        assert button not in text
        assert says in text
        assert reverse(f"office:{where}", args=key) in text
    search = root.get(reverse("office:fetch-search", args=[made.setting.pk])).content.decode()
    assert says in search
    assert ">Search</button>" not in search


def test_a_module_never_set_up_is_not_said_to_be_paused(db: None) -> None:
    made = rows.company("crm")
    made.setting.enabled, made.setting.first_synced_at = False, None
    made.setting.save()
    (one,) = standings()
    assert one.next_words == "none before it is set up"
    FieldMap.objects.create(
        setting=made.setting, flow="crm.customers", source="Phone", target="phone", position=1
    )
    (one,) = standings()
    assert one.next_words == "none while paused"


@pytest.mark.parametrize(
    ("goes", "lost", "extent", "into"),
    [
        (Goes.ALL, "", "both", "Books: Acme GmbH 1 (EUR, SANDBOX) and CRM: Acme Sales 1"),
        (Goes.TARGET, "", "both", "Books: Acme GmbH 1"),
        (Goes.SOURCE, "", "both", "CRM: Acme Sales 1"),
        (Goes.SOURCE, "", "fetch", "nothing is written"),
        (Goes.LACKING, "gone_source", "both", "CRM: Acme Sales 1"),
        (Goes.LACKING, "gone_target", "both", "Books: Acme GmbH 1"),
        (Goes.HAVING, "gone_source", "both", "Books: Acme GmbH 1"),
        (Goes.NOWHERE, "", "both", "nothing is written"),
    ],
)
def test_a_one_sided_act_names_one_side(
    db: None, goes: Goes, lost: str, extent: str, into: str
) -> None:
    made = rows.company("crm")
    made.setting.extent = extent
    made.setting.save()
    RecordLink.objects.create(
        setting=made.setting,
        flow="crm.customers",
        source_id="1",
        target_id="2",
        cause=lost,
        since=timezone.now(),
        updated_at=timezone.now(),
    )
    (share,) = shares(RecordLink.objects.all(), goes)
    assert share.into.startswith(into)
    assert (" and " in share.into) == (goes is Goes.ALL)


# The frame ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "address"),
    [(access.AUDITOR, "/admin/"), (access.AUDITOR, "/office/dashboard/")],
)
def test_the_side_bar_has_one_way_to_the_overview(db: None, group: str, address: str) -> None:
    request = RequestFactory().get(address)
    request.user = person(group)
    items = [item for of in look.sidebar(request) for item in of["items"]]
    (start,) = [item for item in items if item["title"] in {"Home", "Dashboard"}]
    assert (start["title"], start["active"]) == ("Dashboard", True)


def test_who_may_not_see_the_dashboard_finds_the_start_page(client_of: Any) -> None:
    text = client_of("clerk").get("/admin/").content.decode()
    assert "Home" in text
    assert SyncRun.objects.count() == 0


def test_the_list_of_field_maps_speaks_as_the_form_does(
    root: Client, django_assert_max_num_queries: Any
) -> None:
    made = rows.company("crm")
    RemoteField.objects.create(
        connection=made.books,
        entity="contacts",
        name="cf_owner_phone",
        label="Owner's phone",
        kind="text",
        fetched_at=timezone.now(),
    )
    for number in range(20):
        target = "cf_owner_phone" if not number else f"other_{number}"
        FieldMap.objects.create(
            setting=made.setting,
            flow="crm.customers",
            source="Owner_Phone",
            target=target,
            via="choice_label",
            position=number,
        )
    with django_assert_max_num_queries(20):
        text = root.get(reverse("admin:mappings_fieldmap_changelist")).content.decode()
    assert "Books: Owner&#x27;s phone" in text
    assert "CRM: Owner phone" in text
    assert "Label of a drop-down value" in text
    assert "cf_owner_phone" not in text
    assert "choice label" not in text


def test_what_was_chosen_field_by_field_names_the_fields(root: Client) -> None:
    made = rows.company("crm")
    RemoteField.objects.create(
        connection=made.books,
        entity="contacts",
        name="cf_owner_phone",
        label="Owner's phone",
        kind="text",
        fetched_at=timezone.now(),
    )
    link = RecordLink(
        setting=made.setting,
        flow="crm.customers",
        decision=RecordLink.Decision.BY_FIELD,
        decided_fields=["cf_owner_phone", "billing_address.city"],
    )
    assert words.decision_words(link) == "CRM's values for Owner's phone, Billing address city"


def test_what_needed_no_write_says_so_once(root: Client) -> None:
    made = rows.company("crm")
    run = rows.run(made.setting)
    run.unchanged, run.excluded = 4711, 815
    run.save()
    Change.objects.create(
        run=run,
        setting=made.setting,
        flow="crm.customers",
        source_id="1",
        name="Customer 1",
        action=Change.Action.NOTHING,
        status=Change.Status.NOTED,
        state="in_sync",
        created_at=timezone.now(),
    )
    text = root.get(reverse("admin:integrations_change_changelist")).content.decode()
    table = text[text.index("<tbody") : text.index("</table")]
    assert "Nothing to write" in table
    assert "Nothing written" not in table
    history = root.get(reverse("reports:history")).content.decode()
    assert "4,711" in history
    assert ">815<" in history


def test_a_disabled_integration_offers_no_set_up_and_says_why(root: Client) -> None:
    made = rows.company("crm")
    before = root.get(reverse("office:modules")).content.decode()
    assert ">Set up</a>" in before
    Integration.objects.filter(pk=made.integration.pk).update(status="disabled")

    page = root.get(reverse("office:modules")).content.decode()
    assert ">Set up</a>" not in page
    assert "nothing is synced before somebody enables it" in page
    body = page[page.index("<h1") :]
    assert (
        body.count(integration_name(made.integration))
        <= before[before.index("<h1") :].count(integration_name(made.integration)) + 1
    )
    module = root.get(reverse("office:module", args=[made.setting.pk])).content.decode()
    assert "Use recommended settings" not in module
    assert "when the integration is enabled again" in module
