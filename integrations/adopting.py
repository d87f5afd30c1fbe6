"""Making a connection of a consent just given, or putting it in the place of an older one."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import requests
from django.utils import timezone

from integrations import connecting, decisions, oauth, pacing
from integrations.errors import Misconfigured, SyncError, TryLater
from integrations.models import Connection, Consent, Grant, SyncRun
from integrations.secrets import SECRETS

log = logging.getLogger(__name__)


def organizations(consent: Consent) -> Sequence[Mapping[str, Any]]:
    """The organisations the new sign-in reaches."""
    return connecting.organizations(consent.app, _grant(consent), base_url=_base_url(consent))


class AlreadyConnected(ValueError):
    """The organisation is connected by another sign-in, which nobody has said is to be replaced."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(f"{connection.name} is connected already. Nothing was changed.")
        self.connection = connection


def connected(consent: Consent) -> dict[str, Connection]:
    """The organisations of its app that are connected, by their id there; no token is read."""
    rows = Connection.objects.filter(app=consent.app).select_related("grant")
    rows = rows.defer(*(f"grant__{name}" for name in SECRETS))
    return {row.organization_id: row for row in rows}


def refuse_connected(consent: Consent) -> None:
    """Who was invited to connect replaces no sign-in: raises Misconfigured, and takes the consent
    back, where it reaches nothing but what is connected already."""
    known, reached = connected(consent), organizations(consent)
    names = [str(row["name"]) for row in reached if str(row["organization_id"]) in known]
    if not names or len(names) < len(reached):
        return
    asker = consent.asked_by
    _fail(
        consent,
        f"{said_connected(names)}, so nothing was changed and your consent was taken back.",
        f"If its sign-in is to be renewed, ask {asker.get_full_name() or asker.get_username()} "
        "for the link that renews it: Update credentials, on the page of the connection."
        if asker
        else "",
    )


def said_connected(names: Sequence[str]) -> str:
    """Such as "Acme GmbH is connected already"."""
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} connected already"


def choose(consent: Consent, organization_id: str, *, replacing: int | None = None) -> Connection:
    """Connect the organisation chosen. One that is connected moves to the new sign-in, if
    `replacing` is the grant it has now; AlreadyConnected otherwise, and nothing is changed."""
    if consent.status != Consent.Status.GIVEN:
        raise ValueError("An organisation was chosen already, or the consent is lost.")
    offered = {str(row["organization_id"]): row for row in organizations(consent)}
    if organization_id not in offered:
        raise ValueError("Choose one of the organisations listed.")
    before = Connection.objects.filter(app=consent.app, organization_id=organization_id).first()
    sort_differs = before is not None and before.is_test != consent.is_test  # refused below
    if before is not None and not sort_differs and before.grant_id != replacing:
        raise AlreadyConnected(before)
    connection = connecting.keep_connection(
        consent.app,
        _grant(consent),
        offered[organization_id],
        base_url=_base_url(consent),
        is_test=consent.is_test,
        paced=_paced(consent),
    )
    if before is not None and before.grant_id != connection.grant_id:
        drop(before.grant)
    _finish(consent, connection)
    return connection


def renew(consent: Consent) -> None:
    """Put the new tokens in the place of the old ones, if they reach the same organisations."""
    known = consent.connection
    if known is None:
        _fail(consent, "The connection was removed in the meantime.")
    old, new = known.grant, _grant(consent)
    for connection in old.connections.all():
        try:
            rows = connecting.organizations(connection.app, new, base_url=connection.base_url)
        except SyncError as error:
            _fail(consent, f"{connection.name} could not be reached: {error.message}")
        pacing.adopt_early(connection, new)
        if connection.organization_id not in {str(row["organization_id"]) for row in rows}:
            names = ", ".join(str(row["name"]) for row in rows) or "no organisation"
            _fail(
                consent,
                f"This sign-in reaches {names}, not {connection.name}. Nothing was changed.",
            )
    spent = connecting.renew(old, new)
    consent.grant = old
    _finish(consent, known)
    if spent and spent != new.refresh_token:
        _revoke(old.accounts_url, spent)


def _fail(
    consent: Consent, reason: str, hint: str = "Sign in as somebody of that organisation."
) -> NoReturn:
    grant = consent.grant
    consent.status, consent.reason = Consent.Status.FAILED, reason
    consent.grant, consent.ended_at = None, timezone.now()
    consent.save()
    if grant is not None:
        drop(grant)
    raise Misconfigured(reason, hint)


def _finish(consent: Consent, connection: Connection) -> None:
    connection.refresh_from_db()
    try:
        connecting.remember_sign_in(connection)
    except SyncError as error:
        # The connection stands; whose sign-in it is can be read later, on its page.
        log.warning("whose sign-in %s uses could not be read: %s", connection, error.message)
    consent.connection, consent.organization_name = connection, connection.name
    consent.signed_in_as = connection.grant.signed_in_as
    consent.status, consent.ended_at = Consent.Status.DONE, timezone.now()
    consent.save()
    resume_paused(consent.asked_by, connection.grant)


def resume_paused(user: Any, grant: Grant) -> int:
    """Let syncs go on that stood still for the consent; returns how many."""
    lost = SyncRun.objects.filter(status=SyncRun.Status.PAUSED, held="reconnect")
    number = 0
    for run in lost.select_related("setting__integration__ledger", "setting__integration__other"):
        sides = (run.setting.integration.ledger, run.setting.integration.other)
        connected = {side.status for side in sides} == {Connection.Status.CONNECTED}
        if connected and grant.pk in {side.grant_id for side in sides}:
            decisions.resume(user, run)
            number += 1
    return number


def _grant(consent: Consent) -> Grant:
    if consent.grant is None:
        raise ValueError("The tokens of this consent are lost. Start connecting again.")
    return consent.grant


def drop(grant: Grant) -> None:
    """Revoke and forget a consent that nothing uses."""
    if grant.connections.exists():
        return
    others = Grant.objects.filter(accounts_url=grant.accounts_url).exclude(pk=grant.pk)
    # A server may give the token that another consent has been given already: that one stays good.
    if grant.refresh_token not in {other.refresh_token for other in others}:
        _revoke(grant.accounts_url, grant.refresh_token)
    grant.delete()


def _revoke(accounts: str, refresh_token: str) -> None:
    try:
        oauth.revoke(accounts, refresh_token)
    except TryLater as error:
        # It is unused from now on; the vendor drops the oldest of a user by itself.
        log.warning("a consent that is not used any more was not revoked: %s", error.message)


def _base_url(consent: Consent) -> str:
    """The stand-in is reached where it was asked; real apps tell their address with the tokens."""
    return consent.accounts_url if consent.data_center == oauth.SANDBOX else ""


def _paced(consent: Consent) -> bool:
    if consent.data_center != oauth.SANDBOX:
        return True
    try:
        info = oauth.new_session().get(
            f"{consent.accounts_url}/_sandbox/info", timeout=oauth.TIMEOUT
        )
        return bool(info.json()["limits"] != "off")
    except (requests.RequestException, KeyError) as error:
        raise TryLater(f"The sandbox does not answer ({type(error).__name__}).") from None
