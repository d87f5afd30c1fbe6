"""The plain lists of the mappings app: records by state, field maps, the catalogue of fields."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from integrations.lists import PlainList, once
from integrations.lists.details import found_in, known_titles
from integrations.lists.filters import (
    ConnectionAppFilter,
    IntegrationFilter,
    ModuleFilter,
    PairedFilter,
)
from integrations.lists.html import (
    NOTHING,
    in_app,
    link,
    list_address,
    page_of,
    table,
    when,
    when_exactly,
)
from integrations.models import Change, SyncRun
from integrations.standing import state_badge
from integrations.words import (
    app_name,
    decision_words,
    integration_name,
    module_name,
    sides,
)
from mappings.map_admin import FieldMapAdmin
from mappings.models import RecordLink, RemoteField

__all__ = ["FieldMapAdmin", "RecordLinkAdmin", "RemoteFieldAdmin"]
State = RecordLink.State


@admin.register(RecordLink)
class RecordLinkAdmin(PlainList):
    list_display = ("record", "module", "state_shown", "why", "stands", "for_")
    search_fields = ("^name", "source_id__exact", "target_id__exact")
    search_help_text = "Beginning of a record's name, or an id"
    list_filter = ("state", ModuleFilter, IntegrationFilter, PairedFilter)
    list_display_links = ("record",)
    page_select_related = ("setting__integration__ledger", "setting__integration__other")
    sortable_by = ("for_",)
    empty = "No record has been looked at yet. manage.py sync --preview looks and writes nothing."
    fieldsets = (
        ("Record", {"fields": ("record", "module", "integration", "first_id", "second_id")}),
        ("State", {"fields": ("state_shown", "reason_shown", "do_shown", "waits_for", "found")}),
        ("Decision", {"fields": ("decided", "asked_again", "how_paired", "pinned")}),
        ("Times", {"fields": ("since_shown", "updated", "again")}),
        ("Last changed", {"fields": ("changed_first", "changed_second")}),
        ("Last changes", {"fields": ("history",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecordLink]:
        return super().get_queryset(request).defer("source_digest", "target_digest")

    @display(description="record")
    def record(self, row: RecordLink) -> str:
        return row.name or "(no name)"

    @display(description="module")
    def module(self, row: RecordLink) -> str:
        return module_name(row.flow)

    @display(description="integration")
    def integration(self, row: RecordLink) -> SafeString | str:
        integration = row.setting.integration
        return page_of(integration, integration_name(integration))

    @display(description="state")
    def state_shown(self, row: RecordLink) -> SafeString:
        return state_badge(row)

    @display(description="why and what to do")
    def why(self, row: RecordLink) -> SafeString | str:
        if not row.reason:
            return NOTHING
        reason, remedy = _short(row.reason), _short(row.remedy)
        return format_html(
            '<div class="zs-why">{} <span class="zs-aside">{}</span></div>', reason, remedy
        )

    @display(description="ids")
    def stands(self, row: RecordLink) -> SafeString:
        ids = zip(sides(row.flow), (row.source_id, row.target_id), strict=True)
        found = ((in_app(app, record_id),) for app, record_id in ids if record_id)
        return format_html("<div>{}</div>", format_html_join(" ", "{}", found))

    @display(description="read in")
    def first_id(self, row: RecordLink) -> SafeString | str:
        return _side(sides(row.flow)[0], row.source_id)

    @display(description="paired with")
    def second_id(self, row: RecordLink) -> SafeString | str:
        return _side(sides(row.flow)[1], row.target_id)

    @display(description="updated", ordering="updated_at")
    def for_(self, row: RecordLink) -> SafeString | str:
        return when(row.updated_at)

    @display(description="why")
    def reason_shown(self, row: RecordLink) -> str:
        return row.reason or NOTHING

    @display(description="what to do")
    def do_shown(self, row: RecordLink) -> str:
        return row.remedy or NOTHING

    @display(description="waiting for")
    def waits_for(self, row: RecordLink) -> str:
        if row.state != State.WAITING:
            return NOTHING
        return f"{module_name(row.waiting_flow)} {row.waiting_id}"

    @display(description="found")
    @once
    def found(self, row: RecordLink) -> SafeString | str:
        titles = known_titles(row.setting, row.flow, row.details.get("fields") or ())
        return found_in(row.details, row.flow, _direction(row), titles)

    @display(description="decided")
    def decided(self, row: RecordLink) -> str:
        return decision_words(row)

    @display(description="asked again")
    def asked_again(self, row: RecordLink) -> SafeString | str:
        return when_exactly(row.later_until)

    @display(description="how they became a pair")
    def how_paired(self, row: RecordLink) -> str:
        return row.get_origin_display() or NOTHING

    @display(description="in this state")
    def since_shown(self, row: RecordLink) -> SafeString | str:
        return when_exactly(row.since)

    @display(description="last looked at")
    def updated(self, row: RecordLink) -> SafeString | str:
        return when_exactly(row.updated_at)

    @display(description="tried again")
    def again(self, row: RecordLink) -> SafeString | str:
        return "with the next sync" if row.due else when_exactly(row.retry_at)

    @display(description="on the first side")
    def changed_first(self, row: RecordLink) -> str:
        return f"{sides(row.flow)[0]} {row.source_modified}" if row.source_modified else NOTHING

    @display(description="on the second side")
    def changed_second(self, row: RecordLink) -> str:
        return f"{sides(row.flow)[1]} {row.target_modified}" if row.target_modified else NOTHING

    @display(description="last changes")
    @once
    def history(self, row: RecordLink) -> SafeString:
        ids = [value for value in (row.source_id, row.target_id) if value]
        rows = Change.objects.filter(setting_id=row.setting_id, source_id__in=ids)
        return table(
            ("When", "What", "State", "Sync"),
            (
                (
                    page_of(change, when(change.created_at)),
                    change.get_action_display(),
                    change.get_status_display(),
                    link(list_address(Change, sync=change.run_id), f"{change.run_id}"),
                )
                for change in rows.defer("before", "values", "keep", "details")[:10]
            ),
            empty="No change so far.",
        )


def _short(text: str, length: int = 80) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _side(app: str, record_id: str | None) -> SafeString | str:
    return in_app(app, record_id) if record_id else NOTHING


def _direction(row: RecordLink) -> str:
    """The direction in which the record's present state was found."""
    ids = [value for value in (row.source_id, row.target_id) if value]
    newest = (
        Change.objects.filter(setting_id=row.setting_id, source_id__in=ids, state=row.state)
        .values_list("run__direction", flat=True)
        .first()
    )
    return newest or SyncRun.Direction.FORWARD


