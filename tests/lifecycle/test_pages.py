"""The pages of an integration: what they say beforehand, who may act, the typed confirmation."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from integrations import access
from integrations.models import FlowSetting, Integration, PairFile
from mappings.models import RecordLink
from tests.conftest import URL, Office
from tests.lifecycle.conftest import crm, work
from tests.screens.people import client_of
from tests.screens.test_words import NEVER, read

NAME = "Zoho CRM and Zoho Books (Aurora Instruments)"


@pytest.fixture
def browser(office: Office) -> Client:
    return client_of(access.ADMIN)


def base(office: Office) -> str:
    return f"/office/integrations/{crm(office).pk}/"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    page = answer.content.decode()
    assert NEVER.findall(read(page)) == []
    return " ".join(read(page).split())


def test_from_disabling_to_deleting_and_the_archive(office: Office, browser: Client) -> None:
    office.accounts("Acme Ltd", "Bolt Ltd")
    office.sync()
    address = base(office)
    assert "Disable Integration" in text(browser, address)
    said = text(browser, f"{address}disable/")
    assert "Syncs stop in both directions" in said
    assert "2 pairs, and 0 records without a partner" in said
    assert "0 records that wait for a person" in said

    assert browser.post(f"{address}disable/", {"reason": ""}).status_code == 200
    assert crm(office).status == "active"
    browser.post(f"{address}disable/", {"reason": "We leave CRM."})
    assert crm(office).status == "disabled"
    said = text(browser, address)
    assert "Enable Integration" in said
    assert "Delete Integration" in said
    assert "No other Books organisation is connected" in said
    assert "2 pairs are used again" in text(browser, f"{address}enable/")

    said = text(browser, f"{address}delete/")
    assert "2 pairs become two ordinary records each" in said
    browser.post(f"{address}delete/list/")
    work(office)
    assert "Delete 2 records in Books" in text(browser, f"{address}delete/")
    browser.post(f"{address}delete/remove/", {"typed": "something else"})
    assert work(office) == []
    browser.post(f"{address}delete/remove/", {"typed": "aurora  instruments"})
    work(office)
    assert office.customers() == {}
    assert "2 records deleted in Books" in text(browser, f"{address}delete/")

    wrong = browser.post(f"{address}delete/", {"typed": "books", "reason": "We leave."})
    assert wrong.status_code == 200
    assert crm(office).status == "disabled"
    browser.post(f"{address}delete/", {"typed": "aurora  instruments", "reason": "We leave."})
    assert crm(office).status == "deleted"
    assert "It was deleted" in text(browser, address)
    assert f"Deleted, with their pairs in the archive: {NAME}, deleted" in text(
        browser, "/office/connections/"
    )
    books = crm(office).ledger_id
    refused = browser.post(f"/office/connections/{books}/remove/", follow=True)
    assert "stays listed" in refused.content.decode()
    assert browser.get("/office/modules/").status_code == 200
    assert browser.get("/office/dashboard/").status_code == 200


def test_more_than_25_have_to_be_approved(office: Office, browser: Client) -> None:
    office.accounts(*(f"Company of place {number}" for number in range(26)))
    office.sync()
    address = base(office)
    browser.post(f"{address}disable/", {"reason": "We leave CRM."})
    browser.post(f"{address}delete/list/")
    work(office)
    said = text(browser, f"{address}delete/")
    assert "somebody else has to approve each list" in said
    browser.post(f"{address}delete/remove/", {"typed": "aurora  instruments"})
    assert work(office) == []
    assert len(office.customers()) == 26


def test_others_see_and_do_not_act(office: Office) -> None:
    address = base(office)
    for group in (access.AUDITOR, access.FINANCE, access.APPROVER):
        client = client_of(group)
        assert "Disable Integration" in text(client, address)
        for deed in ("disable/", "enable/", "delete/", "delete/list/", "delete/remove/"):
            assert (
                client.post(f"{address}{deed}", {"typed": "aurora  instruments"}).status_code == 403
            )
        assert client.get(f"{address}pairs.csv").status_code == 200
        assert client.get(f"{address}pairs/").status_code == 403
    assert crm(office).status == "active"


def test_a_file_is_checked_then_carried_out(office: Office, browser: Client) -> None:
    office.accounts("Acme Ltd", "Bolt Ltd")
    office.sync()
    address = base(office)
    answer = browser.get(f"{address}pairs.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="TEST-DATA-pairs-crm.csv"'
    lines = answer.content.decode().replace(",restore,", ",keep,").encode()
    sent = io.BytesIO(lines)
    sent.name = "repair.csv"
    browser.post(f"{address}pairs/", {"file": sent})
    file = PairFile.objects.get()
    page = f"/office/integrations/pairs/{file.pk}/"
    assert "2 to be kept" in text(browser, page)
    assert not RecordLink.objects.filter(pinned=True).exists()

    browser.post(page)

    assert RecordLink.objects.filter(pinned=True).count() == 2
    assert "It was carried out" in text(browser, page)
    assert "repair.csv" in text(browser, f"{address}pairs/")
    assert "Choose a file first" in browser.post(f"{address}pairs/").content.decode()


def test_joined_again_the_table_from_before_is_offered(office: Office, browser: Client) -> None:
    (acme,) = office.accounts("Acme Ltd")
    office.sync()
    target, old = office.link(acme).target_id, base(office)
    browser.post(f"{old}disable/", {"reason": "We leave."})
    browser.post(f"{old}delete/", {"typed": "Aurora Instruments", "reason": "We leave."})
    call_command("connect_sandbox", url=URL, stdout=io.StringIO())
    new = f"/office/integrations/{Integration.objects.get().pk}/"

    said = text(browser, new)
    assert "You have a table of pairs of the same organisations" in said
    assert "crm-deleted-" in said
    archive = Integration.everything.get(status="deleted").pk
    refused = browser.post(f"{new}pairs/", {"archive": archive + 1000})
    assert "not of these organisations" in refused.content.decode()
    assert "1 row" in text(browser, f"{new}pairs/")
    browser.post(f"{new}pairs/", {"archive": archive})
    page = f"/office/integrations/pairs/{PairFile.objects.get().pk}/"
    assert "1 to be restored as paired" in text(browser, page)
    browser.post(page)

    assert office.link(acme).target_id == target
    assert "You have a table" not in text(browser, new)


def test_the_vendors_own_link_is_warned_of_until_it_is_off(office: Office, browser: Client) -> None:
    (account,) = office.accounts("Acme Ltd")
    row: dict[str, Any] = {"contact_name": "Acme", "contact_type": "customer"}
    office.add("books", "contacts", {**row, "zcrm_account_id": account})
    office.sync()
    link = office.link(account)
    assert (link.paired, link.cause) == (True, "taken_over")
    books = Integration.objects.get().ledger_id
    places = [base(office), "/office/modules/", f"/office/connections/{books}/"]
    places.append(f"/office/modules/{office.setting().pk}/")
    for place in places:
        said = text(browser, place)
        assert "1 record in Books was paired by Zoho's own integration" in said
        assert "Two integrations on the same records fight" in said
        assert "Settings, Integrations" in said
        assert "nothing is written before somebody says whose values stay" in said

    browser.post(f"{base(office)}native-off/", {"since": "2031-01-01"})
    assert crm(office).native_off_since is None
    browser.post(f"{base(office)}native-off/", {"since": "2026-11-01"})

    for place in places:
        said = text(browser, place)
        assert "off since 2026-11-01" in said
        assert "fight" not in said


def test_disabled_no_page_offers_a_sync_or_names_the_next(office: Office, browser: Client) -> None:
    office.accounts("Acme Ltd")
    office.sync()
    FlowSetting.objects.update(every="1h")
    setting = office.setting()
    module, deeds = f"/office/modules/{setting.pk}/", ("preview/", "sync/", "pause/")
    assert all(f'"{module}{deed}"' in browser.get(module).content.decode() for deed in deeds)
    browser.post(f"{base(office)}disable/", {"reason": "We leave CRM."})

    for place in ("/office/modules/", module):
        page = browser.get(place).content.decode()
        assert [deed for deed in deeds if f'"{module}{deed}"' in page] == []
        said = text(browser, place)
        assert "none while disabled" in said
        assert "in 1 hour" not in said
    # The list says it below the name of the integration, its modules do not repeat it.
    assert "disabled: nothing is synced before somebody enables it" in text(
        browser, "/office/modules/"
    )
    assert f"The integration {NAME} is disabled." in text(browser, module)
    assert f"Nothing is written: the integration {NAME} is disabled" in text(browser, module)
    assert "Writing: On" not in text(browser, "/office/modules/")
    assert "none while disabled" in text(browser, "/office/dashboard/")
    assert "once it is enabled; nothing is written now" in text(browser, base(office))
