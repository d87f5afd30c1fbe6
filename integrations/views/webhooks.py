"""Where apps call with their notifications: the one address that strangers may post to.

It takes no session, cookie or form token, and answers the same whether the address is known, the
proof right and the notification new, or not.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations import webhooks
from integrations.watch import Call


@csrf_exempt
@never_cache
@require_POST
def receive(request: HttpRequest, address: UUID) -> HttpResponse:
    """Take a notification in; the worker does the rest."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not length.isdigit() or int(length) > webhooks.LONGEST:
        return HttpResponse(status=413)
    webhooks.receive(
        address,
        Call(
            body=request.body,
            headers={name.lower(): value for name, value in request.headers.items()},
            query=request.GET.dict(),
        ),
    )
    return HttpResponse(status=200)


urlpatterns = [path("<uuid:address>/", receive, name="hook")]
