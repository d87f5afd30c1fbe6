"""Currencies and exchange rates: /settings/currencies (scope settings)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..store import Record
from ..wire import Answer, Request
from . import fields
from .envelope import missing, object_of, ok, refuse, route
from .listing import page_of
from .organisation import Organisation
from .settings_shape import new_currency

CURRENCY: dict[str, fields.Check] = {
    "currency_code": fields.text(100),
    "currency_symbol": fields.text(4),
    "price_precision": fields.integer,
    "currency_format": fields.text(100),
}
RATE: dict[str, fields.Check] = {"effective_date": fields.date, "rate": fields.money}


def held(org: Organisation, currency_id: str) -> Record:
    found = org.currencies.get(currency_id)
    if found is None:
        raise refuse(9004, "The currency does not exist.", 404)
    return found


def rates_of(org: Organisation, currency_id: str) -> list[Record]:
    """Newest first."""
    rates = [rate for rate in org.rates.values() if rate["currency_id"] == currency_id]
    return sorted(rates, key=lambda rate: rate["effective_date"], reverse=True)


def answer(org: Organisation, currency: Record) -> dict[str, Any]:
    """A currency; those other than the base one with their newest rate."""
    rates = rates_of(org, currency["currency_id"])
    return {
        **currency,
        "exchange_rate": rates[0]["rate"] if rates else 1 if currency["is_base_currency"] else 0,
        "effective_date": rates[0]["effective_date"] if rates else "",
    }


def create(org: Organisation, given: Mapping[str, Any]) -> Record:
    values = fields.clean(given, CURRENCY)
    for name in ("currency_code", "currency_format"):
        if not values.get(name):
            raise refuse(4, f"Invalid value passed for {name}")
    if org.currencies.by("code", values["currency_code"]):
        raise refuse(1001, f"The currency {values['currency_code']} already exists.")
    made = new_currency(
        org,
        values["currency_code"],
        values.get("currency_symbol", ""),
        str(given.get("currency_name") or ""),
        values.get("price_precision", 2),
        False,
    )
    return org.currencies.insert({**made, "currency_format": values["currency_format"]})


def update(org: Organisation, currency_id: str, given: Mapping[str, Any]) -> Record:
    before = held(org, currency_id)
    values = fields.clean(given, CURRENCY)
    others = org.currencies.by("code", values.get("currency_code", before["currency_code"]))
    if any(other != currency_id for other in others):
        raise refuse(1001, f"The currency {values['currency_code']} already exists.")
    return org.currencies.replace(currency_id, {**before, **values})


def delete(org: Organisation, currency_id: str) -> None:
    """Refused while it is the base currency or anyone's."""
    currency = held(org, currency_id)
    used = any(contact["currency_id"] == currency_id for contact in org.contacts.values())
    if currency["is_base_currency"] or used:
        raise refuse(9005, "The currency cannot be deleted as it is in use.")
    for rate in rates_of(org, currency_id):
        org.rates.remove(rate["exchange_rate_id"])
    org.currencies.remove(currency_id)


@route("GET", "/settings/currencies")
def list_currencies(org: Organisation, request: Request) -> Answer:
    page, per_page = page_of(request)
    rest = request.query.get("filter_by") == "Currencies.ExcludeBaseCurrency"
    found = [one for one in org.currencies.values() if not (rest and one["is_base_currency"])]
    start = (page - 1) * per_page
    return ok(
        currencies=[answer(org, one) for one in found[start : start + per_page]],
        page_context={
            "page": page,
            "per_page": per_page,
            "has_more_page": start + per_page < len(found),
            "report_name": "Currencies",
            "applied_filter": "Currencies.ExcludeBaseCurrency" if rest else "Currencies.All",
            "sort_column": "currency_code",
            "sort_order": "A",
        },
    )


@route("POST", "/settings/currencies")
def post(org: Organisation, request: Request) -> Answer:
    return ok("The currency has been added.", status=201, currency=create(org, object_of(request)))


@route("GET", "/settings/currencies/{currency_id}")
def get(org: Organisation, request: Request, currency_id: str) -> Answer:
    return ok(currency=held(org, currency_id))


@route("PUT", "/settings/currencies/{currency_id}")
def put(org: Organisation, request: Request, currency_id: str) -> Answer:
    changed = update(org, currency_id, object_of(request))
    return ok("Currency information has been saved.", currency=changed)


@route("DELETE", "/settings/currencies/{currency_id}")
def remove(org: Organisation, request: Request, currency_id: str) -> Answer:
    delete(org, currency_id)
    return ok("The currency has been deleted.")


@route("GET", "/settings/currencies/{currency_id}/exchangerates")
def list_rates(org: Organisation, request: Request, currency_id: str) -> Answer:
    """`from_date`: the rate of that day, or the closest before it."""
    held(org, currency_id)
    rates = rates_of(org, currency_id)
    day = request.query.get("from_date", "")
    if day:
        rates = [rate for rate in rates if rate["effective_date"] <= day][:1]
    if request.query.get("is_current_date") == "true":
        rates = [rate for rate in rates if rate["effective_date"] == org.today()]
    return ok(exchange_rates=rates)


@route("POST", "/settings/currencies/{currency_id}/exchangerates")
def post_rate(org: Organisation, request: Request, currency_id: str) -> Answer:
    currency = held(org, currency_id)
    values = _rate(object_of(request), {"effective_date": org.today()})
    made = org.rates.insert(
        {
            "exchange_rate_id": org.new_id(),
            "currency_id": currency_id,
            "currency_code": currency["currency_code"],
            **values,
        }
    )
    return ok("The exchange rate has been added.", status=201, exchange_rate=made)


@route("GET", "/settings/currencies/{currency_id}/exchangerates/{exchange_rate_id}")
def get_rate(
    org: Organisation, request: Request, currency_id: str, exchange_rate_id: str
) -> Answer:
    return ok(exchange_rate=_held_rate(org, currency_id, exchange_rate_id))


@route("PUT", "/settings/currencies/{currency_id}/exchangerates/{exchange_rate_id}")
def put_rate(
    org: Organisation, request: Request, currency_id: str, exchange_rate_id: str
) -> Answer:
    before = _held_rate(org, currency_id, exchange_rate_id)
    changed = {**before, **_rate(object_of(request), before)}
    org.rates.replace(exchange_rate_id, changed)
    return ok("The exchange rate has been updated.", exchange_rate=changed)


@route("DELETE", "/settings/currencies/{currency_id}/exchangerates/{exchange_rate_id}")
def remove_rate(
    org: Organisation, request: Request, currency_id: str, exchange_rate_id: str
) -> Answer:
    _held_rate(org, currency_id, exchange_rate_id)
    org.rates.remove(exchange_rate_id)
    return ok("Exchange rate successfully deleted")


def _rate(given: Mapping[str, Any], preset: Mapping[str, Any]) -> Record:
    values = fields.clean(given, RATE)
    rate = values.get("rate", preset.get("rate", 0))
    if not rate > 0:
        raise refuse(4, "Invalid value passed for rate")
    return {
        "effective_date": values.get("effective_date") or preset["effective_date"],
        "rate": rate,
    }


def _held_rate(org: Organisation, currency_id: str, exchange_rate_id: str) -> Record:
    rate = org.rates.get(exchange_rate_id)
    if rate is None or rate["currency_id"] != currency_id:
        raise missing("Exchange rate")
    return rate
