"""What a load balancer or a service manager asks: is the process alive, can it serve."""

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


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
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "does not answer"}, status=503)
    if missing:
        answer = {"status": "unavailable", "database": f"{len(missing)} migrations not applied"}
        return JsonResponse(answer, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})
