"""Filters of the lists: their choices are known beforehand, none asks a table for its values."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from integrations import registry
from integrations.models import Integration, SyncRun
from integrations.words import app_name, integration_choices


class ModuleFilter(SimpleListFilter):
    title = "module"
    parameter_name = "module"
    path = "flow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, flow.label) for key, flow in registry.discover().flows.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class AppFilter(SimpleListFilter):
    title = "app"
    parameter_name = "app"
    path = "app"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(app, app_name(app)) for app in sorted(registry.discover().connectors)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class ConnectionAppFilter(AppFilter):
    path = "connection__app"


class IntegrationFilter(SimpleListFilter):
    """By the integration; its short name stands in the address. `path`: from the model to it."""

    title = "integration"
    parameter_name = "integration"
    path = "setting__integration"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return integration_choices(Integration.objects.all())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.path}__name": self.value()}) if self.value() else queryset


class OwnIntegrationFilter(IntegrationFilter):
    path = "integration"


class SyncFilter(SimpleListFilter):
    """The one sync a link led here from; it is not offered otherwise, there are too many."""

    title = "sync"
    parameter_name = "sync"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        number = request.GET.get(self.parameter_name, "")
        run = SyncRun.objects.filter(pk=int(number)).first() if is_number(number) else None
        return [(number, run.name)] if run else []

    def has_output(self) -> bool:
        return bool(self.lookup_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        number = self.value()
        if not number:
            return queryset
        return queryset.filter(run_id=int(number)) if is_number(number) else queryset.none()


class PairedFilter(SimpleListFilter):
    title = "pair"
    parameter_name = "paired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Has a pair"), ("no", "Has none")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        pairs = {"source_id__isnull": False, "target_id__isnull": False}
        if self.value() == "yes":
            return queryset.filter(**pairs)
        return queryset.exclude(**pairs) if self.value() == "no" else queryset


def is_number(text: str) -> bool:
    """Whether a text can be asked for as a row's number."""
    # Longer ones do not fit into the column.
    return text.isascii() and text.isdigit() and len(text) <= 18
