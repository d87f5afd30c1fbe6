"""What every page of the back office has in common: the admin's frame, rights, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from integrations.access import who_may

View = Callable[..., HttpResponseBase]


def page(
    request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any
) -> TemplateResponse:
    """A page in the admin's frame: side bar, band of test data, messages, dark mode."""
    frame = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"office/{template}", frame, status=status)


def fragment(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    """A part of a page, asked for again by the page itself; no frame."""
    return TemplateResponse(request, f"office/{template}", context)


def needs(permission: str) -> Callable[[View], View]:
    """Who may see or do it. Others are told why not, and whom to ask."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated or not request.user.is_staff:
                return redirect_to_login(request.get_full_path(), "admin:login")
            if not request.user.has_perm(permission):
                return refuse(request, permission)
            return view(request, *args, **kwargs)

        return guarded

    return guard


def refuse(request: HttpRequest, permission: str) -> HttpResponse:
    """The page for somebody without the right: why, and who has it."""
    return page(
        request,
        "no_right.html",
        "You may not do this",
        status=403,
        groups=who_may(permission),
    )
