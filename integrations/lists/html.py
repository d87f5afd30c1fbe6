"""Small pieces of the lists' and pages' HTML: badges, times, tables, links. All escape."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil

NOTHING = "-"
# A time no further ahead than this may as well be one that another machine has just written.
CLOCKS_DIFFER = dt.timedelta(seconds=5)
# Unfold's colours, each with its counterpart for dark mode.
COLOURS = {
    "good": "bg-green-100 text-green-700 dark:bg-green-500/20 dark:text-green-400",
    "info": "bg-blue-100 text-blue-700 dark:bg-blue-500/20 dark:text-blue-400",
    "look": "bg-orange-100 text-orange-700 dark:bg-orange-500/20 dark:text-orange-400",
    "bad": "bg-red-100 text-red-700 dark:bg-red-500/20 dark:text-red-400",
    "plain": "bg-base-500/8 text-base-700 dark:bg-base-500/20 dark:text-base-200",
}


def badge(text: str, colour: str = "plain") -> SafeString:
    return format_html('<span class="zs-badge {}">{}</span>', COLOURS[colour], text)


def exact(moment: dt.datetime) -> str:
    """``2025-11-21 20:31:05 UTC``, in the time zone of the screens."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")


def ago(moment: dt.datetime | None) -> str:
    """Such as "2 hours ago", or "in 5 minutes"."""
    if moment is None:
        return NOTHING
    now = timezone.now()
    if CLOCKS_DIFFER < moment - now < dt.timedelta(minutes=1):
        return "in less than a minute"
    if abs(now - moment) < dt.timedelta(minutes=1):
        return "just now"
    if moment > now:
        return f"in {timeuntil(moment, now, depth=1)}"
    return f"{timesince(moment, now, depth=1)} ago"


def when(moment: dt.datetime | None) -> SafeString | str:
    """Such as "2 hours ago" with the exact time behind it."""
    if moment is None:
        return NOTHING
    return format_html(
        '<time class="zs-when" datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        exact(moment),
        ago(moment),
    )


def when_exactly(moment: dt.datetime | None) -> SafeString | str:
    """The exact time, with "2 hours ago" beside it."""
    if moment is None:
        return NOTHING
    return format_html(
        '<time datetime="{}">{}</time> <span class="zs-aside">{}</span>',
        moment.isoformat(),
        exact(moment),
        ago(moment),
    )


def shown(value: Any) -> SafeString | str:
    """A field's value for a person: nothing is "empty", an object is its name or its JSON."""
    if value is None or value == "":
        return format_html('<span class="zs-aside">{}</span>', "empty")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and "name" in value:
        return str(value["name"])
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]], empty: str = "") -> SafeString:
    """A small table; a narrow screen scrolls it sideways. `empty` stands in for no rows."""
    lines = [(format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in rows]
    if not lines:
        return format_html('<p class="zs-aside">{}</p>', empty or "None.")
    return format_html(
        # Where it scrolls, the keyboard must be able to scroll it.
        '<div class="zs-table" tabindex="0" role="region" aria-label="Table: {}">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        ", ".join(headers),
        format_html_join("", '<th scope="col">{}</th>', ((header,) for header in headers)),
        format_html_join("", "<tr>{}</tr>", lines),
    )


def link(address: str, text: Any) -> SafeString:
    return format_html('<a class="zs-link" href="{}">{}</a>', address, text)


def list_address(model: Any, **filters: Any) -> str:
    """The address of a model's list, filtered."""
    opts = model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def page_of(instance: Any, text: Any = None) -> SafeString | str:
    """A link to the page of a row; "-" for None."""
    if instance is None:
        return NOTHING
    opts = instance._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[instance.pk])
    return link(address, text if text is not None else instance)


def in_app(app: str, record_id: str) -> SafeString:
    """Where a record stands: the app's name and its id there."""
    return format_html('<span class="zs-side">{} {}</span>', app, id_text(record_id))


def id_text(value: str | None) -> SafeString | str:
    """A remote id: in figures of one width, never broken up by the language's separators."""
    return format_html('<span class="zs-id">{}</span>', value) if value else NOTHING
