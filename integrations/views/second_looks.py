"""Values that money goes by: approving what somebody asked for, not approving it, withdrawing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from integrations import second_looks
from integrations.forms import ReasonForm
from integrations.views.acting import attempt
from integrations.views.conflicts import DECIDE, LIST, difference_of, difference_page
from integrations.views.frame import needs
from integrations.views.meanwhile import or_decided


@needs(second_looks.APPROVE)
@require_POST
@or_decided(LIST)
def approve(request: HttpRequest, difference_id: int) -> HttpResponse:
    link = difference_of(difference_id)
    done, _ = attempt(
        request,
        lambda: second_looks.approve(request.user, link, request.POST.get("seen", "")),
        done=f"{link.name}: approved. These values are written with the next sync.",
    )
    return redirect("office:conflicts") if done else redirect("office:conflict", link.pk)


@needs(second_looks.APPROVE)
@require_POST
@or_decided(LIST)
def not_approved(request: HttpRequest, difference_id: int) -> HttpResponse:
    link = difference_of(difference_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return difference_page(request, link, refuse_form=form)
    seen, reason = request.POST.get("seen", ""), form.cleaned_data["reason"]
    attempt(
        request,
        lambda: second_looks.refuse(request.user, link, seen, reason),
        done=f"{link.name}: not approved. Nothing of it is written.",
    )
    return redirect("office:conflict", link.pk)


@needs(DECIDE)
@require_POST
@or_decided(LIST)
def withdraw(request: HttpRequest, difference_id: int) -> HttpResponse:
    link = difference_of(difference_id)
    attempt(
        request,
        lambda: second_looks.withdraw(request.user, link),
        done=f"{link.name}: the request is withdrawn. Nothing of it is written.",
    )
    return redirect("office:conflict", link.pk)


urlpatterns = [
    path("<int:difference_id>/approve/", approve, name="conflict-approve"),
    path("<int:difference_id>/not-approved/", not_approved, name="conflict-not-approved"),
    path("<int:difference_id>/withdraw/", withdraw, name="conflict-withdraw"),
]