@admin.register(RemoteField)
class RemoteFieldAdmin(PlainList):
    list_display = ("title", "name", "app", "list_of", "kind", "length", "required", "custom")
    search_fields = ("^label", "^name")
    search_help_text = "Beginning of a field's title or name"
    list_filter = (ConnectionAppFilter, "required", "custom", "read_only")
    list_select_related = ("connection",)
    empty = "No app's fields have been read yet. The first sync reads them."
    fieldsets = (
        ("Field", {"fields": ("title", "name", "app", "list_of", "connection_shown")}),
        ("Values", {"fields": ("kind", "length", "allowed")}),
        ("Rules", {"fields": ("required", "unique", "read_only", "custom", "unmappable_shown")}),
        ("Times", {"fields": ("fetched",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[RemoteField]:
        return super().get_queryset(request).select_related("connection")

    @display(description="field", ordering="label")
    def title(self, field: RemoteField) -> str:
        return field.label or field.name

    @display(description="app", ordering="connection__app")
    def app(self, field: RemoteField) -> str:
        return app_name(field.connection.app)

    @display(description="organisation")
    def connection_shown(self, field: RemoteField) -> SafeString | str:
        return page_of(field.connection, field.connection.name)

    @display(description="of", ordering="entity")
    def list_of(self, field: RemoteField) -> str:
        return field.entity

    @display(description="values allowed")
    @once
    def allowed(self, field: RemoteField) -> Any:
        rows = list(field.choices.items())[:200]
        return table(("Stored", "Shown"), rows, empty="Any.")

    @display(description="cannot be mapped because")
    def unmappable_shown(self, field: RemoteField) -> str:
        return field.unmappable or NOTHING

    @display(description="read")
    def fetched(self, field: RemoteField) -> SafeString | str:
        return when_exactly(field.fetched_at)
