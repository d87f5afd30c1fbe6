"""The lists and pages in a real browser: light, dark and narrow."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tests.screens import rows
from tests.screens.test_urls import lists, root_of
from tests.screens.walker import FITS, Walker, chromium

__all__ = ["chromium"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.look
def test_lists_and_pages_fit_and_raise_no_complaint(live_server, chromium):
    rows.everything()
    walker = Walker(chromium, live_server.url, every_look=True)
    walker.sign_in(User.objects.create_superuser("root"))
    for model in lists():
        base = f"/{root_of(model)}"
        pages = {"list": base, "export": f"{base}export/"}
        pages["page"] = f"{base}{rows.first(model).pk}/change/"
        name = model._meta.model_name
        walker.look_at({f"{name}-{kind}": address for kind, address in pages.items()})
    walker.assert_content()


# What the box says fits into it, as its text would. Chromium gives the hint no width of its own.
HINT_FITS = """box => {
    const style = getComputedStyle(box);
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = style.font;
    const room = box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return [pen.measureText(box.placeholder).width <= room, room];
}"""


@pytest.mark.parametrize("width", [390, 1366])
def test_the_hint_of_the_search_box_is_not_cut_off(live_server, chromium, width):
    walker = Walker(chromium, live_server.url, width=width)
    walker.sign_in(User.objects.create_superuser("root"))
    fits, room = walker.page.locator("#find-record").evaluate(HINT_FITS)
    assert fits, room
    assert walker.page.evaluate(FITS)
