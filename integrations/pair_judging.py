"""Whether what a row of a pair file asks for can be done: by our own pairs, then by the apps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from integrations import partners, registry
from integrations.holding import why_held
from integrations.models import FlowSetting, Integration, PairFileRow
from integrations.pair_rows import organisations
from integrations.sync.case import KEPT_ELSEWHERE, PARKED
from integrations.sync.flow import Endpoint, Flow
from integrations.words import app_name, integration_name
from mappings import pair_file
from mappings.models import KnownRecord, RecordLink
from mappings.pair_file import KEEP, PAIR, RESTORE, SEPARATE

Outcome, State = PairFileRow.Outcome, RecordLink.State
# Records that no index knows are asked for; so many requests at most before what is known by them
# is stored, as an app that wants us to wait would have us ask all of them again.
MOST_REQUESTS = 40
# What a person has said of a record without a partner.
SAID = PARKED | {KEPT_ELSEWHERE}
DECIDED = "Somebody has decided about it since: {}. Write pair in the column do to pair them."


@dataclass
class Standing:
    """The links of a setting that rows of a file name, by the id on each side; `promised` are
    records of the second app that somebody said are to be paired, by id."""

    first: dict[str, RecordLink]
    second: dict[str, RecordLink]
    promised: dict[str, RecordLink]
    held: dict[str, tuple[bool, str]]


def standing(setting: FlowSetting, rows: Sequence[PairFileRow]) -> Standing:
    """A fixed number of statements for all rows, which are of one flow. The flows of a module
    share its records."""
    links = RecordLink.objects.filter(setting=setting)
    first_ids, second_ids = [row.first_id for row in rows], [row.second_id for row in rows]
    promised = links.filter(
        decision=RecordLink.Decision.SAME, decided_target__among=second_ids, target_id=None
    )
    first = {str(link.source_id): link for link in links.filter(source_id__among=first_ids)}
    return Standing(
        first,
        {str(link.target_id): link for link in links.filter(target_id__among=second_ids)},
        {link.decided_target: first.get(str(link.source_id), link) for link in promised},
        why_held(setting.integration, rows[0].module, first_ids) if rows else {},
    )


def by_links(row: PairFileRow, there: Standing) -> tuple[str, str] | None:
    """(outcome, why) as far as our own pairs tell; None where the apps have to be asked."""
    first, second = there.first.get(row.first_id), there.second.get(row.second_id)
    same = first is not None and first.target_id == row.second_id and first.flow == row.module
    if row.do in (SEPARATE, KEEP):
        if first is None or not same:
            return Outcome.REFUSED, "These two are not a pair (any more)."
        if first.state == State.GONE:
            return Outcome.REFUSED, "One side was deleted; decide it on its own page."
        return Outcome.FIT, ""
    if row.do == RESTORE and len(pair_file.TAKES[row.holds]) == 1:
        return _alone(first if "first" in pair_file.TAKES[row.holds] else second)
    if same and first is not None:
        return _same(row, first)
    paired, why = there.held.get(row.first_id, (False, ""))
    if why and (paired or row.do == PAIR):
        return Outcome.REFUSED, why
    return _taken(row, first, second, there.promised.get(row.second_id))


def _taken(
    row: PairFileRow,
    first: RecordLink | None,
    second: RecordLink | None,
    promised: RecordLink | None,
) -> tuple[str, str] | None:
    """Why two records may not become a pair; None where nothing stands against it."""
    if promised is not None and promised.source_id != row.first_id:
        return Outcome.REFUSED, f"It is promised to {promised}. Change that decision first."
    for link in (first, second):
        if link is None or link is promised:
            continue
        if link.paired:
            return (
                Outcome.REFUSED,
                f"One of them is paired otherwise: {link.name or link.pk}. Separate that first.",
            )
        if row.do == RESTORE and (link.cause in SAID or link.decision):
            return Outcome.REFUSED, DECIDED.format(link.name or link.pk)
    return None


def _same(row: PairFileRow, link: RecordLink) -> tuple[str, str]:
    if row.do == PAIR:
        return Outcome.REFUSED, "They are a pair already."
    if row.holds == pair_file.PAIRED_KEPT and not link.pinned and link.state != State.GONE:
        return Outcome.FIT, ""
    return Outcome.ALREADY, ""


def _alone(link: RecordLink | None) -> tuple[str, str] | None:
    if link is None:
        return None
    if link.paired:
        return Outcome.REFUSED, f"It is paired now: {link.name or link.pk}. Separate that first."
    if link.cause in SAID:
        return Outcome.ALREADY, ""
    if link.decision:
        return Outcome.REFUSED, DECIDED.format(link.name or link.pk)
    return None


def judge(
    integration: Integration, settings: Mapping[str, FlowSetting], rows: Sequence[PairFileRow]
) -> list[PairFileRow]:
    """Fill outcome and verdict of rows of one file; returns those that were judged, at least one.
    The others are left for the next time, as too much would have to be asked for them at once."""
    judged: list[PairFileRow] = []
    for module, some in by_module(rows).items():
        setting = settings.get(module)
        if setting is None:
            for row in some:
                name = integration_name(integration)
                _say(row, Outcome.REFUSED, f"{name} has no module {module}.")
            judged += some
        else:
            judged += _judge_module(integration, setting, registry.flow(module), some)
    return judged


def by_module(rows: Iterable[PairFileRow]) -> dict[str, list[PairFileRow]]:
    groups: dict[str, list[PairFileRow]] = {}
    for row in rows:
        groups.setdefault(row.module, []).append(row)
    return groups


def _say(row: PairFileRow, outcome: str, why: str = "") -> None:
    row.outcome, row.verdict = outcome, why


def _judge_module(
    integration: Integration, setting: FlowSetting, flow: Flow, rows: list[PairFileRow]
) -> list[PairFileRow]:
    orgs, links = organisations(integration, flow), standing(setting, rows)
    judged, asked = list[PairFileRow](), list[PairFileRow]()
    for row in rows:
        given = (row.first_organisation, row.second_organisation)
        if any(one and one != own for one, own in zip(given, orgs, strict=True)):
            _say(
                row,
                Outcome.REFUSED,
                "It is a pair of another organisation; pairs are never carried over to one.",
            )
            judged.append(row)
        elif (found := by_links(row, links)) is not None:
            _say(row, *found)
            judged.append(row)
        else:
            asked.append(row)
    ends = {"first": flow.source, "second": flow.target}
    sides = {side: _Side(integration, end, _ids(asked, side)) for side, end in ends.items()}
    asked = _few_requests(asked, sides)
    there = {side: sides[side].records(_ids(asked, side)) for side in ends}
    for row in asked:
        _by_records(row, flow, ends, there)
    return judged + asked


def _ids(rows: Iterable[PairFileRow], side: str) -> list[str]:
    wanted = [
        str(getattr(row, f"{side}_id"))
        for row in rows
        if side in pair_file.taken_by(row.do, row.holds)
    ]
    return list(dict.fromkeys(wanted))


class _Side:
    """The records of one side: by the index of known records, else by asking the app."""

    def __init__(self, integration: Integration, end: Endpoint, ids: list[str]) -> None:
        self.end, self.connection = end, integration.side(end.app)
        rows = KnownRecord.objects.filter(
            connection=self.connection, entity=end.entity, record_id__among=ids
        )
        self.known: dict[str, Any] = dict(rows.values_list("record_id", "facts")) if ids else {}
        self.per_request = registry.connector_class(end.app).entities[end.entity].ids_per_read

    def records(self, ids: list[str]) -> dict[str, Any]:
        """Those that are there, each with the facts its kind is told by."""
        unknown = [one for one in ids if one not in self.known]
        if not unknown:
            return self.known
        with closing(registry.connector_for(self.connection)) as connector:
            entity = connector.entity(self.end.entity)
            fields = [entity.name_field, *self.end.where]
            return self.known | connector.get_many(entity, unknown, fields=fields)


def _few_requests(rows: list[PairFileRow], sides: Mapping[str, _Side]) -> list[PairFileRow]:
    """As many of the rows as can be looked up by a few requests, always at least one."""
    cost = 0.0
    for number, row in enumerate(rows):
        for side in pair_file.taken_by(row.do, row.holds):
            if getattr(row, f"{side}_id") not in sides[side].known:
                cost += 1 / sides[side].per_request
        if cost > MOST_REQUESTS and number:
            return rows[:number]
    return rows


def _by_records(
    row: PairFileRow,
    flow: Flow,
    ends: Mapping[str, Endpoint],
    there: Mapping[str, Mapping[str, Any]],
) -> None:
    # A fact that a rule of the module reads may change while a pair lasts, and the rule says what
    # follows: a pair that was is not refused for it.
    read_by_rules = {path for rule in (*flow.rules, *flow.back_rules) for path in rule.test.fields}
    but = read_by_rules if row.do == RESTORE else set()
    taken = pair_file.taken_by(row.do, row.holds)
    missing = [side for side in taken if getattr(row, f"{side}_id") not in there[side]]
    for side in taken:
        facts = there[side].get(getattr(row, f"{side}_id"))
        if facts is not None and (wrong := partners.misfit(ends[side], facts, but=but)):
            _say(row, Outcome.REFUSED, f"The {side} record is of another kind: {wrong}.")
            return
    if missing and (row.do != RESTORE or len(missing) == len(taken)):
        what = f"The {missing[0]} record is not" if len(missing) == 1 else "Neither record is"
        _say(row, Outcome.REFUSED, f"{what} in its app (any more).")
        return
    _say(row, Outcome.FIT)
    if row.do == RESTORE and len(taken) > 1:
        _as_found(row, flow, missing)


def _as_found(row: PairFileRow, flow: Flow, missing: list[str]) -> None:
    """What holds now of a pair of the file: a side may have been deleted since, or be back."""
    deleted = {"first": pair_file.FIRST_DELETED, "second": pair_file.SECOND_DELETED}
    if missing:
        app = app_name((flow.source if missing == ["first"] else flow.target).app)
        row.holds = deleted[missing[0]]
        row.verdict = f"It was deleted in {app}; it comes back as deleted on one side."
    elif row.holds in deleted.values():
        row.holds, row.verdict = pair_file.PAIRED, "Both records are there again."
