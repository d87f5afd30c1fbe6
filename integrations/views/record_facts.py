"""What the page of a record shows: both sides, what is compared, what happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.safestring import SafeString

from integrations import comparing, configuring, fetching, partners, registry
from integrations.errors import SyncError
from integrations.lists.details import Titles, field_list, field_values, found_in
from integrations.lists.html import badge, shown, when
from integrations.models import Change, Connection, Decision
from integrations.secrets import SECRETS
from integrations.sync.flow import Endpoint, Flow
from integrations.views.outcomes import Line, outcome_words
from integrations.words import app_name, organisation_words
from mappings import catalogue
from mappings.fields import BLANK, CREATE, Field, Parent, parents_needed
from mappings.models import KnownRecord, RecordLink
from mappings.values import id_in

GRANTS = ("setting__integration__ledger__grant", "setting__integration__other__grant")
FOUND_AT_MOST = 20


def link_of(link_id: int) -> RecordLink:
    """A record with its module and organisations; no token is read for a page."""
    rows = RecordLink.objects.select_related(*GRANTS).defer(
        *(f"{grant}__{name}" for grant in GRANTS for name in SECRETS)
    )
    return get_object_or_404(rows, pk=link_id)


@dataclass(frozen=True)
class Side:
    """One side of the pair: where it stands, and its page in the app."""

    app: str
    organisation: str
    record_id: str
    address: str
    # Where a person enters a document for the record: (title, address).
    forms: tuple[tuple[str, str], ...] = ()


def fetched_from(link: RecordLink, flow: Flow) -> str:
    """The app whose values can be fetched for the pair; '' where nothing can be."""
    if not link.paired or fetching.refusal(link.setting, flow):
        return ""
    return app_name(fetching.near_end(flow).app)


def sides_of(link: RecordLink, flow: Flow) -> list[Side]:
    ends = ((flow.source, link.source_id), (flow.target, link.target_id))
    integration = link.setting.integration
    return [_side(integration.side(end.app), end, record_id or "") for end, record_id in ends]


def _side(connection: Connection, end: Endpoint, record_id: str) -> Side:
    connector = registry.connector_for(connection)
    try:
        entity = connector.entity(end.entity)
        address = connector.web_url(entity, record_id) if record_id else ""
        forms = connector.form_urls(entity, record_id, end.where) if record_id else ()
    finally:
        connector.close()
    words = organisation_words(connection)
    return Side(app_name(end.app), words, record_id, address, tuple(forms))


def pairs_of(link: RecordLink, flow: Flow) -> tuple[Field, ...]:
    """The field map in force for the record's module."""
    stored = catalogue.pairs_in_force(link.setting_id, link.flow)
    return stored or tuple(pair for pair in flow.fields if type(pair) is Field)


def compared(link: RecordLink, flow: Flow) -> tuple[int, int]:
    """(fields compared, fields there are) on the side that is written."""
    connection = link.setting.integration.side(flow.target.app)
    fields, _ = catalogue.load_fields(connection.pk, flow.target.entity)
    return catalogue.coverage((pair.target for pair in pairs_of(link, flow)), fields)


@dataclass(frozen=True)
class Value:
    """One compared field with its values on both sides, as they are now; `left` says why a sync
    leaves a difference as it is."""

    title: str
    first: Any
    second: Any
    differs: bool
    left: str = ""


def values_of(link: RecordLink, flow: Flow) -> list[Value]:
    """Both records as the apps have them now. Raises SyncError."""
    pairs = pairs_of(link, flow)
    first, second = records_of(
        link, flow, [pair.source for pair in pairs], [pair.target for pair in pairs]
    )
    near, far = configuring.catalogues(link.setting, link.flow)
    parents = _parents(link, pairs, first)
    names = {parent.target_id: name for parent, name in parents.values()}
    known = {key: parent for key, (parent, _) in parents.items()}
    values = []
    lines = comparing.lines_of(pairs, first, [second], near, far, known)
    for pair, line in zip(pairs, lines, strict=True):
        ours, theirs = line.values
        differs = bool(first and second) and not line.alike[0]
        left = _left(pair, ours, theirs) if differs else ""
        theirs = names.get(id_in(theirs), theirs) if pair.linked_flow else theirs
        values.append(Value(line.label, shown(ours), shown(theirs), differs, left))
    return values


