"""Connect everything to the sandbox, by the same consent and code exchange as the browser."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from integrations import connecting, oauth, registry
from integrations.errors import SyncError
from integrations.http import TIMEOUT
from integrations.management.migrated import MigratedCommand
from integrations.models import Connection, Grant, Integration
from integrations.prerequisites import missing_scopes

CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandbox-secret"
REDIRECT_URI = "http://127.0.0.1:8000/oauth/callback"


class Command(MigratedCommand):
    help = "Connect the sandbox's organisations and set their modules up, not yet synced."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default="", help="the sandbox's address")
        parser.add_argument(
            "--integrations", default="", help="comma-separated; all there are by default"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        url = (options["url"] or settings.SANDBOX_URL).rstrip("/")
        kinds = _kinds(options["integrations"])
        try:
            info = oauth.new_session().get(f"{url}/_sandbox/info", timeout=TIMEOUT).json()
        except requests.RequestException as error:
            raise CommandError(
                f"No sandbox answers at {url}. Start one with: manage.py sandbox"
            ) from error
        try:
            grant = self.grant(url)
            for kind in kinds:
                integration = self.integration(kind, grant, url, paced=info["limits"] != "off")
                self.stdout.write(
                    f"{integration.name}: {integration.ledger} and {integration.other} connected"
                )
        except SyncError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from error

    def grant(self, url: str) -> Grant:
        """The consent for the sandbox: the stored one while it lives, a new one otherwise."""
        grant = Grant.objects.filter(data_center=oauth.SANDBOX).order_by("pk").first()
        scopes = sorted(
            {
                scope
                for connector in registry.discover().connectors.values()
                for scope in connector.scopes
            }
        )
        # One given in the browser may be for a single app.
        enough = grant is not None and not missing_scopes(grant.scopes, scopes)
        if grant is not None and enough and grant.accounts_url == url and _alive(grant):
            return grant
        state = secrets.token_urlsafe(16)
        address = oauth.authorize_url(
            url, client_id=CLIENT_ID, scopes=scopes, redirect_uri=REDIRECT_URI, state=state
        )
        answer = oauth.new_session().get(address, timeout=TIMEOUT, allow_redirects=False)
        callback = dict(parse_qsl(urlsplit(answer.headers.get("Location", "")).query))
        accounts = oauth.callback_accounts(callback, state=state, expected=url)
        tokens = oauth.redeem_code(
            accounts,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            code=callback["code"],
            redirect_uri=REDIRECT_URI,
        )
        return connecting.keep_grant(
            grant,
            tokens,
            data_center=oauth.SANDBOX,
            accounts_url=url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
        )

    def integration(self, kind: str, grant: Grant, url: str, *, paced: bool) -> Integration:
        flow = registry.flows_of(kind)[0]
        ends = []
        for app in (flow.source.app, flow.target.app):
            known = Connection.objects.filter(app=app, grant=grant).first()
            organization = connecting.organizations(app, grant, base_url=url, paced_by=known)[0]
            connection = connecting.keep_connection(
                app, grant, organization, base_url=url, is_test=True, paced=paced
            )
            if known is None and not grant.signed_in_as:
                connecting.remember_sign_in(connection)
            ends.append(connection)
        ledger = next(c for c in ends if registry.connector_class(c.app).is_ledger)
        other = next(c for c in ends if c != ledger)
        integration = connecting.join(kind, ledger, other)
        connecting.refresh_catalogues(integration)
        for setting in integration.flow_settings.all():
            connecting.configure_with_defaults(setting)
        return integration


def _alive(grant: Grant) -> bool:
    if grant.status == Grant.Status.LOST:
        return False
    known = Connection.objects.filter(grant=grant).first()
    if known is None:
        return True
    if known.status == Connection.Status.RECONNECT:
        return False
    connector = registry.connector_for(known)
    try:
        connector.organizations()
    except SyncError:
        grant.refresh_from_db()
        if grant.status == Grant.Status.LOST:
            return False
        raise
    finally:
        connector.close()
    return True


def _kinds(asked: str) -> list[str]:
    there = list(dict.fromkeys(key.partition(".")[0] for key in registry.discover().flows))
    kinds = [kind.strip() for kind in asked.split(",") if kind.strip()] or there
    unknown = [kind for kind in kinds if kind not in there]
    if unknown:
        raise CommandError(
            f"Not available yet: {', '.join(unknown)}. There are {', '.join(there)}.", returncode=2
        )
    return kinds
