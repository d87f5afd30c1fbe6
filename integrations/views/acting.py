"""Doing what a person asked for: carried out, or refused in a sentence they can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from integrations.lists.html import link
from integrations.models import SyncRun
from integrations.sync.places import SyncOpen
from integrations.words import run_heading

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


def to_runs(
    request: HttpRequest, runs: Sequence[SyncRun], back: str, *, done: str = "", live: bool = True
) -> HttpResponse:
    """Where a press on many records leads: to the page of the one sync it started, or to `back`
    with a link to each of several. `done` is said where all of them write, never of a preview."""
    only_read = [run for run in runs if run.mode == SyncRun.Mode.PREVIEW]
    writing = [run for run in runs if run.mode != SyncRun.Mode.PREVIEW]
    if len(runs) == 1:
        if done and writing:
            messages.success(request, done)
        return to_run(request, runs[0], live=live)
    if writing:
        said = "Written now" if only_read or not done else done
        messages.success(request, format_html("{}: {}.", said.removesuffix("."), links_to(writing)))
    if only_read:
        words, tell = (
            ("Writing is set to Look only here, so nothing is written", messages.warning)
            if live
            else ("Nothing is written yet", messages.info)
        )
        tell(request, format_html("{}. To be looked at: {}.", words, links_to(only_read)))
    return redirect(back)


def links_to(runs: Sequence[SyncRun]) -> SafeString:
    """The syncs by name, each leading to its page."""
    return format_html_join(
        ", ",
        '<a class="zs-link" href="{}">{}</a>',
        ((address_of(run), run_heading(run)) for run in runs),
    )


def address_of(run: SyncRun) -> str:
    """The page of a sync, or of a preview."""
    preview = run.mode == SyncRun.Mode.PREVIEW
    return reverse("office:preview" if preview else "office:sync", args=[run.pk])


def tell_refused(request: HttpRequest, refused: Sequence[str]) -> None:
    """Of many records those that were not treated as asked: the first few, and how many more."""
    for why in refused[:TOLD]:
        messages.error(request, why)
    if len(refused) > TOLD:
        messages.error(request, f"{len(refused) - TOLD:,} more were refused likewise.")
