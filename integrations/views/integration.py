"""One integration: what it joins, how it stands; disabled, enabled again, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import lifecycle, native, pair_rows, removing, words
from integrations.forms import OptionalReasonForm, ReasonForm
from integrations.lists.html import badge
from integrations.models import Decision, Integration, SyncRun, Writing
from integrations.secrets import SECRETS
from integrations.views import connect_join, pairs_by_file
from integrations.views.acting import attempt
from integrations.views.frame import needs, page
from integrations.words import (
    integration_name,
    integration_words,
    organisation_words,
    run_heading,
    run_words,
)

SEE, CHANGE = "integrations.view_integration", "integrations.change_integration"
COLOURS = {
    Integration.Status.ACTIVE: "good",
    Integration.Status.PAUSED: "look",
    Integration.Status.DISABLED: "look",
    Integration.Status.DELETED: "plain",
}


def integration_of(integration_id: int) -> Integration:
    """An integration, deleted ones too, with its organisations; no token is read for a page."""
    grants = ("ledger__grant", "other__grant")
    rows = Integration.everything.select_related(*grants).defer(
        *(f"{grant}__{name}" for grant in grants for name in SECRETS)
    )
    return get_object_or_404(rows, pk=integration_id)


def facts(row: Integration) -> dict[str, Any]:
    """What every page of an integration says of it."""
    return {
        "row": row,
        "badge": badge(row.get_status_display(), COLOURS[Integration.Status(row.status)]),
        "apps": (words.app_name(row.other.app), words.app_name(row.ledger.app)),
        "joins": integration_words(row),
        "ledger": organisation_words(row.ledger),
        "held": lifecycle.held(row),
        "archived": row.archived_pairs.count(),
    }


class NativeOffForm(forms.Form):
    since = forms.DateField(
        label="Switched off since",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Say since which day it is off."},
    )


class DeleteForm(ReasonForm):
    typed = forms.CharField(label="To confirm, type the name of the organisation", max_length=200)
    field_order = ("typed", "reason")


@needs(SEE)
@require_safe
def integration(request: HttpRequest, integration_id: int) -> HttpResponse:
    return _shown(request, integration_of(integration_id), NativeOffForm())


def _shown(request: HttpRequest, row: Integration, native_form: NativeOffForm) -> HttpResponse:
    acts = Decision.objects.filter(details__integration=row.pk)
    return page(
        request,
        "integrations/integration.html",
        integration_name(row),
        **facts(row),
        native=native.found(row),
        native_form=native_form,
        partners=[
            pair
            for pair in connect_join.joinable()
            if (pair.other.pk, pair.kind) == (row.other_id, row.kind)
            and pair.ledger.pk != row.ledger_id
        ],
        acts=[(act, _told(act)) for act in acts.select_related("by")[:10]],
        held_modules=_held_modules(row),
        # Once it has pairs of its own, what was before is on the page of files only.
        archives=[] if lifecycle.pairs_of(row).exists() else pair_rows.left_by(row),
        may_change=request.user.has_perm(CHANGE),
        may_repair=request.user.has_perm("mappings.repair_pair"),
    )


def _told(act: Decision) -> str:
    """Of a change of writing: of what, and from what to what."""
    if act.kind != Decision.Kind.SET_WRITING:
        return ""
    before, after = (Writing(value).label for value in act.details["choices"]["writing"])
    return f"{act.name} from {before} to {after}"


def _held_modules(row: Integration) -> list[dict[str, Any]]:
    """The modules that write less than the integration as a whole may."""
    if row.status == Integration.Status.DELETED:
        return []
    settings = row.flow_settings.exclude(writing=Writing.ON).order_by("pk")
    return [{"name": words.module_name(one.flow), "setting": one} for one in settings]


@needs(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def disable(request: HttpRequest, integration_id: int) -> HttpResponse:
    """What it changes and what it leaves alone, then doing it."""
    row, form = integration_of(integration_id), ReasonForm(request.POST or None)
    return _act(
        request,
        row,
        form,
        "integrations/disable.html",
        f"Disable {integration_name(row)}",
        lambda: lifecycle.disable(request.user, row, form.cleaned_data["reason"]),
        "The integration is disabled. Nothing is synced; every pair is kept.",
    )


@needs(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def enable(request: HttpRequest, integration_id: int) -> HttpResponse:
    row, form = integration_of(integration_id), OptionalReasonForm(request.POST or None)
    return _act(
        request,
        row,
        form,
        "integrations/enable.html",
        f"Enable {integration_name(row)}",
        lambda: lifecycle.enable(request.user, row, form.cleaned_data["reason"]),
        "The integration is enabled. It goes on with the pairs it had.",
    )


def _act(
    request: HttpRequest,
    row: Integration,
    form: forms.Form,
    template: str,
    title: str,
    act: Callable[[], Any],
    said: str,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        attempt(request, act, done=said)
        return redirect("office:integration", row.pk)
    return page(request, template, title, form=form, **facts(row))


# Deleting ----------------------------------------------------------------------------------------


@needs(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, integration_id: int) -> HttpResponse:
    """The two ways of deleting, what each does to how many, and the typed confirmation."""
    row, form = integration_of(integration_id), DeleteForm(request.POST or None)
    if row.status != Integration.Status.DISABLED:
        messages.info(request, "An integration has to be disabled before it can be deleted.")
        return redirect("office:integration", row.pk)
    if request.method == "POST" and form.is_valid():
        name = integration_name(row)
        typed, reason = form.cleaned_data["typed"], form.cleaned_data["reason"]
        done, number = attempt(request, lambda: lifecycle.delete(request.user, row, typed, reason))
        if done:
            messages.success(
                request,
                f"{name} is deleted. Its {number:,} pairs are in the archive and can be "
                "downloaded below; no record of either app was touched.",
            )
            return redirect("office:integration", row.pk)
    runs = lifecycle.removals(row)
    lists = lifecycle.open_lists(runs)
    number = lifecycle.to_delete(lists)
    return page(
        request,
        "integrations/delete.html",
        f"Delete {integration_name(row)}",
        form=form,
        lists=[(run, run_heading(run), run_words(run)) for run in runs],
        ready=bool(lists) and all(run.status == SyncRun.Status.DONE for run in lists),
        going=any(run.is_open for run in runs),
        number=number,
        unanswered=lifecycle.unanswered(row).count(),
        second_person=number > removing.ALONE_UP_TO,
        done=sum(run.deleted for run in runs if run.mode == SyncRun.Mode.LIVE),
        **facts(row),
    )


@needs(CHANGE)
@require_POST
def list_removals(request: HttpRequest, integration_id: int) -> HttpResponse:
    """Make the list of what would be deleted; nothing is deleted by it."""
    row = integration_of(integration_id)
    attempt(
        request,
        lambda: lifecycle.preview_removals(request.user, row),
        done="The list is being made. Load this page again when it is complete.",
    )
    return redirect("office:integration-delete", row.pk)


@needs(CHANGE)
@require_POST
def look_up(request: HttpRequest, integration_id: int) -> HttpResponse:
    """Look up what became of the writes that had no answer; nothing is written by it."""
    row = integration_of(integration_id)
    attempt(
        request,
        lambda: lifecycle.look_up(row),
        done="They are being looked up. Load this page again in a minute.",
    )
    return redirect("office:integration-delete", row.pk)


@needs(CHANGE)
@require_POST
def remove_listed(request: HttpRequest, integration_id: int) -> HttpResponse:
    """Delete the few records that are listed; many need a second person's approval."""
    row = integration_of(integration_id)
    typed = request.POST.get("typed", "")
    attempt(
        request,
        lambda: lifecycle.carry_out_removals(request.user, row, typed),
        done="They are being deleted, each judged once more. Load this page again in a while.",
    )
    return redirect("office:integration-delete", row.pk)


