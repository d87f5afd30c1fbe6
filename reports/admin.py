"""Gives every plain list its export: the same columns, safety and marks as `manage.py export`.

The lists stand below the reports and know nothing of them, so they are registered here once more,
with the export in front.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from import_export.admin import ExportMixin
from unfold.contrib.import_export.forms import SelectableFieldsExportForm

# What is registered again has to be registered first, whoever imports this.
import integrations.admin  # noqa: F401
import mappings.admin  # noqa: F401
from integrations.lists.html import list_address
from integrations.models import (
    Change,
    Connection,
    Consent,
    Decision,
    FlowSetting,
    Grant,
    Integration,
    SyncRun,
    WebhookEvent,
    WritingSwitch,
)
from mappings.models import FieldMap, RecordLink, RemoteField
from reports import queries, resources, setup_resources
from reports.formats import Csv, Xlsx
from reports.marks import TEST_DATA, Marks, file_name
from reports.report import AT_MOST, Report


class ChooseColumns(SelectableFieldsExportForm):
    """The columns by their headers; the names behind them are the code's."""

    def _get_field_label(self, resource: type[Report], field_name: str) -> str:
        return resource.fields[field_name].column_name.capitalize()


class Exporting(ExportMixin):
    """An *Export* button on a list, for what its search and filters leave."""

    export_formats = [Csv, Xlsx]
    export_form_class = ChooseColumns
    export_template_name = "admin/lists/export.html"
    export_queryset: Any = None
    to_encoding = "utf-8"

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What the list shows, with the columns an export reads and in the list's order."""
        shown = super().get_export_queryset(request)
        rows = self.export_queryset().filter(pk__in=shown.order_by().values("pk"))
        return rows.order_by(*shown.query.order_by)

    def export_action(self, request: HttpRequest) -> HttpResponse:
        try:
            return super().export_action(request)
        except IncorrectLookupParameters:
            messages.error(request, "The list was filtered by something it does not have.")
            return HttpResponseRedirect(list_address(self.model))

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {}

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any
    ) -> Any:
        # Read before the rows, asked for the file's name once they are written.
        request.export_marks = Marks.load()  # type: ignore[attr-defined]
        kwargs["marks"] = request.export_marks  # type: ignore[attr-defined]
        return super().get_export_data(file_format, request, queryset, **kwargs)

    def get_export_filename(
        self, request: HttpRequest, queryset: QuerySet[Any], file_format: Any
    ) -> str:
        marks: Marks = request.export_marks  # type: ignore[attr-defined]
        name = str(self.opts.verbose_name_plural)
        return file_name(name, file_format.get_extension(), test_data=marks.for_name)

    def get_export_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report = self.resource_classes[0].report
        return {"at_most": AT_MOST, "report": report, "test_data": TEST_DATA}


EXPORTS: dict[type[Model], tuple[type[Report], Any]] = {
    SyncRun: (resources.RunsReport, queries.runs),
    Change: (resources.ChangesReport, queries.changes),
    RecordLink: (resources.RecordsReport, queries.records),
    FlowSetting: (resources.SettingsReport, queries.settings),
    Integration: (setup_resources.IntegrationsReport, queries.integrations),
    Connection: (setup_resources.ConnectionsReport, queries.connections),
    Grant: (setup_resources.GrantsReport, queries.grants),
    FieldMap: (setup_resources.FieldMapsReport, queries.field_maps),
    RemoteField: (setup_resources.RemoteFieldsReport, queries.remote_fields),
    WebhookEvent: (setup_resources.NotificationsReport, queries.notifications),
    WritingSwitch: (setup_resources.SwitchesReport, queries.switches),
    Decision: (setup_resources.DecisionsReport, queries.decisions),
    Consent: (setup_resources.ConsentsReport, queries.consents),
}


def give_exports() -> None:
    for model, (resource, rows) in EXPORTS.items():
        plain = type(admin.site._registry[model])
        admin.site.unregister(model)
        members = {"resource_classes": [resource], "export_queryset": staticmethod(rows)}
        admin.site.register(model, type(plain.__name__, (Exporting, plain), members))


give_exports()
