"""What a load balancer or a service manager asks: is the process alive, can it serve."""

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from integrations.management.migrated import missing_migrations
from mappings.counting import counted


@never_cache
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """200 `{"status": "ok"}` while the process answers; asks nothing of the database."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and has every migration, else 503 with the reason.

    The reason names no host, user or file: anybody may ask.
    """
    try:
        missing = missing_migrations()
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "does not answer"}, status=503)
    if missing:
        said = f"{counted(missing, 'migration')} not applied"
        return JsonResponse({"status": "unavailable", "database": said}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})
