"""List of the changes: what a sync did to each record, or found about it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from integrations.lists import PlainChangeList, PlainList, once
from integrations.lists.details import (
    field_list,
    field_values,
    found_in,
    titles_by_end,
    titles_of,
    written_to,
)
from integrations.lists.filters import IntegrationFilter, ModuleFilter, SyncFilter
from integrations.lists.html import NOTHING, badge, in_app, page_of, when, when_exactly
from integrations.lists.records import of_record
from integrations.models import Change
from integrations.words import module_name, sides
from mappings.models import RecordLink

CHANGE_COLOURS = {
    Change.Status.PLANNED: "info",
    Change.Status.SENDING: "info",
    Change.Status.WRITTEN: "good",
    Change.Status.NOTED: "plain",
    Change.Status.FAILED: "bad",
    Change.Status.UNCERTAIN: "look",
    Change.Status.DROPPED: "look",
}


SHOWN_IN_LINE = 3


class ChangesOfPage(PlainChangeList):
    """The changes of one page, with the titles of the fields they name."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.__dict__["result_list"])
        titles = titles_by_end(rows)
        for row in rows:
            row.titles = titles.get(written_to(row), {})
        self.result_list = rows


@admin.register(Change)
class ChangeAdmin(PlainList):
    list_display = ("at", "record", "module", "action_shown", "outcome", "what", "sync")
    search_fields = ("name", "source_id", "target_id")  # by way of the records, below
    search_help_text = "Beginning of a record's name, or an id"
    list_filter = ("status", "action", ModuleFilter, IntegrationFilter, SyncFilter)
    list_select_related = ("run", "setting__integration")
    page_select_related = (
        "run",
        "setting__integration__ledger",
        "setting__integration__other",
    )
    list_display_links = ("at", "record")
    sortable_by = ("at",)
    empty = (
        "No sync has changed or found anything yet. manage.py sync --preview shows what one would."
    )
    fieldsets = (
        ("Record", {"fields": ("record", "module", "first_id", "second_id", "in_state")}),
        ("Outcome", {"fields": ("action_shown", "outcome", "reason_shown", "remedy_shown")}),
        ("Fields", {"fields": ("fields_shown",)}),
        ("More", {"fields": ("found", "amount", "attempts")}),
        ("Times", {"fields": ("sync_shown", "planned", "sent", "confirmed")}),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PlainChangeList]:
        return ChangesOfPage

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Change], search_term: str
    ) -> tuple[QuerySet[Change], bool]:
        text = search_term.strip()
        return (queryset.filter(of_record(text)) if text else queryset), False

    @display(description="when", ordering="created_at")
    def at(self, change: Change) -> SafeString | str:
        return when(change.created_at)

    @display(description="record")
    def record(self, change: Change) -> str:
        return change.name or change.source_id or change.target_id or "(no name)"

    @display(description="module")
    def module(self, change: Change) -> str:
        return module_name(change.flow)

    @display(description="what")
    def action_shown(self, change: Change) -> str:
        # Its state says that there was nothing to write.
        return NOTHING if change.action == Change.Action.NOTHING else change.get_action_display()

    @display(description="state")
    def outcome(self, change: Change) -> SafeString:
        colour = CHANGE_COLOURS[Change.Status(change.status)]
        return badge(change.get_status_display(), colour)

    @display(description="fields or reason")
    def what(self, change: Any) -> str:
        if change.reason:
            return _short(change.reason)
        return field_list(sorted(change.values), change.titles, SHOWN_IN_LINE) or NOTHING

    @display(description="sync")
    def sync(self, change: Change) -> SafeString | str:
        return page_of(change.run, f"{change.run_id}")

    @display(description="read in")
    def first_id(self, change: Change) -> SafeString | str:
        return _side(change, 0)

    @display(description="written in")
    def second_id(self, change: Change) -> SafeString | str:
        return _side(change, 1)

    @display(description="the record then")
    def in_state(self, change: Change) -> str:
        states = dict(RecordLink.State.choices)
        return states.get(change.state, NOTHING)

    @display(description="reason")
    def reason_shown(self, change: Change) -> str:
        return change.reason or NOTHING

    @display(description="what to do")
    def remedy_shown(self, change: Change) -> str:
        return change.remedy or NOTHING

    @display(description="before and after")
    @once
    def fields_shown(self, change: Change) -> SafeString:
        return field_values(change, titles_of(change))

    @display(description="found")
    @once
    def found(self, change: Change) -> SafeString | str:
        return found_in(change.details, change.flow, change.run.direction, titles_of(change))

    @display(description="sync")
    def sync_shown(self, change: Change) -> SafeString | str:
        return page_of(change.run, change.run.name)

    @display(description="decided")
    def planned(self, change: Change) -> SafeString | str:
        return when_exactly(change.created_at)

    @display(description="sent")
    def sent(self, change: Change) -> SafeString | str:
        return when_exactly(change.sent_at)

    @display(description="final")
    def confirmed(self, change: Change) -> SafeString | str:
        return when_exactly(change.final_at)


def _short(text: str, length: int = 90) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _side(change: Change, number: int) -> SafeString | str:
    app = sides(change.flow, change.run.direction)[number]
    value = change.target_id if number else change.source_id
    return in_app(app, value) if value else NOTHING
