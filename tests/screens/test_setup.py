"""The modules: their list, recommended settings, the five steps, and changing what runs (G-5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import access, decisions, jobs, trials
from integrations.models import Change, Decision, FlowSetting, SyncRun
from integrations.trial_parts import effect_of, parts_of
from mappings import catalogue
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, latest, person

pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def admin(world: Office) -> Client:
    return client_of(access.ADMIN)


def address(name: str, world: Office) -> str:
    return reverse(f"office:{name}", args=[world.setting().pk])


def badge_of(client: Client) -> str:
    (group,) = client.get(reverse("office:modules")).context["groups"]
    return str(group["lines"][0]["badge"])


def test_the_list_says_how_each_module_stands(world: Office, admin: Client) -> None:
    assert "Not synced yet" in badge_of(admin)
    world.accounts("Acme Ltd")
    world.sync()
    assert "Active" in badge_of(admin)
    world.accounts("Bad Ltd", Website="none at all")
    world.sync()
    assert "1 needs a person" in badge_of(admin)
    line = admin.get(reverse("office:modules")).context["groups"][0]["lines"][0]
    assert "hour" in str(line["next_at"])

    admin.post(address("module-pause", world))
    assert "Paused" in badge_of(admin)
    admin.post(address("module-resume", world))
    assert "1 needs a person" in badge_of(admin)


def test_recommended_settings_lead_to_a_preview_in_one_click(fresh: Office, admin: Client) -> None:
    fresh.accounts("Acme Ltd")
    assert "Not set up yet" in badge_of(admin)
    page = admin.get(address("module-recommended", fresh)).content.decode()
    assert "Nothing is written until a person has said" in page

    answer = admin.post(address("module-recommended", fresh), {"ending": "preview"})
    run = latest()

    assert answer.headers["Location"] == reverse("office:preview", args=[run.pk])
    assert finish_syncs(fresh)[-1].created == 1
    setting = fresh.setting()
    assert (setting.enabled, setting.extent, setting.duplicates) == (True, "fetch", "ask")
    assert len(catalogue.pairs_in_force(setting.pk, setting.flow)) > 10
    assert Decision.objects.filter(kind="set_up", by=person(access.ADMIN)).exists()
    assert fresh.writes() == {}


def test_save_and_sync_later_only_saves(fresh: Office, admin: Client) -> None:
    answer = admin.post(address("module-recommended", fresh), {"ending": "later"})
    assert answer.headers["Location"] == address("module", fresh)
    assert not SyncRun.objects.exists()
    assert fresh.setting().first_synced_at is None


STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "module",
        {
            "module-module": "accounts",
            "module-contacts_without_account": "no",
            "module-second_names": "no",
            "module-on_gone": "leave",
        },
    ),
    (
        "direction",
        {"direction-extent": "both", "direction-winner": "ask", "direction-every": "1d"},
    ),
    ("duplicates", {"duplicates-duplicates": "skip"}),
    ("view", {"view-view": ""}),
    ("fields", {"fields-fields": ["1", "4"]}),
)


def walk_steps(client: Client, world: Office, ending: str, **changed: dict[str, Any]) -> Any:
    page, setting = address("module-steps", world), world.setting()
    answer = client.get(page)
    for step, values in STEPS:
        sent = {f"steps_{setting.pk}-current_step": step, **values, **changed.get(step, {})}
        answer = client.post(page, {**sent, "ending": ending})
    return answer


def test_the_five_steps_save_and_sync(fresh: Office, admin: Client) -> None:
    fresh.accounts("Acme Ltd")
    answer = walk_steps(admin, fresh, "sync")
    assert answer.headers["Location"] == reverse("office:sync", args=[latest().pk])
    finish_syncs(fresh)

    setting = fresh.setting()
    chosen = (setting.extent, setting.winner, setting.duplicates, setting.every)
    assert chosen == ("both", "ask", "skip", "1d")
    pairs = catalogue.pairs_in_force(setting.pk, setting.flow)
    # The display name stays mapped whatever is ticked.
    assert [pair.target for pair in pairs] == ["contact_name", "company_name", "website"]
    assert set(fresh.customers()) == {"Acme Ltd"}


def test_a_step_says_what_is_wrong_beside_the_field(fresh: Office, admin: Client) -> None:
    page, setting = address("module-steps", fresh), fresh.setting()
    admin.get(page)
    current = {f"steps_{setting.pk}-current_step": "module"}
    answer = admin.post(page, {**current, "module-module": "leads"})
    assert "Select a valid choice" in answer.content.decode()
    assert answer.context["wizard"]["steps"].current == "module"


def test_each_choice_says_what_will_happen(world: Office, admin: Client) -> None:
    world.add("books", "contacts", {"contact_name": "Acme Ltd", "contact_type": "customer"})
    world.accounts("Acme Ltd")
    world.sync()
    page, setting = address("module-steps", world), world.setting()
    admin.get(page)
    for step, values in STEPS[:2]:
        current = {f"steps_{setting.pk}-current_step": step}
        answer = admin.post(page, {**current, **values})
    text = answer.content.decode()
    assert "The record that is already there is paired" in text
    assert "Up to 1 record in Books would change" in text


def overwritten(world: Office) -> FlowSetting:
    """A module that runs, with a possible duplicate that has a transaction."""
    (contact,) = world.add(
        "books", "contacts", {"contact_name": "Acme Ltd", "contact_type": "customer"}
    )
    world.add("books", "invoices", {"customer_id": contact, "line_items": [{"rate": 5}]})
    world.accounts("Acme Ltd", Phone="+47 22 33 44 55")
    world.accounts("Bolt Ltd")
    world.sync()
    return world.setting()


def test_what_runs_changes_only_after_a_preview(world: Office, admin: Client) -> None:
    before = overwritten(world)
    answer = walk_steps(
        admin,
        world,
        "sync",
        direction={"direction-extent": "fetch", "direction-winner": "source"},
        duplicates={"duplicates-duplicates": "overwrite"},
        fields={"fields-fields": [str(n) for n in range(17)]},
    )
    run = finish_syncs(world)[-1]

    # The old choices are in force until somebody confirms.
    assert answer.headers["Location"] == reverse("office:preview", args=[run.pk])
    assert run.trial is not None
    assert run.trial["choices"] == {"duplicates": "overwrite"}
    assert (world.setting().duplicates, world.setting().version) == ("ask", before.version)
    assert world.setting().every == "1d"
    page = admin.get(reverse("office:preview", args=[run.pk])).content.decode()
    assert "1 Books record would change</strong></a>, 1 of them with transactions" in page
    assert "Approve: write" not in page

    admin.post(reverse("office:preview-confirm", args=[run.pk]))
    assert (world.setting().duplicates, world.setting().version) == (
        "overwrite",
        before.version + 1,
    )
    world.sync()
    assert set(world.states().values()) == {"in_sync"}


def test_what_the_preview_showed_of_pairs_that_stand_still_is_written_afterwards(
    world: Office, admin: Client
) -> None:
    world.configure(extent="both", winner="newest")
    world.accounts("Acme Ltd", Phone="+1 555 0100")
    world.sync()
    acme = world.customers()["Acme Ltd"]["contact_id"]
    world.change("books", "contacts", acme, billing_address={"phone": "+1 555 9999"})

    trial = trials.set_up(person(access.ADMIN), world.setting(), {"extent": "fetch"}, None)
    assert trial is not None
    run = trials.try_out(person(access.ADMIN), world.setting(), trial)
    finish_syncs(world)
    run.refresh_from_db()
    assert effect_of(parts_of(run)).changed == 1
    admin.post(reverse("office:preview-confirm", args=[run.pk]))

    assert world.sync().updated == 1
    assert world.customers()["Acme Ltd"]["billing_address"]["phone"] == "+1 555 0100"
    assert world.sync().updated == 0


def test_a_trial_is_neither_approved_nor_confirmed_when_it_is_old(
    world: Office, admin: Client
) -> None:
    setting = overwritten(world)
    trial = trials.set_up(person(access.ADMIN), setting, {"duplicates": "skip"}, None)
    assert trial is not None
    trials.try_out(person(access.ADMIN), setting, trial)
    run = finish_syncs(world)[-1]
    client_of(access.APPROVER).post(reverse("office:preview-approve", args=[run.pk]))
    run.refresh_from_db()
    assert run.mode == SyncRun.Mode.PREVIEW

    world.configure(duplicates="clone")
    answer = admin.post(reverse("office:preview-confirm", args=[run.pk]), follow=True)
    assert "was changed since this preview" in answer.content.decode()
    assert world.setting().duplicates == "clone"
    assert not Change.objects.filter(run=run, status="written").exists()


def test_only_admins_set_up_and_start(world: Office) -> None:
    finance = client_of(access.FINANCE)
    for name in ("module-recommended", "module-steps"):
        assert finance.get(address(name, world)).status_code == 403
    for name in ("module-preview", "module-sync", "module-pause", "module-resume"):
        assert finance.post(address(name, world)).status_code == 403
    assert "Integration admin" in finance.get(address("module-steps", world)).content.decode()
    assert not SyncRun.objects.exists()


def test_starting_leads_to_the_page_of_what_was_started(world: Office, admin: Client) -> None:
    preview = admin.post(address("module-preview", world)).headers["Location"]
    assert preview == reverse("office:preview", args=[latest().pk])
    sync = admin.post(address("module-sync", world)).headers["Location"]
    assert sync == reverse("office:sync", args=[latest().pk])


def test_the_lists_statements_are_few(
    world: Office, admin: Client, django_assert_max_num_queries: Any
) -> None:
    for name in ("modules", "module"):
        where = reverse("office:modules") if name == "modules" else address(name, world)
        admin.get(where)
        with django_assert_max_num_queries(25):
            admin.get(where)


def test_pressing_twice_leads_to_the_same_page(world: Office, admin: Client) -> None:
    first = admin.post(address("module-preview", world))
    second = admin.post(address("module-preview", world), follow=True)
    assert second.redirect_chain[0][0] == first.headers["Location"]
    assert "That preview is in progress already; this is it." in second.content.decode()
    assert SyncRun.objects.count() == 1


def test_choices_that_go_both_ways_are_confirmed_when_both_ways_were_previewed(
    world: Office, admin: Client
) -> None:
    world.accounts("Acme Ltd", Phone="+1 555 0100")
    world.sync()
    acme = world.customers()["Acme Ltd"]["contact_id"]
    world.change("books", "contacts", acme, billing_address={"phone": "+1 555 9999"})
    chosen = {"extent": "both", "winner": "books"}
    trial = trials.set_up(person(access.ADMIN), world.setting(), chosen, None)
    assert trial is not None
    first = trials.try_out(person(access.ADMIN), world.setting(), trial)
    finish_syncs(world)
    page, confirm = (
        reverse(f"office:{name}", args=[first.pk]) for name in ("preview", "preview-confirm")
    )

    # The second way has not begun: what it would change is not known.
    text = admin.get(page).content.decode()
    assert "Not begun yet" in text
    assert "Confirm the new choices" not in text
    said = admin.post(confirm, follow=True).content.decode()
    assert "from Books to CRM: the preview has not finished" in said
    assert world.setting().extent == "fetch"

    first.refresh_from_db()
    second = jobs.follow(first)
    assert second is not None
    assert "has not finished" in admin.post(confirm, follow=True).content.decode()
    finish_syncs(world)
    text = admin.get(page).content.decode()
    assert "1 CRM record would change" in text
    assert "Confirm the new choices" in text
    admin.post(confirm)
    assert (world.setting().extent, world.setting().winner) == ("both", "books")


def test_a_part_that_was_stopped_has_to_be_previewed_again(world: Office, admin: Client) -> None:
    world.accounts("Acme Ltd")
    world.sync()
    trial = trials.set_up(person(access.ADMIN), world.setting(), {"extent": "both"}, None)
    assert trial is not None
    confirm: list[str] = []
    for stopped in (True, False):
        world.pass_time(60)
        if stopped:
            first = trials.try_out(person(access.ADMIN), world.setting(), trial)
        else:
            admin.post(reverse("office:preview-again", args=[first.pk]))
            assert (latest().pk != first.pk, latest().trial) == (True, trial)
            first = latest()
        finish_syncs(world)
        first.refresh_from_db()
        second = jobs.follow(first)
        assert second is not None
        if stopped:
            decisions.cancel(person(access.ADMIN), second)
        finish_syncs(world)
        confirm.append(reverse("office:preview-confirm", args=[first.pk]))
        said = admin.post(confirm[-1], follow=True).content.decode()
        assert ("did not come to its end. Preview it again." in said) == stopped
    assert world.setting().extent == "both"
    # What was chosen for another set-up is not tried again by itself.
    before = SyncRun.objects.count()
    address = reverse("office:preview-again", args=[first.pk])
    assert "Make the new choices anew" in admin.post(address, follow=True).content.decode()
    assert SyncRun.objects.count() == before
