"""Modules of several flows, and those that take no part, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.conftest import Manage
from tests.conftest import Office


def configure(manage: Manage, key: str, *choices: str) -> None:
    result = manage("configure", key, *choices)
    assert result.status == 0, result.err


def test_customers_print_a_line_for_individuals_after_their_own(
    office: Office, manage: Manage
) -> None:
    configure(
        manage, "crm.customers", "module=accounts_contacts", "contacts_without_account=yes",
        "extent=both",
    )  # fmt: skip
    for key in ("crm.customers", "crm.individuals"):
        lines = manage("sync", key, "--json").lines
        assert [(line["flow"], line["direction"]) for line in lines] == [
            ("crm.customers", "forward"),
            ("crm.customers", "reverse"),
            ("crm.individuals", "forward"),
            ("crm.individuals", "reverse"),
        ]
    (persons, back) = manage("sync", "crm.contact_persons", "--json").lines
    assert (persons["flow"], back["direction"]) == ("crm.contact_persons", "reverse")


def test_a_module_that_takes_no_part_says_so_and_is_no_error(
    office: Office, manage: Manage
) -> None:
    result = manage("sync", "crm.contact_persons", "--json")
    assert (result.status, result.out) == (0, "")
    assert "Contact persons take no part" in result.err
    assert {line["flow"] for line in manage("sync", "--json").lines} == {
        "crm.customers",
        "crm.vendors",
        "crm.items",
    }


def test_each_flow_has_a_view_of_its_own(office: Office, manage: Manage, tmp_path: Path) -> None:
    choices = ("module=accounts_contacts", "contacts_without_account=yes", "view=Key accounts")
    configure(manage, "crm.customers", *choices)
    configure(manage, "crm.individuals", "view=Without e-mail")
    configure(manage, "crm.contact_persons", "view=My Contacts")
    shown = {
        key: manage("configure", key).out
        for key in ("crm.customers", "crm.individuals", "crm.contact_persons")
    }
    assert "view='Key accounts'" in shown["crm.customers"]
    assert "view='Without e-mail'" in shown["crm.individuals"]
    assert "view='My Contacts'" in shown["crm.contact_persons"]
    refused = manage("configure", "crm.individuals", "view=Key accounts")
    assert refused.status == 2
    assert "is not a saved view" in refused.err

    file = tmp_path / "settings.json"
    assert manage("configure", "--export", str(file)).status == 0
    before = json.loads(file.read_text())
    configure(manage, "crm.individuals", "view=")
    assert manage("configure", "--import", str(file)).status == 0
    assert manage("configure", "--export", str(file)).status == 0
    assert json.loads(file.read_text()) == before
