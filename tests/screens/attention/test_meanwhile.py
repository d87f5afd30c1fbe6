"""Links to records that were decided since the list was read: a sentence and a way on, no error."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.models import Decision
from mappings.models import RecordLink
from tests.screens import rows
from tests.screens.attention.conftest import said

pytestmark = pytest.mark.django_db

LISTS = {
    "/office/duplicates/{}/": "/office/duplicates/",
    "/office/both-sides/{}/": "/office/both-sides/",
}
PARTS = ("/office/duplicates/{}/compare/", "/office/both-sides/{}/documents/")
ACTS = {
    "/office/duplicates/{}/decide/": "/office/duplicates/",
    "/office/both-sides/{}/": "/office/both-sides/",
    "/office/deleted/{}/go-on/": "/office/deleted/",
    "/office/deleted/doubt/{}/": "/office/deleted/",
}


@pytest.fixture
def settled() -> RecordLink:
    return rows.link(rows.company().setting, 1, state="in_sync")


@pytest.mark.parametrize("address", LISTS)
def test_a_stale_page_leads_to_its_list_and_to_the_record(
    address: str, settled: RecordLink, finance: Client
) -> None:
    answer = finance.get(address.format(settled.pk))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "This has been decided meanwhile" in text
    assert settled.name in text
    assert f'href="{LISTS[address]}"' in text
    assert f'href="/office/records/{settled.pk}/"' in text


@pytest.mark.parametrize("address", LISTS)
def test_a_record_that_is_gone_leads_to_the_list(address: str, finance: Client) -> None:
    text = finance.get(address.format(987654)).content.decode()
    assert "This has been decided meanwhile" in text
    assert f'href="{LISTS[address]}"' in text
    assert "/office/records/987654/" not in text


@pytest.mark.parametrize("address", PARTS)
def test_a_part_of_a_stale_page_is_no_page_within_a_page(
    address: str, settled: RecordLink, finance: Client
) -> None:
    text = finance.get(address.format(settled.pk), headers={"HX-Request": "true"}).content.decode()
    assert "This has been decided meanwhile" in text
    assert "<html" not in text


@pytest.mark.parametrize("address", ACTS)
def test_a_late_answer_changes_nothing_and_says_so(
    address: str, settled: RecordLink, root: Client
) -> None:
    answer = root.post(address.format(settled.pk), {"choice": "different", "all": "first"})
    assert answer.headers["Location"] == ACTS[address]
    assert "changed nothing" in said(root.get(ACTS[address]))
    assert not Decision.objects.exists()


def test_who_may_not_see_records_is_not_told_of_them(settled: RecordLink, client_of) -> None:
    answer = client_of("clerk").get(f"/office/duplicates/{settled.pk}/")
    assert answer.status_code == 403
    assert settled.name not in answer.content.decode()
