"""Zoho CRM v8, below `/crm/v8` and `/crm/bulk/v8`.

Stored shape of a record: its field values by api name, only those that are filled in. Lookups and
owners are ids, times are UTC text (`2026-01-31T17:00:00+00:00`), dates ISO text, money a float in
the record's currency, multi-select lookups lists of ids, sub-forms lists of rows with an `id`.
One collection per module api name, id field `id`. Beside them stand `users`, `roles`, `profiles`,
`org`, `currencies`, `modules`, `fields`, `layouts`, `related_lists`, `custom_views`, `pipelines`,
`deleted`, `watch`, `bulk_jobs`, `tags`.
"""

from ..delivery import serve as prepare
from .notifications import take
from .routes import router
from .screens import collections, present, screen_delete, screen_insert, screen_merge, screen_update

__all__ = [
    "collections",
    "prepare",
    "present",
    "router",
    "screen_delete",
    "screen_insert",
    "screen_merge",
    "screen_update",
    "take",
]
