"""The lists and pages in a real browser: light, dark and narrow."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tests.screens import rows
from tests.screens.test_urls import lists, root_of
from tests.screens.walker import Walker, chromium

__all__ = ["chromium"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


LOOKS = [("light", 1440), ("dark", 1440), ("light", 390)]


@pytest.mark.look
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_lists_and_pages_fit_and_raise_no_complaint(live_server, chromium, scheme, width):
    rows.everything()
    walker = Walker(chromium, live_server.url, scheme=scheme, width=width)
    walker.sign_in(User.objects.create_superuser("root"))
    for model in lists():
        base = f"/{root_of(model)}"
        pages = {"list": base, "export": f"{base}export/"}
        pages["page"] = f"{base}{rows.first(model).pk}/change/"
        for kind, address in pages.items():
            answer = walker.page.goto(live_server.url + address)
            assert answer is not None
            assert answer.status == 200, address
            walker.look(f"{model._meta.model_name}-{kind}")
    walker.assert_content()
