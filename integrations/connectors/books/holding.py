"""What would be lost with a Books record if it were deleted (guard G-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

# Amounts that tell of dealings even where the app's own flag is missing.
AMOUNTS = (
    "outstanding_receivable_amount",
    "unused_credits_receivable_amount",
    "outstanding_payable_amount",
    "unused_credits_payable_amount",
)


def of_contact(record: Mapping[str, Any], comments: Sequence[Mapping[str, Any]]) -> list[str]:
    """In words, what hangs on a contact as its own page has it; empty where nothing does.

    Books keeps its own log among the comments and marks it ``system``; what is not marked so
    counts as written by a person: https://www.zoho.com/books/api/v3/contacts/#list-comments.
    """
    held = []
    if record.get("has_transaction", True) or any(_amount(record.get(name)) for name in AMOUNTS):
        held.append("transactions")
    if any(_amount(row.get("opening_balance_amount")) for row in _rows(record, "opening_balances")):
        held.append("an opening balance")
    if _rows(record, "documents"):
        held.append("documents")
    if any(row.get("comment_type") != "system" for row in comments):
        held.append("comments")
    return held


def _rows(record: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    return record.get(name) or ()


def _amount(value: Any) -> Decimal:
    return Decimal(str(value or 0))
