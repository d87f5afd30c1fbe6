"""The demo company: the same from the same seed, in its proportions, and like life."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from urllib.parse import urlsplit

import pytest

from integrations.sandbox.company import trouble
from integrations.sandbox.company.names import normalised
from integrations.sandbox.world import World
from tests.sandbox.conftest import Caller

ACCOUNTS = 1000
LIMITS = {"Billing_Street": 500, "Billing_City": 100, "Billing_State": 100, "Billing_Code": 50,
          "Shipping_Street": 500, "Shipping_City": 100, "Shipping_Code": 50, "Phone": 50,
          "Fax": 50, "Account_Name": 200}  # fmt: skip
SITE = re.compile(r"(https?://)?([\w-]+\.)+[a-z]{2,}/?")


@pytest.fixture(scope="module")
def demo() -> World:
    return World.build("demo", ACCOUNTS, 1, limits="off")


@pytest.fixture(scope="module")
def accounts(demo):
    return demo.store.collection("crm", "Accounts").values()


@pytest.fixture(scope="module")
def customers(demo):
    return demo.store.collection("books", "contacts", "contact_id").values()


def fold(name):
    return name.strip().casefold()


def host(website):
    text = website if "//" in website else f"//{website}"
    return (urlsplit(text).hostname or "").removeprefix("www.")


def faults_of(accounts, customers, currencies):
    """What stands between each account and a new Books customer, judged from outside."""
    names = Counter(normalised(row["Account_Name"]) for row in accounts)
    hosts = Counter(host(row["Website"]) for row in accounts if row.get("Website"))
    phones = Counter(row["Phone"] for row in accounts if row.get("Phone"))
    taken = {fold(row["contact_name"]) for row in customers}
    sites = {host(row["website"]) for row in customers if row["website"]}
    called = {row["billing_address"]["phone"] for row in customers}
    for row in accounts:
        found = [name for name, limit in LIMITS.items() if len(row.get(name, "")) > limit]
        if row["Currency"] not in currencies:
            found.append("currency")
        if row.get("Website") and not SITE.fullmatch(row["Website"]):
            found.append("website")
        if fold(row["Account_Name"]) in taken:
            found.append("in books")
        if names[normalised(row["Account_Name"])] > 1:
            found.append("name")
        if row.get("Website") and (
            hosts[host(row["Website"])] > 1 or host(row["Website"]) in sites
        ):
            found.append("host")
        if phones[row["Phone"]] > 1 or row["Phone"] in called:
            found.append("phone")
        yield row, found


def books_currencies(world):
    held = world.store.collection("books", "currencies", "currency_id").values()
    return {row["currency_code"]: row["currency_id"] for row in held}


def clean_ones(world):
    accounts = world.store.collection("crm", "Accounts").values()
    customers = world.store.collection("books", "contacts", "contact_id").values()
    judged = faults_of(accounts, customers, books_currencies(world))
    return [row for row, found in judged if not found]


@pytest.mark.parametrize(("count", "seed"), [(25, 1), (100, 2), (300, 3), (ACCOUNTS, 1)])
def test_eighty_eight_of_a_hundred_are_clean(count, seed):
    world = World.build("demo", count, seed, limits="off")
    assert len(world.store.collection("crm", "Accounts")) == count
    assert len(clean_ones(world)) >= 0.88 * count
    assert len(world.store.collection("books", "contacts", "contact_id")) <= 0.04 * count


def test_every_clean_account_can_be_made_in_books():
    world = World.build("demo", 400, 5, limits="off")
    books = Caller(world, "/books/v3", organization_id=world.company["organization_id"])
    currencies = books_currencies(world)
    refused = []
    for row in clean_ones(world):
        answer = books.post("/contacts", as_customer(row, currencies))
        if answer.status != 201:
            refused.append((row["Account_Name"], answer.body))
    assert refused == []


def as_customer(row, currencies):
    def address(prefix):
        names = {"address": "Street", "city": "City", "state": "State", "zip": "Code",
                 "country": "Country"}  # fmt: skip
        return {name: row.get(f"{prefix}_{field}", "") for name, field in names.items()}

    return {
        "contact_name": row["Account_Name"],
        "company_name": row["Account_Name"],
        "contact_type": "customer",
        "website": row.get("Website", ""),
        "notes": row.get("Description", ""),
        "currency_id": currencies[row["Currency"]],
        "billing_address": {**address("Billing"), "phone": row["Phone"], "fax": row.get("Fax", "")},
        "shipping_address": address("Shipping"),
    }


def test_one_seed_makes_one_company(demo):
    again = World.build("demo", ACCOUNTS, 1, limits="off")
    for service, name, id_field in (
        ("crm", "Accounts", "id"),
        ("crm", "Contacts", "id"),
        ("crm", "Deals", "id"),
        ("crm", "users", "id"),
        ("crm", "fields", "id"),
        ("books", "contacts", "contact_id"),
        ("books", "invoices", "invoice_id"),
    ):
        held, other = (w.store.collection(service, name, id_field).values() for w in (demo, again))
        assert held == other, name


def test_another_seed_makes_another(accounts):
    other = World.build("demo", ACCOUNTS, 2, limits="off")
    names = {row["Account_Name"] for row in other.store.collection("crm", "Accounts").values()}
    assert len(names & {row["Account_Name"] for row in accounts}) < ACCOUNTS / 4


def test_every_trouble_occurs(demo, accounts, customers):
    counted: Counter[str] = Counter()
    for _, found in faults_of(accounts, customers, books_currencies(demo)):
        counted.update(set(found))
    expected = {"Phone", "Billing_Street", "Billing_City", "Billing_Code", "currency", "website",
                "in books", "name", "host", "phone"}  # fmt: skip
    assert set(counted) == expected
    assert 20 <= counted["in books"] <= 35
    told = demo.company["census"]
    assert (
        told["clean"]
        == len(clean_ones(demo))
        == ACCOUNTS - sum((*told["troubles"].values(), told["books"]["same_name"]))
    )


def test_acme_three_times_and_twins_to_the_letter(accounts):
    names = Counter(row["Account_Name"] for row in accounts)
    assert {"Acme Ltd", "Acme Limited", "ACME LTD "} <= set(names)
    assert [count for count in names.values() if count > 1] == [2, 2]
    assert sum(1 for name in names if len(name) > 190) >= 3
    assert max(map(len, names)) <= 200


def test_names_in_several_scripts(accounts):
    scripts: Counter[str] = Counter()
    for row in accounts:
        letters = [sign for sign in row["Account_Name"] if sign.isalpha()]
        scripts.update({unicodedata.name(sign).split()[0] for sign in letters})
        scripts["ACCENT"] += any("WITH" in unicodedata.name(sign) for sign in letters)
    for script in ("LATIN", "CYRILLIC", "GREEK", "CJK", "ARABIC", "DEVANAGARI", "ACCENT"):
        assert scripts[script] >= 10, script


def test_books_contacts_share_no_name_and_carry_no_link(demo, customers):
    names = [fold(row["contact_name"]) for row in customers]
    assert len(set(names)) == len(names)
    assert not any(row["zcrm_account_id"] or row["zcrm_contact_id"] for row in customers)
    told = demo.company["census"]["books"]
    assert told["contacts"] == len(customers) <= 0.04 * ACCOUNTS
    assert told["inactive"] == sum(row["status"] == "inactive" for row in customers) >= 2
    assert told["vendors"] >= 1
    invoices = demo.store.collection("books", "invoices", "invoice_id").values()
    with_invoices = {row["customer_id"] for row in invoices}
    assert len(with_invoices) == told["invoiced"] >= 5
    same = {fold(row["contact_name"]) for row in customers if row["contact_id"] in with_invoices}
    held = demo.store.collection("crm", "Accounts").values()
    assert same <= {fold(row["Account_Name"]) for row in held}


def test_people_and_deals_in_proportion(demo, accounts):
    contacts = demo.store.collection("crm", "Contacts").values()
    deals = demo.store.collection("crm", "Deals").values()
    assert 1.3 * ACCOUNTS < len(contacts) < 1.7 * ACCOUNTS
    assert 0.5 * ACCOUNTS < len(deals) < 0.75 * ACCOUNTS
    assert sum("Last_Name" not in row for row in contacts) >= 5
    bad = [row for row in contacts if not re.fullmatch(r"[\w.-]+@[\w.-]+\.\w+", row["Email"])]
    assert 5 <= len(bad) <= 40
    ids = {row["id"] for row in accounts}
    assert {row["Account_Name"] for row in deals} <= ids
    assert len({row["Stage"] for row in deals}) >= 8
    assert {row["Pipeline"] for row in deals} == {"Standard (Standard)", "Partner sales"}


def test_times_run_in_order_and_end_well_before_now(demo, accounts):
    modified = [row["Modified_Time"] for row in accounts]
    assert modified == sorted(modified)
    assert all(row["Created_Time"] <= row["Modified_Time"] for row in accounts)
    now = demo.clock.now()
    span = now.fromisoformat(modified[-1]) - now.fromisoformat(modified[0])
    assert 700 < span.days <= 730
    assert (now - now.fromisoformat(modified[-1])).total_seconds() > 86_000


def test_a_view_holds_some_of_the_accounts(demo):
    crm = Caller(demo, "/crm/v8")
    views = crm.get("/settings/custom_views", module="Accounts").body["custom_views"]
    found = {
        view["name"]: crm.get("/Accounts/actions/count", cvid=view["id"]).body["count"]
        for view in views
    }
    assert found["All Accounts"] == ACCOUNTS
    assert 0.05 * ACCOUNTS < found["Key accounts"] < 0.25 * ACCOUNTS
    assert 0 < found["My Accounts"] < ACCOUNTS
    assert 0 < found["Recently Created Accounts"] < 0.1 * ACCOUNTS


def test_what_the_api_says_of_the_records_is_what_it_would_take(demo):
    """Beside the flaws the store alone can hold, every record fits its module's own fields."""
    crm = Caller(demo, "/crm/v8")
    for module in ("Accounts", "Deals"):
        rows = crm.get(f"/{module}", fields="id", per_page=100).body["data"]
        for row in rows[:100]:
            record = crm.get(f"/{module}/{row['id']}").body["data"][0]
            record.pop("Website", None)
            answer = crm.put(f"/{module}", {"data": [record]})
            assert answer.status == 200, answer.body


