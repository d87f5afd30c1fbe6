"""`configure`: shows, sets and carries settings, with the words of the form."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from integrations.models import Decision, FlowSetting, Grant
from mappings import catalogue
from mappings.fields import Field
from mappings.models import RecordLink
from tests.commands.conftest import Manage
from tests.conftest import Office

DEFAULTS = {
    "enabled": "on",
    "writing": "on",
    "extent": "fetch",
    "duplicates": "ask",
    "winner": "source",
    "view": "",
    "every": "2h",
    "module": "accounts",
    "contacts_without_account": "no",
    "second_names": "no",
    "on_gone": "leave",
}


def shown(output: str) -> dict[str, str]:
    """What a script makes of the lines: the first blank ends name=value."""
    return dict(line.split(" ", 1)[0].split("=", 1) for line in output.splitlines())


def test_a_key_alone_shows_the_present_settings(office: Office, manage: Manage) -> None:
    result = manage("configure", "crm.customers")
    assert (result.status, shown(result.out)) == (0, DEFAULTS)


def test_each_line_says_what_is_allowed(office: Office, manage: Manage) -> None:
    lines = manage("configure", "crm.customers").out.splitlines()
    assert "duplicates=ask  # ask | overwrite | clone | skip" in lines
    assert "winner=source  # source | books | newest | ask" in lines
    assert "extent=fetch  # fetch | push | both" in lines
    assert "writing=on  # on | look_only | stopped" in lines


def test_a_view_with_blanks_in_its_name_is_read_as_a_shell_reads_it(
    office: Office, manage: Manage
) -> None:
    result = manage("configure", "crm.customers", "view=all accounts")
    assert result.status == 0, result.err
    line = next(line for line in result.out.splitlines() if line.startswith("view="))
    assert shlex.split(line, comments=True) == ["view=All Accounts"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("enabled", "off"),
        ("writing", "look_only"),
        ("writing", "stopped"),
        ("extent", "both"),
        ("extent", "push"),
        ("duplicates", "overwrite"),
        ("duplicates", "clone"),
        ("duplicates", "skip"),
        ("winner", "books"),
        ("winner", "newest"),
        ("winner", "ask"),
        ("every", "15m"),
        ("every", "1d"),
        ("every", "off"),
        ("second_names", "yes"),
    ],
)
def test_a_choice_is_kept_and_shown(office: Office, manage: Manage, name: str, value: str) -> None:
    result = manage("configure", "crm.customers", f"{name}={value}")
    assert (result.status, shown(result.out)) == (0, {**DEFAULTS, name: value})
    assert shown(manage("configure", "crm.customers").out)[name] == value
    manage("configure", "crm.customers", f"{name}={DEFAULTS[name]}")


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ("enabled=yes", "enabled='yes' is not allowed; use on, off."),
        ("writing=off", "writing='off' is not allowed; use on, look_only, stopped."),
        ("extent=pull", "extent='pull' is not allowed; use fetch, push, both."),
        (
            "duplicates=merge",
            "duplicates='merge' is not allowed; use ask, overwrite, clone, skip.",
        ),
        ("winner=crm", "winner='crm' is not allowed; use source, books, newest, ask."),
        ("every=2x", "every='2x' is not an interval; use 15m, 2h, 1d or off."),
        ("every=0m", "every='0m' is not an interval; use 15m, 2h, 1d or off."),
        ("view=Nobody's", 'view="Nobody\'s" is not a saved view; there are '),
        ("module=leads", "module='leads' is not allowed; use accounts, contacts, "),
        ("colour=red", "There is no option 'colour'; there are enabled, writing, extent"),
        ("enabled", "'enabled' is not of the form name=value."),
    ],
)
def test_a_refusal_ends_with_2_and_the_allowed_values(
    office: Office, manage: Manage, choice: str, says: str
) -> None:
    result = manage("configure", "crm.customers", choice)
    assert (result.status, result.out) == (2, "")
    assert says in result.err


def test_one_bad_choice_keeps_all_others_from_taking_effect(office: Office, manage: Manage) -> None:
    result = manage("configure", "crm", "every=1d", "winner=crm", "extent=pull")
    assert result.status == 2
    assert "winner='crm'" in result.err
    assert "extent='pull'" in result.err
    assert shown(manage("configure", "crm.customers").out) == DEFAULTS


def test_an_unknown_key_ends_with_2_and_names_the_known(office: Office, manage: Manage) -> None:
    result = manage("configure", "crm.nothing", "every=1d")
    assert result.status == 2
    assert "crm.customers" in result.err


def test_without_a_key_it_says_what_it_takes(office: Office, manage: Manage) -> None:
    assert manage("configure").status == 2


@pytest.mark.parametrize(
    ("choice", "remaps"),
    [
        ("extent=both", True),
        ("duplicates=overwrite", True),
        ("winner=books", True),
        ("view=All Accounts", True),
        ("second_names=yes", True),
        ("every=1d", False),
        ("enabled=off", False),
        ("writing=stopped", False),
        ("duplicates=ask", False),
    ],
)
def test_a_choice_that_changes_what_records_map_to_has_all_read_again(
    office: Office, manage: Manage, choice: str, remaps: bool
) -> None:
    office.accounts("Acme Ltd", Website="n/a")
    manage("sync", "crm.customers")
    before = office.setting().version

    manage("configure", "crm.customers", choice)

    assert (office.setting().version > before) is remaps
    # What needs attention is decided anew, by the choices there are now.
    assert (RecordLink.objects.get().planned_version < office.setting().version) is remaps
    name = choice.partition("=")[0]
    manage("configure", "crm.customers", f"{name}={DEFAULTS[name]}")
    manage("sync", "crm.customers")


# Carrying settings -------------------------------------------------------------------------------


def export(manage: Manage, path: Path) -> Any:
    assert manage("configure", "--export", str(path)).status == 0
    return json.loads(path.read_text(encoding="utf-8"))


def test_exported_settings_come_back_as_they_were(
    office: Office, manage: Manage, tmp_path: Path
) -> None:
    setting = office.setting()
    office.configure(duplicates="skip", every="1d", view="All Accounts", second_names="yes")
    FlowSetting.objects.update(change_limit_percent=20, single_write_above="1000.500")
    pairs = (Field("Account_Name", "contact_name"), Field("Phone", "notes", on="blank"))
    catalogue.store_pairs(setting.pk, setting.flow, pairs)
    file = tmp_path / "settings.json"
    exported = export(manage, file)

    office.configure(duplicates="ask", every="2h", view="", second_names="no")
    FlowSetting.objects.update(change_limit_percent=10, single_write_above=None)
    catalogue.store_pairs(setting.pk, setting.flow, (Field("Account_Name", "contact_name"),))
    result = manage("configure", "--import", str(file))

    assert (result.status, result.err) == (0, "")
    assert "modules set" in result.out
    assert export(manage, tmp_path / "again.json") == exported
    assert catalogue.pairs_in_force(setting.pk, setting.flow) == pairs
    assert office.setting().view_id
    kept = Decision.objects.filter(kind="set_up", setting=setting).order_by("-pk")[0]
    assert kept.by is None
    assert kept.details["choices"]["duplicates"] == ["ask", "skip"]
    sides = kept.details["field_maps"]["crm.customers"]
    assert [len(sides["before"]), len(sides["after"])] == [1, 2]


def test_importing_the_same_again_changes_nothing(
    office: Office, manage: Manage, tmp_path: Path
) -> None:
    file = tmp_path / "settings.json"
    export(manage, file)
    before = office.setting().version
    assert manage("configure", "--import", str(file)).status == 0
    assert office.setting().version == before


def test_the_file_holds_no_secret(office: Office, manage: Manage, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    export(manage, file)
    text, grant = file.read_text(), Grant.objects.get()
    secrets = (grant.access_token, grant.refresh_token, grant.client_secret)
    assert all(secrets)
    assert not [secret for secret in (*secrets, "token", "secret") if secret in text]


def module(**changes: Any) -> dict[str, Any]:
    return {"flow": "crm.customers", "options": {}, "fields": [], **changes}


NAME = {"source": "Account_Name", "target": "contact_name"}


@pytest.mark.parametrize(
    ("modules", "says"),
    [
        ([module(flow="crm.nothing")], "crm has no module 'crm.nothing'."),
        ([module(fields=[NAME], options={"every": "2x"})], "every='2x' is not an interval"),
        ([module(fields=[])], "contact_name must stay mapped."),
        (
            [module(fields=[NAME, {"source": "Nothing", "target": "notes"}])],
            "Nothing → notes: there is no field 'Nothing'.",
        ),
        (
            [module(fields=[NAME, {"source": "Phone", "target": "contact_name"}])],
            "contact_name already gets its value from another field.",
        ),
        (
            [module(fields=[NAME, {"source": "Phone", "target": "bank_accounts"}])],
            "Bank details cannot be mapped",
        ),
        (
            [module(fields=[NAME, {"source": "Phone", "target": "zcrm_account_id"}])],
            "Zoho CRM account can only be read.",
        ),
        (
            [module(fields=[NAME, {"source": "Phone", "target": "notes", "via": "fax"}])],
            "No converter is called 'fax'",
        ),
        (
            [module(fields=[NAME, {"source": "Phone", "target": "notes", "on": "often"}])],
            "on='often' is not allowed; use always, create, blank.",
        ),
        (
            [module(fields=[NAME, {"source": "Phone", "target": "credit_limit"}])],
            "Credit limit takes: amount. 'text' does not yield it.",
        ),
        (
            [module(fields=[NAME, {"source": "Owner", "target": "notes", "via": "linked:x.y"}])],
            "there is no module 'x.y'.",
        ),
        ([module(fields=[{"colour": "red"}])], "The file is damaged (TypeError:"),
        ([{"flow": "crm.customers"}], "The file is damaged (KeyError: 'options')."),
        ([module(limits={"height": 5})], "There is no limit 'height'"),
        ([module(limits={"create_limit": "many"})], "must be an integer"),
        ("modules", "The file is damaged"),
    ],
)
def test_a_file_that_is_refused_changes_nothing(
    office: Office, manage: Manage, tmp_path: Path, modules: Any, says: str
) -> None:
    file = tmp_path / "settings.json"
    before = export(manage, file)
    data = {"zohosync settings": 1, "integrations": [{"name": "crm", "modules": modules}]}
    file.write_text(json.dumps(data))

    result = manage("configure", "--import", str(file))

    assert (result.status, result.out) == (2, "")
    assert says in result.err
    assert export(manage, file) == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "This is not a file of zohosync settings."),
        ('{"zohosync settings": 2}', "This is not a file of zohosync settings."),
        (
            json.dumps(
                {
                    "zohosync settings": 1,
                    "integrations": [
                        {"name": "other", "modules": [{"flow": "x", "options": {}, "fields": []}]}
                    ],
                }
            ),
            "There is no integration 'other' here; connect it first.",
        ),
    ],
)
def test_a_file_of_another_sort_is_refused(
    office: Office, manage: Manage, tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "settings.json"
    file.write_text(text)
    result = manage("configure", "--import", str(file))
    assert result.status == 2
    assert says in result.err


def test_a_file_that_is_not_there_is_said_to_be(
    office: Office, manage: Manage, tmp_path: Path
) -> None:
    result = manage("configure", "--import", str(tmp_path / "nothing.json"))
    assert result.status == 2
    assert "cannot be read: No such file" in result.err
