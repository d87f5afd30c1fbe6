"""Doing what a person asked for: carried out, or refused in a sentence they can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest

Outcome = TypeVar("Outcome")


def attempt(
    request: HttpRequest, act: Callable[[], Outcome], *, done: str = ""
) -> tuple[bool, Outcome | None]:
    """(whether it was carried out, what it returned); either way the next page says so."""
    try:
        outcome = act()
    except ValueError as error:
        messages.error(request, str(error))
        return False, None
    if done:
        messages.success(request, done)
    return True, outcome
