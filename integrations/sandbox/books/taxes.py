"""Taxes: /settings/taxes, with exemptions and groups listed empty (scope settings)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..store import Record
from ..wire import Answer, Request
from . import fields
from .envelope import missing, object_of, ok, refuse, route
from .listing import Listing
from .organisation import Organisation, fold
from .settings_shape import new_tax

TAX: dict[str, fields.Check] = {
    "tax_name": fields.text(100),
    "tax_percentage": fields.money,
    "tax_type": fields.choice("tax", "compound_tax"),
    "tax_factor": fields.choice("rate", "share"),
    "tax_specific_type": fields.text(),
    "tax_authority_id": fields.record_id,
    "tax_authority_name": fields.text(),
    "country_code": fields.text(),
    "purchase_tax_expense_account_id": fields.record_id,
    "is_value_added": fields.boolean,
    "is_editable": fields.boolean,
}
LISTING = Listing(
    key="taxes",
    report="Taxes",
    filters={"Status.All": None},
    default_filter="Status.All",
    sorts={"created_time": lambda tax: tax["tax_id"]},
    default_sort="created_time",
    default_order="D",
)


def held(org: Organisation, tax_id: str) -> Record:
    found = org.taxes.get(tax_id)
    if found is None:
        raise missing("Tax")
    return found


def create(org: Organisation, given: Mapping[str, Any]) -> Record:
    values = _checked(org, given, None)
    if not values.get("tax_name"):
        raise refuse(4, "Invalid value passed for tax_name")
    return org.taxes.insert(new_tax(org, values))


def update(org: Organisation, tax_id: str, given: Mapping[str, Any]) -> Record:
    before = held(org, tax_id)
    return org.taxes.replace(tax_id, {**before, **_checked(org, given, tax_id)})


def _checked(org: Organisation, given: Mapping[str, Any], own_id: str | None) -> Record:
    values = fields.clean(given, TAX)
    name = fold(values.get("tax_name", ""))
    if name and any(
        fold(tax["tax_name"]) == name and tax["tax_id"] != own_id for tax in org.taxes.values()
    ):
        raise refuse(1001, f'The tax "{values["tax_name"]}" already exists.')
    return values


@route("GET", "/settings/taxes")
def list_taxes(org: Organisation, request: Request) -> Answer:
    return LISTING.answer(org, request, org.taxes, lambda _, tax: tax)


@route("POST", "/settings/taxes")
def post(org: Organisation, request: Request) -> Answer:
    return ok("The tax has been added.", status=201, tax=create(org, object_of(request)))


@route("GET", "/settings/taxes/{tax_id}")
def get(org: Organisation, request: Request, tax_id: str) -> Answer:
    return ok(tax=held(org, tax_id))


@route("PUT", "/settings/taxes/{tax_id}")
def put(org: Organisation, request: Request, tax_id: str) -> Answer:
    changed = update(org, tax_id, object_of(request))
    return ok("Tax information has been saved.", tax=changed)


@route("DELETE", "/settings/taxes/{tax_id}")
def remove(org: Organisation, request: Request, tax_id: str) -> Answer:
    held(org, tax_id)
    org.taxes.remove(tax_id)
    return ok("The record has been deleted.")


@route("GET", "/settings/taxexemptions")
def list_exemptions(org: Organisation, request: Request) -> Answer:
    return ok(tax_exemptions=[])


@route("GET", "/settings/taxauthorities")
def list_authorities(org: Organisation, request: Request) -> Answer:
    return ok(tax_authorities=[])
