"""Records that belong elsewhere now: they stay as they are, or are carried over; one or many."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from integrations import attention, moved
from integrations.views.acting import attempt
from integrations.views.chosen import (
    chosen_rows,
    confirmed,
    cut,
    kept,
    page_of,
    rows_of,
    seal,
    shares,
)
from integrations.views.frame import needs, page
from mappings.counting import counted

SEE, DECIDE = "mappings.view_recordlink", "mappings.decide_record"
AT_ONCE = 1_000
LIST = "office:moved"
KEEP, CARRY_OVER = "keep", "carry"
# (title, what it will do, what is said once it is done, the act).
CHOICES = {
    KEEP: (
        "Keep them as they are",
        (
            "They stay where they are in both apps, and nothing of them is synced before they are "
            "back in their old place where they come from."
        ),
        ("record stays as it is.", "records stay as they are."),
        moved.keep,
    ),
    CARRY_OVER: (
        "Carry them over",
        (
            "A new record is made of each in its new place with the next sync; one that looks like "
            "it there is asked about, as for any new record. The old one stays in its app as it "
            "is, with all that hangs on it, and is not synced any more."
        ),
        (
            "record is carried over with the next sync.",
            "records are carried over with the next sync.",
        ),
        moved.carry_over,
    ),
}


@needs(SEE)
@require_safe
def belonging_elsewhere(request: HttpRequest) -> HttpResponse:
    name = request.GET.get("name", "").strip()
    pages = page_of(request, attention.found_by(attention.listed(attention.moved()), name))
    return page(
        request,
        "attention/moved.html",
        attention.causes.MOVED.title,
        pages=pages,
        rows=rows_of(list(pages)),
        name=name,
        may_decide=request.user.has_perm(DECIDE),
    )


@needs(DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest) -> HttpResponse:
    """A second look at what a choice does, and to how many; then doing it."""
    sent = request.POST if request.method == "POST" else request.GET
    choice, rows = sent.get("choice", ""), chosen_rows(request, attention.moved())
    links = list(attention.listed(rows)[:AT_ONCE])
    if choice not in CHOICES or not links:
        messages.info(request, "Tick the records first, then say what is to become of them.")
        return redirect(LIST)
    title, effect, done, act = CHOICES[choice]
    sealed = seal((link.pk, link.reason) for link in links)
    if confirmed(request, sealed):
        attempt(
            request,
            lambda: act(request.user, links),
            done=counted(len(links), *done),
        )
        return redirect(LIST)
    return page(
        request,
        "attention/moved_many.html",
        title,
        choice=choice,
        effect=effect,
        rows=rows_of(links[:100]),
        total=len(links),
        shares=shares(rows) if choice == CARRY_OVER else [],
        cut=cut(len(links), rows),
        **kept(request, sealed),
    )


urlpatterns = [
    path("", belonging_elsewhere, name="moved"),
    path("decide/", decide, name="moved-decide"),
]
