"""What the lists and files call kinds of syncs, what was done, and how it stands."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.models import Change, SyncRun
from tests.screens.rows import Company

pytestmark = pytest.mark.django_db


def test_choices_are_words_of_the_screens(filled: Company, root: Client) -> None:
    assert [label for _, label in SyncRun.Mode.choices] == ["Sync", "Preview"]
    assert {"Live", "Planned", "Step", "Update"}.isdisjoint(
        {*Change.Action.labels, *Change.Status.labels}
    )
    page = root.get("/admin/integrations/change/").content.decode()
    for words in ("To be written", "Make inactive"):
        assert words in page
