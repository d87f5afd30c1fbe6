"""Which organisation is linked both ways can be switched, after a preview of what it changes."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import access, configuring, jobs, switching
from integrations.models import Change, Decision, Integration, SyncRun
from integrations.sync import run as pipeline
from integrations.words import integration_name
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, person
from tests.several.conftest import EUROPE, SERVICES, customers, join, setting_of


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.jobs.async_task", lambda *args: None)


@pytest.fixture
def two(several: Office) -> tuple[Integration, Integration]:
    """The first goes both ways with a pair that was edited in Books since; the second one way."""
    first, second = Integration.objects.get(), join(several, SERVICES)
    configuring.apply_choices(setting_of(first), {"extent": "both", "winner": "books"})
    several.accounts("Acme Ltd", Phone="+1 555 0100")
    for integration in (first, second):
        several.sync_of(setting_of(integration))
    acme = several.customers()["Acme Ltd"]["contact_id"]
    several.change("books", "contacts", acme, billing_address={"phone": "+1 555 9999"})
    return first, second


def test_it_is_refused_before_it_was_tried_out(two: Any) -> None:
    first, second = two
    with pytest.raises(ValueError, match="preview first"):
        switching.switch(person(access.ADMIN), second, "The services company leads now")
    first.refresh_from_db()
    assert first.way == "both"


def test_a_preview_shows_what_changes_and_the_switch_makes_it_so(several: Office, two: Any) -> None:
    first, second = two
    user = person(access.ADMIN)
    runs = switching.try_out(user, second)
    assert switching.try_out(user, second) == runs
    finish_syncs(several)

    effect = switching.effects(second)[0]
    assert effect.ready
    assert effect.effect is not None
    assert (effect.effect.changed, effect.effect.pairs) == (1, 1)
    assert Change.objects.filter(run=runs[0], status="written").count() == 0

    several.reset()
    switching.switch(user, second, "The services company leads now")
    assert several.writes() == {}
    assert [row.way for row in Integration.objects.order_by("pk")] == ["later", "both"]
    setting = setting_of(first)
    assert (setting.extent, setting.enabled) == ("fetch", True)
    assert jobs.legs(setting) == [("crm.customers", "forward")]
    *modules, switched = Decision.objects.filter(kind__in=("two_way", "set_up")).order_by("pk")
    points = {"integration": second.pk, "from": "crm", "to": "crm-2"}
    assert (switched.kind, switched.details) == ("two_way", points)
    one_way = {"choices": {"extent": ["both", "fetch"]}, "field_maps": {}}
    assert [(row.setting.flow, row.details) for row in modules if row.setting] == [
        ("crm.customers", one_way),
        ("crm.contact_persons", one_way),
    ]
    # Now the other one may go both ways, and the first may not.
    configuring.apply_choices(setting_of(second), {"extent": "both"})
    assert several.sync_of(setting_of(first)).updated == 1
    assert several.customers()["Acme Ltd"]["billing_address"]["phone"] == "+1 555 0100"


def test_a_set_up_changed_since_the_preview_has_to_be_tried_out_again(
    several: Office, two: Any
) -> None:
    first, second = two
    switching.try_out(person(access.ADMIN), second)
    finish_syncs(several)
    configuring.apply_choices(setting_of(first), {"winner": "source"})
    assert not switching.effects(second)[0].ready


def test_a_module_that_only_sends_is_paused_and_does_not_begin_to_fetch(
    several: Office, two: Any
) -> None:
    first, second = two
    configuring.apply_choices(setting_of(first), {"extent": "push"})
    switching.switch(person(access.ADMIN), second, "The services company leads now")
    setting = setting_of(first)
    assert (setting.extent, setting.enabled, jobs.legs(setting)) == ("push", False, [])
    assert Decision.objects.filter(kind="pause", setting=setting).exists()


def test_a_disabled_integration_gives_the_two_way_link_away_and_stays_still(
    several: Office, two: Any
) -> None:
    first, second = two
    Integration.objects.filter(pk=first.pk).update(status=Integration.Status.DISABLED)
    switching.switch(person(access.ADMIN), second, "The first company is closed")
    setting = setting_of(first)
    assert (setting.extent, setting.enabled) == ("fetch", False)
    second.refresh_from_db()
    assert second.way == "both"


def test_nobody_switches_to_an_organisation_of_another_currency(several: Office, two: Any) -> None:
    third = join(several, EUROPE)
    with pytest.raises(ValueError, match="The base currencies differ: CRM has USD, Books has EUR"):
        switching.switch(person(access.ADMIN), third, "Europe leads")


def test_an_open_sync_is_waited_for(several: Office, two: Any) -> None:
    first, second = two
    switching.try_out(person(access.ADMIN), second)
    finish_syncs(several)
    run = pipeline.start(setting_of(first), "crm.customers", direction="reverse")
    with pytest.raises(ValueError, match="has not ended"):
        switching.switch(person(access.ADMIN), second, "Now")
    assert run.is_open


def test_a_preview_of_sending_cannot_be_written_any_more(several: Office, two: Any) -> None:
    first, second = two
    several.control(
        "POST", "records/books/contacts", [{"contact_name": "New", "contact_type": "customer"}]
    )
    several.pass_time(60)
    preview = pipeline.drive(
        pipeline.start(
            setting_of(first), "crm.customers", direction="reverse", mode=SyncRun.Mode.PREVIEW
        )
    )
    assert preview.created == 1
    switching.try_out(person(access.ADMIN), second)
    finish_syncs(several)
    switching.switch(person(access.ADMIN), second, "Now")
    several.reset()

    run = pipeline.drive(pipeline.approve(preview, person(access.APPROVER)))

    assert (run.status, run.held) == ("paused", "stopped")
    assert several.writes() == {}


def test_the_page_leads_through_it(several: Office, two: Any) -> None:
    _, second = two
    admin = client_of(access.ADMIN)
    address = f"/office/connections/way/{second.pk}/"
    page = admin.get(address).content.decode()
    assert "Preview the switch" in page
    assert "Why it is switched" not in page
    admin.post(f"{address}preview/")
    assert "The previews are in progress" in admin.get(address).content.decode()
    finish_syncs(several)
    page = admin.get(address).content.decode()
    assert "1 of 1 pairs, 0 of them with transactions" in page
    assert admin.post(address, {"reason": ""}).status_code == 200
    assert admin.post(address, {"reason": "It leads now"}).status_code == 302
    second.refresh_from_db()
    assert second.way == "both"
    assert "is linked both ways already" in admin.get(address).content.decode()
    about = admin.get(f"/office/integrations/{second.pk}/").content.decode()
    assert "Two-way link switched by admin. It leads now" in about
    assert f"Change the way of {integration_name(second)}" in about
    assert customers(several, second) == {"Acme Ltd"}
