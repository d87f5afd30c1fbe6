"""Pages of a list: by number up to 2,000 rows, by page_token up to 100,000.

A token holds the place after the last row it came with, and a digest of the call's parameters:
with other parameters it is refused, and after 24 hours it has expired. Numbered pages count rows;
tokens remember the last row, so rows added or changed meanwhile neither repeat nor get lost.

https://www.zoho.com/crm/developer/docs/api/v8/get-records.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Any

from .answers import invalid_param, refuse
from .clock import render, stamp

NUMBERED_ROWS = 2_000
TOKEN_ROWS = 100_000
TOKEN_SECONDS = 24 * 3600
LARGEST_PAGE = 200
_UNBOUND = frozenset({"page_token", "page"})


@dataclass(slots=True, frozen=True)
class Place:
    """Where a page starts: after `key` (None: at the beginning, or at `skip` rows)."""

    page: int
    per_page: int
    skip: int = 0
    served: int = 0
    after: tuple[str, str] | None = None


def place_of(world: Any, query: dict[str, str], bound: str) -> Place:
    """Read page, per_page and page_token. `bound` names the call and user the token belongs to.

    Raises the refusal the vendor documents for each misuse.
    """
    per_page = whole(query, "per_page", LARGEST_PAGE, 1)
    if per_page > LARGEST_PAGE:
        raise invalid_param("per_page")
    token = query.get("page_token")
    if token is None:
        page = whole(query, "page", 1, 1)
        if page * per_page > NUMBERED_ROWS and (page - 1) * per_page >= NUMBERED_ROWS:
            raise refuse(
                400,
                "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
                "You can only get the first 2000 records without using page_token param",
                {"limit": NUMBERED_ROWS},
            )
        return Place(page, per_page, skip=(page - 1) * per_page)
    if "page" in query:
        raise refuse(
            400,
            "AMBIGUITY_DURING_PROCESSING",
            "Please use either page or page_token. Combination of both the params is not allowed",
            {"ambiguity_due_to": [{"param_name": "page"}, {"param_name": "page_token"}]},
        )
    digest, page, issued, key, record_id = _read(token)
    if digest != _digest(query, bound):
        raise _mismatch()
    if world.clock.time() - issued > TOKEN_SECONDS:
        raise refuse(
            400,
            "EXPIRED_VALUE",
            "Page token expired",
            {"api_name": "page_token", "json_path": "$.query.page_token"},
        )
    if (page - 1) * per_page >= TOKEN_ROWS:
        raise refuse(
            400,
            "PAGINATION_LIMIT_EXCEEDED",
            "You can only get upto 100000 records using page_token param",
            {"param_name": "page_token"},
        )
    return Place(page, per_page, served=(page - 1) * per_page, after=(key, record_id))


def token_for(
    world: Any, query: dict[str, str], bound: str, page: int, last: tuple[str, str], zone: str
) -> tuple[str, str]:
    """The token of the page after the one that ended with `last`, and when it expires."""
    issued = int(world.clock.time())
    key = "" if last[0] == last[1] else re.sub(r"\D", "", last[0][:19])
    plain = f"{_digest(query, bound)}-{page}-{issued:x}-{key}-{last[1]}"
    sealed = f"{_seal(plain)}-{plain}"
    expiry = stamp(world.clock.now() + timedelta(seconds=TOKEN_SECONDS))
    return sealed, render(expiry, zone)


def whole(query: dict[str, str], name: str, default: int, least: int) -> int:
    """A whole-number parameter. Raises INVALID_DATA naming it."""
    text = query.get(name)
    if text is None or text == "":
        return default
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise invalid_param(name)
    return int(text)


def _read(token: str) -> tuple[str, int, int, str, str]:
    try:
        seal, _, plain = token.partition("-")
        digest, page, issued, key, record_id = plain.split("-")
        if seal != _seal(plain):
            raise ValueError(token)
        return digest, int(page), int(issued, 16), _sort_key(key) or record_id, record_id
    except ValueError:
        raise _mismatch() from None


def _sort_key(digits: str) -> str:
    """The stored time whose digits a token carries."""
    return stamp(datetime.strptime(digits + "+0000", "%Y%m%d%H%M%S%z")) if digits else ""


def _mismatch() -> Any:
    return refuse(
        400,
        "TOKEN_BOUND_DATA_MISMATCH",
        "The page_token given seems to be invalid or input param is added or altered or deleted",
        {"param_name": "page_token"},
    )


def _digest(query: dict[str, str], bound: str) -> str:
    bare = sorted((name, value) for name, value in query.items() if name not in _UNBOUND)
    return blake2s(repr((bound, bare)).encode(), digest_size=5).hexdigest()


def _seal(plain: str) -> str:
    return blake2s(plain.encode(), digest_size=3, key=b"page").hexdigest()
