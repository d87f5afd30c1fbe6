"""Transaction locking, by area and in part: /transactionlock (scope accountants).

The specification gives `lock_scope` as 0 to 5 with 0 for all areas, without naming the others;
here they follow its list of modules. It leaves `active_lock_summary` open: here it maps each
locked area to its lock date and, where there is one, its partial unlock.
"""

from __future__ import annotations

from typing import Any

from ..store import Record
from ..wire import Answer, Request
from . import fields
from .envelope import missing, object_of, ok, refuse, route
from .listing import Listing
from .organisation import Organisation

SCOPES = ("all", "sales", "purchase", "accountant", "banking", "inventory_adjustments")


def _ids(name: str, value: Any) -> list[str]:
    return [fields.record_id(name, one) for one in fields.anything(list)(name, value)]


LOCK: dict[str, fields.Check] = {
    "transaction_lock_status": fields.choice("disabled", "enabled", "enabled_with_logging"),
    "transaction_lock_module": fields.choice(*SCOPES),
    "transaction_lock_date": fields.date,
    "accounting_period_id": fields.record_id,
    "reason": fields.text(500),
    "user_ids": _ids,
    "account_ids": _ids,
}
UNLOCK: dict[str, fields.Check] = {
    "is_enabled": fields.boolean,
    "lock_module": fields.choice("all", "sales", "purchase", "accountant", "banking"),
    "start_date": fields.date,
    "end_date": fields.date,
    "reason": fields.text(500),
}
LISTING = Listing(
    key="transaction_locks",
    report="Transaction Locks",
    filters={"Status.All": None},
    default_filter="Status.All",
    sorts={"start_date": lambda lock: lock["transaction_lock_id"]},
    default_sort="start_date",
    default_order="D",
    exact={
        "accounting_period_id": lambda lock: lock["accounting_period_id"],
        "lock_scope": lambda lock: lock["lock_scope"],
    },
)


def new_lock(org: Organisation, module: str) -> Record:
    scope = SCOPES.index(module)
    return {
        "transaction_lock_id": org.new_id(),
        "accounting_period_id": "",
        "transaction_lock_status": "enabled",
        "transaction_lock_date": "",
        "lock_scope": scope,
        "lock_scope_formatted": module.replace("_", " ").title(),
        "partial_lock_number": 0,
        "accounting_period_name": "",
        "fiscal_year_name": "",
        "start_date": "",
        "end_date": "",
        "status": "active",
        "is_adjustment_period": False,
        "locked_by": next(iter(org.users.values()))["name"],
        "user_exceptions": [],
        "account_exceptions": [],
        "reason": "",
        "partial_unlock": {},
    }


def save(org: Organisation, values: Record) -> Record:
    """Set the lock of one area (`transaction_lock_module`, all of them when left out)."""
    module = values.get("transaction_lock_module", "all")
    lock = _of_module(org, module) or org.locks.insert(new_lock(org, module))
    status = values.get("transaction_lock_status", lock["transaction_lock_status"])
    if status != "disabled" and not values.get("transaction_lock_date", lock_date(lock)):
        raise refuse(4, "Invalid value passed for transaction_lock_date")
    changed = {
        **lock,
        **{name: values[name] for name in values if name in lock},
        "transaction_lock_status": status,
        "user_exceptions": values.get("user_ids", lock["user_exceptions"]),
        "account_exceptions": values.get("account_ids", lock["account_exceptions"]),
    }
    return org.locks.replace(lock["transaction_lock_id"], changed)


def lock_date(lock: Record) -> str:
    return lock["transaction_lock_date"] if lock["transaction_lock_status"] != "disabled" else ""


def is_locked(org: Organisation, module: str, day: str) -> bool:
    """Whether a document of that day may not be written; the lock day itself is locked."""
    for lock in org.locks.values():
        if SCOPES[lock["lock_scope"]] not in ("all", module) or day > lock_date(lock):
            continue
        unlocked = lock["partial_unlock"]
        if not (unlocked and unlocked["start_date"] <= day <= unlocked["end_date"]):
            return True
    return False


