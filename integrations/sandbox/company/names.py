"""Account names, web domains and phones: believable, and each of them one account's alone."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from random import Random

from .locales import Locale, Part

LEGAL_WORDS = frozenset(
    "ltd limited inc incorporated llc llp plc corp corporation co company gmbh ag kg ek sarl sa sas"
    " eurl sl slu sadecv sderl ltda eireli srl spa snc bv nv vof ab hb spzoo spj as ltdşti pvt"
    " private 株式会社 有限会社 有限公司 股份有限公司 ооd ооо еооd ад тов прат αε επε οε شركة مؤسسة"
    " एंटरप्राइज़ेज़ ооод оод еоод".split()
)
_SPECIAL = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "ı": "i", "đ": "d", "Ł": "l"})
LONGEST = 200


def normalised(name: str) -> str:
    """A name without case, accents, blanks, punctuation and legal form: what must be unique."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    dotless = re.sub(r"(?<=\w)\.(?=\s*\w\b)|\.", "", folded)
    joined = re.sub(r"\b(sp) (z) (oo)\b|\b(s) (de) (rl)\b|\b(sa) (de) (cv)\b", "", dotless)
    words = re.findall(r"[^\W_]+(?:[\u0300-\u036f\u0900-\u0963]+[^\W_]*)*", joined)
    kept = [word for word in words if word not in LEGAL_WORDS] or words
    text = "".join(kept)
    for legal in ("株式会社", "有限会社", "股份有限公司", "有限公司"):
        text = text.replace(legal, "")
    bare = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in bare if unicodedata.category(sign) != "Mn").translate(_SPECIAL)


def slug(text: str) -> str:
    """Plain letters, digits and hyphens: `Grün & Söhne` is `grun-sohne`."""
    bare = unicodedata.normalize("NFD", text.casefold().translate(_SPECIAL))
    return re.sub(r"[^a-z0-9]+", "-", bare.encode("ascii", "ignore").decode()).strip("-")


@dataclass(slots=True, frozen=True)
class Identity:
    """What no other account has: its name, its domain, its seven digits of phone."""

    name: str
    domain: str
    digits: str


class Names:
    """Draws identities. Two names never agree in `normalised`, two domains never at all."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.words: set[str] = set()
        self._names: set[str] = set()
        self._domains: set[str] = set()
        self._drawn = 0

    def draw(self, locale: Locale, city: Part) -> Identity:
        for attempt in range(40):
            name, latin = self._compose(locale, city, wide=attempt > 5)
            key = normalised(name)
            if key not in self._names and len(name) <= LONGEST:
                break
        else:
            name, latin = self._numbered(locale, city)
            key = normalised(name)
        self._names.add(key)
        return Identity(name, self._domain(latin, city), self._digits())

    def reserve(self, name: str) -> None:
        """Keep a name that is made elsewhere from being drawn."""
        self._names.add(normalised(name))

    def stem(self, locale: Locale) -> Part:
        head, tail = self.random.choice(locale.heads), self.random.choice(locale.tails)
        return head[0] + tail[0], head[1] + tail[1]

    def _compose(self, locale: Locale, city: Part, *, wide: bool) -> tuple[str, str]:
        random = self.random
        stem, other = self.stem(locale), self.stem(locale)
        last, last2 = random.choice(locale.last_names), random.choice(locale.last_names)
        trade = random.choice(locale.trades)
        pattern = locale.names[0] if wide else random.choice(locale.names)
        if wide:
            # Where short names run out, two stems are joined.
            joiner = " " if " " in locale.names[0] else ""
            stem = (f"{stem[0]}{joiner}{other[0]}", f"{stem[1]} {other[1]}")
        words = {"stem": stem, "other": other, "trade": trade, "city": city, "last": last,
                 "last2": last2}  # fmt: skip
        legal = random.choice(locale.legal)
        name = pattern.format(legal=legal, **{key: word[0] for key, word in words.items()})
        latin = pattern.format(legal="", **{key: word[1] + " " for key, word in words.items()})
        return " ".join(name.split()), latin

    def _numbered(self, locale: Locale, city: Part) -> tuple[str, str]:
        name, latin = self._compose(locale, city, wide=True)
        while normalised(f"{name} {self._drawn}") in self._names:
            self._drawn += 1
        return f"{name} {self._drawn}", latin

    def _domain(self, latin: str, city: Part) -> str:
        """Below `.example`, which is nobody's: no mail to it ever arrives anywhere."""
        base = slug(latin)[:40].strip("-") or "company"
        found, number = base, 1
        while found in self._domains:
            number += 1
            found = f"{base}-{slug(city[1])}" if number == 2 else f"{base}-{number}"
        self._domains.add(found)
        return f"{found}.example"

    def _digits(self) -> str:
        """Seven digits, different every time: the multiplier shares no factor with 10^7."""
        self._drawn += 1
        return f"{(self._drawn * 3_141_593 + 2_718_281) % 10_000_000:07}"


def phone_number(locale: Locale, area: str, digits: str) -> str:
    """The digits in the national form of the locale."""
    shown = locale.phone.format(area=area)
    for digit in digits:
        shown = shown.replace("#", digit, 1)
    return shown


def filled(pattern: str, random: Random) -> str:
    return re.sub("#", lambda _: str(random.randrange(10)), pattern)
