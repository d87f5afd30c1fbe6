"""Zoho's accounts server: consent, codes, tokens, revocation.

Errors of the token endpoint come with HTTP 200 and `{"error": ...}`, as the vendor's do; only the
throttle answers 400 (https://www.zoho.com/books/api/v3/oauth). The person asked for consent
always agrees at once.
"""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from .wire import Answer, Refused, Request, Router

CODE_SECONDS = 120
TOKEN_SECONDS = 3600
TOKENS_PER_WINDOW, WINDOW_SECONDS = 10, 600
LIVE_TOKENS = 30
REFRESH_TOKENS = 20
SCOPE = re.compile(r"[A-Za-z]+\.[A-Za-z_.]+\.[A-Za-z]+|[A-Za-z]+\.[A-Za-z]+|[a-z_]+")

CLIENT = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
REFRESH_TOKEN = "sandbox-refresh"
EVERY_SCOPE = "*"
SHOWN_FOR_EVERY = (
    "ZohoBooks.fullaccess.all ZohoInvoice.fullaccess.all ZohoCRM.modules.ALL ZohoCRM.settings.ALL"
    " ZohoCRM.users.ALL ZohoCRM.org.ALL ZohoCRM.coql.READ ZohoCRM.bulk.ALL"
    " ZohoCRM.notifications.ALL ZohoSearch.securesearch.READ ZohoPeople.forms.ALL"
    " ZohoPeople.timetracker.ALL ZohoProjects.portals.ALL ZohoProjects.projects.ALL"
)

router = Router("oauth", "/oauth/v2")


def collections() -> dict[str, tuple[str, str]]:
    """The accounts server has no records to show."""
    return {}


class OAuth:
    """Clients, refresh tokens, access tokens and codes; all of them in the store.

    A grant is `{"scopes": [...], "user": e-mail or "", "refresh_token": ...}`.
    """

    def __init__(self, world: Any) -> None:
        self.world = world
        store = world.store
        self.clients = store.collection("oauth", "clients", "client_id")
        self.refresh = store.collection("oauth", "refresh_tokens", "token")
        self.access = store.collection("oauth", "access_tokens", "token")
        self.codes = store.collection("oauth", "codes", "code")
        self.access.index("refresh", lambda token: token["refresh_token"] or None)
        self.refresh.index("owner", lambda token: (token["client_id"], token["user"]))
        if not store.meta.get("oauth"):
            store.meta["oauth"] = True
            self.clients.insert(dict(CLIENT))
            self.refresh.insert(
                {
                    "token": REFRESH_TOKEN,
                    "client_id": CLIENT["client_id"],
                    "user": "",
                    "scopes": [EVERY_SCOPE],
                    # Made by hand in the console, so it is not among the 20 of the consents.
                    "self_client": True,
                }
            )

    def grant_for(self, token: str) -> dict[str, Any] | None:
        """The live grant behind an access token, None when it is unknown, dead or expired."""
        held = self.access.get(token)
        if held is None or held["expires"] <= self.world.clock.time():
            return None
        return held

    def allows(self, grant: dict[str, Any], *wanted: str) -> bool:
        """Whether the grant has one of the scopes, ignoring case."""
        scopes = grant["scopes"]
        if EVERY_SCOPE in scopes:
            return True
        held = {scope.lower() for scope in scopes}
        return any(scope.lower() in held for scope in wanted)

    def issue_code(
        self, client_id: str, redirect_uri: str, scopes: list[str], offline: bool
    ) -> str:
        code = _new_token()
        self.codes.insert(
            {
                "code": code,
                "client_id": client_id,
                "redirect_uri": redirect_uri,
                "scopes": scopes,
                "offline": offline,
                "expires": self.world.clock.time() + CODE_SECONDS,
            }
        )
        return code

    def issue_access(self, scopes: list[str], user: str, refresh_token: str) -> str:
        now = self.world.clock.time()
        for token in [t["token"] for t in self.access.values() if t["expires"] <= now]:
            self.access.remove(token)
        live = self.access.by("refresh", refresh_token) if refresh_token else []
        for token in live[: max(0, len(live) - LIVE_TOKENS + 1)]:
            self.access.remove(token)
        token = _new_token()
        self.access.insert(
            {
                "token": token,
                "scopes": scopes,
                "user": user,
                "refresh_token": refresh_token,
                "expires": now + TOKEN_SECONDS,
            }
        )
        return token

    def issue_refresh(self, client_id: str, user: str, scopes: list[str]) -> str:
        held = [
            token
            for token in self.refresh.by("owner", (client_id, user))
            if not self.refresh[token].get("self_client")
        ]
        for token in held[: max(0, len(held) - REFRESH_TOKENS + 1)]:
            self.kill_refresh(token)
        token = _new_token()
        self.refresh.insert(
            {"token": token, "client_id": client_id, "user": user, "scopes": scopes}
        )
        return token

    def kill_refresh(self, token: str) -> None:
        """End a refresh token and every access token made with it."""
        for access in self.access.by("refresh", token):
            self.access.remove(access)
        if token in self.refresh:
            self.refresh.remove(token)

    def kill_used(self, request: Request) -> None:
        """End the access token this request carries, and the refresh token it carries or that
        is behind it. Other access tokens of that grant live on until they are used or expire."""
        token = request.bearer()
        behind = [self.access.remove(token)["refresh_token"]] if token in self.access else []
        if request.path.startswith(router.root):
            behind += [_fields(request).get("refresh_token", "")]
        for refresh_token in behind:
            if refresh_token in self.refresh:
                self.refresh.remove(refresh_token)


