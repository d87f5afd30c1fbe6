"""The browser of the screen tests: the Chromium that the distribution packages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

# Containers have no user namespaces for the sandbox; the rest keeps it from calling home.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def executable() -> str:
    """The path of Chromium; skips the test without one, fails it where CI=true."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if os.environ.get("CI") == "true":
        pytest.fail("Chromium is required here, and not installed.")
    pytest.skip("left out: Chromium is not installed (apt-get install chromium)")


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window, closed at the end."""
    path = executable()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield running
        finally:
            running.close()
