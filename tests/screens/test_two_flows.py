"""A module of two flows: customers from accounts, and from contacts; each with its view and map."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from integrations import access, configuring, decisions, jobs, module_flows, trials
from integrations.models import Decision, SyncRun
from mappings import catalogue
from mappings.fields import Field
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, latest, person

CUSTOMERS, INDIVIDUALS = "crm.customers", "crm.individuals"
BOTH = {"module": "accounts_contacts", "contacts_without_account": "yes"}


pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def admin(world: Office) -> Client:
    return client_of(access.ADMIN)


def address(name: str, world: Office) -> str:
    return reverse(f"office:{name}", args=[world.setting().pk])


def map_of(world: Office, flow: str) -> list[str]:
    return [pair.target for pair in catalogue.pairs_in_force(world.setting().pk, flow)]


def walk(client: Client, world: Office, *steps: dict[str, Any], ending: str = "sync") -> Any:
    """The wizard, step by step; the answer to the last one sent."""
    page, setting = address("module-steps", world), world.setting()
    answer = client.get(page)
    for values in steps:
        step = next(iter(values)).partition("-")[0]
        sent = {f"steps_{setting.pk}-current_step": step, "ending": ending, **values}
        answer = client.post(page, sent)
    return answer


def chosen(**options: str) -> dict[str, Any]:
    values = {"module": "accounts", "contacts_without_account": "no", **options}
    rest = {"module-second_names": "no", "module-on_gone": "leave"}
    return {**{f"module-{name}": value for name, value in values.items()}, **rest}


DIRECTION = {
    "direction-extent": "fetch",
    "direction-winner": "source",
    "direction-every": "1d",
}
DUPLICATES = {"duplicates-duplicates": "ask"}
KEY, PLAIN = "Key accounts", "Without e-mail"


def contacts(world: Office, *names: str, **values: Any) -> list[str]:
    rows = ({"First_Name": name.split()[0], "Last_Name": name.split()[1]} for name in names)
    return world.add("crm", "Contacts", *({**row, **values} for row in rows))


def test_options_that_say_what_a_module_is_made_of_are_told_from_others(world: Office) -> None:
    names = [option.name for option in module_flows.deciding(world.setting())]
    assert names == ["module", "contacts_without_account"]
    assert module_flows.deciding(world.setting("crm.vendors")) == []
    with_contacts = module_flows.under(world.setting(), BOTH)
    assert [flow.key for flow in module_flows.active(with_contacts)] == [CUSTOMERS, INDIVIDUALS]
    assert [flow.label for flow in module_flows.companions(with_contacts)] == ["Contact persons"]


def test_the_steps_ask_for_a_view_and_a_map_of_each(fresh: Office, admin: Client) -> None:
    fresh.accounts("Key Ltd", Key_Account=True)
    fresh.accounts("Other Ltd")
    contacts(fresh, "Ann Berg")
    contacts(fresh, "Bo Dahl", Email="bo@dahl.example.org")

    asked = walk(admin, fresh, chosen(**BOTH), DIRECTION, DUPLICATES)
    text = asked.content.decode()
    assert "Customers: which Accounts of CRM" in text
    assert "Individual customers: which Contacts of CRM" in text
    assert "Contact persons are a module of their own" in text
    views = {"view-view": KEY, "view-view_2": PLAIN}
    asked = walk(admin, fresh, chosen(**BOTH), DIRECTION, DUPLICATES, views)
    text = asked.content.decode()
    assert "Account Name → Display name" in text
    assert "Full Name → Display name (always)" in text

    ticked = {"fields-fields": ["0", "1"], "fields-fields_2": ["0", "3"]}
    walk(admin, fresh, chosen(**BOTH), DIRECTION, DUPLICATES, views, ticked)
    first = latest()
    finish_syncs(fresh)
    first.refresh_from_db()
    jobs.follow(first)
    finish_syncs(fresh)

    setting = fresh.setting()
    assert (setting.view_name, setting.view_of(INDIVIDUALS)[1]) == (KEY, PLAIN)
    assert map_of(fresh, CUSTOMERS) == ["contact_name", "company_name"]
    assert map_of(fresh, INDIVIDUALS) == ["contact_name", "primary_person.last_name"]
    assert set(fresh.customers()) == {"Key Ltd", "Ann Berg"}
    choices = Decision.objects.get(kind="set_up").details["choices"]
    assert choices["view:crm.individuals"] == ["", PLAIN]
    page = admin.get(address("module", fresh)).content.decode()
    assert "Records of Individual customers" in page
    assert "Field map: Individual customers" in page


@pytest.mark.parametrize(
    ("options", "reads", "others"),
    [
        ({"module": "accounts"}, "Account Name → Display name", False),
        ({"module": "contacts"}, "Full Name → Display name", False),
        ({"module": "accounts_contacts"}, "Account Name → Display name", True),
    ],
)
def test_with_one_flow_there_is_one_view_and_the_map_of_that_flow(
    fresh: Office, admin: Client, options: dict[str, str], reads: str, others: bool
) -> None:
    asked = walk(admin, fresh, chosen(**options), DIRECTION, DUPLICATES)
    form = asked.context["wizard"]["form"]
    assert list(form.fields) == ["view"]
    assert form.fields["view"].label == "Which records"
    assert bool(form.notes) == others
    names = [choice.label for choice in form.fields["view"].offered]
    assert (PLAIN in names) == (options["module"] == "contacts")
    asked = walk(admin, fresh, chosen(**options), DIRECTION, DUPLICATES, {"view-view": ""})
    assert list(asked.context["wizard"]["form"].fields) == ["fields"]
    assert reads in asked.content.decode()


def test_recommended_settings_for_what_customers_are_made_of(fresh: Office, admin: Client) -> None:
    fresh.accounts("Acme Ltd")
    contacts(fresh, "Ann Berg")
    page = address("module-recommended", fresh)
    assert "Records of Individual customers" not in admin.get(page).content.decode()
    text = admin.get(page, BOTH).content.decode()
    assert "All Contacts of CRM" in text
    assert "Fields of Individual customers" in text
    assert '<input type="hidden" name="module" value="accounts_contacts">' in text

    admin.post(page, {**BOTH, "ending": "later"})

    setting = fresh.setting()
    assert setting.options["module"] == "accounts_contacts"
    assert len(map_of(fresh, CUSTOMERS)) > 10
    assert "primary_person.email" in map_of(fresh, INDIVIDUALS)
    # What was chosen once is not taken back by opening the page again.
    assert admin.get(page).context["chosen"] == BOTH
    assert admin.get(page, {"module": "leads"}).context["chosen"] == BOTH


def test_recommended_settings_take_views_back(world: Office, admin: Client) -> None:
    world.configure(module="contacts", view=PLAIN)
    admin.post(address("module-recommended", world), {"ending": "later"})
    setting = world.setting()
    assert (setting.options["module"], setting.other_views) == ("contacts", {})


def test_what_runs_is_tried_out_with_the_maps_of_both(world: Office, admin: Client) -> None:
    world.configure(**BOTH)
    contacts(world, "Ann Berg", Mailing_City="Oslo")
    world.accounts("Acme Ltd", Billing_City="Oslo")
    world.sync()
    before = world.setting().version
    pairs = [*catalogue.pairs_in_force(world.setting().pk, INDIVIDUALS), Field("Title", "notes")]
    maps = {
        INDIVIDUALS: [pair for pair in pairs if pair.target != "notes" or pair.source == "Title"]
    }
    world.change("crm", "Contacts", world.records("crm", "Contacts")[0]["id"], Title="Captain")
    trial = trials.set_up(person(access.ADMIN), world.setting(), {"view:crm.customers": KEY}, maps)
    assert trial is not None
    assert set(trial["pairs"]) == {INDIVIDUALS}

    first = trials.try_out(person(access.ADMIN), world.setting(), trial)
    finish_syncs(world)
    first.refresh_from_db()
    # The map of the individuals is not used for the accounts.
    assert (first.flow, first.failing, first.updated) == (CUSTOMERS, 0, 0)
    confirm = reverse("office:preview-confirm", args=[first.pk])
    assert "has not finished" in admin.post(confirm, follow=True).content.decode()
    second = jobs.follow(first)
    assert second is not None
    finish_syncs(world)
    second.refresh_from_db()
    assert (second.flow, second.updated) == (INDIVIDUALS, 1)
    assert (world.setting().version, world.setting().view_name) == (before, "")

    admin.post(confirm)
    assert world.setting().view_name == KEY
    assert "notes" in map_of(world, INDIVIDUALS)
    world.sync()
    assert world.customers()["Ann Berg"]["notes"] == "Captain"


def test_each_flow_has_its_field_map(world: Office, admin: Client) -> None:
    world.configure(module="contacts")
    page = address("fields", world)
    # The one that runs, where none is named.
    answer = admin.get(page)
    assert answer.context["flow"].key == INDIVIDUALS
    assert "Full Name" in answer.content.decode()
    assert answer.context["flows"] == []
    world.configure(**BOTH)
    answer = admin.get(page)
    assert [flow.key for flow in answer.context["flows"]] == [CUSTOMERS, INDIVIDUALS]
    assert admin.get(page, {"flow": "crm.vendors"}).status_code == 404

    new = [Field("Full_Name", "contact_name", "shown"), Field("Description", "notes")]
    sent: dict[str, Any] = {"pair-TOTAL_FORMS": 2, "pair-INITIAL_FORMS": 2, "ending": "later"}
    for number, pair in enumerate(new):
        row = {"source": pair.source, "target": pair.target, "via": pair.via, "on": pair.on}
        sent |= {f"pair-{number}-{name}": value for name, value in row.items()}
        sent[f"pair-{number}-use"] = "on"
    admin.post(f"{page}?flow={INDIVIDUALS}", sent)
    assert map_of(world, INDIVIDUALS) == ["contact_name", "notes"]
    assert len(map_of(world, CUSTOMERS)) > 10
    file = admin.get(f"{address('fields-csv', world)}?flow={INDIVIDUALS}")
    assert "field-map-crm-individuals.csv" in file.headers["Content-Disposition"]
    assert b"Full_Name" in file.content


def test_a_record_of_the_second_flow_has_the_titles_of_its_fields(
    world: Office, admin: Client
) -> None:
    world.configure(module="contacts")
    (ann,) = contacts(world, "Ann Berg", Mailing_City="Oslo")
    world.sync()
    page = reverse("office:record", args=[world.link(ann).pk])
    answer = admin.get(page, {"values": "1"})
    assert f"?flow={INDIVIDUALS}" in answer.content.decode()
    assert "Billing city" in {value.title for value in answer.context["values"]}


def test_views_that_cannot_be_read_are_told_and_the_present_ones_stay(
    world: Office, admin: Client
) -> None:
    world.configure(**BOTH)
    configuring.apply_choices(world.setting(), {f"view:{INDIVIDUALS}": PLAIN})
    world.faults(
        {"service": "crm", "kind": "status", "status": 503, "path": "/settings/custom_views"}
    )
    asked = walk(admin, world, chosen(**BOTH), DIRECTION, DUPLICATES)
    assert "The saved views could not be read" in asked.content.decode()
    views = {"view-view": "", "view-view_2": PLAIN}
    ticked = {"fields-fields": ["0"], "fields-fields_2": ["0"]}
    walk(admin, world, chosen(**BOTH), DIRECTION, DUPLICATES, views, ticked, ending="later")
    assert world.setting().view_of(INDIVIDUALS)[1] == PLAIN


def test_a_view_of_a_flow_is_chosen_by_the_command_as_well(world: Office) -> None:
    world.configure(**BOTH)
    world.configure(**{f"view:{INDIVIDUALS}": PLAIN})
    assert world.setting().view_of(INDIVIDUALS)[1] == PLAIN
    for name in ("view:crm.vendors", "view:nothing"):
        with pytest.raises(Exception, match=f"There is no option '{name}'"):
            world.configure(**{name: PLAIN})


def test_trials_from_before_keep_their_pairs(world: Office) -> None:
    world.accounts("Acme Ltd")
    world.sync()
    trial = {"choices": {"duplicates": "skip"}, "pairs": {}}
    run = decisions.start_sync(person(access.ADMIN), world.setting(), preview=True, trial=trial)
    pair = {"source": "Account_Name", "target": "contact_name", "via": "text", "on": "always"}
    SyncRun.objects.filter(pk=run.pk).update(trial={**trial, "pairs": [pair]})

    moved = importlib.import_module("integrations.migrations.0020_trials_by_flow")
    moved.by_flow(apps, None)
    run.refresh_from_db()
    assert run.trial == {**trial, "pairs": {CUSTOMERS: [pair]}}
    moved.of_first(apps, None)
    run.refresh_from_db()
    assert run.trial == {**trial, "pairs": [pair]}
