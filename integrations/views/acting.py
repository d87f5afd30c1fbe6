"""Doing what a person asked for: carried out, or refused in a sentence they can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from integrations.lists.html import link
from integrations.models import SyncRun
from integrations.sync.places import SyncOpen

Outcome = TypeVar("Outcome")
TOLD = 5


def attempt(
    request: HttpRequest, act: Callable[[], Outcome], *, done: str = ""
) -> tuple[bool, Outcome | None]:
    """(whether it was carried out, what it returned); either way the next page says so."""
    try:
        outcome = act()
    except ValueError as error:
        messages.error(request, refusal(error))
        return False, None
    if done:
        messages.success(request, done)
    return True, outcome


def refusal(error: ValueError) -> str:
    """The sentence of a refusal, with the way to the sync it names."""
    if isinstance(error, SyncOpen):
        there = reverse("office:sync", args=[error.run.pk])
        return format_html("{} {}", link(there, error.run.name), error.words)
    return str(error)


def to_run(
    request: HttpRequest, run: SyncRun, *, live: bool = False, there: str = "office:sync"
) -> HttpResponse:
    """The page of what a press has started, or of the same that was open already; `live` where
    the person asked for writing, `there` the page of what is written."""
    preview = run.mode == SyncRun.Mode.PREVIEW
    if run.joined:
        what = "preview" if preview else "sync"
        messages.info(request, f"That {what} is in progress already; this is it.")
    elif live and preview:
        messages.warning(
            request, "Writing is set to Look only here, so this is a preview: nothing is written."
        )
    return redirect("office:preview" if preview else there, run.pk)


def tell_refused(request: HttpRequest, refused: Sequence[str]) -> None:
    """Of many records those that were not treated as asked: the first few, and how many more."""
    for why in refused[:TOLD]:
        messages.error(request, why)
    if len(refused) > TOLD:
        messages.error(request, f"{len(refused) - TOLD:,} more were refused likewise.")
