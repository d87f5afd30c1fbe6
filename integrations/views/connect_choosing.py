"""Which organisation of those a sign-in reaches is connected; a second look where it is already."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from integrations import adopting, connecting, consents
from integrations.errors import SyncError
from integrations.models import Connection, Consent
from integrations.views.acting import attempt
from integrations.views.connect_consent import MAY_CONNECT, posted, said
from integrations.views.connect_forms import OrganizationForm
from integrations.views.connect_join import joinable, named
from integrations.views.frame import needs, page
from integrations.words import app_name, integration_name


@dataclass(frozen=True)
class Chosen:
    """What came of choosing: a form to show, a connection made, or one that is there `already`
    and wants a second look; `taken` tells an invited person what they cannot choose. None of them
    where the app cannot be asked now."""

    form: OrganizationForm | None = None
    connection: Connection | None = None
    already: Connection | None = None
    taken: str = ""


@needs(MAY_CONNECT)
@require_http_methods(["GET", "HEAD", "POST"])
def organization(request: HttpRequest, consent_id: int) -> HttpResponse:
    """Which organisation of those the new sign-in reaches is connected."""
    consent = get_object_or_404(Consent.objects.select_related("grant"), pk=consent_id)
    if consent.status == Consent.Status.DONE and consent.connection_id:
        return redirect("office:connection", consent.connection_id)
    if "keep" in request.POST:
        said_so = "The sign-in stays as it was, and the new consent was taken back."
        attempt(request, lambda: consents.withdraw(consent), done=said_so)
        return redirect("office:connections")
    chosen = choosing(request, consent)
    if chosen.already is not None:
        return _second_look(request, consent, chosen.already)
    if chosen.connection is not None:
        if "replace" in request.POST:
            messages.success(request, f"The sign-in of {named(chosen.connection)} was replaced.")
            return redirect("office:connection", chosen.connection.pk)
        messages.success(request, f"{named(chosen.connection)} is connected.")
        return redirect(_next_step(request, chosen.connection))
    title = f"Choose the organisation in Zoho {app_name(consent.app)}"
    return page(request, "connections/organization.html", title, consent=consent, form=chosen.form)


def choosing(request: HttpRequest, consent: Consent, *, invited: bool = False) -> Chosen:
    """Show what can be chosen, or carry out what was."""
    try:
        known = adopting.connected(consent)
        rows = [dict(row) for row in adopting.organizations(consent)]
        rows.sort(key=lambda row: str(row["organization_id"]) in known)
        taken = ""
        if invited:
            there = [str(row["name"]) for row in rows if str(row["organization_id"]) in known]
            rows = rows[: len(rows) - len(there)]
            taken = adopting.said_connected(there) if there else ""
            if taken and not rows:
                if request.method == "POST":
                    adopting.refuse_connected(consent)
                return Chosen(taken=taken)
        form = OrganizationForm(posted(request), rows=rows, connected=known)
        if request.method != "POST" or not form.is_valid():
            return Chosen(form, taken=taken)
        replacing = "" if invited else request.POST.get("replace", "")
        number = int(replacing) if replacing.isascii() and replacing.isdigit() else None
        organization_id = form.cleaned_data["organization"]
        return Chosen(connection=adopting.choose(consent, organization_id, replacing=number))
    except adopting.AlreadyConnected as error:
        if not invited:
            return Chosen(already=error.connection)
        messages.error(request, str(error))
    except (SyncError, ValueError) as error:
        messages.error(request, said(error) if isinstance(error, SyncError) else str(error))
    return Chosen()


def _second_look(request: HttpRequest, consent: Consent, known: Connection) -> HttpResponse:
    return page(
        request,
        "connections/already.html",
        f"{known.name} is connected already",
        consent=consent,
        known=known,
        label=app_name(known.app),
        used_by=[integration_name(row) for row in connecting.users_of(known)],
        sends={"organization": known.organization_id, "replace": str(known.grant_id)},
    )


def _next_step(request: HttpRequest, connection: Connection) -> str:
    """Straight to joining, where the new connection has just one partner to join with."""
    pairs = [pair for pair in joinable() if connection.pk in {pair.ledger.pk, pair.other.pk}]
    if len(pairs) == 1 and request.user.has_perm("integrations.change_integration"):
        return reverse("office:join", args=[pairs[0].ledger.pk, pairs[0].other.pk])
    return reverse("office:connections")