def _parents(
    link: RecordLink, pairs: tuple[Field, ...], record: dict[str, Any]
) -> dict[tuple[str, str], tuple[Parent, str]]:
    """Partners, with their names, of the records that the record's linked fields point to."""
    wanted = parents_needed(pairs, record)
    rows = RecordLink.objects.filter(
        setting__integration=link.setting.integration_id,
        flow__in={flow for flow, _ in wanted},
        source_id__in={record_id for _, record_id in wanted},
    )
    return {
        (row.flow, row.source_id): (Parent(row.target_id), row.name)
        for row in rows
        if row.source_id and row.target_id
    }


def _left(pair: Field, ours: Any, theirs: Any) -> str:
    if pair.on == CREATE:
        return "written only when the record is created"
    if pair.on == BLANK and theirs not in (None, ""):
        return "written only where there is nothing yet"
    if ours in (None, "") and not pair.clears:
        return "an empty value clears nothing"
    return ""


def records_of(
    link: RecordLink, flow: Flow, sources: list[str], targets: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both records of a pair, read from the apps; {} for a side without one. Raises SyncError."""
    return (
        _read(link, flow.source, link.source_id, sources),
        _read(link, flow.target, link.target_id, targets),
    )


def _read(
    link: RecordLink, end: Endpoint, record_id: str | None, fields: list[str]
) -> dict[str, Any]:
    if not record_id:
        return {}
    connection = link.setting.integration.side(end.app)
    connector = registry.connector_for(Connection.objects.get(pk=connection.pk))
    try:
        found = connector.get_many(connector.entity(end.entity), [record_id], fields=fields)
    finally:
        connector.close()
    return found.get(record_id, {})


def values_or_why(link: RecordLink, flow: Flow) -> tuple[list[Value], str]:
    """The values, or the sentence that says why they cannot be read now."""
    try:
        return values_of(link, flow), ""
    except SyncError as error:
        return [], f"{error.message} {error.hint}".strip()


# What happened to it ------------------------------------------------------------------------------


def changes_of(link: RecordLink) -> Any:
    """Rows of every sync that had something to say of the record, newest first."""
    ids = [record_id for record_id in (link.source_id, link.target_id) if record_id]
    rows = Change.objects.filter(setting=link.setting_id, source_id__in=ids)
    return rows.select_related("run").order_by("-created_at", "-pk")


def line_of(link: RecordLink, row: Change, titles: Titles) -> Line:
    row.setting = link.setting
    row.run.setting = link.setting
    return Line(
        change=row,
        record=None,
        badge=badge(*outcome_words(row, row.run)),
        fields=field_list(row.values, titles, len(row.values)),
        values=field_values(row, titles) if row.values or row.before else None,
        found=found_in(row.details, row.flow, row.run.direction, titles) if row.details else "",
        at=when(row.final_at or row.created_at),
    )


def titles_of(link: RecordLink) -> Titles:
    """Titles of every field of either side."""
    first, second = configuring.catalogues(link.setting, link.flow)
    known = {**first, **second}
    return {name: info.title for name, info in known.items()}


def decisions_of(link: RecordLink) -> list[Decision]:
    ids = Q(source_id=link.source_id) if link.source_id else Q(target_id=link.target_id)
    rows = Decision.objects.filter(ids, setting=link.setting_id).select_related("by")
    return list(rows[:20])


def since(link: RecordLink) -> SafeString | str:
    return when(link.since)


@dataclass(frozen=True)
class Partner:
    """A record on the other side; `taken_by` names the one it is paired with already, `misfit`
    says why it is of another kind."""

    record_id: str
    name: str
    taken_by: str
    misfit: str = ""


def candidates(link: RecordLink, flow: Flow, text: str) -> list[Partner]:
    """Known records on the other side whose name begins so, or with that id."""
    if not text:
        return []
    known = KnownRecord.objects.filter(
        connection=link.setting.integration.side(flow.target.app), entity=flow.target.entity
    )
    named = known.filter(Q(name__istartswith=text) | Q(record_id=text)).order_by("name")
    found = list(named[:FOUND_AT_MOST])
    taken = RecordLink.objects.filter(
        setting=link.setting_id,
        target_id__in=[row.record_id for row in found],
        source_id__isnull=False,
    ).exclude(pk=link.pk)
    takers = dict(taken.values_list("target_id", "name"))
    return [
        Partner(
            row.record_id,
            row.name,
            takers.get(row.record_id, ""),
            partners.misfit(flow.target, row.facts),
        )
        for row in found
    ]