def answer(org: Organisation, lock: Record) -> dict[str, Any]:
    shown = {name: value for name, value in lock.items() if name != "partial_unlock"}
    locked = bool(lock_date(lock))
    partly = locked and bool(lock["partial_unlock"])
    word = "partially_unlocked" if partly else "locked" if locked else "unlocked"
    return {
        **shown,
        "lock_status": word,
        "lock_status_formatted": word.replace("_", " ").title(),
        "partial_lock_number": 1 if partly else 0,
        "user_exceptions_count": len(lock["user_exceptions"]),
        "account_exceptions_count": len(lock["account_exceptions"]),
        "active_lock_summary": {
            SCOPES[one["lock_scope"]]: {
                "transaction_lock_date": lock_date(one),
                "partial_unlock": one["partial_unlock"],
            }
            for one in org.locks.values()
            if lock_date(one)
        },
    }


def unlocked(org: Organisation) -> dict[str, Any]:
    """What is answered where nothing was ever locked."""
    return {
        "transaction_lock_id": "",
        "transaction_lock_status": "disabled",
        "transaction_lock_date": "",
        "lock_status": "unlocked",
        "lock_scope": 0,
        "active_lock_summary": {},
    }


def _of_module(org: Organisation, module: str) -> Record | None:
    scope = SCOPES.index(module)
    return next((lock for lock in org.locks.values() if lock["lock_scope"] == scope), None)


def _asked(org: Organisation, request: Request) -> dict[str, Any]:
    wanted = request.query.get("transaction_lock_id", "")
    if wanted:
        if wanted not in org.locks:
            raise missing("Transaction lock")
        return answer(org, org.locks[wanted])
    first = _of_module(org, "all") or next(iter(org.locks.values()), None)
    return answer(org, first) if first else unlocked(org)


@route("GET", "/transactionlock")
def get(org: Organisation, request: Request) -> Answer:
    """The lock asked for by id; without one that of all areas, else the first there is."""
    return ok(transaction_lock=_asked(org, request))


@route("GET", "/accountingperiods/transactionlock")
def get_of_period(org: Organisation, request: Request) -> Answer:
    return ok(transaction_lock=_asked(org, request))


@route("GET", "/transactionlocks")
def list_locks(org: Organisation, request: Request) -> Answer:
    return LISTING.answer(org, request, org.locks, answer)


@route("PUT", "/transactionlock")
def put(org: Organisation, request: Request) -> Answer:
    lock = save(org, fields.clean(object_of(request), LOCK))
    return ok("Transaction lock has been updated.", transaction_lock=answer(org, lock))


@route("DELETE", "/transactionlock")
def remove(org: Organisation, request: Request) -> Answer:
    wanted = request.query.get("transaction_lock_id", "")
    if wanted not in org.locks:
        raise missing("Transaction lock")
    org.locks.remove(wanted)
    return ok("The transaction lock has been deleted.")


@route("PUT", "/transactionlock/partialunlock")
def put_partial_unlock(org: Organisation, request: Request) -> Answer:
    values = fields.clean(object_of(request), UNLOCK)
    lock = _of_module(org, values.get("lock_module", "all"))
    if lock is None or not lock_date(lock):
        raise missing("Transaction lock", 400)
    window: Record = {}
    if values.get("is_enabled", True):
        if not (values.get("start_date") and values.get("end_date")):
            raise refuse(4, "Invalid value passed for start_date")
        window = {name: values.get(name, "") for name in ("start_date", "end_date", "reason")}
    changed = org.locks.replace(lock["transaction_lock_id"], {**lock, "partial_unlock": window})
    message = "Partial unlock settings have been updated."
    return ok(message, transaction_lock=answer(org, changed))
