"""Apps, groups and choices by their names, where the bare words would say nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission

from integrations import access, choices, registry, words
from integrations.models import FlowSetting
from tests.screens import rows

pytestmark = pytest.mark.django_db


def test_two_organisations_of_one_name_are_told_apart_by_their_apps(root: Any) -> None:
    made = rows.company()
    made.crm.name = made.books.name = "Aurora GmbH"
    made.crm.save()
    made.books.save()
    said = "Zoho CRM: Aurora GmbH (EUR, SANDBOX) with Zoho Books: Aurora GmbH (EUR, SANDBOX)"
    assert words.integration_words(made.integration) == said
    pages = ("/office/modules/", f"/office/integrations/{made.integration.pk}/", "/admin/")
    for address in pages:
        assert said in root.get(address).content.decode(), address


@pytest.mark.parametrize(
    ("decision", "said"),
    [("keep_source", "CRM&#x27;s values are written"), ("keep_target", "Books&#x27;s values stay")],
)
def test_a_decision_on_values_names_the_app(decision: str, said: str, root: Any) -> None:
    details = {"fields": {"notes": ["one", "two"]}}
    link = rows.link(
        rows.company().setting, 1, state="conflict", details=details, decision=decision, due=True
    )
    assert f"Decided: {said}." in root.get(f"/office/both-sides/{link.pk}/").content.decode()


def test_who_may_is_read_from_the_groups() -> None:
    may = "integrations.approve_preview"
    assert access.only_they(may, "approve it") == "Only the group Approver may approve it."
    right = Permission.objects.get(codename="approve_preview")
    for name in ("Controllers", "Accountants"):
        Group.objects.create(name=name).permissions.add(right)
    assert access.only_they(may, "approve it") == (
        "Only the groups Accountants, Approver and Controllers may approve it."
    )
    right.group_set.clear()
    assert access.only_they(may, "approve it").startswith("No group may approve it yet")


def test_a_choice_is_never_shown_as_it_is_stored() -> None:
    flow = registry.flow("crm.customers")
    moved = {"on_gone": "remove", "writing": "look_only", "module": "accounts_contacts"}
    assert [choices.change_in_words(flow, name, [to])[1] for name, to in moved.items()] == [
        "Delete the other one too",
        "Look only",
        "Accounts and contacts",
    ]
    setting = FlowSetting(flow="crm.customers", integration=rows.company().integration)
    said = {name: value for name, value, _ in choices.in_words(setting)}
    assert said["A record was deleted where it came from"] == "A person decides on the other one"


def test_the_list_of_syncs_of_a_module_says_what_a_preview_is(root: Any) -> None:
    made = rows.company()
    rows.run(made.setting)
    preview = rows.run(made.setting, mode="preview")
    page = root.get(f"/office/modules/{made.setting.pk}/").content.decode()
    assert preview.name.startswith("Preview ")
    assert preview.name in page
    assert "Live:" not in page
