"""List of the syncs."""

from __future__ import annotations

import datetime as dt

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Count
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from integrations.admin.changes import CHANGE_COLOURS
from integrations.lists import PlainList, once
from integrations.lists.filters import IntegrationFilter, ModuleFilter
from integrations.lists.html import (
    NOTHING,
    badge,
    link,
    list_address,
    page_of,
    table,
    when,
    when_exactly,
)
from integrations.models import Change, SyncRun
from integrations.words import (
    app_name,
    direction_words,
    has_open_items,
    integration_name,
    lasted,
    module_name,
    run_words,
)

RUN_COLOURS = {
    SyncRun.Status.QUEUED: "plain",
    SyncRun.Status.RUNNING: "info",
    SyncRun.Status.PAUSED: "look",
    SyncRun.Status.DONE: "good",
    SyncRun.Status.FAILED: "bad",
    SyncRun.Status.CANCELLED: "plain",
}


@admin.register(SyncRun)
class SyncRunAdmin(PlainList):
    list_display = (
        "at",
        "module_and_way",
        "integration_name",
        "kind",
        "state",
        "read_count",
        "written",
        "aside",
        "took",
    )
    search_fields = ("id__exact", "flow__exact")
    search_help_text = "Number of a sync, or key of a module"
    list_filter = ("status", "mode", "trigger", ModuleFilter, IntegrationFilter)
    list_select_related = ("setting__integration__ledger", "setting__integration__other")
    page_select_related = (
        *list_select_related,
        "requested_by",
        "approval_asked_by",
        "approved_by",
    )
    sortable_by = ("at",)
    empty = (
        "Nothing has been synced yet. manage.py sync starts a sync; with --preview it only looks."
    )
    fieldsets = (
        ("Sync", {"fields": ("number", "module", "integration", "direction_shown", "kind")}),
        ("How it stands", {"fields": ("state", "reason", "progress")}),
        ("Records", {"fields": ("records",)}),
        ("Changes", {"fields": ("changes_shown",)}),
        ("Who", {"fields": ("trigger", "requested", "approval", "approved")}),
        ("Times", {"fields": ("asked_for", "started", "finished", "goes_on", "took")}),
        ("What it cost", {"fields": ("requests", "memory", "statements")}),
    )

    @display(description="sync", ordering="created_at")
    def at(self, run: SyncRun) -> SafeString | str:
        return when(run.created_at)

    @display(description="number")
    def number(self, run: SyncRun) -> str:
        return f"{run.pk}"

    @display(description="module")
    def module_and_way(self, run: SyncRun) -> SafeString:
        way = direction_words(run.flow, run.direction)
        html = '<div>{} <span class="zs-aside zs-side">{}</span></div>'
        return format_html(html, module_name(run.flow), way)

    @display(description="module")
    def module(self, run: SyncRun) -> str:
        return module_name(run.flow)

    @display(description="integration")
    def integration(self, run: SyncRun) -> SafeString | str:
        return page_of(run.setting.integration, self.integration_name(run))

    @display(description="integration")
    def integration_name(self, run: SyncRun) -> str:
        return integration_name(run.setting.integration)

    @display(description="direction")
    def direction_shown(self, run: SyncRun) -> str:
        return direction_words(run.flow, run.direction)

    @display(description="kind")
    def kind(self, run: SyncRun) -> str:
        some = ", chosen records" if run.only_ids is not None else ""
        return f"{run.get_mode_display()}{some}"

    @display(description="state")
    def state(self, run: SyncRun) -> SafeString:
        colour = RUN_COLOURS[SyncRun.Status(run.status)]
        # Never green over open items.
        return badge(run_words(run), "look" if colour == "good" and has_open_items(run) else colour)

    @display(description="read")
    def read_count(self, run: SyncRun) -> str:
        return f"{run.read:,}"

    @display(description="written")
    def written(self, run: SyncRun) -> str:
        return f"{run.created + run.updated + run.linked + run.deleted:,}"

    @display(description="left out")
    def aside(self, run: SyncRun) -> str:
        return f"{run.excluded:,}"

    @display(description="took")
    def took(self, run: SyncRun) -> str:
        return lasted(run).replace(" ", "\N{NO-BREAK SPACE}")

    @display(description="progress")
    def progress(self, run: SyncRun) -> str:
        if not run.is_open:
            return NOTHING
        of = f" of about {run.expected:,}" if run.expected else ""
        return f"{run.get_phase_display()}: {run.read:,}{of} read"

    @display(description="records")
    def records(self, run: SyncRun) -> SafeString:
        counts = (
            ("Read", run.read),
            ("Created", run.created),
            ("Changed", run.updated),
            ("Paired", run.linked),
            ("Deleted", run.deleted),
            ("Unchanged", run.unchanged),
            ("Left out", run.excluded),
            ("Waiting for another record", run.waiting),
            ("Need attention", run.failing),
            ("Possible duplicates", run.undecided),
            ("Changed on both sides", run.conflicts),
            ("Not confirmed", run.uncertain),
        )
        return table(("What", "Records"), ((name, f"{number:,}") for name, number in counts))

    @display(description="changes")
    @once
    def changes_shown(self, run: SyncRun) -> SafeString:
        counts = (
            Change.objects.filter(run=run)
            .order_by("status")
            .values_list("status")
            .annotate(number=Count("pk"))
        )
        rows = [
            (
                badge(Change.Status(status).label, CHANGE_COLOURS[Change.Status(status)]),
                link(list_address(Change, sync=run.pk, status__exact=status), f"{number:,}"),
            )
            for status, number in counts
        ]
        return table(("State", "Changes"), rows, empty="It found nothing to change.")

    @display(description="asked for by")
    def requested(self, run: SyncRun) -> SafeString | str:
        return _by(run.requested_by, None)

    @display(description="approval asked for by")
    def approval(self, run: SyncRun) -> SafeString | str:
        return _by(run.approval_asked_by, run.approval_asked_at)

    @display(description="approved by")
    def approved(self, run: SyncRun) -> SafeString | str:
        return _by(run.approved_by, run.approved_at)

    @display(description="asked for")
    def asked_for(self, run: SyncRun) -> SafeString | str:
        return when_exactly(run.created_at)

    @display(description="started")
    def started(self, run: SyncRun) -> SafeString | str:
        return when_exactly(run.started_at)

    @display(description="finished")
    def finished(self, run: SyncRun) -> SafeString | str:
        return when_exactly(run.finished_at)

    @display(description="goes on")
    def goes_on(self, run: SyncRun) -> SafeString | str:
        return when_exactly(run.not_before) if run.is_open else NOTHING

    @display(description="requests")
    def requests(self, run: SyncRun) -> str:
        made = (f"{app_name(app)} {number:,}" for app, number in run.calls.items())
        return ", ".join(made) or "none"

    @display(description="memory, at most")
    def memory(self, run: SyncRun) -> str:
        return f"{run.peak_rss_mb:.0f} MB"

    @display(description="database statements")
    def statements(self, run: SyncRun) -> str:
        return f"{run.queries:,}"


def _by(user: User | None, at: dt.datetime | None) -> SafeString | str:
    if user is None:
        return NOTHING
    return format_html("{} {}", user.get_username(), when_exactly(at) if at else "")
