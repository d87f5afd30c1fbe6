"""The chart of accounts: /chartofaccounts (scope accountants)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..store import Record
from ..wire import Answer, Request
from .envelope import missing, ok, route
from .listing import Listing, folded
from .organisation import Organisation

KINDS = {
    "Asset": (
        "other_asset", "other_current_asset", "cash", "bank", "fixed_asset", "accounts_receivable",
    ),
    "Liability": (
        "other_current_liability", "credit_card", "long_term_liability", "accounts_payable",
    ),
    "Equity": ("equity",),
    "Income": ("income", "other_income"),
    "Expense": ("expense", "cost_of_goods_sold", "other_expense"),
}  # fmt: skip


def _is_among(words: tuple[str, ...]) -> Callable[[Organisation, Record], bool]:
    return lambda _, account: account["account_type"] in words


LISTING = Listing(
    key="chartofaccounts",
    report="Chart of Accounts",
    filters={
        "AccountType.All": None,
        "AccountType.Active": lambda _, account: account["is_active"],
        "AccountType.Inactive": lambda _, account: not account["is_active"],
        **{
            f"AccountType.{kind}": (_is_among(words))
            for kind, words in KINDS.items()
        },
    },
    default_filter="AccountType.All",
    sorts={
        name: folded(name)
        for name in ("account_name", "account_type", "account_code")
    },
    default_sort="account_name",
    texts={
        "account_name": lambda account: account["account_name"],
        "account_code": lambda account: account["account_code"],
    },
    exact={"account_id": lambda account: account["account_id"]},
    search=lambda account: (account["account_name"], account["account_code"]),
    modified=True,
)  # fmt: skip


def row(org: Organisation, account: Record) -> dict[str, Any]:
    shown = {name: account[name] for name in account if name not in ("moved", "custom_fields")}
    return {
        **shown,
        "parent_account_name": "",
        "depth": 0,
        "has_attachment": False,
        "is_child_present": False,
        "child_count": 0,
        "is_standalone_account": False,
    }


def detail(account: Record) -> dict[str, Any]:
    return {**{name: value for name, value in account.items() if name != "moved"}}


@route("GET", "/chartofaccounts")
def list_accounts(org: Organisation, request: Request) -> Answer:
    return LISTING.answer(org, request, org.accounts, row)


@route("GET", "/chartofaccounts/{account_id}")
def get(org: Organisation, request: Request, account_id: str) -> Answer:
    account = org.accounts.get(account_id)
    if account is None:
        raise missing("Account")
    return ok(chart_of_account={**detail(account), "closing_balance": 0})
