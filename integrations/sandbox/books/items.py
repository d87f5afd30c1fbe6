"""Items: /items (scope settings; https://www.zoho.com/books/api/v3/items/)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..store import Record
from ..wire import Answer, Request
from . import custom_values, fields
from .envelope import body_of, missing, object_of, ok, refuse, route
from .item_shape import detail, new_item, row, with_names
from .listing import Listing
from .organisation import Organisation, fold

ITEM: dict[str, fields.Check] = {
    "name": fields.text(100),
    "rate": fields.money,
    "description": fields.text(2000),
    "unit": fields.text(100),
    "sku": fields.text(100),
    "product_type": fields.choice("goods", "service", "digital_service"),
    "item_type": fields.choice("sales", "purchases", "sales_and_purchases", "inventory"),
    "is_taxable": fields.boolean,
    "tax_id": fields.record_id,
    "tax_exemption_id": fields.record_id,
    "account_id": fields.record_id,
    "purchase_description": fields.text(2000),
    "purchase_rate": fields.money,
    "purchase_account_id": fields.record_id,
    "inventory_account_id": fields.record_id,
    "vendor_id": fields.record_id,
    "reorder_level": fields.text(),
    "hsn_or_sac": fields.text(),
    "item_tax_preferences": fields.listed,
    "locations": fields.listed,
}
OWN_SCREENS: dict[str, fields.Check] = {
    "status": fields.choice("active", "inactive"),
    "zcrm_product_id": fields.record_id,
}

LISTING = Listing(
    key="items",
    report="Items",
    filters={
        "Status.All": None,
        "Status.Active": lambda _, item: item["status"] == "active",
        "Status.Inactive": lambda _, item: item["status"] == "inactive",
    },
    default_filter="Status.All",
    sorts={
        "name": lambda item: fold(item["name"]),
        "rate": lambda item: item["rate"],
        "tax_name": lambda item: fold(item["tax_name"]),
    },
    default_sort="name",
    texts={
        "name": lambda item: item["name"],
        "description": lambda item: item["description"],
        "tax_name": lambda item: item["tax_name"],
    },
    numbers={"rate": lambda item: item["rate"]},
    exact={
        "tax_id": lambda item: item["tax_id"],
        "is_taxable": lambda item: item["is_taxable"],
        "tax_exemption_id": lambda item: item["tax_exemption_id"],
        "account_id": lambda item: item["account_id"],
        "zcrm_product_id": lambda item: item["zcrm_product_id"],
    },
    search=lambda item: (item["name"], item["description"]),
    narrow={"name": ("name", fold), "zcrm_product_id": ("zcrm_product_id", str)},
)


def held(org: Organisation, item_id: str) -> Record:
    found = org.items.get(item_id)
    if found is None:
        raise refuse(2006, "Item does not exist.", 404)
    return found


def create(org: Organisation, given: Mapping[str, Any], *, own_screen: bool = False) -> Record:
    values = _checked(org, given, None, own_screen=own_screen)
    if not values.get("name", "").strip():
        raise refuse(4, "Invalid value passed for name")
    if "rate" not in values and values.get("item_type") != "purchases":
        raise refuse(4, "Invalid value passed for rate")
    return org.items.insert(new_item(org, values))


def update(
    org: Organisation, item_id: str, given: Mapping[str, Any], *, own_screen: bool = False
) -> Record:
    before = held(org, item_id)
    values = _checked(org, given, item_id, own_screen=own_screen)
    if "name" in values and not values["name"].strip():
        raise refuse(4, "Invalid value passed for name")
    kind = values.get("product_type", before["product_type"])
    if kind != before["product_type"] and _used(org, item_id):
        raise refuse(2076, "The product type cannot be changed as the item has transactions.")
    custom = {**before["custom_values"], **values.pop("custom_values", {})}
    custom_values.check_unique(org, "item", org.items, custom, item_id)
    changed = with_names(org, org.touched({**before, **values, "custom_values": custom}))
    if values.get("zcrm_product_id"):
        changed["is_linked_with_zohocrm"] = True
    return org.items.replace(item_id, changed)


def delete(org: Organisation, item_id: str) -> None:
    held(org, item_id)
    if _used(org, item_id):
        raise refuse(2049, "Items which are a part of other transactions cannot be deleted.")
    org.items.remove(item_id)


def _used(org: Organisation, item_id: str) -> bool:
    return bool(org.invoices.by("item", item_id))


def _checked(
    org: Organisation, given: Mapping[str, Any], own_id: str | None, *, own_screen: bool
) -> Record:
    values = fields.clean(given, ITEM)
    if own_screen:
        values |= fields.clean(given, OWN_SCREENS)
    if "custom_fields" in given:
        values["custom_values"] = custom_values.read(org, "item", given["custom_fields"] or [])
        custom_values.check_unique(org, "item", org.items, values["custom_values"], own_id)
    if values.get("tax_id") and values["tax_id"] not in org.taxes:
        raise missing("Tax", 400)
    for name in ("account_id", "purchase_account_id", "inventory_account_id"):
        if values.get(name) and values[name] not in org.accounts:
            raise missing("Account", 400)
    for name, code in (("name", 1001), ("sku", 1001)):
        wanted = fold(values.get(name, ""))
        if wanted and any(one != own_id for one in org.items.by(name, wanted)):
            raise refuse(code, f'Item "{values[name]}" already exists.')
    return values


@route("GET", "/items")
def list_items(org: Organisation, request: Request) -> Answer:
    return LISTING.answer(org, request, org.items, row)


@route("POST", "/items")
def post(org: Organisation, request: Request) -> Answer:
    made = create(org, object_of(request))
    return ok("The item has been added.", status=201, item=detail(org, made))


@route("PUT", "/items")
def upsert(org: Organisation, request: Request) -> Answer:
    key = request.headers.get("x-unique-identifier-key", "")
    value = request.headers.get("x-unique-identifier-value", "")
    field = custom_values.unique_field(org, "item", key)
    given = object_of(request)
    found = org.items.by("custom", (field["api_name"], value))
    if found:
        return ok("Item details have been saved.", item=detail(org, update(org, found[0], given)))
    if request.headers.get("x-upsert", "").lower() != "true":
        raise missing("Item")
    named = [*(given.get("custom_fields") or []), {"api_name": key, "value": value}]
    made = create(org, {**given, "custom_fields": named})
    return ok("The item has been added.", status=201, item=detail(org, made))


@route("GET", "/itemdetails")
def details(org: Organisation, request: Request) -> Answer:
    wanted = [one for one in request.query.get("item_ids", "").split(",") if one in org.items]
    return LISTING.answer(org, request, org.items, detail, among=wanted)


@route("GET", "/items/{item_id}")
def get(org: Organisation, request: Request, item_id: str) -> Answer:
    return ok(item=detail(org, held(org, item_id)))


@route("PUT", "/items/{item_id}")
def put(org: Organisation, request: Request, item_id: str) -> Answer:
    changed = update(org, item_id, object_of(request))
    return ok("Item details have been saved.", item=detail(org, changed))


@route("DELETE", "/items/{item_id}")
def remove(org: Organisation, request: Request, item_id: str) -> Answer:
    delete(org, item_id)
    return ok("The item has been deleted.")


@route("PUT", "/item/{item_id}/customfields")
def put_custom_fields(org: Organisation, request: Request, item_id: str) -> Answer:
    update(org, item_id, {"custom_fields": body_of(request)})
    return ok("Custom Fields Updated Successfully")


@route("POST", "/items/{item_id}/active")
def mark_active(org: Organisation, request: Request, item_id: str) -> Answer:
    update(org, item_id, {"status": "active"}, own_screen=True)
    return ok("The item has been marked as active.")


@route("POST", "/items/{item_id}/inactive")
def mark_inactive(org: Organisation, request: Request, item_id: str) -> Answer:
    update(org, item_id, {"status": "inactive"}, own_screen=True)
    return ok("The item has been marked as inactive.")
