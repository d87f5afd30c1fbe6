"""What two organisations need before they can be joined, found out by reading alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from integrations import registry
from integrations.connector import Connector, Record
from integrations.errors import StopRun, SyncError
from integrations.models import Connection
from integrations.sync.flow import Pair
from integrations.words import app_name

NOT_TOLD = "This could not be found out; the first sync will show it."


@dataclass(frozen=True)
class Check:
    """One thing that is needed. `met` None: not found out, which hinders nobody.

    `who` says who can give what is missing, and where.
    """

    title: str
    met: bool | None
    says: str
    who: str = ""


def unmet(checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if check.met is False]


def of_pair(kind: str, ledger: Connection, other: Connection) -> list[Check]:
    """Everything that joining these two needs; a few reads on each side."""
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
    if pair is not None and pair.one_currency:
        checks.append(_one_currency(ledger, other, rows))
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
        return Check(title, True, f"{len(connector.scopes)} permissions.")
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


def _one_currency(ledger: Connection, other: Connection, rows: dict[str, Record]) -> Check:
    title = "Both have the same base currency"
    ours = str((rows.get(ledger.app) or {}).get("base_currency") or ledger.base_currency)
    theirs = str((rows.get(other.app) or {}).get("base_currency") or other.base_currency)
    if not ours or not theirs:
        return Check(title, None, NOT_TOLD)
    if ours == theirs:
        return Check(title, True, f"{ours} on both sides.")
    return Check(
        title,
        False,
        f"{app_name(ledger.app)} has {ours}, {app_name(other.app)} has {theirs}.",
        f"An administrator of {other.name} can change the home currency in {app_name(other.app)}, "
        f"under Company Details; or connect an organisation that keeps its books in {theirs}.",
    )
