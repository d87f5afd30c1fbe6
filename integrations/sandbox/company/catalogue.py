"""What Aurora sells and whom it buys from: CRM's products and vendors, a fixed few."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ..crm.clock import stamp
from ..crm.standard_fields import PRODUCT_CATEGORIES
from .ledger import ITEMS

VENDORS = (
    ("Ostsee Halbleiter GmbH", "Germany", "EUR"),
    ("Kanda Seimitsu 株式会社", "Japan", "JPY"),
    ("Lakeside Tooling LLC", "United States", "USD"),
    ("Câbles du Doubs SAS", "France", "EUR"),
    ("Deccan Castings Pvt. Ltd.", "India", "INR"),
)


def fill_catalogue(
    world: Any,
    random: Random,
    owners: list[str],
    moment: datetime,
    *,
    vendors: Iterable[dict[str, Any]] = (),
    products: Iterable[dict[str, Any]] = (),
) -> None:
    """The fixed few, and what the company's size brings along."""
    when = stamp(moment - timedelta(days=700))

    def add(module: str, values: dict[str, Any]) -> str:
        owner = random.choice(owners)
        record = {
            "id": world.store.new_id("crm"),
            "Owner": owner,
            "Created_By": owner,
            "Modified_By": owner,
            "Created_Time": when,
            "Modified_Time": when,
            "Exchange_Rate": 1.0,
            **values,
        }
        return world.store.collection("crm", module).insert(record)["id"]

    fixed = [
        add("Vendors", {"Vendor_Name": name, "Country": country, "Currency": currency,
                        "Email": f"sales@vendor-{number}.example"})
        for number, (name, country, currency) in enumerate(VENDORS, 1)
    ]  # fmt: skip
    for number, (name, code, price, unit) in enumerate(ITEMS):
        add(
            "Products",
            {
                "Product_Name": name,
                "Product_Code": code,
                "Product_Active": True,
                "Product_Category": PRODUCT_CATEGORIES[number % len(PRODUCT_CATEGORIES)],
                "Unit_Price": float(price),
                "Usage_Unit": unit,
                "Taxable": True,
                "Currency": "USD",
                "Vendor_Name": random.choice(fixed),
                "Goods_or_Service": "Service" if unit == "Hours" else "Goods",
            },
        )
    for values in vendors:
        add("Vendors", values)
    for values in products:
        add("Products", values)
