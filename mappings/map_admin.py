"""The plain list of field maps: the field pairs that somebody chose, in the words of their form."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from integrations.lists import PlainChangeList, PlainList
from integrations.lists.details import map_titles
from integrations.lists.filters import IntegrationFilter, ModuleFilter
from integrations.map_forms import converters
from integrations.words import integration_name, module_name, pair_winners, sides
from mappings.models import FieldMap


class PairsOfPage(PlainChangeList):
    """The field pairs of one page, with what their fields are called."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.__dict__["result_list"])
        titles = map_titles(rows)
        for row in rows:
            row.titles = titles[row.pk]
        self.result_list = rows


def _titles(pair: Any) -> tuple[str, str]:
    return getattr(pair, "titles", None) or map_titles([pair])[pair.pk]


@admin.register(FieldMap)
class FieldMapAdmin(PlainList):
    list_display = (
        "module",
        "integration",
        "first",
        "second",
        "converted",
        "on",
        "clears",
        "winner",
    )
    search_fields = ("source__exact", "target__exact")
    search_help_text = "Whole name of a field"
    list_filter = (ModuleFilter, IntegrationFilter, "on")
    list_select_related = ("setting__integration__ledger", "setting__integration__other")
    empty = (
        "No field map has been changed: each module uses its default, shown on its settings page."
    )
    fieldsets = (
        (None, {"fields": ("module", "integration", "first", "second", "converted")}),
        ("Writing", {"fields": ("on", "clears", "winner")}),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PlainChangeList]:
        return PairsOfPage

    def get_queryset(self, request: HttpRequest) -> QuerySet[FieldMap]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    @display(description="module", ordering="flow")
    def module(self, pair: FieldMap) -> str:
        return module_name(pair.flow)

    @display(description="integration")
    def integration(self, pair: FieldMap) -> str:
        return integration_name(pair.setting.integration)

    @display(description="from")
    def first(self, pair: FieldMap) -> str:
        return f"{sides(pair.flow)[0]}: {_titles(pair)[0]}"

    @display(description="changed on both sides", ordering="wins")
    def winner(self, pair: FieldMap) -> str:
        return pair_winners(pair.flow)[pair.wins]

    @display(description="to")
    def second(self, pair: FieldMap) -> str:
        return f"{sides(pair.flow)[1]}: {_titles(pair)[1]}"

    @display(description="converted as")
    def converted(self, pair: FieldMap) -> str:
        return dict(converters(pair.via)).get(pair.via, pair.via)