def test_the_same_currencies_and_base(demo):
    crm = {row["iso_code"]: row for row in demo.store.collection("crm", "currencies").values()}
    books = set(books_currencies(demo))
    assert books == {"USD", "EUR", "GBP", "INR", "JPY", "KWD"}
    assert set(crm) - books == {"SEK", "CHF"}
    base = demo.store.collection("books", "organizations", "organization_id").values()[0]
    assert base["currency_code"] == next(code for code, row in crm.items() if row["is_base"])


@pytest.mark.parametrize("count", [0, 1, 5, 20, 25, 100, 1000, 10_000, 100_000])
def test_plans_stay_within_their_shares(count):
    planned = trouble.plan(count)
    spent = sum(
        groups * (1 if name == "in_books" else trouble.KINDS[name][0])
        for name, groups in planned.items()
    )
    assert spent <= 0.12 * count
    assert planned["in_books"] <= max(1, 0.03 * count)


def test_small_companies_are_companies_too():
    for count in (0, 1, 3, 25):
        world = World.build("demo", count, 4, limits="off")
        assert len(world.store.collection("crm", "Accounts")) == count


def test_the_empty_company_has_everything_but_records():
    world = World.build("empty", limits="off")
    for name in ("Accounts", "Contacts", "Deals", "Products", "Vendors"):
        assert len(world.store.collection("crm", name)) == 0
    assert len(world.store.collection("books", "contacts", "contact_id")) == 0
    assert len(world.store.collection("crm", "users")) == 12
    assert len(world.store.collection("crm", "fields")) > 100
    assert set(books_currencies(world)) == {"USD", "EUR", "GBP", "INR", "JPY", "KWD"}


def test_a_company_comes_back_from_its_file(tmp_path):
    file = str(tmp_path / "company.db")
    first = World.build("demo", 60, 1, limits="off", store_file=file)
    crm = Caller(first, "/crm/v8")
    rows = crm.get("/Accounts", fields="Account_Name,Owner").body["data"]
    first.store.close()
    second = World.build("demo", 60, 1, limits="off", store_file=file)
    assert (
        Caller(second, "/crm/v8").get("/Accounts", fields="Account_Name,Owner").body["data"] == rows
    )