def _new_token() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


def _fields(request: Request) -> dict[str, str]:
    """Parameters of the query string and of the form body; the body's win."""
    return {**request.query, **request.form()}


def _error(name: str, status: int = 200, **more: str) -> Refused:
    return Refused(Answer(status, {"error": name, **more}))


@router.route("GET", "/auth")
def authorise(world: Any, request: Request) -> Answer:
    asked = request.query
    client_id, redirect_uri = asked.get("client_id", ""), asked.get("redirect_uri", "")
    if client_id not in world.oauth.clients:
        raise _error("invalid_client", 400)
    if urlsplit(redirect_uri).scheme not in ("http", "https"):
        raise _error("invalid_redirect_uri", 400)
    if asked.get("response_type") != "code":
        raise _error("invalid_response_type", 400)
    scopes = [scope for scope in re.split(r"[,\s]+", asked.get("scope", "")) if scope]
    if not scopes or not all(SCOPE.fullmatch(scope) for scope in scopes):
        raise _error("invalid_scope", 400)
    offline = asked.get("access_type", "online") == "offline"
    back = {
        "code": world.oauth.issue_code(client_id, redirect_uri, scopes, offline),
        "location": "sandbox",
        "accounts-server": request.base,
    }
    if "state" in asked:
        back["state"] = asked["state"]
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return Answer(302, None, {"Location": redirect_uri + joint + urlencode(back)})


@router.route("POST", "/token")
def token(world: Any, request: Request) -> Answer:
    fields = _fields(request)
    client = world.oauth.clients.get(fields.get("client_id", ""))
    kind = fields.get("grant_type", "")
    if world.limits == "real":
        _throttle(world, fields, kind)
    if client is None:
        raise _error("invalid_client")
    if fields.get("client_secret") != client["client_secret"]:
        raise _error("invalid_client_secret")
    if kind == "authorization_code":
        return _from_code(world, request, fields)
    if kind == "refresh_token":
        return _from_refresh(world, request, fields)
    raise _error("unsupported_grant_type")


def _throttle(world: Any, fields: dict[str, str], kind: str) -> None:
    """Ten token requests in ten minutes for each refresh token; consents count by client."""
    spender = fields.get("refresh_token", "") if kind == "refresh_token" else kind
    key = ("oauth", fields.get("client_id", ""), spender)
    now = world.clock.time()
    if world.counters.allow(key, now, TOKENS_PER_WINDOW, WINDOW_SECONDS) is not None:
        raise _error(
            "Access Denied",
            400,
            error_description="You have made too many requests continuously."
            " Please try again after some time.",
        )


def _from_code(world: Any, request: Request, fields: dict[str, str]) -> Answer:
    held = world.oauth.codes.get(fields.get("code", ""))
    if held is None or held["client_id"] != fields["client_id"]:
        raise _error("invalid_code")
    if held["redirect_uri"] != fields.get("redirect_uri", ""):
        raise _error("invalid_redirect_uri")
    world.oauth.codes.remove(held["code"])
    if held["expires"] <= world.clock.time():
        raise _error("invalid_code")
    user = world.company.get("owner_email", "")
    refresh = ""
    if held["offline"]:
        refresh = world.oauth.issue_refresh(held["client_id"], user, held["scopes"])
    answer = _token_answer(world, request, held["scopes"], user, refresh)
    return Answer(200, {**answer, **({"refresh_token": refresh} if refresh else {})})


def _from_refresh(world: Any, request: Request, fields: dict[str, str]) -> Answer:
    held = world.oauth.refresh.get(fields.get("refresh_token", ""))
    if held is None or held["client_id"] != fields["client_id"]:
        raise _error("invalid_code")
    user = held["user"] or world.company.get("owner_email", "")
    return Answer(200, _token_answer(world, request, held["scopes"], user, held["token"]))


def _token_answer(
    world: Any, request: Request, scopes: list[str], user: str, refresh: str
) -> dict[str, Any]:
    return {
        "access_token": world.oauth.issue_access(scopes, user, refresh),
        "scope": SHOWN_FOR_EVERY if EVERY_SCOPE in scopes else " ".join(scopes),
        "api_domain": request.base,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
    }


@router.route("POST", "/token/revoke")
def revoke(world: Any, request: Request) -> Answer:
    """Ends a refresh token with all its access tokens, or one access token."""
    wanted = _fields(request).get("token", "")
    if wanted in world.oauth.refresh:
        world.oauth.kill_refresh(wanted)
    elif wanted in world.oauth.access:
        world.oauth.access.remove(wanted)
    else:
        raise _error("invalid_code")
    return Answer(200, {"status": "success"})
