"""Pairs by file: downloaded, sent back with what is to be done, judged row by row, then done."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from integrations import pair_files, pair_rows
from integrations.models import Integration, PairFile, PairFileRow
from integrations.views.acting import attempt
from integrations.views.frame import fragment, needs, page
from integrations.views.progress import UNTOUCHED
from integrations.words import integration_name, module_name
from mappings import pair_file
from mappings.table_files import attach, marked_name

SEE, REPAIR = "mappings.view_recordlink", "mappings.repair_pair"
PER_PAGE = 100
DONE = {
    pair_file.PAIR: "paired",
    pair_file.SEPARATE: "separated",
    pair_file.KEEP: "kept",
    pair_file.RESTORE: "restored",
}
Outcome = PairFileRow.Outcome
# What is wrong comes first: that is what a person looks for.
ORDER = (Outcome.REFUSED, Outcome.WAITING, Outcome.FIT, Outcome.DONE, Outcome.ALREADY)


@needs(SEE)
@require_safe
def download(request: HttpRequest, integration_id: int, form: str) -> HttpResponseBase:
    """Every pair and decision, also those of a deleted integration, as rows that restore them."""
    row = get_object_or_404(
        Integration.everything.select_related("ledger", "other"), pk=integration_id
    )
    answer = HttpResponse(pair_file.written(pair_rows.exported(row), form))
    return attach(answer, marked_name(f"pairs-{row.name}", form, test_data=row.ledger.is_test))


@needs(REPAIR)
@require_http_methods(["GET", "HEAD", "POST"])
def by_file(request: HttpRequest, integration_id: int) -> HttpResponse:
    """Take a file in, or what a deleted integration of the same organisations left, and have it
    judged; the page of the file says what would be done."""
    row = get_object_or_404(
        Integration.objects.select_related("ledger", "other"), pk=integration_id
    )
    archives = pair_rows.left_by(row)
    if request.method == "POST":
        done, file = attempt(request, lambda: _taken_in(request, row, archives))
        if done and file is not None:
            return redirect("office:pair-file", file.pk)
    return page(
        request,
        "integrations/pairs.html",
        f"Pairs of {integration_name(row)} by file",
        row=row,
        files=row.pair_files.select_related("sent_by")[:10],
        columns=pair_file.COLUMNS,
        archives=archives,
    )


def _taken_in(
    request: HttpRequest, row: Integration, archives: list[tuple[Integration, int]]
) -> PairFile:
    """Raises ValueError for what is no file of pairs."""
    if chosen := request.POST.get("archive", ""):
        found = {str(archive.pk): archive for archive, _ in archives}
        if chosen not in found:
            raise ValueError("That archive is not of these organisations. Reload the page.")
        return pair_files.judge_archive(request.user, row, found[chosen])
    sent = request.FILES.get("file")
    if sent is None:
        raise ValueError("Choose a file first.")
    if sent.size and sent.size > pair_file.MOST_BYTES:
        raise ValueError("The file is too large.")
    table = pair_file.read_file(sent.name or "", sent.read())
    return pair_files.judge(request.user, row, sent.name or "pairs", table)


@needs(REPAIR)
@require_http_methods(["GET", "HEAD", "POST"])
def judged(request: HttpRequest, file_id: int) -> HttpResponse:
    """Each row with its verdict; confirming does those in order."""
    file = get_object_or_404(PairFile.objects.select_related("integration", "sent_by"), pk=file_id)
    if request.method == "POST":
        done, counts = attempt(request, lambda: pair_files.carry_out(request.user, file))
        file.refresh_from_db()
        if done and counts is not None and not file.is_open:
            said = ", ".join(f"{number:,} {DONE[act]}" for act, number in sorted(counts.items()))
            messages.success(request, f"Done: {said or 'nothing'}.")
        return redirect("office:pair-file", file.pk)
    rank = Case(
        *(When(outcome=one, then=Value(number)) for number, one in enumerate(ORDER)),
        output_field=IntegerField(),
    )
    rows = file.rows.order_by(rank, "number")
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    return page(
        request,
        "integrations/pair_file.html",
        file.name,
        **facts(file),
        pages=shown,
        lines=[{"row": row, "module": module_name(row.module or "")} for row in shown],
    )


@needs(REPAIR)
@require_safe
def progress(request: HttpRequest, file_id: int) -> HttpResponse:
    """Asked for every two seconds; at the end of the work the whole page is loaded anew."""
    file = get_object_or_404(PairFile.objects.select_related("integration", "sent_by"), pk=file_id)
    answer = fragment(request, "integrations/pair_file_progress.html", **facts(file))
    if not file.is_open:
        answer.headers["HX-Refresh"] = "true"
    return answer


def facts(file: PairFile) -> dict[str, Any]:
    """How far a file is, and what its rows come to; one statement."""
    found = file.rows.order_by().values_list("outcome", "do", "holds").annotate(Count("pk"))
    by_outcome, acts = Counter[str](), dict[str, Counter[str]]()
    for outcome, do, holds, number in found:
        by_outcome[outcome] += number
        words = f"restored as {holds}" if do == pair_file.RESTORE else DONE.get(do, "")
        acts.setdefault(outcome, Counter())[words] += number
    waiting = by_outcome[Outcome.WAITING] if file.phase == PairFile.Phase.CHECKING else 0
    fit, total = by_outcome[Outcome.FIT], by_outcome.total()
    doing = file.phase == PairFile.Phase.DOING
    all_of_it = fit + by_outcome[Outcome.DONE] if doing else total
    began = file.sent_at < timezone.now() - UNTOUCHED
    return {
        "file": file,
        "fit": fit,
        "counts": sorted(acts.get(Outcome.FIT, {}).items()),
        "done_counts": sorted(acts.get(Outcome.DONE, {}).items()),
        "refused": by_outcome[Outcome.REFUSED],
        "already": by_outcome[Outcome.ALREADY],
        "expected": all_of_it,
        "so_far": all_of_it - (fit if doing else waiting),
        "untouched": file.is_open and began and file.lease_until is None and not file.reason,
    }
