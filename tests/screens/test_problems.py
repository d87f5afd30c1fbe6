"""The pages for what is not there or broken, in a real browser and in three looks."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from playwright.sync_api import Browser

from integrations import access
from tests.screens import rows
from tests.screens.people import person
from tests.screens.walker import Walker, chromium
from zohosync import failures

pytestmark = [pytest.mark.browser, pytest.mark.look, pytest.mark.django_db(transaction=True)]

__all__ = ["chromium"]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_problems_look_like_the_rest(
    chromium: Browser, live_server: Any, scheme: str, width: int
) -> None:
    rows.company()
    walker = Walker(chromium, live_server.url, scheme=scheme, width=width)
    not_there = f"{live_server.url}/office/nowhere/"
    for name in ("not-there-outside", "not-there"):
        answer = walker.page.goto(not_there)
        assert answer is not None
        assert answer.status == 404
        walker.look(name)
        walker.sign_in(person(access.FINANCE))
    answer = walker.page.goto(f"{live_server.url}/office/modules/1/steps/")
    assert answer is not None
    assert answer.status == 403
    walker.look("not-allowed")
    walker.page.set_content(failures.broken(HttpRequest()).content.decode())
    walker.look("broken")
    # The browser's own word for an answer that is not 200, once for each such page.
    own = [said for said in walker.complaints if "the server responded with a status" in said]
    assert len(own) == 3, own
    walker.complaints = [said for said in walker.complaints if said not in own]
    walker.assert_content()
