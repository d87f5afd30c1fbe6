"""The one-time link for the administrator of the other account, who has no login here."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import consents, invitations, registry
from integrations.data_centers import NAMES
from integrations.models import Connection, Consent
from integrations.views.acting import attempt
from integrations.views.connect_choosing import choosing
from integrations.views.connect_consent import (
    GIVEN,
    MAY_CONNECT,
    asked,
    known_app,
    posted,
    renewed_of,
    shares_with,
    to_prepare,
)
from integrations.views.connect_forms import InvitationForm, first_values
from integrations.views.frame import needs, page

log = logging.getLogger(__name__)


@sensitive_post_parameters("client_secret")
@needs(MAY_CONNECT)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, app: str) -> HttpResponse:
    """Ask somebody without a login here to consent, by a mailed link."""
    return _invite(request, known_app(app), None)


@sensitive_post_parameters("client_secret")
@needs("integrations.change_connection")
@require_http_methods(["GET", "HEAD", "POST"])
def invite_again(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Have somebody without a login here renew the consent of a connection."""
    renewed = renewed_of(request, connection_id)
    return _invite(request, renewed.app, renewed)


def _invite(request: HttpRequest, app: str, renewed: Connection | None) -> HttpResponse:
    form = InvitationForm(posted(request), initial=first_values(renewed))
    if request.method == "POST" and invitations.can_mail() and form.is_valid():
        values = form.cleaned_data
        more = {"invited_address": values["address"], "note": values["note"]}
        consent = asked(request, app, form, renewed, **more)
        if _mailed(request, consent):
            messages.success(request, f"The link is on its way to {consent.invited_address}.")
            return redirect("office:connections")
    told = to_prepare(request, app, renewed)
    title = f"Ask somebody else to connect {told['label']}"
    context = {**told, "form": form, "can_mail": invitations.can_mail()}
    return page(request, "connections/invite.html", title, **context)


def _mailed(request: HttpRequest, consent: Consent) -> bool:
    token = invitations.token_of(consent)
    try:
        link = request.build_absolute_uri(reverse("office:invited", args=[token]))
        invitations.mail(consent, link)
    except (OSError, SMTPException) as error:
        log.warning("an invitation could not be mailed: %s", type(error).__name__)
        consents.withdraw(consent)
        messages.error(
            request,
            f"The mail could not be sent ({type(error).__name__}). The settings of outgoing mail "
            "are in docs/operators.md; nothing was kept.",
        )
        return False
    return True


@needs(MAY_CONNECT)
@require_POST
def withdraw(request: HttpRequest, consent_id: int) -> HttpResponse:
    """End an invitation, or a consent for which no organisation was chosen."""
    consent = get_object_or_404(Consent.objects.select_related("grant"), pk=consent_id)
    attempt(request, lambda: consents.withdraw(consent), done="It is withdrawn.")
    return redirect("office:connections")


# What the invited person sees: no side bar, no names of anything else ----------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """Who asks, and for what. Opening it uses nothing up: mail scanners open links as well."""
    try:
        consent = invitations.opened(token)
    except invitations.Spent as spent:
        return page(request, "connections/spent.html", "This link", status=410, why=str(spent))
    if request.method == "POST":
        consents.bind(consent, request.session)
        request.session[GIVEN] = consent.pk
        return redirect("office:invited", token)
    return page(
        request,
        "connections/invited.html",
        "A request to connect",
        consent=consent,
        label=registry.connector_class(consent.app).label,
        data_center=NAMES[consent.data_center],
        address=consents.address(consent, request.session),
        scopes=consents.explained(consent.scopes),
        shares=shares_with(consent.app),
    )


def _given(request: HttpRequest) -> Consent | None:
    return (
        Consent.objects.select_related("grant", "asked_by")
        .filter(pk=request.session.get(GIVEN, 0))
        .exclude(invited_address="")
        .first()
    )


@never_cache
@require_safe
def invited_again(request: HttpRequest) -> HttpResponse:
    """The answer was no, or could not be used: back to the link while it is good."""
    consent = _given(request)
    if consent is None or not consents.is_open(consent):
        why = consent.reason if consent is not None and consent.reason else "It has ended."
        return page(request, "connections/spent.html", "This link", status=410, why=why)
    return redirect("office:invited", invitations.token_of(consent))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invited_organization(request: HttpRequest) -> HttpResponse:
    """Which organisation, chosen by who gave the consent; then thanks, and nothing else."""
    consent = _given(request)
    if consent is None or consent.status not in {Consent.Status.GIVEN, Consent.Status.DONE}:
        why = "There is nothing to do here. Open the link in your mail."
        return page(request, "connections/spent.html", "This link", status=410, why=why)
    form, taken = None, ""
    if consent.status == Consent.Status.GIVEN:
        chosen = choosing(request, consent, invited=True)
        if chosen.connection is not None:
            return redirect("office:invited-organization")
        if consent.status == Consent.Status.FAILED:
            return redirect("office:invited-again")
        form, taken = chosen.form, chosen.taken
    title = "Which organisation?" if consent.status == Consent.Status.GIVEN else "Thank you"
    template = "connections/invited_organization.html"
    return page(request, template, title, consent=consent, form=form, taken=taken)
