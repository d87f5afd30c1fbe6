"""A module's setting between two connections, without any app behind them."""

from __future__ import annotations

import pytest

from integrations.models import Connection, FlowSetting, Grant, Integration


@pytest.fixture
def setting(db: None) -> FlowSetting:
    grant = Grant.objects.create(data_center="sandbox", accounts_url="http://sandbox.test")
    ends = [
        Connection.objects.create(app=app, grant=grant, organization_id=app, name=app, is_test=True)
        for app in ("ledger", "other")
    ]
    integration = Integration.objects.create(
        name="other", kind="other", ledger=ends[0], other=ends[1]
    )
    return FlowSetting.objects.create(integration=integration, flow="other.things")
