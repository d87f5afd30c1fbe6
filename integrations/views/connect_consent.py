"""Giving a consent: the form, the way to the accounts server and back, the organisation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from integrations import consents, oauth, registry
from integrations.data_centers import NAMES, console_url
from integrations.errors import SyncError
from integrations.models import Connection, Consent
from integrations.secrets import SECRETS
from integrations.views.connect_forms import ClientForm, CodeForm, first_values
from integrations.views.frame import needs, page
from integrations.words import app_name

MAY_CONNECT = "integrations.add_connection"
# In the session of somebody who followed an invitation: the consent they gave.
GIVEN = "consent_given"


def said(error: SyncError) -> str:
    return f"{error.message} {error.hint}".strip()


def posted(request: HttpRequest) -> QueryDict | None:
    """What was posted, also where that is nothing at all."""
    return request.POST if request.method == "POST" else None


def known_app(app: str) -> str:
    if app not in registry.discover().connectors:
        raise Http404(app)
    return app


def callback_address(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("office:callback"))


def to_prepare(request: HttpRequest, app: str, renewed: Connection | None = None) -> dict[str, Any]:
    """What has to be done in the API console before, as the forms tell it."""
    scopes = consents.scopes_for(app, renewed)
    return {
        "app": app,
        "label": registry.connector_class(app).label,
        "redirect_address": callback_address(request),
        "scopes": consents.explained(",".join(scopes)),
        "scope_line": ",".join(scopes),
        "consoles": [(NAMES[code], console_url(code)) for code in oauth.ACCOUNTS],
        "shares": shares_with(app),
        "renewed": renewed,
    }


def shares_with(app: str) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """(pair in words, who gets to know what) of every pair the app can be part of."""
    found = registry.discover()
    notices = []
    for kind, pair in found.pairs.items():
        apps = {side.app for flow in registry.flows_of(kind) for side in (flow.source, flow.target)}
        if app in apps:
            others = " and ".join(sorted(app_name(name) for name in apps))
            notices.append((others, pair.shares))
    return notices


def renewed_of(request: HttpRequest, connection_id: int) -> Connection:
    rows = Connection.objects.select_related("grant").defer(*(f"grant__{n}" for n in SECRETS))
    return get_object_or_404(rows, pk=connection_id)


@sensitive_variables()
def asked(
    request: HttpRequest, app: str, form: ClientForm, renewed: Connection | None, **more: str
) -> Consent:
    """The row of a valid form."""
    values = form.cleaned_data
    return consents.ask(
        request.user,
        app=app,
        data_center=values["data_center"],
        client_id=values["client_id"],
        client_secret=values["client_secret"],
        renewed=renewed,
        **{"redirect_uri": callback_address(request), **more},
    )


@sensitive_post_parameters("client_secret")
@needs(MAY_CONNECT)
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest, app: str) -> HttpResponse:
    """Connect an app: what to prepare, and the client to ask with."""
    return _client_form(request, known_app(app), None)


@sensitive_post_parameters("client_secret")
@needs("integrations.change_connection")
@require_http_methods(["GET", "HEAD", "POST"])
def update(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Update credentials: a new consent takes the place of the old one."""
    renewed = renewed_of(request, connection_id)
    return _client_form(request, renewed.app, renewed)


def _client_form(request: HttpRequest, app: str, renewed: Connection | None) -> HttpResponse:
    form = ClientForm(posted(request), initial=first_values(renewed))
    if request.method == "POST" and form.is_valid():
        consent = asked(request, app, form, renewed)
        consents.bind(consent, request.session)
        return redirect("office:leave", consent.pk)
    told = to_prepare(request, app, renewed)
    title = f"Update credentials of {renewed.name}" if renewed else f"Connect {told['label']}"
    return page(request, "connections/connect.html", title, form=form, **told)


@sensitive_post_parameters("client_secret", "code")
@needs(MAY_CONNECT)
@require_http_methods(["GET", "HEAD", "POST"])
def by_code(request: HttpRequest, app: str) -> HttpResponse:
    """A code made by hand in the API console, instead of the way there and back."""
    form = CodeForm(posted(request), initial=first_values())
    if request.method == "POST" and form.is_valid():
        consent = asked(request, known_app(app), form, None, redirect_uri="")
        try:
            consents.redeem(consent, code=form.cleaned_data["code"])
        except SyncError as error:
            consents.withdraw(consent)
            form.add_error("code", said(error))
        else:
            return redirect("office:organization", consent.pk)
    told = to_prepare(request, known_app(app))
    title = f"Connect {told['label']} with a code"
    return page(request, "connections/by_code.html", title, form=form, **told)


@never_cache
@needs(MAY_CONNECT)
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, consent_id: int) -> HttpResponse:
    """The link to the accounts server; a link and no form, as forms may not leave this site."""
    consent = get_object_or_404(Consent.objects.defer("client_secret"), pk=consent_id)
    if request.method == "POST" and consents.is_open(consent):
        consents.bind(consent, request.session)
        return redirect("office:leave", consent.pk)
    return page(
        request,
        "connections/leave.html",
        f"Give consent for Zoho {app_name(consent.app)}",
        consent=consent,
        label=registry.connector_class(consent.app).label,
        data_center=NAMES[consent.data_center],
        sandbox=consent.data_center == oauth.SANDBOX,
        address=consents.address(consent, request.session),
        open=consents.is_open(consent),
        scopes=consents.explained(consent.scopes),
        shares=shares_with(consent.app),
    )


@never_cache
@require_safe
@sensitive_variables()
def callback(request: HttpRequest) -> HttpResponse:
    """The answer of the accounts server. Its address, with the code, is left at once."""
    answer = request.GET.dict()
    try:
        consent = consents.answered(answer, request.session)
        if not consent.invited_address and not request.user.has_perm(MAY_CONNECT):
            return _refused(request, "You are not signed in here (any more).")
    except SyncError as error:
        return _refused(request, said(error))
    try:
        consents.accept(consent, answer, request.session)
    except SyncError as error:
        messages.error(request, said(error))
        return redirect(_back(consent, given=False))
    return redirect(_back(consent, given=True))


def _back(consent: Consent, *, given: bool) -> str:
    """Where the browser goes on after the answer."""
    consent.refresh_from_db(fields=["status", "connection"])
    if consent.invited_address:
        return reverse("office:invited-organization" if given else "office:invited-again")
    if consent.status == Consent.Status.DONE and consent.connection_id:
        return reverse("office:connection", args=[consent.connection_id])
    if consent.status == Consent.Status.FAILED and consent.connection_id:
        return reverse("office:connection", args=[consent.connection_id])
    return reverse("office:organization" if given else "office:leave", args=[consent.pk])


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    if request.user.is_authenticated:
        title = "This answer was not accepted"
        return page(request, "connections/refused.html", title, status=400, why=why)
    return page(request, "connections/outside_refused.html", "Not accepted", status=400, why=why)
