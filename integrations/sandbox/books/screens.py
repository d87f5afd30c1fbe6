"""The control calls' view of Books: what is stored, and changes as its own user makes them.

The same rules hold as for the API (a taken name is refused on the screen too), and besides what
only the app itself sets can be set: `status`, and the links of Zoho's own integration with CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..store import Collection, Record
from . import (
    accounts,
    bills,
    contact_shape,
    contact_writes,
    currencies,
    invoice_shape,
    invoices,
    item_shape,
    items,
    organisation,
    persons,
    users,
)
from .envelope import missing, refuse
from .organisation import KINDS, Organisation
from .settings_shape import new_account, new_user

SHOWN = (
    "contacts", "contactpersons", "items", "invoices", "bills", "chartofaccounts", "users",
    "currencies",
)  # fmt: skip
Values = Mapping[str, Any]


def collections() -> dict[str, tuple[str, str]]:
    return {name: (name, KINDS[name]) for name in SHOWN}


def stored(world: Any, collection: str, organization_id: str) -> Collection:
    """The records of one organisation that is not the default one."""
    org = _of(world, organization_id)
    return org.held(collection)


def _of(world: Any, organization_id: str) -> Organisation:
    org = (
        organisation.of(world, organization_id) if organization_id else organisation.default(world)
    )
    if org is None:
        raise ValueError(f"Books has no organisation {organization_id}")
    return org


def present(
    world: Any, collection: str, record: Record, *, organization_id: str = ""
) -> dict[str, Any]:
    return _PRESENT[collection](_of(world, organization_id), record)


def screen_insert(
    world: Any, collection: str, record: Values, *, organization_id: str = ""
) -> Record:
    org = _of(world, organization_id)
    return _INSERT[collection](org, _with_custom(org, collection, record))


def screen_update(
    world: Any, collection: str, record_id: str, changes: Values, *, organization_id: str = ""
) -> Record:
    org = _of(world, organization_id)
    return _UPDATE[collection](org, record_id, _with_custom(org, collection, changes))


def screen_delete(
    world: Any, collection: str, record_id: str, *, organization_id: str = ""
) -> None:
    org = _of(world, organization_id)
    remove = _DELETE.get(collection)
    if remove is None:
        raise refuse(2, f"Nobody deletes {collection}")
    remove(org, record_id)


def _with_custom(org: Organisation, collection: str, values: Values) -> dict[str, Any]:
    """`cf_…` keys of the record itself, as answers show them, count as custom fields."""
    entity = {"contacts": "contact", "items": "item", "invoices": "invoice"}.get(collection)
    if entity is None:
        return dict(values)
    names = [field["api_name"] for field in org.fields_of(entity)]
    given = [{"api_name": name, "value": values[name]} for name in names if name in values]
    listed = [*(values.get("custom_fields") or []), *given]
    return {**values, "custom_fields": listed} if listed else dict(values)


def _add_person(org: Organisation, values: Values) -> Record:
    """A link to CRM is none of the screens' fields: it is as Zoho's own integration left it."""
    made = persons.save_person(org, values)
    link = {"zcrm_contact_id": str(values.get("zcrm_contact_id") or "")}
    return org.persons.replace(made["contact_person_id"], {**made, **link})


def _add_user(org: Organisation, values: Values) -> Record:
    role = values.get("user_role", "staff")
    status = values.get("status", "active")
    made = new_user(org, values["name"], values["email"], role, status, False)
    return org.users.insert(made)


def _change_user(org: Organisation, user_id: str, values: Values) -> Record:
    user = org.users[user_id]
    known = {name: value for name, value in values.items() if name in user}
    return org.users.replace(user_id, {**user, **known, "user_id": user_id})


def _add_account(org: Organisation, values: Values) -> Record:
    made = new_account(org, values["account_name"], values["account_type"])
    known = {name: value for name, value in values.items() if name in made}
    return org.accounts.insert({**made, **known, "account_id": made["account_id"]})


def _change_account(org: Organisation, account_id: str, values: Values) -> Record:
    account = org.accounts[account_id]
    known = {name: value for name, value in values.items() if name in account}
    changed = org.touched({**account, **known, "account_id": account_id})
    return org.accounts.replace(account_id, changed)


def _remove_account(org: Organisation, account_id: str) -> None:
    if account_id not in org.accounts:
        raise missing("Account")
    org.accounts.remove(account_id)


def _show_user(org: Organisation, user: Record) -> dict[str, Any]:
    return {**users.detail(user), "email": user["email"]}


_PRESENT: dict[str, Callable[[Organisation, Record], dict[str, Any]]] = {
    "contacts": contact_shape.detail,
    "contactpersons": lambda _, person: contact_shape.person_answer(person),
    "items": item_shape.detail,
    "invoices": invoice_shape.detail,
    "bills": bills.detail,
    "chartofaccounts": lambda _, account: accounts.detail(account),
    "users": _show_user,
    "currencies": currencies.answer,
}
_INSERT: dict[str, Callable[[Organisation, Values], Record]] = {
    "contacts": lambda org, values: contact_writes.create(org, values, own_screen=True),
    "contactpersons": _add_person,
    "items": lambda org, values: items.create(org, values, own_screen=True),
    "invoices": lambda org, values: invoices.create(org, values, own_screen=True),
    "bills": lambda org, values: bills.create(org, values, own_screen=True),
    "chartofaccounts": _add_account,
    "users": _add_user,
    "currencies": lambda org, values: currencies.create(
        org, {"currency_format": "1,234,567.89", **values}
    ),
}
_UPDATE: dict[str, Callable[[Organisation, str, Values], Record]] = {
    "contacts": lambda org, one, values: contact_writes.update(org, one, values, own_screen=True),
    "contactpersons": lambda org, one, values: persons.save_person(org, values, one),
    "items": lambda org, one, values: items.update(org, one, values, own_screen=True),
    "invoices": lambda org, one, values: invoices.update(org, one, values, own_screen=True),
    "bills": bills.change,
    "chartofaccounts": _change_account,
    "users": _change_user,
    "currencies": currencies.update,
}
_DELETE: dict[str, Callable[[Organisation, str], None]] = {
    "contacts": contact_writes.delete,
    "contactpersons": persons.remove_person,
    "items": items.delete,
    "invoices": invoices.delete,
    "chartofaccounts": _remove_account,
    "users": lambda org, one: users.set_status(org, one, "deleted"),
    "currencies": currencies.delete,
}
