"""One Books organisation: its collections, its clock, and the lookups everything shares.

The default organisation's records lie in `store.collection("books", "contacts", ...)` and so on;
another organisation's in collections of the same names with `@{organization_id}` behind them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ..store import Collection, Record

ZERO = Decimal(0)

KINDS = {
    "contacts": "contact_id",
    "contactpersons": "contact_person_id",
    "items": "item_id",
    "currencies": "currency_id",
    "exchangerates": "exchange_rate_id",
    "users": "user_id",
    "taxes": "tax_id",
    "transactionlock": "transaction_lock_id",
    "invoices": "invoice_id",
    "bills": "bill_id",
    "chartofaccounts": "account_id",
    "comments": "comment_id",
    "customfields": "customfield_id",
    "webhooks": "webhook_id",
    "workflows": "workflow_id",
}
"""The collections of an organisation and the id field of each."""

CRM_LINKS = ("zcrm_account_id", "zcrm_contact_id", "zcrm_vendor_id")


FOUND: list[Callable[[Organisation], None]] = []
"""Called with every organisation that is made; parts that watch its records stand here."""


def fold(name: str) -> str:
    """A display name as Books compares it: without outer blanks, ignoring case."""
    return name.strip().casefold()


def _unless_blank(name: str) -> Callable[[Record], Any]:
    return lambda record: record[name] or None


class Organisation:
    """Made once for each organisation of a world, by `of`, `default` or `found`."""

    def __init__(self, world: Any, organization_id: str) -> None:
        self.world = world
        self.id = organization_id
        self._all = world.store.collection("books", "organizations", "organization_id")
        self._suffix = "" if self.record["is_default_org"] else "@" + organization_id
        self.zone = ZoneInfo(self.record["time_zone"])
        self.contacts = self.held("contacts")
        self.persons = self.held("contactpersons")
        self.items = self.held("items")
        self.currencies = self.held("currencies")
        self.rates = self.held("exchangerates")
        self.users = self.held("users")
        self.taxes = self.held("taxes")
        self.locks = self.held("transactionlock")
        self.invoices = self.held("invoices")
        self.bills = self.held("bills")
        self.accounts = self.held("chartofaccounts")
        self.comments = self.held("comments")
        self.customfields = self.held("customfields")
        self.webhooks = self.held("webhooks")
        self.workflows = self.held("workflows")
        self._index()
        for found in FOUND:
            found(self)

    @property
    def record(self) -> Record:
        return self._all[self.id]

    def held(self, name: str) -> Collection:
        return self.world.store.collection("books", name + self._suffix, KINDS[name])

    def _index(self) -> None:
        self.contacts.index("name", lambda contact: fold(contact["contact_name"]))
        for name in CRM_LINKS:
            self.contacts.index(name, _unless_blank(name))
        for held in (self.contacts, self.items, self.invoices):
            held.index("custom", lambda record: list(record["custom_values"].items()), many=True)
        self.persons.index("contact", lambda person: person["contact_id"])
        self.items.index("name", lambda item: fold(item["name"]))
        self.items.index("sku", lambda item: fold(item["sku"]) or None)
        self.items.index("zcrm_product_id", lambda item: item["zcrm_product_id"] or None)
        self.invoices.index("customer", lambda invoice: invoice["customer_id"])
        self.bills.index("vendor", lambda bill: bill["vendor_id"])
        self.invoices.index("number", lambda invoice: fold(invoice["invoice_number"]))
        self.invoices.index(
            "item",
            lambda invoice: {line["item_id"]: 1 for line in invoice["line_items"]},
            many=True,
        )
        self.currencies.index("code", lambda currency: currency["currency_code"])
        self.comments.index("contact", lambda comment: comment["contact_id"])
        self.users.index("email", lambda user: fold(user["email"]))
        self.customfields.index("entity", lambda field: field["entity"])

    def new_id(self) -> str:
        return self.world.store.new_id("books")

    def now(self, at: datetime | None = None) -> tuple[str, int]:
        """The time as Books writes it, in the organisation's zone, and in microseconds."""
        moment = (at or self.world.clock.now()).astimezone(self.zone)
        return moment.strftime("%Y-%m-%dT%H:%M:%S%z"), int(moment.timestamp() * 1_000_000)

    def touched(self, record: Record) -> Record:
        """The record with its modified time moved on, never back."""
        text, moved = self.now()
        if moved <= record["moved"]:
            text, moved = record["last_modified_time"], record["moved"] + 1
        return {**record, "last_modified_time": text, "moved": moved}

    def today(self) -> str:
        return self.world.clock.now().astimezone(self.zone).date().isoformat()

    @property
    def base_currency(self) -> Record:
        return self.currencies[self.record["currency_id"]]

    def fields_of(self, entity: str) -> list[Record]:
        """The custom fields of an entity (contact, item, invoice)."""
        return self.customfields.cached(
            ("of", entity),
            lambda: [self.customfields[i] for i in self.customfields.by("entity", entity)],
        )

    def balances(self, contact_id: str) -> tuple[Decimal, Decimal]:
        """What the contact owes, in its own currency and in the organisation's."""
        held = (self.invoices[i] for i in self.invoices.by("customer", contact_id))
        owed = [i for i in held if i["status"] not in ("draft", "void")]
        return (
            sum((i["balance"] for i in owed), ZERO),
            sum((i["balance"] * i["exchange_rate"] for i in owed), ZERO),
        )

    def has_transactions(self, contact_id: str) -> bool:
        return bool(self.invoices.by("customer", contact_id) or self.bills.by("vendor", contact_id))


def of(world: Any, organization_id: str) -> Organisation | None:
    """The organisation of that id, None when the world has none."""
    known: dict[str, Organisation] = world.parts.setdefault("books", {})
    if organization_id not in known:
        held = world.store.collection("books", "organizations", "organization_id")
        if organization_id not in held:
            return None
        known[organization_id] = Organisation(world, organization_id)
    return known[organization_id]


def default(world: Any) -> Organisation:
    """The world's default organisation. Raises LookupError when there is none yet."""
    held = world.store.collection("books", "organizations", "organization_id")
    for record in held.values():
        if record["is_default_org"]:
            found = of(world, record["organization_id"])
            if found is not None:
                return found
    raise LookupError("the world has no Books organisation")
