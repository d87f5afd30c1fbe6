"""The table of CRM's routes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ..wire import Answer, Request, Router
from . import (
    bulk_read,
    channels,
    coql,
    merging,
    organisation,
    records,
    search,
    settings,
    timelines,
    views,
    writes,
)
from .access import before, credit_headers, flight_key
from .answers import bad_json, invalid_url, wrong_method

router = Router("crm", "/crm/v8", aliases={"/crm/bulk/v8": "/bulk"})
router.before = before
router.flight_key = flight_key
router.unknown = invalid_url
router.wrong_method = wrong_method
router.on_bad_json = bad_json


def list_apis(world: Any, request: Request) -> Answer:
    """Every path there is and its methods."""
    by_path: dict[str, list[str]] = {}
    for method, template in router.templates:
        by_path.setdefault(template, []).append(method)
    rows = [
        {"path": f"/crm/v8{path}", "operation_types": [{"method": one} for one in methods]}
        for path, methods in by_path.items()
    ]
    return Answer(200, {"__apis": rows})


_TABLE: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", "/__apis", list_apis),
    ("GET", "/org", organisation.get_org),
    ("GET", "/org/currencies", organisation.list_currencies),
    ("GET", "/org/currencies/{record_id}", organisation.one_currency),
    ("GET", "/users", organisation.list_users),
    ("GET", "/users/actions/count", organisation.count_users),
    ("GET", "/users/{record_id}", organisation.one_user),
    ("GET", "/settings/roles", settings.list_roles),
    ("GET", "/settings/roles/{record_id}", settings.one_role),
    ("GET", "/settings/profiles", settings.list_profiles),
    ("GET", "/settings/profiles/{record_id}", settings.one_profile),
    ("GET", "/settings/modules", settings.list_modules),
    ("GET", "/settings/modules/{name}", settings.one_module),
    ("GET", "/settings/fields", settings.list_fields),
    ("GET", "/settings/fields/{name}", settings.one_field),
    ("GET", "/settings/layouts", settings.list_layouts),
    ("GET", "/settings/layouts/{record_id}", settings.one_layout),
    ("GET", "/settings/related_lists", settings.list_related_lists),
    ("GET", "/settings/related_lists/{record_id}", settings.one_related_list),
    ("GET", "/settings/custom_views", views.list_views),
    ("GET", "/settings/custom_views/{record_id}", views.one_view),
    ("GET", "/settings/pipeline", settings.list_pipelines),
    ("GET", "/settings/pipeline/{record_id}", settings.one_pipeline),
    ("GET", "/settings/stages", settings.list_stages),
    ("POST", "/coql", coql.run_query),
    ("GET", "/actions/watch", channels.list_channels),
    ("POST", "/actions/watch", channels.add_channels),
    ("PUT", "/actions/watch", channels.replace_channels),
    ("PATCH", "/actions/watch", channels.change_channel),
    ("DELETE", "/actions/watch", channels.drop_channels),
    ("POST", "/bulk/read", bulk_read.create_job),
    ("GET", "/bulk/read/{job_id}", bulk_read.one_job),
    ("GET", "/bulk/read/{job_id}/result", bulk_read.job_result),
    ("GET", "/{module}", records.list_records),
    ("POST", "/{module}", writes.insert_records),
    ("PUT", "/{module}", writes.update_records),
    ("DELETE", "/{module}", writes.delete_records),
    ("POST", "/{module}/upsert", writes.upsert_records),
    ("GET", "/{module}/search", search.search_records),
    ("GET", "/{module}/deleted", records.deleted_records),
    ("GET", "/{module}/actions/count", search.count_records),
    ("POST", "/{module}/{record_id}/actions/merge", merging.merge_records),
    ("GET", "/{module}/{record_id}/__timeline", timelines.timeline),
    ("GET", "/{module}/{record_id}", records.one_record),
    ("PUT", "/{module}/{record_id}", writes.update_record),
    ("DELETE", "/{module}/{record_id}", writes.delete_record),
    ("GET", "/{module}/{record_id}/{related_list}", records.related_records),
)


def _counted(handler: Callable[..., Answer]) -> Callable[..., Answer]:
    """Tell what is left of the day's credits, where that is told."""

    @wraps(handler)
    def handle(world: Any, request: Request, **params: str) -> Answer:
        answer = handler(world, request, **params)
        if world.limits == "real":
            answer.headers.update(credit_headers(world))
        return answer

    return handle


for _method, _template, _handler in _TABLE:
    router.route(_method, _template)(_counted(_handler))
