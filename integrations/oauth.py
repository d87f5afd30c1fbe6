"""OAuth 2.0 with Zoho's accounts servers: consent, code exchange, refreshing, revoking.

By hand and not by a library: the API wants ``Zoho-oauthtoken`` instead of ``Bearer``, errors come
as HTTP 200 (https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token-expiry.html), and
a refresh must happen once for all processes.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from typing import Any

import requests
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations.data_centers import ACCOUNTS as ACCOUNTS
from integrations.data_centers import ERROR_NAME
from integrations.data_centers import SANDBOX as SANDBOX
from integrations.data_centers import accounts_url as accounts_url
from integrations.data_centers import authorize_url as authorize_url
from integrations.data_centers import callback_accounts as callback_accounts
from integrations.errors import Disconnected, Misconfigured, TryLater
from integrations.models import Connection, Grant

TIMEOUT = (5, 30)
# The vendor blocks a refresh token after ten requests in ten minutes, for all its users.
REQUESTS_ALLOWED, REQUESTS_WINDOW = 10, dt.timedelta(minutes=10)
REFRESH_LEASE = dt.timedelta(seconds=40)
EARLY = dt.timedelta(seconds=60)
PASSING_ERRORS = frozenset({"general_error", "internal_error", "server_error"})


class Refused(Disconnected):
    """The accounts server said no; `problem` is its word for why, such as ``invalid_code``."""

    def __init__(self, message: str, hint: str = "", *, problem: str = "") -> None:
        super().__init__(message, hint)
        self.problem = problem


# What its words mean when a code is redeemed: what happened, and what to do.
CODE_PROBLEMS = {
    "invalid_code": (
        "Zoho does not take the code: it was used before, or it is too old.",
        "Start again; a code from the API console must be pasted before its time is up.",
    ),
    "invalid_client": (
        "Zoho does not know this client id in this data centre, or the secret is wrong.",
        "Compare both with the API console of the data centre; each has secrets of its own.",
    ),
    "invalid_client_secret": (
        "The client secret is wrong.",
        "Copy it from the API console of the data centre; each has secrets of its own.",
    ),
    "invalid_redirect_uri": (
        "The redirect address is not the one in the API console.",
        "Copy the address from the form into the client's Authorized Redirect URIs.",
    ),
}


# The same when a consent that was good is refused, for whoever finds that a sync stands still.
LOST_PROBLEMS = {
    "invalid_code": "the consent was taken back, or has ended",
    "invalid_client": "its client is not known any more, or has another secret",
    "invalid_client_secret": "its client has another secret",
}
RECONNECT_HINT = "An Integration admin opens the connection and presses Reconnect."


def new_session() -> requests.Session:
    """A session that ignores proxy settings of the environment; tests mount their world here."""
    session = requests.Session()
    session.trust_env = False
    return session


def redeem_code(
    accounts: str, *, client_id: str, client_secret: str, code: str, redirect_uri: str
) -> dict[str, Any]:
    """Tokens for a code: access_token, refresh_token, api_domain, expires_in (seconds).

    A code made by hand in the API console (a *self client*) has no `redirect_uri`. Raises
    Misconfigured with what to correct, TryLater when the accounts server cannot answer now.
    """
    fields = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "code": code,
    }
    if redirect_uri:
        fields["redirect_uri"] = redirect_uri
    try:
        answer = _ask_token(accounts, fields)
    except Refused as error:
        said = CODE_PROBLEMS.get(error.problem)
        if said is None:
            said = (f"Zoho did not take the code: {error.problem}.", "Start connecting again.")
        raise Misconfigured(*said) from None
    if not answer.get("refresh_token"):
        raise Misconfigured(
            "The accounts server sent no refresh token.",
            "Start connecting again and accept the consent page it shows.",
        )
    return answer


def revoke(accounts: str, refresh_token: str) -> None:
    """Tell the accounts server that a consent is not needed any more.

    One that it does not know (any more) is as good as revoked. Raises TryLater when it cannot be
    told. Documented for Zoho's accounts: https://www.zoho.com/accounts/protocol/oauth/.
    """
    try:
        answer = new_session().post(
            f"{accounts}/oauth/v2/token/revoke",
            data={"token": refresh_token},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise TryLater(f"The accounts server cannot be reached ({type(error).__name__}).") from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise TryLater(f"The accounts server failed (HTTP {answer.status_code}).")


def store_tokens(grant: Grant, answer: Mapping[str, Any]) -> None:
    """Keep what the accounts server sent; a refresh answer has no refresh token, so keep ours."""
    grant.access_token = answer["access_token"]
    grant.access_token_expires = timezone.now() + dt.timedelta(
        seconds=int(answer.get("expires_in", 3600))
    )
    grant.refresh_token = answer.get("refresh_token") or grant.refresh_token
    grant.api_domain = (answer.get("api_domain") or grant.api_domain).rstrip("/")
    grant.scopes = answer.get("scope") or grant.scopes
    grant.status, grant.status_reason = Grant.Status.GRANTED, ""
    grant.refreshing_until = None
    grant.save()


def access_token(grant_id: int, *, dead: str = "") -> str:
    """A usable access token of the grant; `dead` is one the app has just refused.

    One process refreshes while the others wait. Raises Disconnected when the consent is lost,
    TryLater when the accounts server wants a pause or our own budget of requests is used up.
    """
    deadline = time.monotonic() + REFRESH_LEASE.total_seconds()
    while True:
        grant = Grant.objects.get(pk=grant_id)
        if grant.status == Grant.Status.LOST:
            raise Disconnected(grant.status_reason, RECONNECT_HINT)
        expires = grant.access_token_expires
        usable = bool(grant.access_token) and grant.access_token != dead
        if usable and expires is not None and expires - EARLY > timezone.now():
            return grant.access_token
        if _claim(grant):
            return _refresh(grant)
        if time.monotonic() > deadline:
            raise TryLater("Another process is renewing the access token and has not finished.")
        time.sleep(0.1)


def _claim(grant: Grant) -> bool:
    """Take the right to refresh, if nobody has it and nobody refreshed since we looked."""
    now = timezone.now()
    return bool(
        Grant.objects.filter(
            Q(refreshing_until=None) | Q(refreshing_until__lt=now),
            pk=grant.pk,
            updated_at=grant.updated_at,
        ).update(refreshing_until=now + REFRESH_LEASE)
    )


def _refresh(grant: Grant) -> str:
    now = timezone.now()
    since = now - REQUESTS_WINDOW
    recent = [at for at in grant.token_requests if dt.datetime.fromisoformat(at) > since]
    if len(recent) >= REQUESTS_ALLOWED:
        _release(grant)
        wait = dt.datetime.fromisoformat(recent[0]) + REQUESTS_WINDOW - now
        raise TryLater("Ten access tokens were asked for within ten minutes.", after=wait)
    grant.token_requests = [*recent, now.isoformat()]
    Grant.objects.filter(pk=grant.pk).update(token_requests=grant.token_requests)
    try:
        answer = _ask_token(
            grant.accounts_url,
            {
                "grant_type": "refresh_token",
                "client_id": grant.client_id,
                "client_secret": grant.client_secret,
                "refresh_token": grant.refresh_token,
            },
        )
    except Disconnected as error:
        if not lose(grant, error.message):
            return access_token(grant.pk)
        raise
    except TryLater:
        _release(grant)
        raise
    with transaction.atomic():
        current = _unless_renewed(grant)
        if current is not None:
            store_tokens(current, answer)
    return str(answer["access_token"]) if current else access_token(grant.pk)


def _unless_renewed(grant: Grant) -> Grant | None:
    """The grant, locked; None when somebody gave consent anew while we asked with the old one."""
    current = Grant.objects.select_for_update().get(pk=grant.pk)
    return current if current.refresh_token == grant.refresh_token else None


def _release(grant: Grant) -> None:
    Grant.objects.filter(pk=grant.pk).update(refreshing_until=None, updated_at=timezone.now())


@transaction.atomic
def lose(grant: Grant, reason: str) -> bool:
    """The consent is gone: say so on the grant and on everything reached through it.

    False when it has been given anew in the meantime; then nothing is lost.
    """
    current = _unless_renewed(grant)
    if current is None:
        return False
    current.status, current.status_reason = Grant.Status.LOST, reason
    current.access_token, current.access_token_expires = "", None
    current.refreshing_until = None
    current.save()
    Connection.objects.filter(grant=grant).update(
        status=Connection.Status.RECONNECT, status_reason=reason
    )
    return True


def refuse(connection: Connection, reason: str) -> None:
    """The app refuses this sign-in even with a fresh token: no more calls until Reconnect."""
    Connection.objects.filter(pk=connection.pk).update(
        status=Connection.Status.RECONNECT, status_reason=reason
    )


def _ask_token(accounts: str, fields: dict[str, str]) -> dict[str, Any]:
    """One token request, judged by its body: errors come with HTTP 200 as well as 400."""
    try:
        response = new_session().post(
            f"{accounts}/oauth/v2/token", data=fields, timeout=TIMEOUT, allow_redirects=False
        )
        answer = response.json()
    except requests.exceptions.JSONDecodeError:
        # Without its context: the library's error carries the body, which may hold a token.
        raise TryLater("The accounts server sent an answer that is not JSON.") from None
    except requests.RequestException as error:
        raise TryLater(f"The accounts server cannot be reached ({type(error).__name__}).") from None
    if not isinstance(answer, dict):
        raise TryLater("The accounts server sent an answer of an unknown form.")
    if answer.get("access_token"):
        return answer
    problem = str(answer.get("error", ""))
    # https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token-expiry.html
    if problem.lower() == "access denied" or (not problem and response.status_code == 429):
        raise TryLater("The accounts server wants fewer requests.", after=REQUESTS_WINDOW)
    if ERROR_NAME.fullmatch(problem) and problem not in PASSING_ERRORS:
        raise Refused(
            f"The sign-in is not accepted any more: {LOST_PROBLEMS.get(problem, problem)}.",
            RECONNECT_HINT,
            problem=problem,
        )
    raise TryLater(
        f"The accounts server failed (HTTP {response.status_code}{problem and ', '}{problem[:80]})."
    )
