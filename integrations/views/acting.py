"""Doing what a person asked for: carried out, or refused in a sentence they can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest

Outcome = TypeVar("Outcome")
TOLD = 5


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


def tell_refused(request: HttpRequest, refused: Sequence[str]) -> None:
    """Of many records those that were not treated as asked: the first few, and how many more."""
    for why in refused[:TOLD]:
        messages.error(request, why)
    if len(refused) > TOLD:
        messages.error(request, f"{len(refused) - TOLD:,} more were refused likewise.")
