"""Repairing pairs by file: every row is judged first, and done only when a person confirms it.

The same file serves after an integration was deleted and its apps were joined again: the pairs of
the archive come back, for the organisations they are of and no others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations import pairs, partners, registry
from integrations.models import (
    ArchivedPair,
    Decision,
    FlowSetting,
    Integration,
    PairFile,
)
from integrations.sync.flow import Endpoint, Flow
from integrations.words import integration_name
from mappings.models import KnownRecord, RecordLink
from mappings.pair_file import KEEP, PAIR, SEPARATE, PairRow, PairTable

State = RecordLink.State
OK = "ok"
PAGE = 500


def exported(integration: Integration) -> Iterator[PairRow]:
    """The pairs of an integration as rows that would make them again; of a deleted one those of
    the archive."""
    deleted = integration.status == Integration.Status.DELETED
    if deleted:
        rows: Any = ArchivedPair.objects.filter(integration=integration)
    else:
        rows = RecordLink.objects.filter(
            setting__integration=integration, source_id__isnull=False, target_id__isnull=False
        ).exclude(state=State.GONE)
    for row in rows.order_by("pk").iterator(chunk_size=2_000):
        first, second = organisations(integration, registry.flow(row.flow))
        yield PairRow(
            module=row.flow,
            first_organisation=first,
            first_id=row.source_id,
            second_organisation=second,
            second_id=row.target_id,
            name=row.name,
            do=PAIR,
        )


def organisations(integration: Integration, flow: Flow) -> tuple[str, str]:
    """Ids of the organisations on the two sides of a module."""
    first, second = (integration.side(end.app) for end in (flow.source, flow.target))
    return first.organization_id, second.organization_id


# Judging -----------------------------------------------------------------------------------------


def judge(user: Any, integration: Integration, name: str, found: PairTable) -> PairFile:
    """Keep the file with a verdict on every row; nothing else is changed."""
    settings = {
        flow.key: setting
        for setting in integration.flow_settings.all()
        for flow in registry.flows_of(integration.kind)
        if flow.setting_key == setting.flow
    }
    twice = {key for key, n in _ids_asked(found.rows).items() if n > 1}
    judged: list[dict[str, Any]] = [
        {"number": line, "do": "", "verdict": text, "name": "", "first_id": "", "second_id": ""}
        for line, text in found.errors
    ]
    for flow_key, rows in _by_module(found.rows).items():
        setting = settings.get(flow_key)
        verdicts = (
            _judge_module(integration, setting, registry.flow(flow_key), rows, twice)
            if setting is not None
            else [f"{integration_name(integration)} has no module {flow_key}."] * len(rows)
        )
        judged += [
            {**asdict(row), "verdict": verdict} for row, verdict in zip(rows, verdicts, strict=True)
        ]
    judged.sort(key=lambda row: row["number"])
    return PairFile.objects.create(
        integration=integration, name=name[:200], rows=judged, sent_by=user
    )


def _ids_asked(rows: Iterable[PairRow]) -> Counter[tuple[str, str, str]]:
    asked: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        asked[row.module, "first", row.first_id] += 1
        asked[row.module, "second", row.second_id] += 1
    return asked


def _by_module(rows: Sequence[PairRow]) -> dict[str, list[PairRow]]:
    groups: dict[str, list[PairRow]] = {}
    for row in rows:
        groups.setdefault(row.module, []).append(row)
    return groups


def _judge_module(
    integration: Integration,
    setting: FlowSetting,
    flow: Flow,
    rows: list[PairRow],
    twice: set[tuple[str, str, str]],
) -> list[str]:
    verdicts: list[str] = []
    orgs = organisations(integration, flow)
    for start in range(0, len(rows), PAGE):
        some = rows[start : start + PAGE]
        by_first, by_second = _links(setting, flow, some)
        there = [
            _there(integration, flow.source, [row.first_id for row in some if row.do == PAIR]),
            _there(integration, flow.target, [row.second_id for row in some if row.do == PAIR]),
        ]
        for row in some:
            if {(row.module, "first", row.first_id), (row.module, "second", row.second_id)} & twice:
                verdicts.append("The file names this record more than once.")
                continue
            first, second = by_first.get(row.first_id), by_second.get(row.second_id)
            verdicts.append(
                _wrong_organisation(row, orgs)
                or (
                    _judge_pair(row, first, second, there)
                    if row.do == PAIR
                    else _judge_present(row, first)
                )
                or OK
            )
    return verdicts


def _links(
    setting: FlowSetting, flow: Flow, rows: Sequence[PairRow]
) -> tuple[dict[str, RecordLink], dict[str, RecordLink]]:
    links = RecordLink.objects.filter(setting=setting, flow=flow.key)
    first = links.filter(source_id__among=[row.first_id for row in rows])
    second = links.filter(target_id__among=[row.second_id for row in rows])
    return (
        {str(link.source_id): link for link in first},
        {str(link.target_id): link for link in second},
    )


def _wrong_organisation(row: PairRow, orgs: tuple[str, str]) -> str:
    given = (row.first_organisation, row.second_organisation)
    if any(one and one != own for one, own in zip(given, orgs, strict=True)):
        return "It is a pair of another organisation; pairs are never carried over to one."
    return ""


def _judge_present(row: PairRow, first: RecordLink | None) -> str:
    if first is None or first.target_id != row.second_id:
        return "These two are not a pair."
    return "One side was deleted; decide it on its own page." if first.state == State.GONE else ""


def _judge_pair(
    row: PairRow,
    first: RecordLink | None,
    second: RecordLink | None,
    there: list[dict[str, str]],
) -> str:
    if first is not None and first.target_id == row.second_id:
        return "They are a pair already."
    for link in (first, second):
        if link is not None and link.paired:
            return f"One of them is paired otherwise: {link.name or link.pk}. Separate that first."
    sides = ((row.first_id, "first"), (row.second_id, "second"))
    for (record_id, which), known in zip(sides, there, strict=True):
        if record_id not in known:
            return f"The {which} record is not in its app (any more)."
        if known[record_id]:
            return f"The {which} record is of another kind: {known[record_id]}."
    return ""


def _there(integration: Integration, end: Endpoint, ids: list[str]) -> dict[str, str]:
    """The records that stand in their app, by what is known of it, else by asking it; each with
    what makes it one of another kind, '' where nothing does."""
    if not ids:
        return {}
    connection = integration.side(end.app)
    rows = KnownRecord.objects.filter(
        connection=connection, entity=end.entity, record_id__among=ids
    )
    known: dict[str, Any] = dict(rows.values_list("record_id", "facts"))
    unknown = [one for one in dict.fromkeys(ids) if one not in known]
    if unknown:
        connector = registry.connector_for(connection)
        try:
            entity = connector.entity(end.entity)
            fields = [entity.name_field, *end.where]
            known |= connector.get_many(entity, unknown, fields=fields)
        finally:
            connector.close()
    return {one: partners.misfit(end, facts) for one, facts in known.items()}


# Doing it ----------------------------------------------------------------------------------------


@transaction.atomic
def carry_out(user: Any, file: PairFile) -> Counter[str]:
    """Do what the rows found in order ask for, if they still are. Returns how many by act."""
    row = PairFile.objects.select_for_update().get(pk=file.pk)
    if row.done_at is not None:
        raise ValueError("That file has been carried out already.")
    settings = {setting.flow: setting for setting in row.integration.flow_settings.all()}
    done: Counter[str] = Counter()
    for asked in row.rows:
        if asked["verdict"] != OK:
            continue
        flow = registry.flow(asked["module"])
        link = RecordLink.objects.filter(
            setting=settings[flow.setting_key], flow=flow.key, source_id=asked["first_id"]
        ).first()
        try:
            _do(user, settings[flow.setting_key], flow, link, asked)
        except ValueError as error:
            asked["verdict"] = str(error)
        else:
            done[asked["do"]] += 1
    row.done_at = timezone.now()
    row.save(update_fields=["rows", "done_at"])
    return done


def _do(
    user: Any, setting: FlowSetting, flow: Flow, link: RecordLink | None, asked: dict[str, Any]
) -> None:
    if asked["do"] == PAIR:
        _make_pair(user, setting, flow, link, asked)
    elif link is None or link.target_id != asked["second_id"]:
        raise ValueError("These two are not a pair any more.")
    elif asked["do"] == SEPARATE:
        pairs.separate(user, [link], asked["reason"])
    elif asked["do"] == KEEP:
        pairs.keep(user, [link])


def _make_pair(
    user: Any, setting: FlowSetting, flow: Flow, link: RecordLink | None, asked: dict[str, Any]
) -> None:
    """The pair stands at once; its values are compared by the next sync."""
    first, second, now = asked["first_id"], asked["second_id"], timezone.now()
    others = RecordLink.objects.filter(setting=setting, target_id=second)
    if (link is not None and link.paired) or others.filter(source_id__isnull=False).exists():
        raise ValueError("One of them is paired otherwise by now.")
    others.delete()
    link = link or RecordLink(setting=setting, flow=flow.key, source_id=first)
    link.target_id, link.name = second, asked["name"] or link.name
    link.state, link.cause, link.reason, link.remedy = State.IN_SYNC, "", "", ""
    link.details, link.decision, link.decided_target = {}, "", ""
    link.source_digest = link.target_digest = None
    link.source_modified = link.target_modified = ""
    link.origin, link.version, link.due = RecordLink.Origin.MANUAL, 0, True
    link.since = link.updated_at = now
    link.save()
    Decision.objects.create(
        kind=Decision.Kind.PAIR,
        by=user,
        setting=setting,
        source_id=first,
        target_id=second,
        name=link.name,
        details={"by_file": True},
    )
