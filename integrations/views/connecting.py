"""The organisations this office reaches: how they are, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import connecting, native, prerequisites, registry, words
from integrations.data_centers import NAMES
from integrations.errors import SyncError
from integrations.lists.html import badge, when
from integrations.models import Connection, Consent, Integration
from integrations.pacing import requests_left_today
from integrations.secrets import SECRETS
from integrations.views import (
    connect_choosing,
    connect_consent,
    connect_invite,
    connect_join,
    connect_way,
    watching,
    writing_of,
)
from integrations.views.connect_consent import said
from integrations.views.frame import needs, page

UNREAD = [f"grant__{name}" for name in SECRETS]
WAITING = (Consent.Status.OPEN, Consent.Status.GIVEN)
SHOWN = 20


@dataclass(frozen=True)
class Step:
    """What to do next: a sentence, and the button that does it."""

    says: str
    button: str
    address: str


def _connections() -> list[Connection]:
    ends = Integration.objects.select_related("ledger", "other")
    joined = (
        Prefetch("as_ledger", ends),
        Prefetch("as_other", ends),
    )
    return list(Connection.objects.select_related("grant").defer(*UNREAD).prefetch_related(*joined))


def next_step(rows: list[Connection], pairs: list[connect_join.Partners]) -> Step | None:
    """The one thing that brings the office further; None when everything is joined and well."""
    lost = next((row for row in rows if row.status == Connection.Status.RECONNECT), None)
    if lost is not None:
        name = connect_join.named(lost)
        says = f"{name} has to be signed in to again. Its syncs wait, and go on by themselves then."
        return Step(says, "Reconnect", reverse("office:update-credentials", args=[lost.pk]))
    apps = registry.discover().connectors
    for app, kind in sorted(apps.items(), key=lambda item: not item[1].is_ledger):
        if all(row.app != app for row in rows):
            first = "first" if kind.is_ledger else "next"
            says = f"Connect {kind.label} {first}."
            return Step(says, f"Connect {kind.label}", reverse("office:connect", args=[app]))
    ready = [pair for pair in pairs if not pair.mixed]
    if ready and not any(row.as_ledger.all() or row.as_other.all() for row in rows):
        pair = ready[0]
        says = f"Join {pair.names[0]} and {pair.names[1]}, so that they work together."
        address = reverse("office:join", args=[pair.ledger.pk, pair.other.pk])
        return Step(says, "Join them", address)
    return None


@needs("integrations.view_connection")
@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    rows, pairs = _connections(), connect_join.partners()
    waiting = Consent.objects.filter(
        Q(status=Consent.Status.GIVEN) | Q(status=Consent.Status.OPEN) & ~Q(invited_address="")
    )
    ended = Consent.objects.exclude(invited_address="").exclude(status__in=WAITING)
    unread = ("client_secret", *UNREAD)
    return page(
        request,
        "connections/list.html",
        "Connect",
        rows=[_line(row) for row in rows],
        lost=sum(row.status == Connection.Status.RECONNECT for row in rows),
        step=next_step(rows, pairs),
        pairs=pairs,
        integrations=[
            (row, f"{connect_join.named(row.other)} and {connect_join.named(row.ledger)}")
            for row in Integration.objects.select_related("ledger", "other")
        ],
        ended_integrations=list(
            Integration.everything.filter(status=Integration.Status.DELETED)
            .select_related("ledger", "other")
            .order_by("-pk")
        ),
        waiting=[_asked(c) for c in waiting.select_related("asked_by").defer("client_secret")],
        ended=[_asked(c) for c in ended.select_related("asked_by").defer(*unread[:1])[:SHOWN]],
        apps=[(app, kind.label) for app, kind in registry.discover().connectors.items()],
        **_rights(request),
    )


def _rights(request: HttpRequest) -> dict[str, bool]:
    user = request.user
    return {
        "may_connect": user.has_perm("integrations.add_connection"),
        "may_change": user.has_perm("integrations.change_connection"),
        "may_remove": user.has_perm("integrations.delete_connection"),
        "may_join": user.has_perm("integrations.change_integration"),
    }


def state_badge(connection: Connection) -> Any:
    lost = connection.status == Connection.Status.RECONNECT
    return badge(connection.get_status_display(), "bad" if lost else "good")


def _line(connection: Connection) -> dict[str, Any]:
    return {
        "connection": connection,
        "app": words.app_name(connection.app),
        "state": state_badge(connection),
        "where": NAMES.get(connection.grant.data_center, connection.grant.data_center),
        "integrations": [*connection.as_ledger.all(), *connection.as_other.all()],
    }


def _asked(consent: Consent) -> dict[str, Any]:
    over = consent.status == Consent.Status.OPEN and consent.expires_at < timezone.now()
    return {
        "consent": consent,
        "app": words.app_name(consent.app),
        "at": when(consent.asked_at),
        "until": when(consent.expires_at),
        "state": "Too old" if over else consent.get_status_display(),
    }


def _row(connection_id: int) -> Connection:
    rows = Connection.objects.select_related("grant", "pace").defer(*UNREAD)
    return get_object_or_404(rows, pk=connection_id)


@needs("integrations.view_connection")
@require_safe
def connection(request: HttpRequest, connection_id: int) -> HttpResponse:
    """How a connection is: whose sign-in it uses, what it may do, its last error (G-16)."""
    row = _row(connection_id)
    grant, kind = row.grant, registry.connector_class(row.app)
    pace = getattr(row, "pace", None)
    consents = Consent.objects.filter(connection=row).select_related("asked_by")
    missing = prerequisites.missing_scopes(grant.scopes, kind.scopes) if grant.scopes else []
    return page(
        request,
        "connections/connection.html",
        row.name,
        row=row,
        label=kind.label,
        state=state_badge(row),
        where=NAMES.get(grant.data_center, grant.data_center),
        renewed_at=when(grant.access_token_expires),
        since=when(row.created_at),
        missing=missing,
        left=requests_left_today(row),
        held=pace.held_reason if pace and pace.held_until > timezone.now().timestamp() else "",
        shared_with=[connect_join.named(c) for c in grant.connections.exclude(pk=row.pk)],
        integrations=connecting.users_of(row),
        natives=[
            link for one in connecting.users_of(row) if (link := native.found(one)) is not None
        ],
        told=watching.shown(row),
        history=[_asked(c) for c in consents.defer("client_secret")[:SHOWN]],
        **_rights(request),
    )


@needs("integrations.change_connection")
@require_POST
def refresh(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Read the organisation's name, currency, plan, time zone and sign-in again."""
    row = get_object_or_404(Connection.objects.select_related("grant"), pk=connection_id)
    try:
        kept = connecting.refresh_organization(row)
    except SyncError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, f"{kept.name} was read again.")
    return redirect("office:connection", connection_id)


