"""What every page shows beside its content."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


@dataclass(frozen=True)
class Band:
    """Whose data the pages show: `test` when any connection is a test one, `real` the others."""

    test: bool
    real: list[Any]


def organisations(request: HttpRequest) -> dict[str, Any]:
    """`band`: Band, read at its first use in a template, so other answers cost no statement."""
    return {"band": SimpleLazyObject(lambda: _band(request))}


def _band(request: HttpRequest) -> Band:
    # Only what is shown: a whole grant would decrypt its tokens for every page.
    connections = list(
        apps.get_model("integrations", "Connection")
        .objects.select_related("grant")
        .only("name", "base_currency", "is_test", "grant__data_center")
        .order_by("pk")
    )
    test = any(connection.is_test for connection in connections)
    if not request.user.is_authenticated:
        return Band(test=test, real=[])  # the names of companies are not for strangers
    return Band(test=test, real=[each for each in connections if not each.is_test])
