"""What every page shows beside its content."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


@dataclass(frozen=True)
class Band:
    """Whose data the pages show: the connections to test organisations, and to real ones."""

    test: list[Any]
    real: list[Any]


def organisations(request: HttpRequest) -> dict[str, Any]:
    """`band`: Band, read at its first use in a template, so other answers cost no statement."""
    return {"band": SimpleLazyObject(_band)}


def _band() -> Band:
    # Only what is shown: a whole grant would decrypt its tokens for every page.
    connections = list(
        apps.get_model("integrations", "Connection")
        .objects.select_related("grant")
        .only("name", "base_currency", "is_test", "grant__data_center")
        .order_by("pk")
    )
    return Band(
        test=[connection for connection in connections if connection.is_test],
        real=[connection for connection in connections if not connection.is_test],
    )


@dataclass(frozen=True)
class Writing:
    """The switch for all writing (G-3): whether it is off, and who turned it, when and why."""

    stopped: bool
    by: str = ""
    at: dt.datetime | None = None
    why: str = ""


def writing(request: HttpRequest) -> dict[str, Any]:
    """`writing`: Writing, read at its first use in a template."""
    return {"writing": SimpleLazyObject(_writing)}


def _writing() -> Writing:
    switches = apps.get_model("integrations", "WritingSwitch").objects
    latest = switches.values_list("stopped", "by__username", "at", "reason").first()
    if latest is None:
        return Writing(stopped=False)
    stopped, by, at, why = latest
    return Writing(stopped, by or "", at, why)
