"""Finding a record by name, number, amount or id: the box at the top of every page."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from integrations import fetching, registry
from integrations.lists.html import when
from integrations.models import Change, Connection, FlowSetting
from integrations.standing import state_badge
from integrations.views.frame import needs, page
from integrations.words import app_name, integration_name, module_name, sides
from mappings.models import KnownKey, RecordLink

AT_MOST = 50
# How people call what records are found by; names and ids are told of apart.
SEARCHED = {
    "mail": "an e-mail address",
    "domain": "a web or e-mail domain",
    "phone": "a phone number",
    "tax": "a tax number",
    "sku": "an item code (SKU)",
}
LONGEST = 200


@needs("mappings.view_recordlink")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    links = find(text) if text else []
    if len(links) == 1:
        return redirect("office:record", links[0].pk)
    return page(
        request,
        "records/search.html",
        f"Records found for “{text}”" if text else "Find a record",
        q=text,
        lines=[_line(link) for link in links],
        searched=searched(),
        by_amount=by_amount(),
        cut=len(links) == AT_MOST,
        elsewhere=[_elsewhere(setting) for setting in fetching.searchable()],
    )


def searched() -> list[str]:
    """What records are found by besides their names and ids, as the modules declare it."""
    kinds = {
        key.kind
        for connector in registry.discover().connectors.values()
        for entity in connector.entities.values()
        for key in entity.keys
    }
    found = [words for kind, words in SEARCHED.items() if kind in kinds]
    return [*found, "an amount"] if by_amount() else found


def by_amount() -> bool:
    """Whether any module has documents, whose amounts are kept with their changes."""
    return any(flow.amount for flow in registry.discover().flows.values())


def _elsewhere(setting: FlowSetting) -> tuple[int, str]:
    """(module's number, words) of where a record that is not known here can be looked up."""
    called = integration_name(setting.integration)
    near = app_name(fetching.near_of(setting, registry.flow(setting.flow)).app)
    return setting.pk, f"{near}: {module_name(setting.flow)}, {called}"


def _line(link: RecordLink) -> dict[str, Any]:
    ids = zip(sides(link.flow), (link.source_id, link.target_id), strict=True)
    return {
        "link": link,
        "module": module_name(link.flow),
        "badge": state_badge(link),
        "ids": [(app, record_id) for app, record_id in ids if record_id],
        "since": when(link.since),
    }


def find(text: str) -> list[RecordLink]:
    """By id, by what records are matched by (number, tax number, domain, phone), by an amount, by
    the beginning of the name; where none of that is found, by a part of the name."""
    wanted: dict[int, RecordLink] = {}
    for rows in (_by_id(text), _by_key(text), _by_amount(text), _by_name(text)):
        for link in rows[: AT_MOST - len(wanted)]:
            wanted.setdefault(link.pk, link)
        if len(wanted) >= AT_MOST:
            break
    if not wanted:
        return list(_links(Q(name__icontains=text))[:AT_MOST])
    return list(wanted.values())


def _links(asked: Q) -> QuerySet[RecordLink]:
    rows = RecordLink.objects.filter(asked).defer("source_digest", "target_digest", "details")
    return rows.order_by("name", "pk")


def _by_id(text: str) -> QuerySet[RecordLink]:
    return _links(Q(source_id=text) | Q(target_id=text))


def _by_name(text: str) -> QuerySet[RecordLink]:
    return _links(Q(name__istartswith=text))


def _by_key(text: str) -> QuerySet[RecordLink]:
    forms = {
        f"{key.kind}:{form}"[:220]
        for kind in registry.discover().connectors.values()
        for entity in kind.entities.values()
        for key in entity.keys
        # A loose name finds everything that is nearly called so.
        if key.kind != "loose"
        for form in key.form(text)
    }
    known = KnownKey.objects.filter(
        connection__in=list(Connection.objects.values_list("pk", flat=True)), key__in=sorted(forms)
    )
    ids = list(known.values_list("record_id", flat=True)[:AT_MOST])
    return _links(Q(source_id__in=ids) | Q(target_id__in=ids)) if ids else RecordLink.objects.none()


def _by_amount(text: str) -> QuerySet[RecordLink]:
    try:
        amount = Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return RecordLink.objects.none()
    if not amount.is_finite() or abs(amount) >= 10**14:
        return RecordLink.objects.none()
    rows = Change.objects.filter(amount=amount).values_list("source_id", flat=True)
    ids = [record_id for record_id in rows.distinct()[:AT_MOST] if record_id]
    return _links(Q(source_id__in=ids) | Q(target_id__in=ids)) if ids else RecordLink.objects.none()
