"""Records that something is wrong with, one for each error of the catalogue: how they come about,
what is said of them, and how they are cured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations import access, configuring, decisions, pairs, trials
from mappings.fields import Field
from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, both, contact
from tests.flows.test_items import KEY as ITEMS
from tests.flows.test_items import item, product
from tests.screens.people import person

CUSTOMERS = "crm.customers"


@dataclass(frozen=True)
class Trouble:
    """`provoke` enters a record and returns its id; `cure` does what the remedy says."""

    cause: str
    provoke: Callable[[Office], str]
    says: tuple[str, ...]
    cure: Callable[[Office, str], None]
    modules: tuple[str, ...] = (CUSTOMERS,)
    state: str = "failing"


def entered(office: Office, name: str, **values: Any) -> str:
    row = {"contact_name": name, "contact_type": "customer", **values}
    return office.add("books", "contacts", row)[0]


def mapped(office: Office, module: str, *more: Field) -> None:
    setting = office.setting(module)
    configuring.change_map(setting, [*trials.default_pairs(setting)[0], *more])


def changed(collection: str, **values: Any) -> Callable[[Office, str], None]:
    return lambda office, made: office.change("crm", collection, made, **values)


# How they come about ------------------------------------------------------------------------------


def cloned(office: Office) -> str:
    entered(office, "Acme Ltd")
    office.configure(duplicates="clone")
    return office.accounts("Acme Ltd")[0]


def renamed(office: Office) -> str:
    entered(office, "Bolt Ltd")
    made = office.accounts("Acme Ltd")[0]
    office.sync()
    office.change("crm", "Accounts", made, Account_Name="Bolt Ltd")
    return made


def second_names(office: Office, made: str) -> None:
    office.world.company["duplicate_names"] = True
    office.configure(second_names="yes")


def colleague(**values: Any) -> Callable[[Office], str]:
    """A contact of an account that has Ann Berg already."""

    def provoke(office: Office) -> str:
        both(office)
        acme = office.accounts("Acme Ltd")[0]
        contact(office, "Ann", "Berg", Account_Name=acme, Email="ann@acme.example.org")
        office.sync()
        office.sync(PERSONS)
        row = {"First_Name": "Bo", "Last_Name": "Dahl", "Account_Name": acme, **values}
        return office.add("crm", "Contacts", {k: v for k, v in row.items() if v})[0]

    return provoke


def nameless(office: Office) -> str:
    """CRM's own screens want a last name; what other ways in leave behind may have none."""
    office.configure(module="contacts")
    made = contact(office, "Ann", "Berg")
    held = office.world.store.collection("crm", "Contacts")
    kept = {name: value for name, value in held[made].items() if name != "Last_Name"}
    held.replace(made, {**kept, "Full_Name": "Ann"})
    return made


def moved(office: Office) -> str:
    both(office)
    acme, bolt = office.accounts("Acme Ltd", "Bolt Ltd")
    made = contact(office, "Ann", "Berg", Account_Name=acme)
    office.sync()
    office.sync(PERSONS)
    office.change("crm", "Contacts", made, Account_Name=bolt)
    return made


def moved_back(office: Office, made: str) -> None:
    rows = {row["Account_Name"]: row["id"] for row in office.records("crm", "Accounts")}
    office.change("crm", "Contacts", made, Account_Name=rows["Acme Ltd"])


def made_anew(office: Office, made: str) -> None:
    admin = person(access.ADMIN)
    pairs.separate(admin, [office.link(made)], "She works for another company now.")
    decisions.different(admin, [office.link(made)])


def in_crowns(office: Office) -> str:
    return office.accounts("Acme Ltd", Currency="SEK", Exchange_Rate=10.6)[0]


def crowns_in_books(office: Office, made: str) -> None:
    rows = [{"currency_code": "SEK", "currency_symbol": "kr"}]
    office.control("POST", "records/books/currencies", rows)


def another_currency(office: Office) -> str:
    """Of a customer that has an invoice already."""
    made = office.accounts("Acme Ltd", Currency="USD", Exchange_Rate=1)[0]
    office.sync()
    line = {"name": "Work", "rate": 100, "quantity": 1}
    row = {"customer_id": office.link(made).target_id, "date": "2026-10-01", "line_items": [line]}
    office.add("books", "invoices", row)
    office.change("crm", "Accounts", made, Currency="EUR", Exchange_Rate=0.92)
    return made


def wrong_tax_number(office: Office) -> str:
    """Which number is right, Books alone knows: it depends on its country."""
    mapped(office, CUSTOMERS, Field("Tax_Number", "tax_id_value"))
    made = office.accounts("Acme Ltd", Tax_Number="NO 999 888 777")[0]
    office.sync()
    office.change("crm", "Accounts", made, Tax_Number="NO 12")
    refusal = {"code": 2, "message": "Invalid value passed for tax_id_value"}
    fault = {"service": "books", "method": "PUT", "path": "/contacts/{id}", "kind": "status"}
    office.faults({**fault, "status": 400, "body": refusal})
    return made


def right_tax_number(office: Office, made: str) -> None:
    office.faults()
    office.change("crm", "Accounts", made, Tax_Number="NO 123 456 785")


def goods_or_service(office: Office) -> str:
    mapped(office, ITEMS, Field("Goods_or_Service", "product_type", "choice"))
    return product(office, "Manual", Goods_or_Service="Both")


