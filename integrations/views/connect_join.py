"""Joining two connections into an integration: what is shared, what is needed, and the act."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from integrations import connecting, pair_rows, prerequisites, registry, ways
from integrations.errors import SyncError
from integrations.models import Connection, Integration, Writing
from integrations.views.connect_forms import JoinForm
from integrations.views.frame import needs, page
from integrations.words import app_name, integration_name, module_name
from mappings.counting import counted


@dataclass(frozen=True)
class Partners:
    """Two connections that could be joined, and the kind of integration they would make.

    `mixed`: one holds test data and the other is real; they never are (G-4).
    """

    kind: str
    ledger: Connection
    other: Connection

    @property
    def names(self) -> tuple[str, str]:
        return named(self.other), named(self.ledger)

    @property
    def mixed(self) -> bool:
        return self.ledger.is_test != self.other.is_test


def named(connection: Connection) -> str:
    """Such as "CRM Acme GmbH": both sides of an integration often have one name."""
    return f"{app_name(connection.app)} {connection.name}"


def partners() -> list[Partners]:
    """Every pair of connections that are not joined yet and have modules between them."""
    rows = list(Connection.objects.select_related(None).order_by("app", "name"))
    ledgers = [row for row in rows if registry.connector_class(row.app).is_ledger]
    joined = set(Integration.objects.values_list("ledger_id", "other_id"))
    found = []
    for ledger, other in product(ledgers, rows):
        kind = registry.kind_joining(ledger.app, other.app) if ledger.pk != other.pk else None
        if kind is not None and (ledger.pk, other.pk) not in joined:
            found.append(Partners(kind, ledger, other))
    return found


def joinable() -> list[Partners]:
    return [pair for pair in partners() if not pair.mixed]


@needs("integrations.change_integration")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, ledger_id: int, other_id: int) -> HttpResponse:
    """The notice of what is shared, the prerequisites with a tick each, and the button."""
    known = Integration.objects.filter(ledger=ledger_id, other=other_id).first()
    if known is not None:
        messages.info(request, f"They are joined already: {integration_name(known)}.")
        return redirect("office:connections")
    rows = Connection.objects.select_related("grant")
    ledger, other = get_object_or_404(rows, pk=ledger_id), get_object_or_404(rows, pk=other_id)
    kind = registry.kind_joining(ledger.app, other.app)
    if kind is None:
        messages.error(request, f"There are no modules between {ledger} and {other}.")
        return redirect("office:connections")
    pair = Partners(kind, ledger, other)
    if pair.mixed:
        return _mixed(request, pair)
    checks = prerequisites.of_pair(kind, ledger, other)
    form = JoinForm(request.POST or None, initial={"name": connecting.free_name(kind)})
    if request.method == "POST" and form.is_valid() and not prerequisites.unmet(checks):
        return _joined(request, pair, form.cleaned_data["name"])
    return page(
        request,
        "connections/join.html",
        f"Join {app_name(other.app)} and {app_name(ledger.app)}",
        pair=pair,
        form=form,
        checks=checks,
        unmet=prerequisites.unmet(checks),
        shares=registry.discover().pairs[kind].shares if kind in registry.discover().pairs else (),
        modules=[
            (module_name(flow.key), app_name(flow.source.app), app_name(flow.target.app))
            for flow in registry.flows_of(kind)
            if flow.setting_key == flow.key
        ],
        starts=(Writing.ON if ledger.is_test else Writing.LOOK_ONLY).label,
        **_way(pair),
    )


def _way(pair: Partners) -> dict[str, Any]:
    """What the two would be: linked both ways, or one way, and why."""
    would_be = Integration(
        kind=pair.kind,
        ledger=pair.ledger,
        other=pair.other,
        way=ways.way_of_new(pair.kind, pair.ledger, pair.other),
    )
    refused = [ways.refusal(would_be, flow) for flow in registry.flows_of(pair.kind)]
    return {
        "one_way": ways.why_one_way(would_be),
        "refused": [why for why in refused if why],
        "names_of_way": (app_name(pair.other.app), app_name(pair.ledger.app)),
    }


def _mixed(request: HttpRequest, pair: Partners) -> HttpResponse:
    return page(
        request,
        "connections/mixed.html",
        "These two cannot be joined",
        status=409,
        pair=pair,
    )


def _joined(request: HttpRequest, pair: Partners, name: str) -> HttpResponse:
    # As they were just read: the way the two are linked depends on them.
    Connection.objects.bulk_update([pair.ledger, pair.other], ["base_currency"])
    try:
        integration = connecting.join(pair.kind, pair.ledger, pair.other, name=name)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("office:connections")
    messages.success(
        request,
        f"{pair.names[0]} and {pair.names[1]} are joined, writing: "
        f"{integration.get_writing_display()}. Nothing moves until a module is set up. "
        f"{ways.why_one_way(integration)}".rstrip(),
    )
    for archive, number in pair_rows.left_by(integration)[:1]:
        messages.warning(
            request,
            "You have a table of pairs of the same organisations, left by "
            f"{integration_name(archive)}: {counted(number, 'row')}. Read it in before the first "
            "sync, on the integration's page; otherwise records are found by their names only.",
        )
    try:
        connecting.refresh_catalogues(integration)
    except SyncError as error:
        messages.warning(request, f"The apps' fields could not be read yet: {error.message}")
    return redirect(set_up_address(integration))


def set_up_address(integration: Integration) -> str:
    """Where the set-up of the integration's first module begins."""
    first = integration.flow_settings.order_by("pk").first()
    if first is None:
        return reverse("office:modules")
    return reverse("office:module-recommended", args=[first.pk])
