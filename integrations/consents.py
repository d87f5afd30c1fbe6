"""Asking for a consent, believing the answer, and making a connection of it.

The same steps for somebody who is signed in here, for a person invited by mail, and for a code
pasted from the API console. `state` is bound to the browser's session and to the row asked for:
it is a signature over both, of which the session holds one half and no table the other.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from integrations import adopting, connecting, oauth, registry
from integrations.data_centers import NAMES, data_center_of
from integrations.errors import Misconfigured, SyncError, TryLater
from integrations.models import Connection, Consent, Grant

log = logging.getLogger(__name__)

SESSION = "consents"
VALID_HERE, VALID_INVITED = dt.timedelta(hours=1), dt.timedelta(days=3)
# The stand-in's client: published, and good for nothing else.
SANDBOX_CLIENT = ("sandbox-client", "sandbox-secret")


def data_centers() -> list[tuple[str, str]]:
    """(code, name) of every data centre a connection can be made in."""
    return [row for row in NAMES.items() if row[0] != oauth.SANDBOX or settings.SANDBOX_URL]


def known_secret(data_center: str, client_id: str) -> str:
    """The secret stored with an earlier consent of the same client; '' where there is none."""
    grants = Grant.objects.filter(data_center=data_center, client_id=client_id)
    return next((grant.client_secret for grant in grants if grant.client_secret), "")


def scopes_for(app: str, renewed: Connection | None = None) -> list[str]:
    """What has to be allowed: for an app, and for all else that shares the renewed sign-in."""
    apps = {app}
    if renewed is not None:
        apps |= set(renewed.grant.connections.values_list("app", flat=True))
    wanted = (registry.connector_class(name).scopes for name in sorted(apps))
    return list(dict.fromkeys(scope for scopes in wanted for scope in scopes))


def ask(
    user: Any,
    *,
    app: str,
    data_center: str,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    renewed: Connection | None = None,
    invited_address: str = "",
    note: str = "",
) -> Consent:
    """Write down that a consent is wanted; nobody has been asked yet."""
    now = timezone.now()
    # Secrets of those that were never answered are not kept for nothing.
    Consent.objects.filter(status=Consent.Status.OPEN, expires_at__lt=now).update(client_secret="")
    return Consent.objects.create(
        app=app,
        data_center=data_center,
        accounts_url=oauth.accounts_url(data_center, settings.SANDBOX_URL),
        client_id=client_id,
        client_secret=client_secret,
        scopes=",".join(scopes_for(app, renewed)),
        redirect_uri=redirect_uri,
        asked_by=user,
        expires_at=now + (VALID_INVITED if invited_address else VALID_HERE),
        invited_address=invited_address,
        note=note,
        connection=renewed,
        renews=renewed is not None,
        organization_name=renewed.name if renewed else "",
    )


# Leaving for the accounts server and coming back ------------------------------------------------


def is_open(consent: Consent) -> bool:
    return consent.status == Consent.Status.OPEN and consent.expires_at > timezone.now()


def bind(consent: Consent, session: SessionBase) -> None:
    """From now on this browser, and only it, may bring the answer."""
    session[SESSION] = {**session.get(SESSION, {}), str(consent.pk): secrets.token_urlsafe(24)}


def address(consent: Consent, session: SessionBase) -> str:
    """Where this browser gives the consent; '' when it was not bound or has answered already."""
    nonce = session.get(SESSION, {}).get(str(consent.pk))
    if nonce is None or not is_open(consent):
        return ""
    return oauth.authorize_url(
        consent.accounts_url,
        client_id=consent.client_id,
        scopes=consent.scopes.split(","),
        redirect_uri=consent.redirect_uri,
        state=_state(consent, nonce),
    )


def _state(consent: Consent, nonce: str) -> str:
    signature = salted_hmac(__name__, f"{consent.pk}:{nonce}", algorithm="sha256").hexdigest()
    return f"{consent.pk}.{signature}"


def answered(answer: Mapping[str, str], session: SessionBase) -> Consent:
    """The consent an answer of the accounts server belongs to; Misconfigured for a foreign one."""
    key = answer.get("state", "").partition(".")[0]
    nonce = session.get(SESSION, {}).get(key)
    consent = Consent.objects.filter(pk=key).first() if nonce is not None else None
    if consent is None or nonce is None:
        raise _foreign()
    if not secrets.compare_digest(answer["state"].encode(), _state(consent, nonce).encode()):
        raise _foreign()
    return consent


def _foreign() -> Misconfigured:
    return Misconfigured(
        "The answer does not belong to a sign-in started here.", "Start connecting again."
    )


def accept(consent: Consent, answer: Mapping[str, str], session: SessionBase) -> None:
    """Redeem the code of an answer that `answered` found to be ours. The answer counts once."""
    state = answer["state"]
    session[SESSION] = {k: v for k, v in session[SESSION].items() if k != str(consent.pk)}
    server = oauth.callback_accounts(answer, state=state, expected=consent.accounts_url)
    redeem(consent, code=answer["code"], server=server)


def redeem(consent: Consent, *, code: str, server: str = "") -> None:
    """Exchange a code for tokens; afterwards an organisation is to be chosen, or it is renewed.

    A code from the API console comes without a server: it is redeemed where it was made. Raises
    Misconfigured or TryLater; the consent can then be asked for again while it is open.
    """
    server = server or consent.accounts_url
    mine = Consent.objects.filter(pk=consent.pk, status=Consent.Status.OPEN)
    if not mine.filter(expires_at__gt=timezone.now()).update(status=Consent.Status.GIVEN):
        raise Misconfigured(
            "This consent was given already, withdrawn, or is too old.", "Start connecting again."
        )
    try:
        tokens = oauth.redeem_code(
            server,
            client_id=consent.client_id,
            client_secret=consent.client_secret,
            code=code,
            redirect_uri=consent.redirect_uri,
        )
    except SyncError as error:
        Consent.objects.filter(pk=consent.pk).update(
            status=Consent.Status.OPEN, reason=error.message
        )
        raise
    center = data_center_of(server)
    consent.grant = connecting.keep_grant(
        None,
        tokens,
        data_center=center,
        accounts_url=server,
        client_id=consent.client_id,
        client_secret=consent.client_secret,
    )
    consent.status, consent.reason = Consent.Status.GIVEN, ""
    consent.data_center, consent.accounts_url = center, server
    consent.client_secret = ""
    consent.save()
    if consent.renews:
        adopting.renew(consent)
    elif consent.invited_address:
        try:
            adopting.refuse_connected(consent)
        except TryLater as error:
            # It is asked again before anything is connected.
            log.info("what an invited person's sign-in reaches was not told: %s", error.message)


def withdraw(consent: Consent) -> None:
    """Nobody may give this consent any more; what was given and not used is revoked."""
    waiting = (Consent.Status.OPEN, Consent.Status.GIVEN)
    if consent.status not in waiting:
        raise ValueError("It has ended already.")
    grant = consent.grant
    consent.status, consent.ended_at = Consent.Status.WITHDRAWN, timezone.now()
    consent.client_secret, consent.grant = "", None
    consent.save()
    if grant is not None:
        adopting.drop(grant)


def explained(scopes: str) -> list[tuple[str, str]]:
    """(scope, why it is asked for) in the order asked."""
    reasons: dict[str, str] = {}
    for connector in registry.discover().connectors.values():
        reasons |= connector.scope_reasons
    return [(scope, reasons.get(scope, "")) for scope in re.split(r"[,\s]+", scopes) if scope]
