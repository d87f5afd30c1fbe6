"""Doing what rows of a pair file ask for: a number of statements for many rows, not for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from integrations import apart, registry
from integrations.keeping import row_of
from integrations.models import Decision, FlowSetting, PairFile, PairFileRow
from integrations.pair_judging import Standing, by_links, by_module, standing
from integrations.pair_rows import mark_of, seen_of
from integrations.sync.case import GONE_SOURCE, GONE_TARGET, KEPT_ELSEWHERE, gone_words
from integrations.sync.flow import Flow
from integrations.sync.removals import keep_alone
from mappings import pair_file
from mappings.models import RecordLink

Outcome, State, Kind = PairFileRow.Outcome, RecordLink.State, Decision.Kind


def carry_out(
    user: Any, file: PairFile, settings: Mapping[str, FlowSetting], rows: Sequence[PairFileRow]
) -> None:
    """Do what rows found in order ask for, if that still can be done; fills their outcome. Call
    it in a transaction that holds the settings."""
    for module, some in by_module(rows).items():
        _Module(user, file, settings[module], registry.flow(module)).carry_out(some)


class _Module:
    """Rows of one module: what is to be stored is gathered, then stored by a few statements."""

    def __init__(self, user: Any, file: PairFile, setting: FlowSetting, flow: Flow) -> None:
        self.user, self.file, self.setting, self.flow = user, file, setting, flow
        self.mark = mark_of(setting, flow.key)
        self.new: list[RecordLink] = []
        self.replaced: list[int] = []
        self.apart: list[RecordLink] = []
        self.ways = apart.ways_by_flow(setting).get(flow.key, frozenset())
        self.kept: list[int] = []
        self.decisions: list[Decision] = []

    def carry_out(self, rows: Sequence[PairFileRow]) -> None:
        there = standing(self.setting, rows)
        for row in rows:
            found = by_links(row, there)
            if found is not None and found[0] != Outcome.FIT:
                row.outcome, row.verdict = found
                continue
            self._do(row, there)
            row.outcome = Outcome.DONE
        links = RecordLink.objects
        links.filter(pk__in=self.replaced).delete()
        links.bulk_update(self.apart, apart.CHANGED)
        links.filter(pk__in=self.kept).update(pinned=True)
        links.bulk_create(self.new)
        Decision.objects.bulk_create(self.decisions)

    def _do(self, row: PairFileRow, there: Standing) -> None:
        first, second = there.first.get(row.first_id), there.second.get(row.second_id)
        if row.do == pair_file.SEPARATE:
            assert first is not None
            self._note(Kind.SEPARATE, first, row)
            self.new.append(apart.take_apart(first, self.ways))
            self.apart.append(first)
        elif first is not None and first.target_id == row.second_id and first.paired:
            self.kept.append(first.pk)
            self._note(Kind.KEEP_PAIR, first, row)
        else:
            self._make(row, first, second)

    def _make(self, row: PairFileRow, first: RecordLink | None, second: RecordLink | None) -> None:
        """A link as the row tells; what stood of its records by themselves gives way."""
        taken = pair_file.taken_by(row.do, row.holds)
        there = {"first": first, "second": second}
        old = [link for side in taken if (link := there[side]) is not None]
        self.replaced += [link.pk for link in old]
        now = timezone.now()
        link = RecordLink(
            setting=self.setting,
            flow=self.flow.key,
            source_id=row.first_id or None,
            target_id=row.second_id or None,
            name=row.name or next((one.name for one in old), ""),
            state=State.IN_SYNC,
            origin=RecordLink.Origin.MANUAL,
            since=now,
            updated_at=now,
            due=True,
        )
        holds = row.holds if row.do == pair_file.RESTORE else pair_file.PAIRED
        kind = Kind.PAIR
        if holds in (pair_file.FIRST_SEPARATED, pair_file.SEPARATED):
            link.target_id = None
            apart.by_itself(link, row.second_id, self.ways)
            kind = Kind.SEPARATE
        elif holds == pair_file.SECOND_SEPARATED:
            link.source_id = None
            apart.by_itself(link, row.first_id, self.ways)
            kind = Kind.SEPARATE
        elif holds in (pair_file.FIRST_ALONE, pair_file.SECOND_ALONE):
            without = "target" if holds == pair_file.FIRST_ALONE else "source"
            keep_alone(link, without, "It is kept by itself, as a person said before.")
            kind = Kind.KEEP_ALONE
        elif holds in (pair_file.PAIRED_IN_PLACE, pair_file.FIRST_IN_PLACE):
            self._as_seen(link, row)
            self._in_place(link)
            kind = Kind.KEEP_PLACE
        elif holds in (pair_file.FIRST_DELETED, pair_file.SECOND_DELETED):
            self._lost(link, first=holds == pair_file.FIRST_DELETED)
        else:
            link.pinned = holds == pair_file.PAIRED_KEPT
            self._as_seen(link, row)
        self.new.append(link)
        self._note(kind, link, row)

    def _lost(self, link: RecordLink, *, first: bool) -> None:
        end = self.flow.source if first else self.flow.target
        link.state, link.cause = State.GONE, GONE_SOURCE if first else GONE_TARGET
        link.reason, link.remedy = gone_words(registry.connector_class(end.app).label)
        link.details, link.due = {"survivors": []}, False

    def _in_place(self, link: RecordLink) -> None:
        link.state, link.cause, link.due = State.EXCLUDED, KEPT_ELSEWHERE, False
        link.reason = "A person said that it stays as it is."

    def _as_seen(self, link: RecordLink, row: PairFileRow) -> None:
        """Where the field map is the same, a change of either side since then is known as one;
        otherwise the next sync compares the values."""
        seen = seen_of(row.seen, self.mark) if row.do == pair_file.RESTORE else None
        if seen is None:
            return
        link.source_digest = bytes.fromhex(seen.first_digest) or None
        link.target_digest = bytes.fromhex(seen.second_digest) or None
        link.source_modified, link.target_modified = seen.first_modified, seen.second_modified
        link.version, link.due = self.setting.map_version, bool(seen.due)

    def _note(self, kind: str, link: RecordLink, row: PairFileRow) -> None:
        details: dict[str, Any] = {"by_file": self.file.pk}
        if row.do == pair_file.RESTORE:
            details["holds"] = row.holds
        made = row_of(
            self.user,
            kind,
            link,
            target_id=row.second_id,
            reason=row.reason,
            details=details,
        )
        self.decisions.append(made)
