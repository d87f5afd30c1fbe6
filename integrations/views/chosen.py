"""Lists of open records: a page of them, what each row shows, those a person ticked, and what is
written where when they are acted upon."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.paginator import Page
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.http import HttpRequest

from integrations import attention, guards, registry
from integrations.connector import Connector
from integrations.lists import QuickPaginator
from integrations.lists.filters import is_number
from integrations.models import Connection, FlowSetting
from integrations.secrets import SECRETS
from integrations.sync.case import GONE_SOURCE
from integrations.words import (
    app_name,
    flow_of,
    integration_name,
    module_name,
    organisation_words,
)
from mappings.models import RecordLink

PER_PAGE = 50
NOTHING, LOOKS_ONLY = "nothing is written", "nothing is written (Look only)"
CHANGED = "The list has changed since you looked. Nothing was done: look again."


class Place(NamedTuple):
    """Where one side of a record stands; `address` is its page in the app, '' where it has none."""

    app: str
    id: str
    address: str


@dataclass(frozen=True)
class Row:
    """A record as the lists show it."""

    record: RecordLink
    module: str
    integration: str
    places: tuple[Place, ...]


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page:
    return QuickPaginator(rows, PER_PAGE).get_page(request.GET.get("p"))


def rows_of(links: Sequence[RecordLink]) -> list[Row]:
    """One connector for each organisation on the page tells where its records are seen."""
    with ExitStack() as stack:
        connectors: dict[int, Connector] = {}
        return [_row(link, connectors, stack) for link in links]


def row_of(link: RecordLink) -> Row:
    return rows_of([link])[0]


def _row(link: RecordLink, connectors: dict[int, Connector], stack: ExitStack) -> Row:
    places = []
    flow = flow_of(link.flow)
    ends = ((flow.source, link.source_id), (flow.target, link.target_id)) if flow else ()
    for end, record_id in ends:
        if not record_id:
            continue
        connection = link.setting.integration.side(end.app)
        connector = connectors.get(connection.pk)
        if connector is None:
            connector = stack.enter_context(closing(registry.connector_for(connection)))
            connectors[connection.pk] = connector
        address = connector.web_url(connector.entity(end.entity), record_id)
        places.append(Place(app_name(end.app), record_id, address))
    called = integration_name(link.setting.integration)
    return Row(link, module_name(link.flow), called, tuple(places))


def ticked(request: HttpRequest) -> list[int]:
    """Keys of the records ticked on the page before, or confirmed on this one."""
    sent = request.POST if request.method == "POST" else request.GET
    return [int(key) for key in sent.getlist("record") if is_number(key)]


def chosen_rows(request: HttpRequest, rows: QuerySet[RecordLink]) -> QuerySet[RecordLink]:
    """Of `rows` those ticked, or all that the search on the page had found where all are meant."""
    sent = request.POST if request.method == "POST" else request.GET
    if sent.get("all"):
        return attention.found_by(rows, sent.get("name", ""))
    return rows.filter(pk__in=ticked(request))


def seal(seen: Iterable[Any]) -> str:
    """A short word for what a second look shows, to tell on its confirmation whether that still
    is so; `seen`: for each record its key and what else the answer goes by, in any order."""
    lines = sorted(json.dumps(item, cls=DjangoJSONEncoder, sort_keys=True) for item in seen)
    return sha256("\n".join(lines).encode()).hexdigest()[:32]


def confirmed(request: HttpRequest, sealed: str) -> bool:
    """Whether what a second look showed is to be done now. Records that were ticked are named one
    by one; of all the list just those are meant that were shown, so the look is repeated where
    others have come."""
    if request.method != "POST":
        return False
    if request.POST.get("all") and request.POST.get("seen") != sealed:
        messages.warning(request, CHANGED)
        return False
    return True


def kept(request: HttpRequest, sealed: str) -> dict[str, Any]:
    """What a second look sends on when it is confirmed: the same choice of records."""
    sent = request.POST if request.method == "POST" else request.GET
    return {
        "chosen": [] if sent.get("all") else ticked(request),
        "every": bool(sent.get("all")),
        "name": sent.get("name", ""),
        "seen": sealed,
    }


def cut(taken: int, rows: QuerySet[Any]) -> dict[str, int]:
    """How many of the records chosen are taken in one go, where these are not all of them."""
    of = rows.count()
    return {"first": taken, "of": of} if of > taken else {}


@dataclass(frozen=True)
class Share:
    """How many of the records chosen belong to one module, and where they would be written."""

    module: str
    integration: str
    count: int
    into: str

    @property
    def looks_only(self) -> bool:
        """Whether a sync of it would be a preview only."""
        return self.into == LOOKS_ONLY


class Goes(Enum):
    """Where an act writes: as the module is set, into one app of a pair, or nowhere.

    `LACKING` is the app that has no such record, or in which it was deleted; `HAVING` the other.
    """

    ALL = "all"
    SOURCE = "source"
    TARGET = "target"
    LACKING = "lacking"
    HAVING = "having"
    NOWHERE = "nowhere"


# The side that a record lacks, or lost.
_LACKS_SOURCE = Q(cause=GONE_SOURCE) | Q(source_id=None)


def shares(rows: QuerySet[RecordLink], goes: Goes = Goes.ALL) -> list[Share]:
    """The records by module and by where they are written; two statements whatever their number."""
    counts = list(
        rows.order_by()
        .annotate(lacks=Case(When(_LACKS_SOURCE, then=Value("source")), default=Value("target")))
        .values_list("setting_id", "flow", *(["lacks"] if goes in _BY_SIDE else []))
        .annotate(Count("pk"))
    )
    settings = settings_of(row[0] for row in counts)
    return [
        Share(
            module_name(flow),
            integration_name(settings[setting_id].integration),
            count,
            _into(settings[setting_id], flow, goes, *lacks),
        )
        for setting_id, flow, *lacks, count in counts
    ]


def only_looked_at(written: Sequence[Share]) -> bool:
    """Whether nothing of what is chosen would be written, as writing is set to *Look only*."""
    return bool(written) and all(share.looks_only for share in written)


_BY_SIDE = {Goes.LACKING, Goes.HAVING}


def _into(setting: FlowSetting, key: str, goes: Goes, lacks: str = "") -> str:
    """The organisations that an act writes into, or "nothing is written"."""
    if goes is Goes.NOWHERE:
        return NOTHING
    if guards.looks_only(setting):
        return LOOKS_ONLY
    flow = flow_of(key)
    if goes is Goes.ALL or flow is None:
        return into(setting)
    if goes is Goes.HAVING:
        side = "target" if lacks == "source" else "source"
    else:
        side = lacks or goes.value
    connection = setting.integration.side((flow.source if side == "source" else flow.target).app)
    # A value that is to stay where the module never writes needs no write.
    if connection not in _written(setting) and goes in {Goes.SOURCE, Goes.TARGET}:
        return NOTHING
    return _organisation(connection)


def settings_of(keys: Iterable[int]) -> dict[int, FlowSetting]:
    """Settings with both organisations as confirmations name them, without any secret."""
    ends = ("integration__ledger__grant", "integration__other__grant")
    rows = FlowSetting.objects.select_related(*ends)
    return rows.defer(*(f"{end}__{name}" for end in ends for name in SECRETS)).in_bulk(list(keys))


def into(setting: FlowSetting) -> str:
    """The organisations that a module's syncs write into, or that they only look."""
    if guards.looks_only(setting):
        return LOOKS_ONLY
    return " and ".join(_organisation(connection) for connection in _written(setting))


def _written(setting: FlowSetting) -> list[Connection]:
    ledger, other = setting.integration.ledger, setting.integration.other
    return {
        FlowSetting.Extent.FETCH: [ledger],
        FlowSetting.Extent.PUSH: [other],
        FlowSetting.Extent.BOTH: [ledger, other],
    }[FlowSetting.Extent(setting.extent)]


def _organisation(connection: Connection) -> str:
    return f"{app_name(connection.app)}: {organisation_words(connection)}"
