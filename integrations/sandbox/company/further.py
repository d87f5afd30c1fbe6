"""Further Books organisations of the company, where it is asked for them; they hold no records."""

from __future__ import annotations

from typing import Any

from ..books import founding
from ..books.organisation import Organisation
from .accounts import DECIMALS
from .organisation import BASE, CURRENCIES, ORGANIZATION_ID, ZONE, add_currencies, address_of

# Name and base currency: of the company's home currency and of another one in turn.
FURTHER = (("Aurora Instruments Services", BASE), ("Aurora Instruments Europe", "EUR"))


def more(world: Any, number: int) -> None:
    """So many further organisations."""
    for place in range(number):
        name, code = FURTHER[place % len(FURTHER)]
        title = name if place < len(FURTHER) else f"{name} {place // len(FURTHER) + 1}"
        found_one(world, name=title, currency_code=code)


def found_one(world: Any, *, name: str, currency_code: str = BASE) -> Organisation:
    """One further Books organisation. Raises ValueError for a currency the company does not use."""
    known = {code: (code, symbol, title) for code, symbol, title, _ in CURRENCIES}
    if currency_code not in known:
        raise ValueError(f"currency_code is one of {', '.join(known)}")
    held = world.store.collection("books", "organizations", "organization_id")
    org = founding.found(
        world,
        organization_id=str(int(ORGANIZATION_ID) + 137 * len(held)),
        name=name,
        email=address_of("Helena", "Marlowe"),
        contact_name="Helena Marlowe",
        currency=known[currency_code],
        price_precision=DECIMALS.get(currency_code, 2),
        time_zone=ZONE,
        is_default_org=False,
    )
    add_currencies(org, currency_code)
    return org
