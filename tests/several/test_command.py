"""`NAME:KEY` tells integrations of one kind apart in the commands."""

from __future__ import annotations

from integrations import ways
from integrations.models import Integration
from tests.commands.conftest import Manage, manage  # noqa: F401 - a fixture
from tests.conftest import Office
from tests.several.conftest import SERVICES, join, setting_of


def test_a_name_before_the_key_picks_one_integration(
    several: Office,
    manage: Manage,  # noqa: F811
) -> None:
    join(several, SERVICES)
    several.accounts("Acme Ltd")

    def synced(*keys: str) -> list[tuple[str, str, int]]:
        lines = manage("sync", *keys, "--json").lines
        return [(line["integration"], line["flow"], line["created"]) for line in lines]

    assert synced("crm-2:crm.customers") == [("crm-2", "crm.customers", 1)]
    assert synced("crm:crm.customers") == [("crm", "crm.customers", 1)]
    both = [("crm", "crm.customers", 0), ("crm-2", "crm.customers", 0)]
    assert [line for line in synced("crm.customers") if line[1] == "crm.customers"] == both
    assert {line[0] for line in synced("crm-2")} == {"crm-2"}
    assert {line[0] for line in synced("crm")} == {"crm", "crm-2"}

    unknown = manage("sync", "crm-9:crm.customers")
    assert unknown.status == 2
    assert "crm-2" in unknown.err


def test_configure_sets_one_of_two_and_refuses_what_one_way_forbids(
    several: Office,
    manage: Manage,  # noqa: F811
) -> None:
    second = join(several, SERVICES)
    first = Integration.objects.earliest("pk")

    assert manage("configure", "crm:crm.customers", "extent=both").status == 0
    assert setting_of(first).extent == "both"
    refused = manage("configure", "crm-2:crm.customers", "extent=both")
    assert refused.status == 2
    assert ways.why_one_way(second) in refused.err
    assert "extent=fetch  # fetch\n" in manage("configure", "crm-2:crm.customers").out
    # Without a name both are meant; where one refuses, neither is changed.
    refused = manage("configure", "crm.customers", "extent=push")
    assert refused.status == 2
    assert "crm-2:crm.customers: extent='push' is not allowed; use fetch." in refused.err
    assert setting_of(first).extent == "both"
