"""Pairs by file: downloaded, sent back with what is to be done, judged row by row, then done."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from integrations import pair_files
from integrations.errors import SyncError
from integrations.models import Integration, PairFile
from integrations.views.acting import attempt
from integrations.views.frame import needs, page
from integrations.words import integration_name, module_name
from mappings import pair_file
from mappings.table_files import attach, marked_name

SEE, REPAIR = "mappings.view_recordlink", "mappings.repair_pair"
PER_PAGE = 100
DONE = {pair_file.PAIR: "paired", pair_file.SEPARATE: "separated", pair_file.KEEP: "kept"}


@needs(SEE)
@require_safe
def download(request: HttpRequest, integration_id: int, form: str) -> HttpResponseBase:
    """Every pair, also those of a deleted integration, as rows that make them again."""
    row = get_object_or_404(
        Integration.everything.select_related("ledger", "other"), pk=integration_id
    )
    answer = HttpResponse(pair_file.written(pair_files.exported(row), form))
    return attach(answer, marked_name(f"pairs-{row.name}", form, test_data=row.ledger.is_test))


@needs(REPAIR)
@require_http_methods(["GET", "HEAD", "POST"])
def by_file(request: HttpRequest, integration_id: int) -> HttpResponse:
    """Take a file in and judge it; the page of the file says what would be done."""
    row = get_object_or_404(
        Integration.objects.select_related("ledger", "other"), pk=integration_id
    )
    sent = request.FILES.get("file") if request.method == "POST" else None
    if sent is not None:
        try:
            if sent.size and sent.size > pair_file.MOST_BYTES:
                raise ValueError("The file is too large.")
            found = pair_file.read_file(sent.name or "", sent.read())
            file = pair_files.judge(request.user, row, sent.name or "pairs", found)
        except SyncError as error:
            messages.error(request, f"The rows could not be checked: {error.message} {error.hint}")
        except ValueError as error:
            messages.error(request, str(error))
        else:
            return redirect("office:pair-file", file.pk)
    elif request.method == "POST":
        messages.error(request, "Choose a file first.")
    return page(
        request,
        "integrations/pairs.html",
        f"Pairs of {integration_name(row)} by file",
        row=row,
        files=row.pair_files.select_related("sent_by")[:10],
        columns=pair_file.COLUMNS,
    )


@needs(REPAIR)
@require_http_methods(["GET", "HEAD", "POST"])
def judged(request: HttpRequest, file_id: int) -> HttpResponse:
    """Each row with its verdict; confirming does those in order."""
    file = get_object_or_404(PairFile.objects.select_related("integration", "sent_by"), pk=file_id)
    if request.method == "POST":
        done, counts = attempt(request, lambda: pair_files.carry_out(request.user, file))
        if done and counts is not None:
            said = ", ".join(f"{number:,} {DONE[act]}" for act, number in sorted(counts.items()))
            messages.success(request, f"Done: {said or 'nothing'}.")
        return redirect("office:pair-file", file.pk)
    fit = Counter(row["do"] for row in file.rows if row["verdict"] == pair_files.OK)
    refused = [row for row in file.rows if row["verdict"] != pair_files.OK]
    # What is wrong comes first: that is what a person looks for.
    rows = [*refused, *(row for row in file.rows if row["verdict"] == pair_files.OK)]
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    return page(
        request,
        "integrations/pair_file.html",
        file.name,
        file=file,
        counts=[(DONE[act], number) for act, number in sorted(fit.items())],
        total=sum(fit.values()),
        refused=len(refused),
        pages=shown,
        lines=[{**row, "module": module_name(row.get("module") or "")} for row in shown],
    )
