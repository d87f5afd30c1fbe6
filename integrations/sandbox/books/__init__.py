"""Zoho Books v3, as the published specification and the fact sheet have it.

For a company builder: `founding.found(world, ...)` makes an organisation, then `add_currency`,
`add_user`, `add_tax`, `add_custom_field`, `add_contact`, `add_item`, `add_invoice` fill it with
values named as in the API. `organisation.default(world)` finds it again.

Stored shapes: a record is what the detail call answers, with custom fields as `custom_values`
({api_name: value}) and besides `created` and `moved`, microseconds that order records whose
timestamps are equal. A contact holds its primary person's name, e-mail and phones; contact
persons are records of their own, pointing to the contact.
"""

from ..delivery import serve as prepare
from . import (  # noqa: F401 - each puts its calls into the table of routes
    accounts,
    bills,
    contact_parts,
    contacts,
    crm_import,
    currencies,
    invoices,
    items,
    locks,
    organizations,
    persons,
    taxes,
    users,
    webhook_calls,
    webhooks,
)
from .envelope import router
from .screens import (
    collections,
    present,
    screen_delete,
    screen_insert,
    screen_update,
    stored,
)

__all__ = [
    "collections",
    "prepare",
    "present",
    "router",
    "screen_delete",
    "screen_insert",
    "screen_update",
    "stored",
]
