"""Which records a list holds, in which order, and one page of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .access import Caller
from .answers import invalid_param, refuse
from .clock import parse
from .metadata import ModuleInfo
from .paging import Place, token_for
from .views import view_hour, view_predicate

SORTS = ("id", "Created_Time", "Modified_Time")
MOST_IDS = 100
MOST_FIELDS = 50


@dataclass(slots=True)
class Sorting:
    """`by` is id, Created_Time or Modified_Time; `descending` unless asked otherwise."""

    by: str = "id"
    descending: bool = True

    def key(self, collection: Any) -> Callable[[str], tuple[str, str]]:
        by = self.by
        if by == "id":
            return lambda record_id: (record_id, record_id)
        return lambda record_id: (collection[record_id].get(by, ""), record_id)


@dataclass(slots=True)
class Page:
    """The rows of one page and what `info` says of them."""

    records: list[dict[str, Any]]
    info: dict[str, Any]


def sorting_of(query: dict[str, str]) -> Sorting:
    by, order = query.get("sort_by", "id"), query.get("sort_order", "desc")
    if by not in SORTS:
        raise invalid_param("sort_by")
    if order not in ("asc", "desc"):
        raise invalid_param("sort_order")
    if "cvid" in query and "sort_by" in query:
        raise refuse(
            400,
            "AMBIGUITY_DURING_PROCESSING",
            "Please use either cvid or sort_by. Combination of both the params is not allowed",
            {"ambiguity_due_to": [{"param_name": "cvid"}, {"param_name": "sort_by"}]},
        )
    return Sorting(by, order == "desc")


def fields_of(query: dict[str, str], *, required: bool = True) -> list[str] | None:
    """The `fields` parameter as a list. At most 50; unknown names are passed over later."""
    names = [name.strip() for name in query.get("fields", "").split(",") if name.strip()]
    if not names:
        if required:
            raise refuse(
                400,
                "REQUIRED_PARAM_MISSING",
                "One of the expected parameter is missing",
                {"param_name": "fields"},
            )
        return None
    if len(names) > MOST_FIELDS:
        raise refuse(
            400,
            "LIMIT_EXCEEDED",
            "limit exceeded",
            {"limit": MOST_FIELDS, "param_name": "fields"},
        )
    return names


def ids_of(query: dict[str, str]) -> list[str] | None:
    if "ids" not in query:
        return None
    ids = [record_id.strip() for record_id in query["ids"].split(",") if record_id.strip()]
    if not ids or not all(record_id.isdigit() for record_id in ids):
        raise invalid_param("ids")
    if len(ids) > MOST_IDS:
        raise refuse(
            400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": MOST_IDS, "param_name": "ids"}
        )
    return ids


def since_of(headers: dict[str, str], name: str = "if-modified-since") -> str | None:
    """The time of a conditional header in stored form. Raises INVALID_DATA for another form."""
    if name not in headers:
        return None
    found = parse(headers[name].strip())
    if found is None:
        title = "-".join(part.capitalize() for part in name.split("-"))
        raise refuse(
            400,
            "INVALID_DATA",
            "invalid data",
            {"expected_data_type": "datetime", "header_name": title},
        )
    return found


def chosen_ids(
    world: Any,
    info: ModuleInfo,
    sorting: Sorting,
    *,
    caller: Caller,
    view: str | None = None,
    since: str | None = None,
    ids: list[str] | None = None,
) -> Sequence[str]:
    """The ids that meet all conditions, in ascending sort order. Good until the next write."""
    collection = world.store.collection("crm", info.name)
    test = view_predicate(world, info, view, caller) if view is not None else None
    if ids is not None:
        found = sorted({one for one in ids if one in collection}, key=sorting.key(collection))
        if since is not None:
            found = [one for one in found if collection[one]["Modified_Time"] > since]
        return [one for one in found if test is None or test(collection[one])]
    if view is None and since is None:
        return in_order(collection, sorting)
    whose = (caller.user["id"], view_hour(world, view)) if view else None
    key = ("chosen", view, since, sorting.by, whose)
    return collection.cached(key, lambda: _filtered(collection, sorting, since, test))


def in_order(collection: Any, sorting: Sorting) -> Sequence[str]:
    by = sorting.by
    if by == "id":
        return collection.ordered("id", lambda record: record["id"])
    return collection.ordered(by, lambda record: record.get(by, ""))


def _filtered(collection: Any, sorting: Sorting, since: str | None, test: Any) -> list[str]:
    if since is None:
        return [
            record_id for record_id in in_order(collection, sorting) if test(collection[record_id])
        ]
    times = in_order(collection, Sorting("Modified_Time"))
    start = bisect_right(times, since, key=lambda record_id: collection[record_id]["Modified_Time"])
    found = list(times[start:])
    if test is not None:
        found = [record_id for record_id in found if test(collection[record_id])]
    if sorting.by != "Modified_Time":
        found.sort(key=sorting.key(collection))
    return found


def cut(
    world: Any,
    collection: Any,
    ids: Sequence[str],
    sorting: Sorting,
    place: Place,
    query: dict[str, str],
    bound: str,
    zone: str,
) -> Page:
    """One page of `ids` (ascending), with `info` as a list answers it."""
    total = len(ids)
    key = sorting.key(collection)
    start = place.skip
    if place.after is not None:
        if sorting.descending:
            start = total - bisect_left(ids, place.after, key=key)
        else:
            start = bisect_right(ids, place.after, key=key)
    stop = min(start + place.per_page, total)
    if sorting.descending:
        page = ids[total - stop : total - start][::-1] if start < total else []
    else:
        page = ids[start:stop]

    def after(count: int) -> tuple[str, str]:
        return key(ids[total - count] if sorting.descending else ids[count - 1])

    more = stop < total
    token = expiry = previous = None
    if more:
        token, expiry = token_for(world, query, bound, place.page + 1, after(stop), zone)
    before = start - place.per_page
    if place.page > 2 and before > 0:
        previous, _ = token_for(world, query, bound, place.page - 1, after(before), zone)
    info = {
        "call": False,
        "per_page": place.per_page,
        "next_page_token": token,
        "count": len(page),
        "sort_by": sorting.by,
        "page": place.page,
        "previous_page_token": previous,
        "page_token_expiry": expiry,
        "sort_order": "desc" if sorting.descending else "asc",
        "email": False,
        "more_records": more,
    }
    return Page([collection[record_id] for record_id in page], info)
