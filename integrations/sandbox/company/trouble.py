"""What is wrong with some accounts, as something is wrong with some accounts everywhere.

Each kind is applied to as many accounts as its share says, one at least where there is room; all
kinds together, with the accounts that Books already has, stay below 12 of 100.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from .accounts import RATES, Accounts, Sketch
from .names import phone_number

MOST = 0.115
Apply = Callable[[Accounts, list[Sketch], int], None]


def plan(count: int) -> dict[str, int]:
    """How many groups of each kind a company of `count` accounts has.

    A group is what belongs together: a pair for twins, three for near names, one account else.
    """
    room = int(count * MOST)
    planned: dict[str, int] = {}
    for name, (size, share, _) in {"in_books": (1, 0.03, None), **KINDS}.items():
        groups = max(1, round(count * share / size))
        planned[name] = min(groups, room // size)
        room -= planned[name] * size
    return planned


def spread(planned: dict[str, int], count: int, random: Random) -> dict[int, tuple[str, int]]:
    """Which accounts (by place) are of which kind and group."""
    wanted = [
        (name, group)
        for name, groups in planned.items()
        for group in range(groups)
        for _ in range(1 if name == "in_books" else KINDS[name][0])
    ]
    places = random.sample(range(count), len(wanted))
    return dict(zip(places, wanted, strict=True))


def apply(accounts: Accounts, name: str, group: list[Sketch], number: int) -> None:
    """Make the accounts of one group wrong in the way of their kind."""
    KINDS[name][2](accounts, group, number)


def _near_names(accounts: Accounts, group: list[Sketch], number: int) -> None:
    """`Acme Ltd`, `Acme Limited`, `ACME LTD `: one company, entered by three people."""
    trade = accounts.random.choice(("Trading", "Instruments", "Tools"))
    base = f"{_word(accounts)} {trade}" if number else "Acme"
    names = (f"{base} Ltd", f"{base} Limited", f"{base} Ltd ".upper())
    for sketch, name in zip(group, names, strict=True):
        accounts.names.reserve(name)
        sketch.values["Account_Name"] = name


def _twins(accounts: Accounts, group: list[Sketch], number: int) -> None:
    """Two accounts of one name to the letter, at different addresses."""
    group[1].values["Account_Name"] = group[0].values["Account_Name"]


def _long_phone(accounts: Accounts, group: list[Sketch], number: int) -> None:
    """Three numbers in one field: longer than the 50 characters of Books."""
    sketch = group[0]
    more = [f"{accounts.random.randrange(10**7):07}" for _ in range(2)]
    numbers = [sketch.values["Phone"]]
    numbers += [phone_number(sketch.locale, sketch.area, digits) for digits in more]
    sketch.values["Phone"] = "; ".join(numbers).ljust(51, "0")[:95]


def _bad_website(accounts: Accounts, group: list[Sketch], number: int) -> None:
    wrong = ("none", "see business card", "http://", "www,{},com", "n/a - ask reception", "htp//{}")
    domain = group[0].identity.domain
    group[0].values["Website"] = wrong[number % len(wrong)].format(domain)


def _long_street(accounts: Accounts, group: list[Sketch], number: int) -> None:
    """Delivery instructions in the street field: over the 500 characters of Books."""
    told = ("Enter by gate 4 on the river side, sign in with the porter, follow the blue line to"
            " the goods lift and ring for the stores on level two.")  # fmt: skip
    street = group[0].values["Billing_Street"]
    while len(street) <= 500:
        street = f"{street}\n{told}"
    group[0].values["Billing_Street"] = street[:600]


def _long_city(accounts: Accounts, group: list[Sketch], number: int) -> None:
    """Over the 100 characters of Books."""
    city = group[0].values["Billing_City"]
    told = "industrial estate behind the old harbour, next to the cold store and the customs yard"
    group[0].values["Billing_City"] = f"{city}, {told} ({number + 1})".ljust(101, ".")[:150]


def _long_code(accounts: Accounts, group: list[Sketch], number: int) -> None:
    """Over the 50 characters of Books."""
    code = group[0].values["Billing_Code"]
    group[0].values["Billing_Code"] = f"{code} (parcels only; letters to P.O. Box 17 0{number} 42)"
    group[0].values["Billing_Code"] = group[0].values["Billing_Code"].ljust(51, "0")[:60]


def _unknown_currency(accounts: Accounts, group: list[Sketch], number: int) -> None:
    """A currency that CRM has and Books lacks."""
    code = ("SEK", "SEK", "CHF")[number % 3]
    group[0].values.update(Currency=code, Exchange_Rate=RATES[code])


def _one_website(accounts: Accounts, group: list[Sketch], number: int) -> None:
    """Two accounts with one website: a company and its branch, perhaps."""
    domain = group[0].identity.domain
    group[0].values["Website"], group[1].values["Website"] = f"https://{domain}", f"www.{domain}"


def _one_phone(accounts: Accounts, group: list[Sketch], number: int) -> None:
    group[1].values["Phone"] = group[0].values["Phone"]


def _word(accounts: Accounts) -> str:
    """A stem that no drawn name begins with."""
    random: Random = accounts.random
    while True:
        word = "".join(
            random.choice(("ba", "ko", "li", "mu", "re", "so", "ta", "vi")) for _ in "123"
        )
        if word not in accounts.names.words:
            accounts.names.words.add(word)
            return word.capitalize()


KINDS: dict[str, tuple[int, float, Any]] = {
    "near_names": (3, 0.009, _near_names),
    "twins": (2, 0.004, _twins),
    "unknown_currency": (1, 0.012, _unknown_currency),
    "long_phone": (1, 0.006, _long_phone),
    "bad_website": (1, 0.006, _bad_website),
    "one_website": (2, 0.006, _one_website),
    "one_phone": (2, 0.004, _one_phone),
    "long_street": (1, 0.003, _long_street),
    "long_city": (1, 0.003, _long_city),
    "long_code": (1, 0.002, _long_code),
    "like_books": (1, 0.003, lambda accounts, group, number: None),
}
"""Kind -> (accounts in a group, share of all accounts, what is done to them).

`like_books` accounts resemble a Books contact of another name; `books` makes that contact.
"""
