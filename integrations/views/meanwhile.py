"""Links to single records that waited for a person and wait no more: no error, but a way on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from integrations.views.frame import View, fragment, page
from mappings.models import RecordLink

Row = TypeVar("Row", bound=Model)
TITLE = "This has been decided meanwhile"


class Decided(Exception):
    """The record asked for is not in its list any more."""

    def __init__(self, key: int) -> None:
        super().__init__(key)
        self.key = key


def waiting(rows: QuerySet[Row], key: int) -> Row:
    """The row of a list of open records; Decided where it is not in it (any more)."""
    row = rows.filter(pk=key).first()
    if row is None:
        raise Decided(key)
    return row


def or_decided(back: str) -> Callable[[View], View]:
    """For views of a single record that waits; `back` is the name of its list's address."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except Decided as decided:
                return _tell(request, back, decided.key)

        return guarded

    return guard


def _tell(request: HttpRequest, back: str, key: int) -> HttpResponseBase:
    if request.method == "POST":
        messages.info(request, f"{TITLE}; your answer was not needed, and changed nothing.")
        return redirect(back)
    if request.headers.get("HX-Request"):
        return fragment(request, "attention/meanwhile_part.html", back=back, title=TITLE)
    # It may be gone altogether, as one that was merged into another.
    record = RecordLink.objects.filter(pk=key).only("pk", "name").first()
    return page(request, "attention/meanwhile.html", TITLE, back=back, record=record)