@needs("integrations.delete_connection")
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Revoke the consent and forget the connection; only when no integration uses it."""
    row = get_object_or_404(Connection.objects.select_related("grant"), pk=connection_id)
    if request.method == "POST":
        try:
            connecting.remove(row)
        except (SyncError, ValueError) as error:
            messages.error(request, said(error) if isinstance(error, SyncError) else str(error))
            return redirect("office:connection", connection_id)
        messages.success(request, f"{connect_join.named(row)} is removed.")
        return redirect("office:connections")
    return page(
        request,
        "connections/remove.html",
        f"Remove {row.name}",
        row=row,
        label=registry.connector_class(row.app).label,
        integrations=connecting.users_of(row),
        shared_with=[connect_join.named(c) for c in row.grant.connections.exclude(pk=row.pk)],
    )


# A name `app_name` in this module would be taken for the name space of these addresses.
urlpatterns = [
    path("", connections, name="connections"),
    path("callback", connect_consent.callback, name="callback"),
    path("new/<slug:app>/", connect_consent.connect, name="connect"),
    path("new/<slug:app>/code/", connect_consent.by_code, name="connect-by-code"),
    path("new/<slug:app>/invite/", connect_invite.invite, name="invite"),
    path("consents/<int:consent_id>/", connect_consent.leave, name="leave"),
    path(
        "consents/<int:consent_id>/organization/",
        connect_choosing.organization,
        name="organization",
    ),
    path("consents/<int:consent_id>/withdraw/", connect_invite.withdraw, name="withdraw"),
    path("invited/again/", connect_invite.invited_again, name="invited-again"),
    path("invited/organization/", connect_invite.invited_organization, name="invited-organization"),
    path("invited/<str:token>/", connect_invite.invited, name="invited"),
    path("join/<int:ledger_id>/<int:other_id>/", connect_join.join, name="join"),
    path("writing/<int:integration_id>/", writing_of.of_integration, name="writing"),
    path("way/<int:integration_id>/", connect_way.way, name="way"),
    path("way/<int:integration_id>/preview/", connect_way.preview, name="way-preview"),
    path("<int:connection_id>/", connection, name="connection"),
    path("<int:connection_id>/update/", connect_consent.update, name="update-credentials"),
    path("<int:connection_id>/invite/", connect_invite.invite_again, name="invite-again"),
    path("<int:connection_id>/refresh/", refresh, name="refresh-connection"),
    path("<int:connection_id>/told/ask/", watching.ask, name="ask-notifications"),
    path("<int:connection_id>/told/stop/", watching.stop, name="stop-notifications"),
    path("<int:connection_id>/remove/", remove, name="remove-connection"),
]
