"""Lists of the choices made for each module, and of who stopped the writing."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from integrations import module_flows, registry
from integrations.admin.connections import writing_badge
from integrations.lists import PlainList, once
from integrations.lists.filters import ModuleFilter, OwnIntegrationFilter
from integrations.lists.html import badge, link, list_address, page_of, table, when, when_exactly
from integrations.lists.maps import map_table
from integrations.models import Checkpoint, FlowSetting, SyncRun, WritingSwitch
from integrations.sync.flow import Flow
from integrations.words import (
    direction_words,
    extent_words,
    integration_name,
    interval_words,
    module_name,
    winner_words,
)
from mappings.models import FieldMap, RecordLink


@admin.register(FlowSetting)
class FlowSettingAdmin(PlainList):
    list_display = ("module", "integration_named", "on", "writes", "direction", "often", "started")
    search_fields = ("flow__exact", "integration__name__exact")
    search_help_text = "Key of a module, or name of an integration"
    list_filter = (ModuleFilter, OwnIntegrationFilter, "enabled", "writing")
    list_select_related = ("integration__ledger", "integration__other")
    page_select_related = ("integration__ledger", "integration__other")
    empty = (
        "No module is configured yet. manage.py connect_sandbox configures those of the sandbox; "
        "manage.py configure changes them."
    )
    fieldsets = (
        ("Module", {"fields": ("module", "key", "integration_shown", "on", "writes")}),
        (
            "Choices",
            {"fields": ("direction", "duplicate_choice", "wins", "view_shown", "often", "own")},
        ),
        ("Brakes", {"fields": ("changes_allowed", "creates_allowed", "single_writes")}),
        ("Field map", {"fields": ("field_map",)}),
        ("Progress", {"fields": ("records", "read_up_to", "first", "started_exactly", "syncs")}),
    )

    @display(description="module", ordering="flow")
    def module(self, setting: FlowSetting) -> str:
        return module_name(setting.flow)

    @display(description="key")
    def key(self, setting: FlowSetting) -> str:
        return setting.flow

    @display(description="integration")
    def integration_shown(self, setting: FlowSetting) -> SafeString | str:
        return page_of(setting.integration, integration_name(setting.integration))

    @display(description="integration", ordering="integration__name")
    def integration_named(self, setting: FlowSetting) -> str:
        return integration_name(setting.integration)

    @display(description="sync", ordering="enabled")
    def on(self, setting: FlowSetting) -> SafeString:
        return badge("On", "good") if setting.enabled else badge("Off")

    @display(description="writing", ordering="writing")
    def writes(self, setting: FlowSetting) -> SafeString:
        return writing_badge(setting)

    @display(description="direction")
    def direction(self, setting: FlowSetting) -> str:
        return extent_words(setting)

    @display(description="how often")
    def often(self, setting: FlowSetting) -> str:
        return interval_words(setting.every)

    @display(description="last started", ordering="last_started_at")
    def started(self, setting: FlowSetting) -> SafeString | str:
        return when(setting.last_started_at)

    @display(description="duplicates")
    def duplicate_choice(self, setting: FlowSetting) -> str:
        return setting.get_duplicates_display()

    @display(description="changed on both sides")
    def wins(self, setting: FlowSetting) -> str:
        return winner_words(setting)

    @display(description="view")
    def view_shown(self, setting: FlowSetting) -> str:
        return module_flows.views_in_words(setting) or "all records"

    @display(description="the module's own")
    @once
    def own(self, setting: FlowSetting) -> SafeString:
        rows = []
        for flow in _flows(setting):
            for option in flow.options:
                chosen = setting.options.get(option.name, option.default)
                rows.append((option.label, chosen, option.help))
        return table(("Choice", "Set to", "What it means"), rows)

    @display(description="without a person")
    def changes_allowed(self, setting: FlowSetting) -> str:
        return (
            f"may change {setting.change_limit_percent} % of its pairs, and "
            f"{setting.change_limit_floor} in any case"
        )

    @display(description="new records")
    def creates_allowed(self, setting: FlowSetting) -> str:
        return f"{setting.create_limit:,} beyond the usual"

    @display(description="written one by one")
    def single_writes(self, setting: FlowSetting) -> str:
        above = setting.single_write_above
        return "never" if above is None else f"above an amount of {above:,f}"

    @display(description="field map")
    @once
    def field_map(self, setting: FlowSetting) -> SafeString:
        return _tables(_map_table(setting, flow) for flow in _flows(setting))

    @display(description="records")
    @once
    def records(self, setting: FlowSetting) -> SafeString:
        counts = (
            RecordLink.objects.filter(setting=setting)
            .order_by("flow", "state")
            .values_list("flow", "state")
            .annotate(number=Count("pk"))
        )
        rows = [
            (
                module_name(key),
                RecordLink.State(state).label,
                link(
                    list_address(
                        RecordLink,
                        module=key,
                        state__exact=state,
                        integration=setting.integration.name,
                    ),
                    f"{number:,}",
                ),
            )
            for key, state, number in counts
        ]
        return table(("Module", "State", "Records"), rows, empty="Not synced yet.")

    @display(description="read up to")
    @once
    def read_up_to(self, setting: FlowSetting) -> SafeString:
        rows = [
            (
                module_name(row.flow),
                direction_words(row.flow, row.direction),
                when_exactly(row.cursor),
                when_exactly(row.full_read_at),
            )
            for row in Checkpoint.objects.filter(setting=setting).order_by("flow", "direction")
        ]
        headers = ("Module", "Direction", "Read up to", "Last read from the beginning")
        return table(headers, rows, empty="Not read to the end yet.")

    @display(description="first synced")
    def first(self, setting: FlowSetting) -> SafeString | str:
        return when_exactly(setting.first_synced_at)

    @display(description="last started")
    def started_exactly(self, setting: FlowSetting) -> SafeString | str:
        return when_exactly(setting.last_started_at)

    @display(description="syncs")
    def syncs(self, setting: FlowSetting) -> SafeString:
        address = list_address(SyncRun, module=setting.flow, integration=setting.integration.name)
        return link(address, "All syncs of this module")


def _flows(setting: FlowSetting) -> list[Flow]:
    """The modules these choices are for: customers from accounts and from contacts are two."""
    return [flow for flow in registry.discover().flows.values() if flow.setting_key == setting.flow]


def _tables(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts)) or table((), ())


def _map_table(setting: FlowSetting, flow: Flow) -> SafeString:
    """The pairs in force, or those the module begins with."""
    own = list(FieldMap.objects.filter(setting=setting, flow=flow.key))
    pairs = [row.pair for row in own] or [pair for pair in flow.fields if pair.source]
    return map_table(setting, flow, pairs)


@admin.register(WritingSwitch)
class WritingSwitchAdmin(PlainList):
    list_display = ("at_shown", "what", "reason", "who")
    search_fields = ("^reason", "by__username__exact")
    search_help_text = "Beginning of the reason, or a user's name"
    list_filter = ("stopped",)
    list_select_related = ("by",)
    list_display_links = ("at_shown",)
    sortable_by = ()
    empty = "Writing has never been stopped. manage.py stop --reason TEXT stops it everywhere."
    fieldsets = ((None, {"fields": ("what", "reason", "who", "at_exactly")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WritingSwitch]:
        return super().get_queryset(request).select_related("by")

    @display(description="when", ordering="at")
    def at_shown(self, switch: WritingSwitch) -> SafeString | str:
        return when(switch.at)

    @display(description="when")
    def at_exactly(self, switch: WritingSwitch) -> SafeString | str:
        return when_exactly(switch.at)

    @display(description="what")
    def what(self, switch: WritingSwitch) -> SafeString:
        return badge("Stopped", "bad") if switch.stopped else badge("Started", "good")

    @display(description="who")
    def who(self, switch: WritingSwitch) -> str:
        return switch.by.get_username() if switch.by else "the command line"
