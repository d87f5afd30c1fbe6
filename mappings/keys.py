"""Normal forms under which records of two apps are looked for in each other.

Each function takes one value and answers the keys it yields, none for an empty or useless value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from mappings.values import Record, id_in, read

# What a name is spelt with besides its own words: legal forms, and fillers such as "and". Written
# as they look after `_words`: "S.A." is "sa", "A.Ş." is "as".
_FORMS = """
    ab ag aps as asa bhd bv cc co company corp corporation cv doo dooel ead eood ev gmbh hf ike inc
    incorporated kft kg kgaa kk limited lda llc llp lp ltd ltda mbh nv nyrt ohg ood oy oyj plc
    private pt pte pty pvt sa sab sagl sapi sarl sas sasu scs sdn se sl slu spa spol srl sro sti
    tbk vof zoo zrt the and und et y & i
    ад еад еоод оод ооо оао зао пао ао ип тов тзов прат пат пп фоп тоо доо дооел
    αε αβεε εε επε ικε οε
    株 有 주 บริษัท จำกัด มหาชน
"""
# Several words that only together are a legal form.
_PHRASES = (
    *("sa de cv", "sab de cv", "sapi de cv", "s de rl de cv", "srl de cv"),
    *("sp zoo", "sp zo o", "san ve tic", "sanayi ve ticaret"),
)
# In scripts written without blanks the legal form is the beginning or the end of the name.
_ATTACHED = """
    株式会社 有限会社 合同会社 合資会社 合名会社 有限公司 股份有限公司 有限责任公司 有限責任公司
    股份公司 公司 주식회사 유한회사 บริษัท จำกัด
"""
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
    words = _words(str(value or ""))
    joined = f" {' '.join(words)} "
    for phrase in _PHRASES:
        joined = joined.replace(f" {phrase} ", " ")
    kept = [word for word in joined.split() if word not in LEGAL_FORMS]
    bare = [_bare(word) if ord(word[0]) > _BLANKLESS else word for word in kept]
    loose_name = " ".join(filter(None, bare)) or " ".join(words)
    return [loose_name] if len(loose_name) > 1 else []


# Letters that are no base letter with an accent, and yet are left out on keyboards without them.
_PLAIN = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th"})
# From here on scripts have no blanks between words: Thai, then Chinese, Japanese, Korean.
_BLANKLESS = 0x0E00


def _words(text: str) -> list[str]:
    """Words of a name in one form; initials are joined, so "S. A." and "S.A." are "sa"."""
    text = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    if not text.isascii():
        # Accents of Latin, Greek and Cyrillic; the marks of other scripts are part of the word.
        text = re.sub("[\u0300-\u036f]", "", text)
        text = unicodedata.normalize("NFC", text)
        text = "".join(c if unicodedata.category(c)[0] in "LMN" or c == "&" else " " for c in text)
    words: list[str] = []
    initials = False
    for word in re.findall(r"[^\W_]+|&" if text.isascii() else r"\S+", text):
        initial = len(word) == 1 and word.isalpha() and ord(word) < _BLANKLESS
        if initial and initials:
            words[-1] += word
        else:
            words.append(word)
        initials = initial
    return words


def _bare(word: str) -> str:
    """The word without legal forms attached to either end of it."""
    while True:
        for form in LEGAL_ATTACHED:
            if word.startswith(form) or word.endswith(form):
                word = word.removeprefix(form).removesuffix(form)
                break
        else:
            return word


LEGAL_FORMS = frozenset(word for form in _FORMS.split() for word in _words(form))
LEGAL_ATTACHED = tuple(
    sorted((word for form in _ATTACHED.split() for word in _words(form)), key=len, reverse=True)
)


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
    """One way of finding records of an entity: where its value stands and its normal form.

    `joined` takes the fields together as one value: first and last name. `within` names the field
    with the id of the record it belongs to: such keys are alike only below the same one.
    """

    kind: str
    paths: tuple[str, ...]
    form: Callable[[object], list[str]]
    joined: bool = False
    within: str = ""

    def values(self, record: Record) -> list[object]:
        values = [read(record, path) for path in self.paths]
        if not self.joined:
            return values
        return [" ".join(str(value).strip() for value in values if value)]


def keys_of(record: Record, keys: Iterable[Key]) -> set[str]:
    """The lookup keys of a record, each as ``kind:value``, cut to what the column holds."""
    found: set[str] = set()
    for key in keys:
        start = f"{key.kind}:"
        if key.within:
            above = id_in(read(record, key.within))
            if not above:
                continue
            start = f"{start}{above}|"
        for value in key.values(record):
            found.update(f"{start}{form}"[:220] for form in key.form(value))
    return found
