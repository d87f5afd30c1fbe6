"""What differs from country to country: how names, addresses and phones are made there."""

from __future__ import annotations

from dataclasses import dataclass

Part = tuple[str, str]
"""A word and its spelling in plain Latin letters, for addresses on the web."""


@dataclass(slots=True, frozen=True)
class Locale:
    """`weight` is the share of the accounts; a city is (city, state, area code, zip pattern).

    `name` joins {stem}, {trade}, {city}, {legal} and {other} (a second stem). In the zip pattern
    and the phone pattern `#` is a digit; the phone pattern holds {area} and seven further digits.
    `latin_stems` are pairs of syllables joined into stems where `stems` is empty.
    """

    country: str
    weight: int
    currency: str
    names: tuple[str, ...]
    trades: tuple[Part, ...]
    legal: tuple[str, ...]
    cities: tuple[tuple[Part, str, str, str], ...]
    streets: tuple[str, ...]
    phone: str
    first_names: tuple[Part, ...]
    last_names: tuple[Part, ...]
    heads: tuple[Part, ...]
    tails: tuple[Part, ...] = (("", ""),)


def plain(words: str) -> tuple[Part, ...]:
    """Words that are spelt in Latin letters, separated by blanks (`_` is a blank inside one)."""
    return tuple((word.replace("_", " "), word.replace("_", " ")) for word in words.split())


def paired(words: str) -> tuple[Part, ...]:
    """`word=latin` pairs, separated by blanks (`_` is a blank inside one)."""
    pairs = (pair.replace("_", " ").split("=") for pair in words.split())
    return tuple((native, latin) for native, latin in pairs)


def towns(rows: str) -> tuple[tuple[Part, str, str, str], ...]:
    """One town a line: `town[=latin]|state|area code|zip pattern`."""
    found = []
    for line in rows.strip().splitlines():
        town, state, area, code = line.strip().split("|")
        native, _, latin = town.partition("=")
        found.append(((native, latin or native), state, area, code))
    return tuple(found)
