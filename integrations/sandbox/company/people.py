"""The people at the accounts (CRM contacts) and the business with them (CRM deals)."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from ..crm.standard_fields import LEAD_SOURCES, STAGES
from .accounts import RATES, Sketch
from .names import phone_number, slug

_TITLES = ("Purchasing Manager", "Head of Laboratory", "Plant Manager", "CFO", "Accounts Payable",
           "Maintenance Engineer", "Managing Director", "Quality Manager", "Buyer")  # fmt: skip
_DEPARTMENTS = ("Purchasing", "Production", "Finance", "Quality", "Management", "Service")
_SUBJECTS = ("Calibration contract", "Bench-top series", "Sensor retrofit", "Spare parts",
             "Laboratory refit", "Service renewal", "Pressure gauges", "Data loggers")  # fmt: skip
_BAD_ADDRESSES = ("{first}.{last}(at){domain}", "{first}@", "n/a", "{first} {last}@{domain}",
                  "{first}.{last}@{domain}, office@{domain}", "@{domain}")  # fmt: skip
_STAGE_WEIGHTS = (14, 10, 9, 7, 12, 8, 24, 10, 3, 0, 0)
BAD_ADDRESS, NO_LAST_NAME, LONG_PHONE, NO_ACCOUNT = 0.01, 0.01, 0.003, 0.02
"""Shares of the contacts that something is wrong with, or that belong to no account."""


def people_of(random: Random, sketch: Sketch, account_id: str) -> list[dict[str, Any]]:
    """None to four contacts of an account, 1.5 on average."""
    count = random.choices((0, 1, 2, 3, 4), (20, 35, 25, 15, 5))[0]
    return [_person(random, sketch, account_id) for _ in range(count)]


def _person(random: Random, sketch: Sketch, account_id: str) -> dict[str, Any]:
    locale = sketch.locale
    (first, latin_first), (last, latin_last) = (
        random.choice(locale.first_names),
        random.choice(locale.last_names),
    )
    domain = sketch.identity.domain
    values: dict[str, Any] = {
        "Owner": sketch.values["Owner"],
        "First_Name": first,
        "Last_Name": last,
        "Full_Name": f"{first} {last}",
        "Account_Name": account_id,
        "Email": f"{slug(latin_first)}.{slug(latin_last)}@{domain}",
        "Title": random.choice(_TITLES),
        "Department": random.choice(_DEPARTMENTS),
        "Currency": sketch.values["Currency"],
        "Exchange_Rate": sketch.values["Exchange_Rate"],
        "Mailing_Country": locale.country,
    }
    if random.random() < 0.6:
        digits = f"{random.randrange(10**7):07}"
        values["Phone"] = phone_number(locale, sketch.area, digits)
    if random.random() < 0.4:
        values["Mobile"] = phone_number(locale, sketch.area, f"{random.randrange(10**7):07}")
    if random.random() < 0.3:
        for name in ("Street", "City", "State"):
            values[f"Mailing_{name}"] = sketch.values[f"Billing_{name}"]
        values["Mailing_Zip"] = sketch.values["Billing_Code"]
    if random.random() < 0.3:
        values["Lead_Source"] = random.choice(LEAD_SOURCES)
    _go_wrong(random, values, slug(latin_first), slug(latin_last), domain)
    return values


def _go_wrong(random: Random, values: dict[str, Any], first: str, last: str, domain: str) -> None:
    roll = random.random()
    if roll < BAD_ADDRESS:
        values["Email"] = random.choice(_BAD_ADDRESSES).format(
            first=first, last=last, domain=domain
        )
    elif roll < BAD_ADDRESS + NO_LAST_NAME:
        del values["Last_Name"]
        values["Full_Name"] = values["First_Name"]
    elif roll < BAD_ADDRESS + NO_LAST_NAME + LONG_PHONE:
        phone = values.get("Phone", "+1 (585) 555-0199")
        values["Phone"] = f"{phone} extension 4411, ask for {first} or leave a message"[:95]
    elif roll < BAD_ADDRESS + NO_LAST_NAME + LONG_PHONE + NO_ACCOUNT:
        del values["Account_Name"]


def deals_of(
    random: Random, sketch: Sketch, account_id: str, contact_ids: list[str], day: date
) -> list[dict[str, Any]]:
    """None to three deals with an account, 0.6 on average, the last ones closing after `day`."""
    count = random.choices((0, 1, 2, 3), (60, 24, 12, 4))[0]
    return [_deal(random, sketch, account_id, contact_ids, day) for _ in range(count)]


def _deal(
    random: Random, sketch: Sketch, account_id: str, contact_ids: list[str], day: date
) -> dict[str, Any]:
    currency = sketch.values["Currency"]
    partner = random.random() < 0.1
    weights = (0, 0, 0, 0, 0, 3, 3, 2, 0, 4, 3) if partner else _STAGE_WEIGHTS
    _, stage, probability, forecast, _ = random.choices(STAGES, weights)[0]
    amount = float(round(10 ** random.uniform(2.8, 5.3) * RATES[currency], 2))
    if currency == "JPY":
        amount = float(round(amount))
    closing = day + timedelta(days=random.randrange(5, 150))
    if forecast != "Open":
        closing = day - timedelta(days=random.randrange(1, 650))
    name = f"{random.choice(_SUBJECTS)} {closing.year} - {sketch.values['Account_Name'].strip()}"
    values: dict[str, Any] = {
        "Owner": sketch.values["Owner"],
        "Deal_Name": name[:120],
        "Account_Name": account_id,
        "Amount": amount,
        "Closing_Date": closing.isoformat(),
        "Pipeline": "Partner sales" if partner else "Standard (Standard)",
        "Stage": stage,
        "Probability": probability,
        "Expected_Revenue": round(amount * probability / 100, 2),
        "Type": random.choice(("Existing Business", "New Business")),
        "Currency": currency,
        "Exchange_Rate": sketch.values["Exchange_Rate"],
    }
    if contact_ids:
        values["Contact_Name"] = random.choice(contact_ids)
    if stage == "Closed Lost":
        values["Reason_For_Loss__s"] = random.choice(("Price", "Competition", "Lack of response"))
    return values
