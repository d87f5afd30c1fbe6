"""What all plain lists have in common: who may see them, how they search, what they say."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from integrations.lists.filters import is_number
from integrations.lists.html import list_address
from integrations.lists.paginator import QuickPaginator


def once(method: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Work out what a page shows of a row one time only: its template asks for it five times."""

    @wraps(method)
    def shown(admin: Any, row: Any) -> Any:
        kept = row.__dict__.setdefault("_shown_once", {})
        if method.__name__ not in kept:
            kept[method.__name__] = method(admin, row)
        return kept[method.__name__]

    return shown


class PlainChangeList(ChangeList):
    """Leaves saying how many rows there are to the foot of the list, which knows it roughly."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


class Named:
    """A row as its page's head shows it, by a name made for people."""

    def __init__(self, row: Any, name: str) -> None:
        self._meta, self.pk, self._name = row._meta, row.pk, name

    def __str__(self) -> str:
        return self._name


class PlainList(ModelAdmin):
    """Rows the product writes: to be read, searched and filtered, never edited by hand.

    A subclass names its columns, its `fieldsets` and, in `empty`, what to do when there is nothing
    to list. Searching compares whole ids (`…__exact`) and beginnings of names (`^…`), which an
    index can answer.
    """

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # it would count the table once for every choice
    paginator = QuickPaginator
    actions: Any = None
    list_fullwidth = True
    empty = "Nothing has been recorded yet."
    page_select_related: tuple[str, ...] = ()  # for the page of one row; lists have their own
    fieldsets: Any = ()

    class Media:
        css = {"all": ["integrations/lists.css"]}

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        if self.page_select_related and match is not None and "object_id" in match.kwargs:
            return rows.select_related(*self.page_select_related)
        return rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PlainChangeList

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The text as a whole: "Acme Ltd" is one name, not two words to be found apart."""
        text = search_term.strip().replace("\x00", "")
        if not text:
            return queryset, False
        found = Q()
        for field in self.get_search_fields(request):
            if field.startswith("^"):
                # All figures: an id is meant, and the names need not be gone through.
                if not text.isdigit():
                    found |= Q(**{f"{field[1:]}__istartswith": text})
            elif not field.startswith("id__") or is_number(text):
                found |= Q(**{field: text})
        return (queryset.filter(found) if found else queryset.none()), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def called(self, row: Any) -> str:
        """What the page of a row is headed."""
        return str(row)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (row := context.get("original")) is not None:
            name = self.called(row)
            context |= {"original": Named(row, name), "subtitle": name}
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Where changes of the row by people are kept; most rows are only written by syncs."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not auditlog.contains(self.model):
            raise Http404(f"No history is kept of single {self.opts.verbose_name_plural}.")
        kind = ContentType.objects.get_for_model(self.model)
        return redirect(list_address(LogEntry, content_type=kind.pk, object_pk=object_id))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        # A *History* button that leads to nothing would say that nobody ever changed the row.
        extra = {"show_history": auditlog.contains(self.model), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra)
