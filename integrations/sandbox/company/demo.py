"""The demo company: the same one for the same number of accounts and the same seed.

Of 100 accounts at least 88 can become Books customers without any trouble: valid, of a currency
Books has, with a name, website and phone that nobody else has. About 3 stand in Books under the
same name already; the rest have one of the troubles in `trouble`. What was made is counted in
`world.company["census"]`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from ..crm.clock import stamp
from . import trouble
from .accounts import Accounts, Sketch
from .catalogue import fill_catalogue
from .ledger import Ledger
from .organisation import establish
from .people import deals_of, people_of
from .purchasing import more_items, more_vendors, odd_products

SPAN = timedelta(days=730)
LONG_NAMES = 0.004
MOST_IN_BOOKS = 0.04


def populate(world: Any, accounts: int, seed: int) -> None:
    """Make the company with `accounts` CRM accounts and all else in proportion.

    Times are counted back from the last midnight but one (UTC), so two worlds built on one day
    with one seed are equal.
    """
    today = world.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    moment = today.astimezone(UTC) - timedelta(days=1)
    org = establish(world, moment)
    random = Random(f"aurora {seed} {accounts}")
    owners = _owners(world)
    drawn = Accounts(random, owners)
    planned = trouble.plan(accounts)
    places = trouble.spread(planned, accounts, random)
    sketches = [drawn.draw() for _ in range(accounts)]
    groups: dict[tuple[str, int], list[Sketch]] = defaultdict(list)
    in_books: list[Sketch] = []
    for place in sorted(places):
        kind, group = places[place]
        if kind == "in_books":
            in_books.append(sketches[place])
        else:
            groups[kind, group].append(sketches[place])
    for number in range(round(accounts * LONG_NAMES)):
        place = (number * 241 + 7) % max(accounts, 1)
        if place not in places:
            drawn.lengthen(sketches[place])
    for (kind, group), members in groups.items():
        trouble.apply(drawn, kind, members, group)
    ids = _insert_accounts(world, random, sketches, moment)
    ledger = Ledger(org, random, moment)
    _fill_ledger(ledger, drawn, accounts, in_books, groups, world)
    _insert_people(world, random, sketches, ids, moment)
    room = int(accounts * MOST_IN_BOOKS) - len(org.contacts)
    vendors = more_vendors(drawn, ledger, accounts, min(room, 3))
    more_items(ledger)
    fill_catalogue(world, random, owners, moment, vendors=vendors, products=odd_products())
    census = world.company["census"]
    census["books"] = {**census["books"], **ledger.census, "contacts": len(org.contacts)}
    census.update(
        accounts=accounts,
        clean=accounts - len(places),
        troubles={
            kind: sum(1 for name, _ in places.values() if name == kind)
            for kind in planned
            if kind != "in_books"
        },
    )


def _owners(world: Any) -> list[str]:
    users = world.store.collection("crm", "users").values()
    return [user["id"] for user in users if user["status"] == "active" and user["confirm"]]


class _Times:
    """Created and modified times for `count` records, in order over the span before `moment`."""

    def __init__(self, random: Random, count: int, moment: datetime) -> None:
        self.random = random
        self.step = SPAN / max(count, 1)
        self.next = moment - SPAN

    def draw(self) -> dict[str, str]:
        created = self.next
        self.next += self.step
        modified = created + self.step * self.random.random()
        return {"Created_Time": stamp(created), "Modified_Time": stamp(modified)}


def _insert_accounts(
    world: Any, random: Random, sketches: list[Sketch], moment: datetime
) -> list[str]:
    held, new_id = world.store.collection("crm", "Accounts"), world.store.new_id
    times = _Times(random, len(sketches), moment)
    ids: list[str] = []
    for number, sketch in enumerate(sketches):
        owner = sketch.values["Owner"]
        record = {
            "id": new_id("crm"),
            **sketch.values,
            "Account_Number": str(100_000 + number),
            "Tax_Number": f"AU{number * 97 + 1_000_003}",
            "Created_By": owner,
            "Modified_By": owner,
            **times.draw(),
        }
        if number > 20 and random.random() < 0.04:
            record["Parent_Account"] = random.choice(ids)
        if random.random() < 0.01:
            city = sketch.values["Billing_City"]
            record["Branch_Offices"] = [{"id": new_id("crm"), "Name": f"Depot {city}"[:100]}]
        ids.append(held.insert(record)["id"])
    return ids


def _insert_people(
    world: Any, random: Random, sketches: list[Sketch], ids: list[str], moment: datetime
) -> None:
    contacts, deals = (world.store.collection("crm", name) for name in ("Contacts", "Deals"))
    new_id = world.store.new_id
    people_times = _Times(random, round(len(ids) * 1.52) + 8, moment)
    deal_times = _Times(random, round(len(ids) * 0.62) + 8, moment)
    counted: Counter[str] = Counter()
    day = moment.date()
    for sketch, account_id in zip(sketches, ids, strict=True):
        mine = []
        for values in people_of(random, sketch, account_id):
            record = {"id": new_id("crm"), **values, **_by(values), **people_times.draw()}
            contacts.insert(record)
            counted["contacts"] += 1
            if "Account_Name" in values:
                mine.append(record["id"])
        for values in deals_of(random, sketch, account_id, mine, day):
            deals.insert({"id": new_id("crm"), **values, **_by(values), **deal_times.draw()})
            counted["deals"] += 1
    world.company.setdefault("census", {}).update(counted)


def _by(values: dict[str, Any]) -> dict[str, str]:
    return {"Created_By": values["Owner"], "Modified_By": values["Owner"]}


def _fill_ledger(
    ledger: Ledger,
    drawn: Accounts,
    accounts: int,
    in_books: list[Sketch],
    groups: dict[tuple[str, int], list[Sketch]],
    world: Any,
) -> None:
    for number, sketch in enumerate(in_books):
        ledger.same_name(sketch, number)
    alike = [members[0] for (kind, _), members in groups.items() if kind == "like_books"]
    room = int(accounts * MOST_IN_BOOKS) - len(in_books) - len(alike)
    for number, sketch in enumerate(alike):
        ledger.alike(drawn, sketch, number)
    for number in range(min(room, max(1, round(accounts * 0.004)))):
        ledger.books_only(drawn, number)
    books = ledger.org.contacts
    world.company["census"] = {
        "books": {**ledger.census, "contacts": len(books), "invoices": len(ledger.org.invoices)}
    }
