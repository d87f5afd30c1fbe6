"""The pages for what is not there, not allowed or broken: in the frame for who is signed in, plain
for strangers, and out of nothing but one file where the product itself has failed."""

from __future__ import annotations

import secrets

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.csrf import requires_csrf_token

from integrations.views.frame import page

BARE = "zohosync/bare.html"


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(
        request,
        404,
        "There is no such page",
        "The address may be mistyped, or what it led to is gone: an integration that was deleted, "
        "a record that was merged into another one.",
    )


@requires_csrf_token
def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(
        request,
        403,
        "You may not do this",
        "Your account does not have the right to see or do this. Ask whoever manages the users.",
    )


@requires_csrf_token
def not_accepted(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the proof that a page of ours sent it; the log has Django's reason."""
    return _answer(
        request,
        403,
        "Please send it again",
        "What you sent was not taken, and nothing was changed. Somebody signed in or out in this "
        "browser since the page was opened, or the browser keeps no cookies. Go back, reload the "
        "page, and send it again.",
    )


def _answer(request: HttpRequest, status: int, title: str, said: str) -> HttpResponse:
    framed = admin.site.has_permission(request)
    template = "problem.html" if framed else "problem_outside.html"
    return page(request, template, title, status=status, said=said)


def not_understood(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Of such a request nothing is believed, its host and cookies included."""
    context = {
        "title": "This cannot be answered",
        "said": "The browser sent something that this site does not take, such as another name of "
        "the site in its address, or more fields than a form has. Nothing was changed.",
    }
    return HttpResponse(render_to_string(BARE, context), status=400)


def broken(request: HttpRequest) -> HttpResponse:
    """An error nobody foresaw. Asks nothing of the database, the session or the static files, as
    each of them may be what has failed."""
    reference = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
    context = {
        "title": "Something has gone wrong",
        "said": "The error is ours, not yours. Syncs run apart from the pages and are not touched "
        "by it. Whether your last act was carried out is on the record's or the sync's own page.",
        "reference": reference,
        "now": timezone.now(),
    }
    answer = HttpResponse(render_to_string(BARE, context), status=500)
    # Django's line in the log, with the traceback, begins with the reason phrase.
    answer.reason_phrase = f"Internal Server Error, reference {reference}"
    return answer
