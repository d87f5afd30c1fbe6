"""Numbers in sentences."""

from __future__ import annotations

import pytest
from django.template import engines

from mappings.counting import counted


@pytest.mark.parametrize(
    ("number", "nouns", "said"),
    [
        (0, ("record",), "0 records"),
        (1, ("record",), "1 record"),
        (1200, ("record",), "1,200 records"),
        (1, ("entry", "entries"), "1 entry"),
        (2, ("sync goes on", "syncs go on"), "2 syncs go on"),
    ],
)
def test_one_is_one_and_all_others_are_many(number, nouns, said):
    assert counted(number, *nouns) == said
    template = engines["django"].from_string("{% load figures %}{{ n|counted:nouns }}")
    assert template.render({"n": number, "nouns": ",".join(nouns)}) == said
