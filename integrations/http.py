"""The one place that calls a remote app: paced, counted, with a token, and judged.

Reads are sent again when the network or the app stumbles; a write is never sent twice from here.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import simplejson
from django.conf import settings
from urllib3.exceptions import NewConnectionError

from integrations import oauth
from integrations.errors import Disconnected, SyncError, TryLater
from integrations.models import Connection
from integrations.pacing import Pacer

log = logging.getLogger(__name__)

TIMEOUT = (5, 60)
# After this long a request that got no answer cannot still be worked on at the other side.
ANSWER_LOST_AFTER = dt.timedelta(seconds=settings.ANSWER_LOST_AFTER)
READ_PAUSES = (0.5, 2.0)

REFUSED_HINT = (
    "An Integration admin checks the scopes and the role of the sign-in, then presses Reconnect on "
    "the connection's page."
)

Judge = Callable[["Response"], SyncError | None]


@dataclass(frozen=True)
class Response:
    """A judged answer: `body` is parsed with amounts as Decimal, `date` is the remote's clock."""

    status: int
    body: Any
    headers: Mapping[str, str]
    date: dt.datetime

    def wait(self, default: float) -> dt.timedelta:
        """The pause it asks for, by its ``Retry-After``: seconds, or a date by its own clock."""
        asked = self.headers.get("Retry-After", "").strip()
        if asked.isdecimal():
            return dt.timedelta(seconds=int(asked))
        until = _moment(asked)
        if until is None:
            return dt.timedelta(seconds=default)
        return max(until - self.date, dt.timedelta(0))


class Http:
    """Requests to one organisation of one app, under its root URL."""

    def __init__(
        self,
        connection: Connection,
        root: str,
        judge: Judge,
        *,
        token_dead: Callable[[Response], bool],
        pacer: Pacer | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self.root = (connection.base_url or connection.grant.api_domain).rstrip("/") + root
        self.pacer = pacer or Pacer(connection)
        self._judge, self._token_dead, self._sleep = judge, token_dead, sleep
        self._session = oauth.new_session()
        self._token = ""
        # A write leaves before this moment or not at all; None: whenever.
        self.write_before: dt.datetime | None = None

    def get(self, path: str, **kwargs: Any) -> Response:
        """A read: repeated twice with growing pauses when the app stumbles."""
        for pause in (*READ_PAUSES, None):
            try:
                return self.send("GET", path, **kwargs)
            except TryLater as error:
                if pause is None or error.done is False:
                    raise
                log.info("GET %s answered late or not at all; asking again", path)
                self._sleep(pause)
        raise AssertionError("unreachable")

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """One request; a second one only when the first was refused for its access token."""
        response = self._send_once(method, path, params, json, headers)
        if self._token_dead(response):
            self._token = oauth.access_token(self.connection.grant_id, dead=self._token)
            response = self._send_once(method, path, params, json, headers)
            if self._token_dead(response):
                said = f"{self.connection.name} refuses a fresh access token."
                oauth.refuse(self.connection, said)
                raise Disconnected(said, REFUSED_HINT)
        error = self._judge(response)
        if error is None:
            return response
        if response.status == 429 and isinstance(error, TryLater):
            self.pacer.hold(error.after, error.message)
        raise error

    def _send_once(
        self, method: str, path: str, params: Any, json: Any, headers: Mapping[str, str] | None
    ) -> Response:
        if not self._token:
            self._token = self._first_token()
        sent = {"Authorization": f"Zoho-oauthtoken {self._token}", **(headers or {})}
        data = None
        if json is not None:
            data = simplejson.dumps(json, use_decimal=True).encode()
            sent["Content-Type"] = "application/json"
        with self.pacer.call():
            if method != "GET":
                self._check_in_time()
            try:
                answer = self._session.request(
                    method,
                    self.root + path,
                    params=params,
                    data=data,
                    headers=sent,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                # Without its context: the library's message holds the URL with its parameters.
                raise _unanswered(self.connection, error) from None
        return _response(answer, self.connection)

    def _first_token(self) -> str:
        if self.connection.status == Connection.Status.RECONNECT:
            raise Disconnected(self.connection.status_reason, REFUSED_HINT)
        return oauth.access_token(self.connection.grant_id)

    def _check_in_time(self) -> None:
        """Whoever settles lost writes counts from the intent, so none may be sent long after it."""
        if self.write_before is not None and dt.datetime.now(dt.UTC) > self.write_before:
            raise TryLater(
                "It took too long until the request could be sent.", after=dt.timedelta(0)
            )

    def close(self) -> None:
        self.pacer.close()
        self._session.close()


def _unanswered(connection: Connection, error: requests.RequestException) -> TryLater:
    reached = not (
        isinstance(error, requests.exceptions.ConnectTimeout)
        or isinstance(
            getattr(error.args[0] if error.args else None, "reason", None), NewConnectionError
        )
    )
    if not reached:
        return TryLater(f"{connection.name} cannot be reached.", done=False)
    return TryLater(
        f"{connection.name} did not answer ({type(error).__name__}).", done=None, finished=False
    )


def _response(answer: requests.Response, connection: Connection) -> Response:
    body: Any = None
    if answer.content:
        try:
            # No database column holds the character NUL, and nobody sees it in a name.
            content = answer.content.replace(rb"\u0000", b"")
            body = simplejson.loads(content, use_decimal=True)
        except ValueError:
            # A gateway's 429 is a refusal whatever its page looks like.
            if answer.status_code != 429:
                raise TryLater(
                    f"{connection.name} sent an answer that is not JSON "
                    f"(HTTP {answer.status_code}).",
                    done=None,
                    finished=False,
                ) from None
    moment = _moment(answer.headers.get("Date", "")) or dt.datetime.now(dt.UTC)
    return Response(answer.status_code, body, answer.headers, moment)


def _moment(text: str) -> dt.datetime | None:
    """An HTTP date; None for what is none. A zone of ``-0000`` means UTC too."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
