"""The pages of deletions and of an integration's end in a real browser: light, dark and narrow."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser

from integrations.models import ArchivedPair, DeletionsRead, Integration, PairFile, PairFileRow
from mappings.models import KnownKey, KnownRecord, RecordLink
from tests.screens import rows
from tests.screens.walker import Walker, chromium

__all__ = ["chromium"]

pytestmark = [pytest.mark.browser, pytest.mark.look, pytest.mark.django_db(transaction=True)]

LOOKS = [("light", 1440), ("dark", 1440), ("light", 390)]
LONG = "Wirtschaftsprüfungsgesellschaft Oberschleißheim-Unterföhring und Partner mbB" * 3


def company() -> list[str]:
    """Pairs that lost a side, with long names, and an integration of two lives; its addresses."""
    made = rows.company()
    for number, name in enumerate((LONG, "Acme Ltd", "Bolt Ltd")):
        rows.link(
            made.setting,
            number,
            name=name[:255],
            state=RecordLink.State.GONE,
            cause="gone_source" if number else "gone_target",
            reason="Was it merged in Zoho CRM? It may have been merged into one of these.",
            details={
                "survivors": [
                    {"id": "77", "name": LONG[:200], "paired_with": "", "signs": "the same name"},
                    {
                        "id": "78",
                        "name": "Nordic Holding",
                        "paired_with": "Nordic Holding",
                        "signs": "changed at that moment; a merge then, by Zoho CRM's history",
                    },
                ]
            },
        )
    DeletionsRead.objects.create(
        setting=made.setting,
        flow="crm.customers",
        place="target",
        asked_at=timezone.now(),
        doubtful=40,
    )
    known = {"connection": made.books, "entity": "contacts", "record_id": "9"}
    KnownRecord.objects.create(**known)
    KnownKey.objects.create(**known, key="account:55")
    asked: dict[str, Any] = {"name": LONG, "first_id": "1" * 18, "second_id": "2" * 18}
    files = [
        PairFile.objects.create(
            integration=made.integration, name=f"{LONG[:150]}.csv", phase=phase, reason=why
        )
        for phase, why in (("checked", ""), ("doing", "Zoho Books does not answer."), ("done", ""))
    ]
    PairFile.objects.filter(phase="done").update(done_at=timezone.now())
    PairFileRow.objects.bulk_create(
        PairFileRow(
            file=file,
            number=number,
            module="crm.customers",
            do="restore",
            holds=f"{('first', 'second')[number % 2]} kept alone",
            outcome=outcome,
            verdict="The first record is not in its app (any more)." if number == 2 else "",
            **asked,
        )
        for file in files
        for number, outcome in enumerate(("refused", "fit", "done", "already"), 2)
    )
    before = Integration.everything.create(
        name="before-deleted-8",
        kind="crm",
        ledger=made.books,
        other=made.crm,
        status=Integration.Status.DELETED,
    )
    ArchivedPair.objects.create(
        integration=before, flow="crm.customers", source_id="1", archived_at=timezone.now()
    )
    gone = Integration.objects.create(
        name="old-deleted-9",
        kind="crm",
        ledger=rows.company("other", number=2).books,
        other=made.crm,
        status=Integration.Status.DISABLED,
    )
    base, old = f"/office/integrations/{made.integration.pk}/", f"/office/integrations/{gone.pk}/"
    return [
        "/office/deleted/",
        "/office/deleted/decide/?choice=keep&all=1",
        "/office/deleted/decide/?choice=delete&all=1",
        "/office/deleted/decide/?choice=again&all=1",
        base,
        f"{base}disable/",
        f"{base}pairs/",
        *(f"/office/integrations/pairs/{file.pk}/" for file in files),
        old,
        f"{old}enable/",
        f"{old}delete/",
        "/office/modules/",
        f"/office/modules/{made.setting.pk}/",
        f"/office/connections/{made.books.pk}/",
    ]


def test_the_pages_fit_and_raise_no_complaint(live_server: Any, chromium: Browser) -> None:
    addresses = company()
    walker = Walker(chromium, live_server.url, every_look=True)
    walker.sign_in(User.objects.create_superuser("root"))
    walker.look_at({f"lifecycle-{n}": address for n, address in enumerate(addresses)})
    walker.assert_content()
