"""Values as the screens show them: times, field values, names of modules and apps.

The admin's look renders a form while it is being imported, which loads every tag library; so what
leads back to it is imported when a filter is used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
# Unfold's frame has no landmarks, and no block in the places where they belong.
LANDMARKS = {
    '<div id="main"': '<div id="main" role="main"',
    '<div id="nav-sidebar"': '<div id="nav-sidebar" role="navigation" aria-label="All pages"',
}


@register.filter
def landmarks(frame: SafeString) -> SafeString:
    """Unfold's frame with its side bar and its content named for who hears the page."""
    for plain, named in LANDMARKS.items():
        frame = SafeString(frame.replace(plain, named, 1))
    return frame


@register.filter
def when(moment: dt.datetime | None) -> SafeString | str:
    """Such as "2 hours ago" with the exact time behind it."""
    from integrations.lists import html

    return html.when(moment)


@register.filter
def when_exactly(moment: dt.datetime | None) -> SafeString | str:
    """The exact time, with "2 hours ago" beside it."""
    from integrations.lists import html

    return html.when_exactly(moment)


@register.filter
def shown(value: Any) -> SafeString | str:
    """A field's value for a person."""
    from integrations.lists import html

    return html.shown(value)


@register.filter
def module(key: str) -> str:
    """``crm.customers`` as "Customers"."""
    from integrations.words import module_name

    return module_name(key)


@register.filter
def called(integration: Any) -> str:
    """What every page calls an integration: "Zoho CRM and Zoho Books (Acme GmbH)"."""
    from integrations.words import integration_name

    return integration_name(integration)


@register.filter
def decision(link: Any) -> str:
    """What a person has decided of a record."""
    from integrations.words import decision_words

    return decision_words(link)


@register.filter
def likeness(score: int) -> str:
    """How sure a look-alike is: "Very likely"."""
    from integrations import words

    return words.likeness(score or 0)


@register.filter
def reasons(why: Iterable[str]) -> str:
    """What two records have in common: "The same name, the same phone number"."""
    said = ", ".join(why)
    return f"{said[:1].upper()}{said[1:]}"


@register.simple_tag
def only(permission: str, deed: str) -> str:
    """Who may do what the reader may not: "Only the group Approver may approve it."."""
    from integrations.access import only_they

    return only_they(permission, deed)


@register.simple_tag
def whom_to_ask(permission: str) -> str:
    """Who can do it: "an Integration admin"."""
    from integrations import access

    return access.whom_to_ask(permission)


@register.filter
def written_app(change: Any) -> str:
    """The name of the app a change is written to."""
    from integrations.words import sides

    return sides(change.flow, change.run.direction)[1]


@register.filter
def coloured(said: tuple[str, str]) -> SafeString:
    """A (words, colour) pair as a badge."""
    from integrations.lists import html

    return html.badge(*said)


@register.filter
def look(words: str) -> SafeString:
    """Words as a badge that asks to be looked at."""
    from integrations.lists import html

    return html.badge(words, "look")


@register.filter
def dot(words: str, colour: str) -> SafeString:
    """Words with a dot of a colour before them."""
    return format_html('<span class="zs-dot zs-dot-{}">{}</span>', colour, words)


@register.filter
def lasted(run: Any) -> str:
    """How long a sync took: "12 min 3 s"."""
    from integrations import words

    return words.lasted(run)


@register.filter
def only_read(run: Any) -> bool:
    """Whether a finished sync read records and had nothing to write or to ask."""
    counts = (run.created, run.updated, run.linked, run.deleted)
    return run.status == "done" and run.read and not any(counts) and not open_items(run)


@register.filter
def open_items(run: Any) -> int:
    """How many records of a sync need somebody."""
    return int(run.failing + run.undecided + run.conflicts + run.uncertain)
