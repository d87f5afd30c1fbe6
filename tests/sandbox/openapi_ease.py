"""Where the vendors' OpenAPI files are known to be looser or narrower than the services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Ease:
    """Where a service's files are known to be looser or narrower than the service.

    `query`: parameters every call may carry. `with_query`: parameters allowed beside another.
    `fields`: body fields allowed wherever a field of that name holds objects.
    `scalars`: numbers and strings count for each other. `either`: properties drawn as an array
    or a scalar in one file and as an object in another. `required`: whether the lists of required
    fields are to be trusted. `placeholders`: what a path's parameter has to look like.
    """

    query: frozenset[str] = frozenset()
    with_query: Mapping[str, frozenset[str]] = field(default_factory=dict)
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scalars: bool = False
    either: frozenset[str] = frozenset()
    required: bool = True
    placeholders: Mapping[str, str] = field(default_factory=dict)


EASE = {
    # Fact sheet: types are loose, page_context is drawn as an array for several lists; empty
    # values are empty strings; the single resource is drawn as an array (contact_person, tax) or
    # a number (exchange_rate); sort_order goes with sort_column; custom fields are named by
    # customfield_id or api_name in practice, by index or label in older pages. Lists of required
    # fields hold fields of other objects, and item_id of a line that is free text in practice.
    # Custom modules' names begin with cm_; without that their paths would match everything.
    "books": Ease(
        query=frozenset({"organization_id"}),
        with_query={"sort_column": frozenset({"sort_order"})},
        fields={
            "custom_fields": frozenset({"customfield_id", "api_name", "index", "label", "value"})
        },
        scalars=True,
        either=frozenset(
            {"page_context", "contact_person", "tax", "exchange_rate", "is_child_present"}
        ),
        required=False,
        placeholders={"{module_name}": "cm_"},
    ),
    "crm": Ease(),
}
