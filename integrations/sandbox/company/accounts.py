"""One believable account after the other, before anything is made wrong with it."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any

from ..crm.standard_fields import INDUSTRIES
from .latin import LATIN
from .locales import Locale
from .names import LONGEST, Identity, Names, filled, phone_number
from .scripts import OTHER

LOCALES: tuple[Locale, ...] = LATIN + OTHER
RATES = {"USD": 1.0, "EUR": 0.92, "GBP": 0.78, "INR": 84.1, "JPY": 152.0, "KWD": 0.307,
         "SEK": 10.6, "CHF": 0.88}  # fmt: skip
DECIMALS = {"JPY": 0, "KWD": 3}
"""Currencies whose amounts do not have two decimals."""

_TYPES = ("Customer",) * 6 + ("Prospect",) * 3 + ("Partner", "Distributor", "Reseller", "Other")
_PURPOSES = (
    "Buys calibration services once a year.",
    "Came in through the trade fair; wants a framework agreement.",
    "Long-standing customer of the bench-top series.",
    "Invoices go to head office, goods to the plant.",
    "Asked for quotes in two currencies.",
    "Prefers delivery in the first week of the month.\nPorter closes at 16:00.",
    "Uses our sensors in its own machines.",
    "Service contract runs until the end of the year.",
)
_DIVISIONS = (
    "International Division for Measurement, Testing and Laboratory Supplies",
    "and its subsidiaries and affiliated companies",
    "formerly the Instruments Department of the Provincial Works Administration",
)


@dataclass(slots=True)
class Sketch:
    """An account in the making: its stored values, and what its contacts will need."""

    values: dict[str, Any]
    identity: Identity
    locale: Locale
    area: str
    city_latin: str


class Accounts:
    """Draws accounts from a seed; the same ones in the same order each time."""

    def __init__(self, random: Random, owners: list[str]) -> None:
        self.random = random
        self.names = Names(random)
        self.owners = owners
        self._weights = list(accumulate(locale.weight for locale in LOCALES))

    def locale(self) -> Locale:
        return LOCALES[bisect(self._weights, self.random.random() * self._weights[-1])]

    def draw(self) -> Sketch:
        random = self.random
        locale = self.locale()
        town, state, area, code = random.choice(locale.cities)
        identity = self.names.draw(locale, town)
        roll = random.random()
        values: dict[str, Any] = {
            "Owner": random.choice(self.owners),
            "Account_Name": identity.name,
            "Phone": phone_number(locale, area, identity.digits),
            "Account_Type": random.choice(_TYPES),
            "Industry": random.choice(INDUSTRIES),
            "Currency": locale.currency,
            "Exchange_Rate": RATES[locale.currency],
            "Billing_Street": self._street(locale),
            "Billing_City": town[0],
            "Billing_State": state,
            "Billing_Code": filled(code, random),
            "Billing_Country": locale.country,
        }
        if roll < 0.92:
            values["Website"] = _website(identity.domain, random)
        self._sometimes(values, locale, area)
        return Sketch(values, identity, locale, area, town[1])

    def lengthen(self, sketch: Sketch) -> None:
        """Give it one of the long names that occur: all of the 200 characters, or nearly."""
        name = sketch.values["Account_Name"] + " -"
        for word in " ".join(_DIVISIONS).split():
            if len(name) + len(word) + 1 > LONGEST:
                break
            name = f"{name} {word}"
        self.names.reserve(name)
        sketch.values["Account_Name"] = name

    def _street(self, locale: Locale) -> str:
        random = self.random
        return random.choice(locale.streets).format(
            n=random.randrange(1, 240),
            m=random.randrange(1, 30),
            k=random.randrange(1, 9),
            stem=self.names.stem(locale)[0],
        )

    def _sometimes(self, values: dict[str, Any], locale: Locale, area: str) -> None:
        """What is filled in for some accounts only, as in life."""
        random = self.random
        if random.random() < 0.35:
            values["Fax"] = phone_number(locale, area, f"{random.randrange(10**7):07}")
        if random.random() < 0.4:
            town, state, _, code = random.choice(locale.cities)
            values["Shipping_Street"] = self._street(locale)
            values["Shipping_City"] = town[0]
            values["Shipping_State"] = state
            values["Shipping_Code"] = filled(code, random)
            values["Shipping_Country"] = locale.country
        if random.random() < 0.5:
            values["Description"] = random.choice(_PURPOSES)
        if random.random() < 0.7:
            values["Employees"] = int(10 ** random.uniform(0.7, 4))
            amount = 10 ** random.uniform(5, 8.5) * RATES[locale.currency]
            values["Annual_Revenue"] = float(round(amount, -3))
        if random.random() < 0.12:
            values["Key_Account"] = True
            values["Customer_Tier"] = "Gold"
        elif random.random() < 0.5:
            values["Customer_Tier"] = random.choice(("Silver", "Bronze"))
        if random.random() < 0.1:
            values["Regions"] = random.sample(("Americas", "Europe", "Asia"), 2)


def _website(domain: str, random: Random) -> str:
    form = random.random()
    if form < 0.55:
        return f"https://www.{domain}"
    if form < 0.8:
        return f"www.{domain}"
    return f"http://{domain}/" if form < 0.9 else domain
