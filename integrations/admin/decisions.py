"""Lists of what people did: every decision, and every consent that was asked for."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from integrations.lists import PlainList, once
from integrations.lists.details import both_sides, known_titles
from integrations.lists.filters import AppFilter, IntegrationFilter, ModuleFilter
from integrations.lists.html import NOTHING, badge, in_app, page_of, when_exactly
from integrations.lists.html import when as ago
from integrations.lists.set_up import changes_table
from integrations.models import Consent, Decision
from integrations.words import app_name, integration_name, module_name, sides

CONSENT_COLOURS = {
    Consent.Status.OPEN: "info",
    Consent.Status.GIVEN: "look",
    Consent.Status.DONE: "good",
    Consent.Status.WITHDRAWN: "plain",
    Consent.Status.FAILED: "bad",
}


class DecidedModuleFilter(ModuleFilter):
    path = "setting__flow"


@admin.register(Decision)
class DecisionAdmin(PlainList):
    """Rows of people's acts; none is ever changed (guard G-17)."""

    list_display = ("at_shown", "what", "about", "module", "who", "why")
    search_fields = ("^name", "source_id__exact", "target_id__exact", "by__username__exact")
    search_help_text = "Beginning of a record's name, an id, or a user's name"
    list_filter = ("kind", DecidedModuleFilter, IntegrationFilter)
    list_select_related = ("by", "setting", "run")
    page_select_related = (
        "by",
        "setting__integration__ledger",
        "setting__integration__other",
        "run",
    )
    list_display_links = ("at_shown",)
    sortable_by = ("at_shown",)
    empty = (
        "Nobody has decided anything yet. What people decide in the office or by manage.py stop "
        "is kept here for good."
    )
    fieldsets = (
        ("Decision", {"fields": ("what", "about", "why", "who", "at_exactly")}),
        ("Where", {"fields": ("module", "integration", "sync", "first_id", "second_id")}),
        ("In detail", {"fields": ("told",)}),
    )

    @display(description="when", ordering="at")
    def at_shown(self, row: Decision) -> SafeString | str:
        return ago(row.at)

    @display(description="when")
    def at_exactly(self, row: Decision) -> SafeString | str:
        return when_exactly(row.at)

    @display(description="what")
    def what(self, row: Decision) -> str:
        return row.get_kind_display()

    @display(description="about")
    def about(self, row: Decision) -> str:
        if row.name:
            return row.name
        return row.run.name if row.run else NOTHING

    @display(description="module")
    def module(self, row: Decision) -> str:
        return module_name(row.setting.flow) if row.setting else "all modules"

    @display(description="integration")
    def integration(self, row: Decision) -> SafeString | str:
        if row.setting is None:
            return NOTHING
        integration = row.setting.integration
        return page_of(integration, integration_name(integration))

    @display(description="who")
    def who(self, row: Decision) -> str:
        return row.by.get_username() if row.by else "the command line"

    @display(description="why")
    def why(self, row: Decision) -> str:
        return row.reason or NOTHING

    @display(description="sync")
    def sync(self, row: Decision) -> SafeString | str:
        return page_of(row.run)

    @display(description="first id")
    def first_id(self, row: Decision) -> SafeString | str:
        return self._side(row, 0, row.source_id)

    @display(description="second id")
    def second_id(self, row: Decision) -> SafeString | str:
        return self._side(row, 1, row.target_id)

    def _side(self, row: Decision, number: int, record_id: str) -> SafeString | str:
        if not record_id or not row.setting:
            return NOTHING
        return in_app(sides(row.setting.flow)[number], record_id)

    @display(description="values and choices")
    @once
    def told(self, row: Decision) -> SafeString | str:
        if row.setting is None:
            return NOTHING
        if fields := row.details.get("fields"):
            return both_sides(
                fields,
                *sides(row.setting.flow),
                known_titles(row.setting, row.setting.flow, fields),
            )
        return changes_table(row.setting, row.details) or NOTHING


@admin.register(Consent)
class ConsentAdmin(PlainList):
    """Consents asked for. Their secrets are not even read, so no page can show them."""

    list_display = ("asked", "app_shown", "state", "who", "giver", "organisation")
    search_fields = ("^organization_name", "^invited_address", "asked_by__username__exact")
    search_help_text = "Beginning of an organisation's name or of an address, or a user's name"
    list_filter = ("status", AppFilter, "renews")
    list_select_related = ("asked_by",)
    page_select_related = ("asked_by", "connection")
    list_display_links = ("asked",)
    sortable_by = ("asked",)
    empty = (
        "Nobody was asked for a consent in the browser yet. Connect in the side bar asks for one; "
        "manage.py connect_sandbox needs none."
    )
    fieldsets = (
        ("Consent", {"fields": ("app_shown", "state", "reason_shown", "for_what")}),
        ("Who", {"fields": ("who", "giver", "signed_in", "note_shown")}),
        ("Where", {"fields": ("data_center", "organisation", "leads_to", "client_id", "scopes")}),
        ("Times", {"fields": ("asked_exactly", "until", "ended")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        return super().get_queryset(request).defer("client_secret")

    @display(description="asked", ordering="asked_at")
    def asked(self, row: Consent) -> SafeString | str:
        return ago(row.asked_at)

    @display(description="asked")
    def asked_exactly(self, row: Consent) -> SafeString | str:
        return when_exactly(row.asked_at)

    @display(description="good until")
    def until(self, row: Consent) -> SafeString | str:
        return when_exactly(row.expires_at)

    @display(description="ended")
    def ended(self, row: Consent) -> SafeString | str:
        return when_exactly(row.ended_at)

    @display(description="app")
    def app_shown(self, row: Consent) -> str:
        return app_name(row.app)

    @display(description="state")
    def state(self, row: Consent) -> SafeString:
        colour = CONSENT_COLOURS[Consent.Status(row.status)]
        return badge(row.get_status_display(), colour)

    @display(description="reason")
    def reason_shown(self, row: Consent) -> str:
        return row.reason or NOTHING

    @display(description="for")
    def for_what(self, row: Consent) -> str:
        return "an existing connection" if row.renews else "a new connection"

    @display(description="asked by")
    def who(self, row: Consent) -> str:
        return row.asked_by.get_username() if row.asked_by else "the command line"

    @display(description="to be given by")
    def giver(self, row: Consent) -> str:
        return row.invited_address or "somebody here"

    @display(description="signed in as")
    def signed_in(self, row: Consent) -> str:
        return row.signed_in_as or NOTHING

    @display(description="note")
    def note_shown(self, row: Consent) -> str:
        return row.note or NOTHING

    @display(description="organisation")
    def organisation(self, row: Consent) -> str:
        return row.organization_name or NOTHING

    @display(description="connection")
    def leads_to(self, row: Consent) -> SafeString | str:
        return page_of(row.connection)
