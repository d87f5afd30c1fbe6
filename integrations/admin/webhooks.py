"""List of the notifications that came in; those handled can be handled again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from integrations import jobs
from integrations.lists import PlainList, once
from integrations.lists.filters import AppFilter
from integrations.lists.html import NOTHING, badge, id_text, page_of, table, when, when_exactly
from integrations.models import SyncRun, WebhookEvent
from integrations.words import app_name

COLOURS = {
    WebhookEvent.Status.RECEIVED: "info",
    WebhookEvent.Status.HANDLED: "good",
    WebhookEvent.Status.FAILED: "bad",
}
# So many are handled again in one go.
AT_ONCE = 200
SHOWN = 100


class ChannelAppFilter(AppFilter):
    path = "channel__connection__app"


@admin.register(WebhookEvent)
class WebhookEventAdmin(PlainList):
    list_display = ("came", "organisation", "state", "named", "outcome", "repeated")
    search_fields = ("id__exact", "records__record_id__exact")
    search_help_text = "Number of a notification, or the id of a record it named"
    list_filter = ("status", ChannelAppFilter)
    list_select_related = ("channel__connection",)
    sortable_by = ("came",)
    actions = ("handle_again",)
    empty = (
        "No notification has come yet. The page of a connection says whether its app is asked to "
        "tell of changes."
    )
    fieldsets = (
        ("Notification", {"fields": ("number", "organisation", "state", "outcome", "syncs")}),
        ("Records it named", {"fields": ("records_named",)}),
        ("Times", {"fields": ("came_exactly", "handled", "repeated")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("channel__connection")
        rows = rows.defer("body", "channel__secret")
        return rows.annotate(number_named=Count("records", distinct=True))

    def has_handle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("integrations.handle_event")

    @action(description="Handle again", permissions=["handle"])
    def handle_again(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Have the records that these named read once more."""
        chosen = list(WebhookEvent.objects.filter(pk__in=rows.order_by().values("pk"))[:AT_ONCE])
        syncs = {run.pk for event in chosen for run in jobs.handle_again(event)}
        said = f"{len(chosen)} handled again; {len(syncs)} new syncs read what they named."
        messages.success(request, said)

    @display(description="came", ordering="received_at")
    def came(self, event: WebhookEvent) -> SafeString | str:
        return when(event.received_at)

    @display(description="number")
    def number(self, event: WebhookEvent) -> str:
        return f"{event.pk}"

    @display(description="from")
    def organisation(self, event: WebhookEvent) -> str:
        connection = event.channel.connection
        return f"{app_name(connection.app)} {connection.name}"

    @display(description="state", ordering="status")
    def state(self, event: WebhookEvent) -> SafeString:
        return badge(event.get_status_display(), COLOURS[WebhookEvent.Status(event.status)])

    @display(description="records named")
    def named(self, event: Any) -> str:
        return f"{event.number_named:,}" if event.status != event.Status.RECEIVED else NOTHING

    @display(description="repeats")
    def repeated(self, event: WebhookEvent) -> str:
        return f"{event.repeats:,}" if event.repeats else "none"

    @display(description="syncs")
    @once
    def syncs(self, event: WebhookEvent) -> SafeString | str:
        runs = SyncRun.objects.filter(pk__in=event.runs)
        return format_html_join(", ", "{}", ((page_of(run),) for run in runs)) or NOTHING

    @display(description="records")
    @once
    def records_named(self, event: WebhookEvent) -> SafeString:
        rows = [
            (row.entity, id_text(row.record_id), row.get_what_display())
            for row in event.records.all()[:SHOWN]
        ]
        return table(("Kind", "Id", "What it said"), rows, empty="None that is read here.")

    @display(description="came")
    def came_exactly(self, event: WebhookEvent) -> SafeString | str:
        return when_exactly(event.received_at)

    @display(description="handled")
    def handled(self, event: WebhookEvent) -> SafeString | str:
        return when_exactly(event.handled_at)
