"""Somebody at the screen, with the mouse or with the keyboard alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth.models import User
from django.db import connections
from django.urls import reverse
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Frame,
    Locator,
    Page,
    Request,
    ViewportSize,
    expect,
)
from playwright.sync_api import (
    TimeoutError as Late,
)

from tests.browser import browser

PASSWORD = "let-me-in-please"
# A folder for pictures of all pages, for people to look at.
SHOTS = os.environ.get("SCREENSHOTS", "")
# Where `make pictures` wants those of the README.
PICTURES = os.environ.get("PICTURES", "")
# More presses of Tab than any page has stops.
ALL_ROUND = 600
GRAVE = {"serious", "critical"}
# Less grave, and the frame's own: every page has its content in one landmark.
FRAME = {"landmark-one-main", "region"}
# Made by Django's own SelectFilter2.js on the pages of users and groups; no style mends it.
NOT_OURS = "help-tooltip search-label-icon"

# Nothing is being fetched any more to be put into the page.
SETTLED = "document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling') === null"
# The width of a telephone, the height of a window, and the rules that colours can break.
NARROW, HEIGHT = 390, 900
# One rule, on style sheets for a turned telephone, wants them loaded anew; ours have none.
EVERY_RULE: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
DARK_MATTERS = {**EVERY_RULE, "runOnly": ["color-contrast", "link-in-text-block"]}

FITS = "document.documentElement.scrollWidth <= window.innerWidth"
FOCUSED = "element => element === document.activeElement"
IN_GROUP = """element => element === document.activeElement || (element.type === 'radio'
    && document.activeElement.type === 'radio' && element.name === document.activeElement.name)"""


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """The browser of one test."""
    # Playwright's own event loop runs in this thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with browser() as running:
        yield running
        # While that loop runs Django keeps another connection, which nobody else would close.
        connections.close_all()


class Walker:
    """Counts clicks and screens, and keeps what the browser complains of."""

    def __init__(
        self,
        chromium: Browser,
        base: str,
        *,
        scheme: Any = "light",
        width: int = 1366,
        keyboard: bool = False,
        every_look: bool = False,
    ) -> None:
        """`every_look`: a page is looked at dark and narrow as well, without loading it anew."""
        self.base, self.keyboard, self.every_look = base, keyboard, every_look
        self.clicks, self.screens, self.complaints = 0, 0, list[str]()
        self.findings: dict[str, list[str]] = {}
        self.manner = f"{scheme}-{width}"
        self.wide: ViewportSize = {"width": width, "height": HEIGHT}
        context = chromium.new_context(color_scheme=scheme, viewport=self.wide)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self._failed)
        self.page.on("framenavigated", self._arrived)
        self.page.on("request", self._asked)

    def _note(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.complaints.append(line.text)

    def _failed(self, request: Request) -> None:
        # A page that is left cuts off what it was still asking for.
        if "ERR_ABORTED" not in str(request.failure):
            self.complaints.append(f"failed: {request.url}")

    def _asked(self, request: Request) -> None:
        """A page loads nothing from elsewhere; leading there is another matter."""
        if not request.is_navigation_request() and not request.url.startswith(
            (self.base, "data:", "blob:")
        ):
            self.complaints.append(f"{self.page.url} asks for {request.url}")

    def _arrived(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self.screens += 1

    def sign_in(self, user: User) -> Walker:
        user.set_password(PASSWORD)
        user.save()
        self.page.goto(self.base + reverse("admin:login"))
        self.fill(self.page.locator("#id_username"), user.username)
        self.fill(self.page.locator("#id_password"), PASSWORD)
        self.press(self.page.locator("button[type=submit]"))
        self.page.wait_for_url(self.base + reverse("admin:index"))
        return self

    def begin_counting(self) -> None:
        self.clicks, self.screens = 0, 0

    def open(self, name: str, *args: Any) -> None:
        self.page.goto(self.base + reverse(f"office:{name}", args=args))

    def click(self, role: Any, name: Any, *, leaves: bool = True, **more: Any) -> None:
        self.press(self.page.get_by_role(role, name=name, **more).first, leaves=leaves)

    def press(self, element: Locator, *, leaves: bool = True) -> None:
        """A click, or Enter on what Tab has reached; it leaves the page unless told otherwise."""
        expect(element).to_be_visible()
        self.clicks += 1
        if not self.keyboard:
            element.click()
            return
        self._reach(element, FOCUSED)
        if not leaves:
            self.page.keyboard.press("Enter")
            return
        with self.page.expect_event("framenavigated"):
            self.page.keyboard.press("Enter")

    def fill(self, element: Locator, text: str) -> None:
        if not self.keyboard:
            element.fill(text)
            return
        self._reach(element, FOCUSED)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, element: Locator, label: str) -> None:
        """One of the options of a list."""
        self.clicks += 1
        if not self.keyboard:
            element.select_option(label=label)
            return
        self._reach(element, FOCUSED)
        self.page.keyboard.type(label)
        expect(element.locator("option:checked")).to_have_text(label)

    def mark(self, element: Locator) -> None:
        """A round or square box."""
        self.clicks += 1
        if not self.keyboard:
            element.check()
            return
        self._reach(element, IN_GROUP)
        for _ in range(ALL_ROUND):
            if element.is_checked():
                return
            key = "Space" if element.evaluate(FOCUSED) else "ArrowDown"
            self.page.keyboard.press(key)
        pytest.fail(f"{element} cannot be chosen with the keyboard")

    def _reach(self, element: Locator, there: str) -> None:
        # Found once, as looking for it between any two presses takes most of the time.
        handle = element.element_handle()
        for _ in range(ALL_ROUND):
            if handle.evaluate(there):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{element} cannot be reached with the keyboard")

    def sees(self, text: Any, *, within: float = 5) -> None:
        """The text stands on the page, or comes there by itself in so many seconds."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=within * 1000)

    def look(self, name: str) -> None:
        """Nothing sticks out sideways and nothing keeps anybody out; kept as a picture."""
        self.page.wait_for_load_state("load")
        self.page.wait_for_function(SETTLED)
        self._look(name, self.manner)
        if self.every_look:
            self.page.add_style_tag(content="* { transition: none !important }")
            self.page.evaluate("document.documentElement.classList.add('dark')")
            self._look(name, f"dark-{self.wide['width']}", DARK_MATTERS)
            self.page.evaluate("document.documentElement.classList.remove('dark')")
            self.page.set_viewport_size({"width": NARROW, "height": HEIGHT})
            self._look(name, f"light-{NARROW}", {})
            self.page.set_viewport_size(self.wide)

    def _look(self, name: str, manner: str, options: dict[str, Any] | None = None) -> None:
        # A chart takes a moment to follow its window.
        try:
            self.page.wait_for_function(FITS)
        except Late:
            pytest.fail(f"{name}, {manner}: something sticks out sideways")
        found = self._faults(EVERY_RULE if options is None else options)
        grave = [
            f"{rule['id']}: {node['html'][:160]}"
            for rule in found
            if rule["impact"] in GRAVE or rule["id"] in FRAME
            for node in rule["nodes"]
            if NOT_OURS not in node["html"]
        ]
        if grave:
            self.findings[f"{name} {manner}"] = grave
        if SHOTS:
            path = Path(SHOTS, f"{name}-{manner}.png")
            self.page.screenshot(path=str(path), full_page=True)

    def _faults(self, options: dict[str, Any]) -> list[Any]:
        """What axe finds by the rules in `options`; without any it is not asked."""
        if not options:
            return []
        if self.page.evaluate("typeof axe === 'undefined'"):
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("options => axe.run(options)", options)
        violations: list[Any] = found["violations"]
        return violations

    def look_at(self, addresses: Mapping[str, str], *, status: int = 200) -> None:
        """A look at each of the pages, by name."""
        for name, address in addresses.items():
            answer = self.page.goto(self.base + address)
            assert answer is not None
            assert answer.status == status, address
            self.look(name)

    def picture(self, name: str) -> None:
        """What somebody sees without scrolling, for the README."""
        if PICTURES:
            self.page.wait_for_load_state("networkidle")
            self.page.screenshot(path=str(Path(PICTURES, f"{name}.png")))

    def assert_content(self) -> None:
        """Neither the browser nor axe has found fault with a page."""
        assert not self.complaints, "\n".join(self.complaints)
        assert not self.findings, "\n".join(
            f"{page}: {finding}" for page, found in self.findings.items() for finding in found
        )
