"""Whom Aurora buys from besides the fixed few, and the odd ones among its products."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ..books import bills, founding
from .accounts import Accounts, Sketch
from .ledger import Ledger

VENDORS_PER_ACCOUNT = 0.02
# name, code, price, more: what goes wrong or stands out when products become items.
ODD_PRODUCTS: tuple[tuple[str, str, float | None, dict[str, Any]], ...] = (
    # The name of one item and the code of another.
    ("Data logger, 8 channels", "CASE", 640.0, {}),
    # A second one of the name, under a code of its own.
    ("Temperature probe", "TP-2", 92.0, {}),
    # Another name under a code that is taken.
    ("Transport case, large", "CASE", 180.0, {}),
    ("Rental, per week", "RENT-W", None, {"Usage_Unit": "Each"}),
    ("Calibration kit, Europe", "CAL-K-EU", 410.0, {"Currency": "EUR", "Exchange_Rate": 0.92}),
    ("Bench multimeter AU-100", "AU-100", 890.0, {"Product_Active": False}),
    ("Repair, flat rate", "REP", 240.0, {"Goods_or_Service": "Service", "Usage_Unit": "Each"}),
    (
        (
            "Pressure calibrator with hand pump, adapters for all common threads, a case "
            "and a certificate of calibration"
        ),
        "AU-55-SET",
        4150.0,
        {"Goods_or_Service": "Goods"},
    ),
)
# In Books only; CRM has no such unit as the second one's.
BOOKS_ITEMS = (
    ("Training day", "TRN-1", "1200.00", "Each", "active"),
    ("Cable, by the metre", "CBL-M", "3.20", "m", "active"),
    ("Bench multimeter AU-90", "AU-90", "650.00", "Each", "inactive"),
)


def odd_products() -> list[dict[str, Any]]:
    base = {"Product_Active": True, "Taxable": True, "Currency": "USD", "Exchange_Rate": 1.0}
    return [
        {
            **base,
            "Product_Name": name,
            "Product_Code": code,
            **({"Unit_Price": price} if price is not None else {}),
            **more,
        }
        for name, code, price, more in ODD_PRODUCTS
    ]


def more_items(ledger: Ledger) -> None:
    for name, sku, rate, unit, status in BOOKS_ITEMS:
        values = {"name": name, "sku": sku, "rate": Decimal(rate), "unit": unit, "status": status}
        founding.add_item(ledger.org, values, at=ledger.moment - timedelta(days=500))


def more_vendors(drawn: Accounts, ledger: Ledger, accounts: int, room: int) -> list[dict[str, Any]]:
    """CRM's further vendors; the first ones, as far as there is room, stand in Books already, and
    the very first is owed money there."""
    sketches = [drawn.draw() for _ in range(round(accounts * VENDORS_PER_ACCOUNT))]
    for number, sketch in enumerate(sketches[: max(room, 0)]):
        contact = ledger.vendor(sketch)
        if number == 0:
            _bill(ledger, contact, ledger.moment)
    return [_vendor(sketch, number) for number, sketch in enumerate(sketches)]


def _vendor(sketch: Sketch, number: int) -> dict[str, Any]:
    held, domain = sketch.values, sketch.identity.domain
    names = ("Street", "City", "State", "Country")
    return {
        "Vendor_Name": held["Account_Name"],
        "Email": f"orders@{domain}" if number % 11 != 7 else f"orders(at){domain}",
        "Phone": held["Phone"],
        **({"Website": held["Website"]} if "Website" in held else {}),
        **{name: held[f"Billing_{name}"] for name in names},
        "Zip_Code": held["Billing_Code"],
        "Currency": held["Currency"],
        "Exchange_Rate": held["Exchange_Rate"],
    }


def _bill(ledger: Ledger, contact: dict[str, Any], moment: datetime) -> None:
    line = {"name": "Castings", "rate": "1840.00", "quantity": 1}
    values = {
        "vendor_id": contact["contact_id"],
        "bill_number": "B-1001",
        "date": (moment - timedelta(days=20)).date().isoformat(),
        "due_date": (moment + timedelta(days=10)).date().isoformat(),
        "line_items": [line],
    }
    bills.create(ledger.org, values)
