"""Lists of the organisations the product reaches, the consents behind them, what is joined."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from integrations import connecting
from integrations.lists import PlainList, once
from integrations.lists.filters import AppFilter
from integrations.lists.html import (
    badge,
    id_text,
    link,
    list_address,
    page_of,
    table,
    when,
    when_exactly,
)
from integrations.models import Connection, FlowSetting, Grant, Integration, SyncRun, Writing
from integrations.secrets import SECRETS
from integrations.words import (
    app_name,
    app_title,
    extent_words,
    integration_name,
    interval_words,
    module_name,
)

WRITING_COLOURS = {Writing.ON: "good", Writing.LOOK_ONLY: "info", Writing.STOPPED: "bad"}
HOW_TO_CONNECT = (
    "Connect the sandbox to try the product: manage.py sandbox, then manage.py connect_sandbox."
)


def writing_badge(row: Any) -> SafeString:
    return badge(row.get_writing_display(), WRITING_COLOURS[row.writing])


@admin.register(Grant)
class GrantAdmin(PlainList):
    """Consents. The tokens are not even read from the database, so no page can show them."""

    list_display = ("name", "data_center", "state", "serves", "since")
    search_fields = ("^signed_in_as", "client_id__exact")
    search_help_text = "Beginning of the sign-in, or a client id"
    list_filter = ("status",)
    empty = f"Nobody has consented yet. {HOW_TO_CONNECT}"
    fieldsets = (
        ("Sign-in", {"fields": ("name", "state", "status_reason", "serves")}),
        ("Where", {"fields": ("data_center", "accounts_url", "api_domain")}),
        ("What was consented to", {"fields": ("client_id", "scopes_shown")}),
        ("Times", {"fields": ("renews", "renewals", "since_exactly", "updated")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        return super().get_queryset(request).defer(*SECRETS).prefetch_related("connections")

    @display(description="signed in as", ordering="signed_in_as")
    def name(self, grant: Grant) -> str:
        return grant.signed_in_as or f"Sign-in {grant.pk}"

    @display(description="state", ordering="status")
    def state(self, grant: Grant) -> SafeString:
        lost = grant.status == Grant.Status.LOST
        return badge("Reconnect" if lost else "Connected", "bad" if lost else "good")

    @display(description="used for")
    def serves(self, grant: Grant) -> str:
        return ", ".join(f"{c.name} ({app_name(c.app)})" for c in grant.connections.all()) or "-"

    @display(description="allowed")
    def scopes_shown(self, grant: Grant) -> str:
        return ", ".join(sorted(grant.scopes.replace(",", " ").split())) or "-"

    @display(description="pass renewed by")
    def renews(self, grant: Grant) -> SafeString | str:
        return when_exactly(grant.access_token_expires)

    @display(description="recent renewals")
    def renewals(self, grant: Grant) -> str:
        return f"{len(grant.token_requests)} (Zoho takes ten in ten minutes)"

    @display(description="since", ordering="created_at")
    def since(self, grant: Grant) -> SafeString | str:
        return when(grant.created_at)

    @display(description="since")
    def since_exactly(self, grant: Grant) -> SafeString | str:
        return when_exactly(grant.created_at)

    @display(description="last changed")
    def updated(self, grant: Grant) -> SafeString | str:
        return when_exactly(grant.updated_at)


@admin.register(Connection)
class ConnectionAdmin(PlainList):
    list_display = ("name", "app_shown", "organisation", "currency", "state", "data", "since")
    search_fields = ("^name", "organization_id__exact")
    search_help_text = "Beginning of the name, or an organisation id"
    list_filter = (AppFilter, "status", "is_test")
    list_select_related = ("grant", "pace")
    empty = f"No organisation is connected yet. {HOW_TO_CONNECT}"
    fieldsets = (
        ("Organisation", {"fields": ("name", "app_shown", "organisation", "data", "joined")}),
        ("Facts", {"fields": ("currency", "time_zone", "plan", "region", "address")}),
        ("State", {"fields": ("state", "status_reason", "signed_in")}),
        ("Zoho requests", {"fields": ("per_minute", "left_today", "reserve", "held")}),
        ("Times", {"fields": ("since_exactly", "updated")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        hidden = [f"grant__{name}" for name in SECRETS]
        return super().get_queryset(request).select_related("grant", "pace").defer(*hidden)

    def called(self, connection: Connection) -> str:
        return f"{app_title(connection.app)} {connection.name}"

    @display(description="app", ordering="app")
    def app_shown(self, connection: Connection) -> str:
        return app_name(connection.app)

    @display(description="organisation id", ordering="organization_id")
    def organisation(self, connection: Connection) -> SafeString | str:
        return id_text(connection.organization_id)

    @display(description="currency", ordering="base_currency")
    def currency(self, connection: Connection) -> str:
        return connection.base_currency or "-"

    @display(description="state", ordering="status")
    def state(self, connection: Connection) -> SafeString:
        lost = connection.status == Connection.Status.RECONNECT
        return badge(connection.get_status_display(), "bad" if lost else "good")

    @display(description="data", ordering="is_test")
    def data(self, connection: Connection) -> SafeString:
        return badge("Test data", "look") if connection.is_test else badge("Real data", "plain")

    @display(description="connected", ordering="created_at")
    def since(self, connection: Connection) -> SafeString | str:
        return when(connection.created_at)

    @display(description="integrations")
    @once
    def joined(self, connection: Connection) -> SafeString:
        rows = connecting.users_of(connection)
        return table(
            ("Name", "Status"),
            ((page_of(i, integration_name(i)), i.get_status_display()) for i in rows),
        )

    @display(description="data centre")
    def region(self, connection: Connection) -> str:
        return connection.grant.data_center

    @display(description="address")
    def address(self, connection: Connection) -> str:
        return connection.base_url or "the app's own"

    @display(description="sign-in")
    def signed_in(self, connection: Connection) -> SafeString | str:
        return page_of(connection.grant, connection.grant.signed_in_as or "sign-in")

    @display(description="a minute, at most")
    def per_minute(self, connection: Connection) -> str:
        limit = connection.calls_per_minute
        return "no limit" if limit is None else f"{limit:,}"

    @display(description="left today")
    def left_today(self, connection: Connection) -> str:
        pace = getattr(connection, "pace", None)
        used = pace.calls_today if pace else 0
        day = f" (on {pace.day})" if pace and pace.day else ""
        if connection.calls_per_day is None:
            return f"no limit; {used:,} made{day}"
        left = max(connection.calls_per_day - used, 0)
        return f"{left:,} of {connection.calls_per_day:,}; {used:,} made{day}"

    @display(description="kept free for people")
    def reserve(self, connection: Connection) -> str:
        return f"{connection.reserve_percent} %"

    @display(description="held back because")
    def held(self, connection: Connection) -> str:
        pace = getattr(connection, "pace", None)
        return pace.held_reason if pace and pace.held_reason else "-"

    @display(description="connected")
    def since_exactly(self, connection: Connection) -> SafeString | str:
        return when_exactly(connection.created_at)

    @display(description="last changed")
    def updated(self, connection: Connection) -> SafeString | str:
        return when_exactly(connection.updated_at)


@admin.register(Integration)
class IntegrationAdmin(PlainList):
    list_display = ("called", "joins", "state", "writes", "since")
    search_fields = ("^name",)
    search_help_text = "Beginning of the name"
    list_filter = ("status", "writing")
    list_select_related = ("ledger", "other")
    empty = f"No two apps work together yet. {HOW_TO_CONNECT}"
    fieldsets = (
        ("Integration", {"fields": ("called", "joins", "ledger_shown", "other_shown", "short")}),
        ("State", {"fields": ("state", "writes", "way", "since_exactly")}),
        ("Modules", {"fields": ("modules",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        running = SyncRun.objects.filter(
            setting__integration=OuterRef("pk"), status=SyncRun.Status.RUNNING
        )
        rows = super().get_queryset(request).select_related("ledger", "other")
        return rows.annotate(in_progress=Exists(running))

    @display(description="name", ordering="name")
    def called(self, integration: Integration) -> str:
        return integration_name(integration)

    @display(description="short name, for commands")
    def short(self, integration: Integration) -> str:
        return integration.name

    @display(description="joins")
    def joins(self, integration: Integration) -> str:
        ledger, other = integration.ledger, integration.other
        return f"{app_name(other.app)} {other.name} and {app_name(ledger.app)} {ledger.name}"

    @display(description="state", ordering="status")
    def state(self, integration: Any) -> SafeString:
        lost = Connection.Status.RECONNECT
        if lost in {integration.ledger.status, integration.other.status}:
            return badge("Reconnect", "bad")
        if integration.status != Integration.Status.ACTIVE:
            return badge(integration.get_status_display(), "look")
        if integration.in_progress:
            return badge("Sync in Progress", "info")
        return badge("Active", "good")

    @display(description="writing", ordering="writing")
    def writes(self, integration: Integration) -> SafeString:
        return writing_badge(integration)

    @display(description="since", ordering="created_at")
    def since(self, integration: Integration) -> SafeString | str:
        return when(integration.created_at)

    @display(description="books")
    def ledger_shown(self, integration: Integration) -> SafeString | str:
        return page_of(integration.ledger, integration.ledger.name)

    @display(description="other app")
    def other_shown(self, integration: Integration) -> SafeString | str:
        return page_of(integration.other, integration.other.name)

    @display(description="since")
    def since_exactly(self, integration: Integration) -> SafeString | str:
        return when_exactly(integration.created_at)

    @display(description="modules")
    @once
    def modules(self, integration: Integration) -> SafeString:
        settings = FlowSetting.objects.filter(integration=integration).select_related("integration")
        return table(
            ("Module", "Sync", "Direction", "How often", "Last started", "Syncs"),
            (
                (
                    page_of(setting, module_name(setting.flow)),
                    "on" if setting.enabled else "off",
                    extent_words(setting),
                    interval_words(setting.every),
                    when(setting.last_started_at),
                    link(list_address(SyncRun, module=setting.flow), "Syncs"),
                )
                for setting in settings
            ),
            empty="No module is configured yet.",
        )