@needs(CHANGE)
@require_POST
def native_off(request: HttpRequest, integration_id: int) -> HttpResponse:
    """Somebody says that the vendor's own integration is off."""
    row, form = integration_of(integration_id), NativeOffForm(request.POST)
    if not form.is_valid():
        return _shown(request, row, form)
    since = form.cleaned_data["since"]
    attempt(
        request,
        lambda: native.switched_off(request.user, row, since),
        done=f"Noted: the other link is off since {since:%Y-%m-%d}.",
    )
    return redirect("office:integration", row.pk)


# A name `app_name` in this module would be taken for the name space of these addresses.
urlpatterns: list[Any] = [
    path("<int:integration_id>/", integration, name="integration"),
    path("<int:integration_id>/disable/", disable, name="integration-disable"),
    path("<int:integration_id>/enable/", enable, name="integration-enable"),
    path("<int:integration_id>/delete/", delete, name="integration-delete"),
    path("<int:integration_id>/delete/list/", list_removals, name="integration-list-removals"),
    path("<int:integration_id>/delete/look-up/", look_up, name="integration-look-up"),
    path("<int:integration_id>/delete/remove/", remove_listed, name="integration-remove-listed"),
    path("<int:integration_id>/native-off/", native_off, name="integration-native-off"),
    path("<int:integration_id>/pairs/", pairs_by_file.by_file, name="pairs-by-file"),
    path(
        "<int:integration_id>/pairs.csv", pairs_by_file.download, {"form": "csv"}, name="pairs-csv"
    ),
    path(
        "<int:integration_id>/pairs.xlsx",
        pairs_by_file.download,
        {"form": "xlsx"},
        name="pairs-xlsx",
    ),
    path("pairs/<int:file_id>/", pairs_by_file.judged, name="pair-file"),
    path("pairs/<int:file_id>/progress/", pairs_by_file.progress, name="pair-file-progress"),
]
