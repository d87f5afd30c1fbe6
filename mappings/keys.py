"""Normal forms under which records of two apps are looked for in each other.

Each function takes one value and answers the keys it yields, none for an empty or useless value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from mappings.values import Record, read

# Legal forms and fillers that people leave out or spell differently; compared word by word, after
# dots are gone ("S.A." is "sa").
LEGAL_FORMS = frozenset(
    """ab ag aps as asa bhd bv co company corp corporation cv doo ead eood gmbh inc incorporated
    kft kg kk limited llc llp lp ltd ltda mbh nv ohg ood oy oyj plc private pt pte pty pvt sa
    sab sarl sas sdn se sl spa spol srl sro sp zoo the and und et y & i""".split()
)
# Addresses at these say nothing about the company somebody works for.
MAIL_PROVIDERS = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com me.com aol.com "
    "gmx.de gmx.net web.de mail.ru yandex.ru qq.com 163.com proton.me protonmail.com zoho.com "
    "example.com".split()
)


def exact(value: object) -> list[str]:
    """Outer blanks and case do not count: the rule by which Books refuses a second name."""
    text = str(value or "").strip().casefold()
    return [text] if text else []


def loose(value: object) -> list[str]:
    """The name without case, accents, punctuation, legal form and word "the"."""
    text = unicodedata.normalize("NFKD", str(value or "")).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c)).replace(".", "")
    words = re.findall(r"[^\W_]+|&", text)
    kept = [word for word in words if word not in LEGAL_FORMS]
    joined = " ".join(kept or words)
    return [joined] if len(joined) > 1 else []


def domain(value: object) -> list[str]:
    """The domain of a web or e-mail address, without ``www.``; none for mail providers."""
    text = str(value or "").strip().casefold()
    if "@" in text:
        host = text.rpartition("@")[2]
    else:
        try:
            host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
        except ValueError:
            return []
    host = host.removeprefix("www.")
    return [host] if "." in host and " " not in host and host not in MAIL_PROVIDERS else []


def phone(value: object) -> list[str]:
    """The last eight digits, so that +47 22 33 44 55 and 022 33 44 55 meet; none below seven."""
    digits = re.sub(r"\D", "", str(value or ""))
    return [digits[-8:]] if len(digits) >= 7 else []


def tax(value: object) -> list[str]:
    """Letters and digits of a tax number, upper case; none below five."""
    text = re.sub(r"[\W_]", "", str(value or "")).upper()
    return [text] if len(text) >= 5 else []


def whole(value: object) -> list[str]:
    """The value as it is: ids."""
    text = str(value or "").strip()
    return [text] if text else []


@dataclass(frozen=True)
class Key:
    """One way of finding records of an entity: where its value stands and its normal form."""

    kind: str
    paths: tuple[str, ...]
    form: Callable[[object], list[str]]


def keys_of(record: Record, keys: Iterable[Key]) -> set[str]:
    """The lookup keys of a record, each as ``kind:value``, cut to what the column holds."""
    return {
        f"{key.kind}:{form}"[:220]
        for key in keys
        for path in key.paths
        for form in key.form(read(record, path))
    }
