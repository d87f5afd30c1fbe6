"""What both directions of a module have to agree on."""

from __future__ import annotations

from integrations.models import SyncRun
from integrations.sync import run as pipeline
from integrations.sync.context import Context
from tests.conftest import Office


def test_a_digest_taken_by_one_direction_can_be_compared_by_the_other(office: Office) -> None:
    # Display name and company name come from one field, so one of them has no way back.
    office.accounts("Acme Ltd", Billing_City="Oslo", Phone="+47 22 33 44 55")
    office.sync()
    setting = office.setting()
    forward, reverse = (
        Context.open(
            pipeline.start(
                setting, setting.flow, direction=direction, mode=SyncRun.Mode.PREVIEW, only_ids=[]
            )
        )
        for direction in (SyncRun.Direction.FORWARD, SyncRun.Direction.REVERSE)
    )
    account = office.records("crm", "Accounts")[0]
    contact = office.records("books", "contacts")[0]

    assert len(reverse.flow.fields) < len(forward.flow.fields)
    assert forward.source_print(account) == reverse.target_print(account)
    assert forward.target_print(contact) == reverse.source_print(contact)
    assert set(forward.read_from_target) >= {"contact_name", "company_name"}
    assert set(reverse.read_from_source) >= {"contact_name", "company_name"}
