"""What Books holds before anything is connected: customers, vendors, items, invoices."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from ..books import founding
from ..books.organisation import Organisation
from .accounts import DECIMALS, Accounts, Sketch

ITEMS = (
    ("Bench multimeter AU-210", "AU-210", "1290.00", "Each"),
    ("Pressure calibrator AU-55", "AU-55", "3480.00", "Each"),
    ("Data logger, 8 channels", "DL-8", "640.00", "Each"),
    ("Temperature probe", "TP-1", "85.50", "Each"),
    ("Calibration, on site", "CAL-S", "140.00", "Hours"),
    ("Calibration, in our laboratory", "CAL-L", "95.00", "Hours"),
    ("Service contract, one year", "SVC-1", "1800.00", "Each"),
    ("Transport case", "CASE", "120.00", "Each"),
)
SAME_NAME = ("invoiced", "plain", "inactive", "invoiced", "vendor", "spelt", "invoiced", "plain",
             "inactive_invoiced", "plain")  # fmt: skip
"""What the Books contacts with an account's name are, in turn. The vendor comes once in 40."""


class Ledger:
    """Fills a Books organisation. Names are checked to be taken once only."""

    def __init__(self, org: Organisation, random: Random, moment: datetime) -> None:
        self.org, self.random, self.moment = org, random, moment
        self.items = [
            founding.add_item(
                org,
                {"name": name, "sku": sku, "rate": Decimal(rate), "unit": unit},
                at=moment - timedelta(days=800),
            )
            for name, sku, rate, unit in ITEMS
        ]
        self._currencies = {
            currency["currency_code"]: currency["currency_id"]
            for currency in org.currencies.values()
        }
        self.census = {"same_name": 0, "inactive": 0, "vendors": 0, "invoiced": 0, "spelt": 0,
                       "alike": 0, "books_only": 0}  # fmt: skip

    def same_name(self, sketch: Sketch, number: int) -> None:
        """A contact that carries the account's name already."""
        kind = SAME_NAME[number % len(SAME_NAME)]
        if kind == "vendor" and number % 40 != 4:
            kind = "plain"
        values = self._contact(sketch)
        if kind == "spelt":
            values["contact_name"] = f" {values['contact_name'].upper()}"
            self.census["spelt"] += 1
        if kind == "vendor":
            values["contact_type"] = "vendor"
            self.census["vendors"] += 1
        if kind.startswith("inactive"):
            values["status"] = "inactive"
            self.census["inactive"] += 1
        contact = self._add(values)
        self.census["same_name"] += 1
        if kind.endswith("invoiced"):
            self._invoices(contact, sketch.values["Currency"])
            self.census["invoiced"] += 1

    def alike(self, accounts: Accounts, sketch: Sketch, number: int) -> None:
        """A customer of another name with the account's website, or with its phone."""
        other = accounts.draw()
        values = self._contact(other)
        if number % 2:
            values["billing_address"]["phone"] = sketch.values["Phone"]
        else:
            sketch.values["Website"] = f"https://www.{sketch.identity.domain}"
            values["website"] = sketch.identity.domain
        self._add(values)
        self.census["alike"] += 1

    def books_only(self, accounts: Accounts, number: int) -> None:
        """A customer CRM knows nothing of; every third one a vendor."""
        values = self._contact(accounts.draw())
        if number % 3 == 2:
            values["contact_type"] = "vendor"
        self._add(values)
        self.census["books_only"] += 1

    def vendor(self, sketch: Sketch) -> dict[str, Any]:
        """A vendor under the name that CRM has it by."""
        self.census["vendors"] += 1
        return self._add({**self._contact(sketch), "contact_type": "vendor"})

    def _contact(self, sketch: Sketch) -> dict[str, Any]:
        """What someone in accounting once typed: not quite what CRM says today."""
        held, random = sketch.values, self.random
        name = held["Account_Name"].strip()
        first, last = (
            random.choice(sketch.locale.first_names),
            random.choice(sketch.locale.last_names),
        )
        values: dict[str, Any] = {
            "contact_name": name,
            "company_name": name,
            "contact_type": "customer",
            "currency_id": self._currencies[held["Currency"]],
            "payment_terms": random.choice((0, 15, 30, 30, 30, 45)),
            "website": held.get("Website", "") if random.random() < 0.5 else "",
            "source": "user",
            "billing_address": {
                "address": held["Billing_Street"],
                "city": held["Billing_City"],
                "state": held["Billing_State"],
                "zip": held["Billing_Code"],
                "country": held["Billing_Country"],
                "phone": held["Phone"] if random.random() < 0.5 else "",
            },
        }
        if random.random() < 0.7:
            values["contact_persons"] = [
                {
                    "first_name": first[0],
                    "last_name": last[0],
                    "email": f"accounts@{sketch.identity.domain}",
                }
            ]
        return values

    def _add(self, values: dict[str, Any]) -> dict[str, Any]:
        if self.org.contacts.by("name", values["contact_name"].strip().casefold()):
            raise ValueError(f"Books has {values['contact_name']} already")
        at = self.moment - timedelta(days=self.random.randrange(60, 700))
        return founding.add_contact(self.org, values, at=at)

    def _invoices(self, contact: dict[str, Any], currency: str) -> None:
        random = self.random
        for _ in range(random.randrange(1, 4)):
            issued = self.moment - timedelta(days=random.randrange(20, 500))
            item = random.choice(self.items)
            quantity = random.randrange(1, 6)
            places = Decimal(1).scaleb(-DECIMALS.get(currency, 2))
            rate = (item["rate"] * Decimal(random.choice(("1", "0.95", "1.1")))).quantize(places)
            status = random.choice(("sent", "sent", "paid", "draft"))
            paid = rate * quantity if status == "paid" else Decimal(0)
            founding.add_invoice(
                self.org,
                {
                    "customer_id": contact["contact_id"],
                    "date": issued.date().isoformat(),
                    "payment_terms": 30,
                    "status": status,
                    "payment_made": paid,
                    "line_items": [
                        {"item_id": item["item_id"], "rate": rate, "quantity": quantity}
                    ],
                },
                at=issued,
            )
