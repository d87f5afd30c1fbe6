"""What two organisations need before they can be joined, found out by reading alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from integrations import registry, ways
from integrations.connector import Connector, Record
from integrations.errors import StopRun, SyncError
from integrations.models import Connection
from integrations.sync.flow import Pair
from integrations.words import app_name
from mappings.counting import counted

NOT_TOLD = "This could not be found out; the first sync will show it."


@dataclass(frozen=True)
class Check:
    """One thing that is needed. `met` None: not found out, which hinders nobody.

    `who` says who can give what is missing, and where. What is missing for a link both ways only
    `narrows`: without it the two can be joined one way.
    """

    title: str
    met: bool | None
    says: str
    who: str = ""
    narrows: bool = False


def unmet(checks: Iterable[Check]) -> list[Check]:
    """What stands in the way of joining."""
    return [check for check in checks if check.met is False and not check.narrows]


def of_pair(kind: str, ledger: Connection, other: Connection) -> list[Check]:
    """Everything that joining these two needs; a few reads on each side.

    The base currencies of the two are those just read, on the connections given as well.
    """
    pair = registry.discover().pairs.get(kind)
    checks: list[Check] = []
    rows: dict[str, Record] = {}
    for connection in (ledger, other):
        connector = registry.connector_for(connection)
        try:
            checks += _of_side(connection, connector, pair, rows)
        except SyncError as error:
            # What needs a person stands in the way; what passes does not.
            met = False if isinstance(error, StopRun) else None
            title = f"{app_name(connection.app)} answers"
            checks.append(Check(title, met, error.message, error.hint))
        finally:
            connector.close()
    for connection in (ledger, other):
        now = str((rows.get(connection.app) or {}).get("base_currency") or "")
        connection.base_currency = now or connection.base_currency
    if pair is not None and pair.one_currency:
        checks.append(_one_currency(ledger, other))
    if pair is not None and pair.one_both_ways:
        checks.append(_one_both_ways(kind, ledger, other))
    return checks


def _of_side(
    connection: Connection, connector: Connector, pair: Pair | None, rows: dict[str, Record]
) -> list[Check]:
    row = next(
        (
            row
            for row in connector.organizations()
            if row["organization_id"] == connection.organization_id
        ),
        None,
    )
    name = app_name(connection.app)
    if row is None:
        reach = "Press Update credentials and sign in as somebody of that organisation."
        says = f"The sign-in does not reach {connection.name}."
        return [Check(f"{name}: the organisation is reached", False, says, reach)]
    rows[connection.app] = row
    checks = [Check(f"{name}: the organisation is reached", True, str(row["name"]))]
    needed = pair.plans.get(connection.app, ()) if pair is not None else ()
    if needed:
        checks.append(_plan(name, str(row.get("plan") or ""), needed))
    checks.append(_role(connection, connector))
    checks.append(_scopes(connection, connector))
    return checks


def _plan(name: str, plan: str, needed: tuple[str, ...]) -> Check:
    title = f"{name}: plan {needed[0].capitalize()} or higher"
    if not plan:
        return Check(title, None, NOT_TOLD)
    plain = re.sub(r"[^a-z]", "", plan.casefold())
    if any(plain.startswith(word) for word in needed):
        return Check(title, True, f"The plan is {plan.capitalize()}.")
    says = f"The plan is {plan.capitalize()}."
    who = f"Whoever pays for {name} can change the plan, in {name} under Subscription."
    return Check(title, False, says, who)


def _role(connection: Connection, connector: Connector) -> Check:
    name = app_name(connection.app)
    title = f"{name}: the sign-in is an administrator"
    role = connector.role()
    if role is None or not role.name:
        return Check(title, None, NOT_TOLD)
    who = connection.grant.signed_in_as or "The sign-in"
    if role.administers:
        return Check(title, True, f"{who} is {role.name}.")
    return Check(
        title,
        False,
        f"{who} is {role.name}.",
        f"An administrator of {connection.name} can change the role in {name}, under Users; or "
        "have an administrator sign in with Update credentials.",
    )


def _scopes(connection: Connection, connector: Connector) -> Check:
    title = f"{app_name(connection.app)}: everything asked for was allowed"
    if not connection.grant.scopes:
        return Check(title, None, NOT_TOLD)
    missing = missing_scopes(connection.grant.scopes, connector.scopes)
    if not missing:
        return Check(title, True, f"{counted(len(connector.scopes), 'permission')}.")
    return Check(
        title,
        False,
        f"Not allowed: {', '.join(missing)}.",
        "Whoever signs in: press Update credentials and accept every permission asked for.",
    )


def missing_scopes(allowed: str, wanted: Iterable[str]) -> list[str]:
    """Scopes that are not covered; ``ALL`` covers every verb, ``fullaccess.all`` every group."""
    held = {scope.casefold() for scope in re.split(r"[,\s]+", allowed) if scope}

    def covered(scope: str) -> bool:
        parts = scope.casefold().split(".")
        wider = {".".join([*parts[:n], "all"]) for n in range(1, len(parts))}
        return bool(held & {scope.casefold(), f"{parts[0]}.fullaccess.all", *wider})

    return [scope for scope in wanted if not covered(scope)]


def _one_currency(ledger: Connection, other: Connection) -> Check:
    title = "Both ways: the same base currency"
    if not ledger.base_currency or not other.base_currency:
        return Check(title, None, NOT_TOLD)
    if not ways.currencies_differ(ledger, other):
        return Check(title, True, f"{ledger.base_currency} on both sides.")
    return Check(
        title,
        False,
        f"{ways.currencies(ledger, other)}.",
        f"They can be joined one way. For both ways an administrator of {other.name} can change "
        f"the home currency in {app_name(other.app)}, under Company Details; or connect an "
        f"organisation that keeps its books in {other.base_currency}.",
        narrows=True,
    )


def _one_both_ways(kind: str, ledger: Connection, other: Connection) -> Check:
    title = "Both ways: the only one"
    taken = ways.linked_both_ways(kind, other)
    name = f"{app_name(other.app)} {other.name}"
    if taken is None or taken.ledger_id == ledger.pk:
        return Check(title, True, f"Nothing else is linked both ways with {name}.")
    return Check(
        title,
        False,
        f"{name} is linked both ways with {app_name(taken.ledger.app)} {taken.ledger.name}.",
        "They can be joined one way. Which of them is linked both ways can be switched later, "
        "after a preview.",
        narrows=True,
    )
