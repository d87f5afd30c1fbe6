"""Field maps as tables: the pairs of one, and what became of another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations.lists.html import table
from integrations.models import FlowSetting
from integrations.sync.flow import Endpoint, Flow
from integrations.words import app_name, pair_winners
from mappings.converters import converter
from mappings.fields import Field
from mappings.models import FieldMap, RemoteField


class Titles:
    """Fields of both sides of a flow by the titles their apps give them; one statement."""

    def __init__(self, setting: FlowSetting, flow: Flow) -> None:
        integration = setting.integration
        ends = (integration.ledger, integration.other)
        self._connections = {connection.app: connection.pk for connection in ends}
        rows = RemoteField.objects.filter(
            connection_id__in=self._connections.values(),
            entity__in=(flow.source.entity, flow.target.entity),
        )
        self._labels = {
            (connection, entity, name): label
            for connection, entity, name, label in rows.values_list(
                "connection_id", "entity", "name", "label"
            )
        }

    def of(self, end: Endpoint, name: str) -> str:
        label = self._labels.get((self._connections[end.app], end.entity, name))
        return f"{label} ({name})" if label and label != name else name


def map_table(setting: FlowSetting, flow: Flow, pairs: Iterable[Field]) -> SafeString:
    titles = Titles(setting, flow)
    return table(_headers(flow), [_cells(flow, titles, pair) for pair in pairs])


def map_change_table(setting: FlowSetting, flow: Flow, change: Mapping[str, Any]) -> SafeString:
    """What of a map was taken away, altered and added, from the pairs a decision kept; then the
    number of those that stayed."""
    titles = Titles(setting, flow)
    before, after = _by_target(change["before"]), _by_target(change["after"])
    rows = []
    for target in [*before, *(target for target in after if target not in before)]:
        was, now = before.get(target), after.get(target)
        if was == now:
            continue
        if was:
            rows.append(("before" if now else "taken away", *_cells(flow, titles, was)))
        if now:
            rows.append(("after" if was else "added", *_cells(flow, titles, now)))
    same = sum(1 for target, pair in after.items() if before.get(target) == pair)
    return format_html(
        '<h3>{}</h3>{}<p class="zs-aside">{}</p>',
        f"Field map of {flow.label}",
        table(("What", *_headers(flow)), rows, empty="Only the order of the pairs changed."),
        f"{same} of {len(after)} pairs stayed as they were.",
    )


def _by_target(pairs: Iterable[Mapping[str, Any]]) -> dict[str, Field]:
    return {pair["target"]: Field(**pair) for pair in pairs}


def _headers(flow: Flow) -> tuple[str, ...]:
    return (app_name(flow.source.app), app_name(flow.target.app), *HOW)


HOW = ("Converted as", "Written", "An empty value", "Changed on both sides")


def pair_in_words(flow: Flow, pair: Field) -> dict[str, str]:
    """How a pair is written, by the headings of the table."""
    try:
        converted = converter(pair.via).label
    except KeyError:
        converted = pair.via
    said = (
        converted,
        dict(FieldMap.On.choices).get(pair.on, pair.on),
        "clears the other side" if pair.clears else "is left alone",
        pair_winners(flow.key).get(pair.wins, pair.wins),
    )
    return dict(zip(HOW, said, strict=True))


def _cells(flow: Flow, titles: Titles, pair: Field) -> tuple[str, ...]:
    return (
        titles.of(flow.source, pair.source),
        titles.of(flow.target, pair.target),
        *pair_in_words(flow, pair).values(),
    )
