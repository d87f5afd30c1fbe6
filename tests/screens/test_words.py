"""Guards, section W: the code's words stay out of what people read."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

from tests.screens.test_urls import lists, root_of

# "run", "plan", "apply", "call", "link" and "ask" are words of daily life as well.
NEVER = re.compile(
    r"\b(flows?|sync runs?|flow settings?|record links?|excluded|undecided|uncertain|failing|stale|"
    r"dropped|unlink|forward|reverse|sources?|targets?|extent|winner|digests?|echo|checkpoints?|"
    r"cursors?|leases?|settled?|slices?|quota|seats?|waiting_flow|matcher|connector)\b",
    re.IGNORECASE,
)
QUIET = {"script", "style"}
# What a guide shows to be typed: commands, names of settings.
CODE_IN_TEXT = r"```.*?```|`[^`]*`"
READ_ALOUD = {"title", "placeholder", "aria-label"}
CODE = (r"{%\s*comment.*?endcomment\s*%}", r"{%(?!\s*translate|\s*trans ).*?%}", r"{{.*?}}")
TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))


class Text(HTMLParser):
    """What a person reads of a page: its text, titles and labels."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag, attributes):
        self.quiet += tag in QUIET
        self.words += [
            v or "" for k, v in attributes if k in {"title", "placeholder", "aria-label"}
        ]

    def handle_endtag(self, tag):
        self.quiet -= tag in QUIET

    def handle_data(self, data):
        if not self.quiet:
            self.words.append(data)


def read(page: str) -> str:
    parser = Text()
    parser.feed(page)
    return "\n".join(word.strip() for word in parser.words if word.strip())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_ask_who_may_and_hide_no_reason(template):
    """Groups are told as they are, and why a button is off is written beside it."""
    text = re.sub(CODE[0], "", template.read_text(), flags=re.DOTALL)
    assert not re.search(r"(?i)finance staff|integration admin|approvers?\b|auditors?\b", text)
    assert not re.search(r"<button[^>]*\bdisabled[^>]*\btitle=", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_use_the_words_of_the_screens(template):
    text = template.read_text()
    for code in (
        r"{%\s*comment.*?endcomment\s*%}",
        r"{%(?!\s*translate|\s*trans ).*?%}",
        r"{{.*?}}",
    ):
        text = re.sub(code, " ", text, flags=re.DOTALL)
    assert NEVER.findall(read(text)) == []


@pytest.mark.django_db
def test_lists_pages_and_exports_use_the_words_of_the_screens(root, filled):
    found = {}
    for model in lists():
        base = f"/{root_of(model)}"
        rows = model._default_manager.values_list("pk", flat=True)
        for address in (base, f"{base}export/", *(f"{base}{pk}/change/" for pk in rows)):
            if words := NEVER.findall(read(root.get(address).content.decode())):
                found[address] = words
    assert found == {}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/admin/", "/admin/integrations/", "/admin/mappings/"])
def test_the_way_to_the_lists_uses_the_words_of_the_screens(address, root):
    assert NEVER.findall(read(root.get(address).content.decode())) == []


@pytest.mark.django_db
def test_empty_lists_use_the_words_of_the_screens(root):
    for model in lists():
        assert NEVER.findall(read(root.get(f"/{root_of(model)}").content.decode())) == []