def same_sku(office: Office) -> str:
    product(office, "Probe", "A-1")
    made = product(office, "Meter", "B-2")
    office.sync(ITEMS)
    office.change("crm", "Products", made, Product_Code="A-1")
    return made


def cloned_sku(office: Office) -> str:
    item(office, "Probe, old name", "A-1")
    office.configure(ITEMS, duplicates="clone")
    return product(office, "Probe", "A-1")


def two_of_a_name(office: Office) -> str:
    office.world.company["duplicate_names"] = True
    for city in ("Oslo", "Bergen"):
        entered(office, "Acme Ltd", billing_address={"city": city})
    office.configure(duplicates="overwrite")
    return office.accounts("Acme Ltd")[0]


def name_and_sku(office: Office) -> str:
    item(office, "Probe", "A-1")
    item(office, "Meter", "B-2")
    return product(office, "Probe", "B-2")


def picked_and_changed(office: Office, made: str) -> None:
    """Paired with Probe, the SKU of Meter would be refused next."""
    picked(office, made)
    office.change("crm", "Products", made, Product_Code="A-1")


def picked(office: Office, made: str) -> None:
    link = office.link(made)
    decisions.same(person(access.FINANCE), link, link.details["candidates"][0]["id"])


PEOPLE = (CUSTOMERS, PERSONS)
OVERWRITE: Callable[[Office, str], None] = lambda office, made: office.configure(  # noqa: E731
    duplicates="overwrite"
)
TABLE = {
    "E-01 renamed": Trouble(
        "name_taken", cloned, ("Acme Ltd", "already used"), changed("Accounts", Account_Name="Bo")
    ),
    "E-01 overwritten": Trouble("name_taken", cloned, ("Acme Ltd",), OVERWRITE),
    "E-01 allowed": Trouble("name_taken", cloned, ("Acme Ltd",), second_names),
    "E-01 of a pair": Trouble(
        "name_taken", renamed, ("Display name “Bolt Ltd”",), changed("Accounts", Account_Name="Bo")
    ),
    "E-02 person": Trouble(
        "required",
        colleague(First_Name=None),
        ("First name", "has no value"),
        changed("Contacts", First_Name="Bo"),
        PEOPLE,
    ),
    "E-02 individual": Trouble(
        "required", nameless, ("last name", "no value"), changed("Contacts", Last_Name="Berg")
    ),
    "E-02 price": Trouble(
        "required",
        lambda office: product(office, "Probe", Unit_Price=None),
        ("Selling price", "no value"),
        changed("Products", Unit_Price=12),
        (ITEMS,),
    ),
    "E-03": Trouble(
        "value_taken",
        colleague(Email="Ann@acme.example.org"),
        ("E-mail “Ann@acme.example.org”", "already used by Ann Berg"),
        changed("Contacts", Email="bo@acme.example.org"),
        PEOPLE,
    ),
    "E-04": Trouble(
        "invalid",
        colleague(Email="bo(at)acme"),
        ("E-mail “bo(at)acme”", "is not an e-mail address"),
        changed("Contacts", Email="bo@acme.example.org"),
        PEOPLE,
    ),
    "E-04 found out by Books": Trouble(
        "invalid",
        colleague(Email="bo@acme.e1"),
        ("E-mail “bo@acme.e1” was refused",),
        changed("Contacts", Email="bo@acme.example.org"),
        PEOPLE,
    ),
    "E-05 not set up": Trouble(
        "unknown_choice", in_crowns, ("Currency “SEK”", "not among the values"), crowns_in_books
    ),
    "E-05 with transactions": Trouble(
        "finance_owned",
        another_currency,
        ("Currency", "has documents for this record"),
        changed("Accounts", Currency="USD", Exchange_Rate=1),
    ),
    "E-07": Trouble(
        "too_long",
        lambda office: office.accounts("Acme Ltd", Billing_City="Y" * 101)[0],
        ("Billing city", "101 characters; 100 are allowed"),
        changed("Accounts", Billing_City="Y"),
    ),
    "E-09": Trouble(
        "unknown_choice",
        goods_or_service,
        ("Product type “Both”", "not among the values"),
        changed("Products", Goods_or_Service="Service"),
        (ITEMS,),
    ),
    "E-10 changed back": Trouble(
        "moved", moved, ("Customer cannot be changed",), moved_back, PEOPLE
    ),
    "E-10 made anew": Trouble("moved", moved, ("Customer cannot be changed",), made_anew, PEOPLE),
    "E-13": Trouble(
        "invalid", wrong_tax_number, ("Tax number “NO 12” was refused",), right_tax_number
    ),
    "E-14 changed": Trouble(
        "value_taken",
        same_sku,
        ("SKU “A-1”", "already used by Probe"),
        changed("Products", Product_Code="C-3"),
        (ITEMS,),
    ),
    "E-14 overwritten": Trouble(
        "value_taken",
        cloned_sku,
        ("SKU “A-1”", "already used by Probe, old name"),
        lambda office, made: office.configure(ITEMS, duplicates="overwrite"),
        (ITEMS,),
    ),
    "E-17 of one name": Trouble(
        "possible_duplicate",
        two_of_a_name,
        ("2 records are like it", "Acme Ltd"),
        picked,
        state="undecided",
    ),
    "E-17 name and SKU": Trouble(
        "ambiguous",
        name_and_sku,
        ("Probe has the same name, Meter has the same SKU.",),
        picked_and_changed,
        (ITEMS,),
        "undecided",
    ),
}
