"""Carrying out planned rows: say what is about to happen, do it, write down what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations import guards
from integrations.connector import Written
from integrations.errors import StopRun, TryLater
from integrations.http import ANSWER_LOST_AFTER
from integrations.models import Change
from integrations.sync.answers import record_answers
from integrations.sync.approved import still_valid
from integrations.sync.context import Context, wire_values
from integrations.sync.lease import Lease, LeaseLost
from integrations.sync.match import Matcher
from integrations.sync.notes import rows_by_source
from integrations.sync.own_writes import look_before
from integrations.sync.pages import PagePlanner
from integrations.sync.removals import REMOVALS, carry_out
from integrations.sync.sister_merges import MergeLook
from integrations.sync.sisters import Sisters
from mappings.models import RecordLink

Status, Action = Change.Status, Change.Action

WINDOW = 25
# A write leaves within this time of its intent; what cannot is said again, under the lease.
# Longer than a wait for the pace may take.
SENT_WITHIN = ANSWER_LOST_AFTER / 3
SAID_AGAIN_AFTER = SENT_WITHIN / 4
# So many failed calls one after the other mean that the app is down, not that the records are bad.
FAILURES_IN_A_ROW = 3


class Applier:
    def __init__(self, ctx: Context, lease: Lease) -> None:
        self.ctx = ctx
        self.lease = lease
        self._failures = 0
        self._planner = PagePlanner(ctx, MergeLook(ctx, lease))
        above = ctx.flow.target.above
        self._wholes = Matcher.of(ctx, ctx.target, above.entity) if above else None
        self._sisters = Sisters(ctx)

    def apply_planned(self, *, until: dt.datetime, whole: bool = False) -> bool:
        """Write the planned rows of the run, window by window. False when time ran out first.

        At least one window is written, so that every slice makes headway. `whole` leaves what
        fills no batch to be written together with rows that are planned later.
        """
        while window := self._next_window(whole=whole):
            self._apply(window)
            if timezone.now() >= until:
                return not self._next_window(whole=whole)
        return True

    def _next_window(self, *, whole: bool) -> list[Change]:
        """The next rows that go out together: one verb, at most one window or batch of them."""
        batch = self.ctx.target.entity.batch
        size = batch if batch > 1 else WINDOW
        planned = Change.objects.filter(run=self.ctx.run, status=Status.PLANNED).order_by("pk")
        rows = list(planned[:size])
        if batch > 1 and rows:
            # A full batch of one verb, though rows of another stand between them.
            verb = _verb(rows[0].action)
            actions = [action for action in Action.values if _verb(action) == verb]
            rows = list(planned.filter(action__in=actions)[:size])
            if whole and len(rows) < size:
                return []
        if not rows:
            return []
        if guards.single_writes(self.ctx.setting, rows[0]):
            return rows[:1]
        verb = _verb(rows[0].action)
        return [
            row
            for row in rows
            if _verb(row.action) == verb and not guards.single_writes(self.ctx.setting, row)
        ]

    # Before ------------------------------------------------------------------------------------

    def _apply(self, window: list[Change]) -> None:
        """One window: committed intents, calls, committed answers."""
        if self.ctx.run.recheck:
            window = still_valid(self.ctx, self._planner, window)
        look_before(self.ctx, self._wholes, window)
        said_at = timezone.now()
        window = self._intend(window)
        answers: list[tuple[Change, Written]] = []
        batch = self.ctx.target.entity.batch
        try:
            for start in range(0, len(window), batch):
                rows = window[start : start + batch]
                if timezone.now() > said_at + SAID_AGAIN_AFTER:
                    said_at = self._say_again(window[start:])
                answers += zip(rows, self._call(rows), strict=False)
        except (StopRun, TryLater):
            # What was not sent is planned again, exactly as it was.
            self._record(answers, unsent=window[len(answers) :])
            raise
        self._record(answers, unsent=[])

    def _intend(self, window: list[Change]) -> list[Change]:
        """Commit that these rows are about to be written, in one transaction with the lease.

        Rows overtaken by another run are dropped: a record that has a partner by now is not
        created, and one whose partner changed is planned anew.
        """
        guards.check_writing(self.ctx.setting.pk, self.ctx.run.pk)
        now, proof = self._saying(timezone.now())
        ids = [row.pk for row in window]
        try:
            with transaction.atomic():
                links = rows_by_source(self.ctx, window)
                new = [row.source_id for row in window if row.action == Action.CREATE]
                taken = self._sisters.taken(new)
                overtaken = [
                    row.pk
                    for row in window
                    if self._overtaken(row, links) or row.source_id in taken
                ]
                self._drop(overtaken)
                sending = Change.objects.filter(pk__in=ids, status=Status.PLANNED).update(
                    status=Status.SENDING, sent_at=now, provable_at=proof
                )
                if sending != len(ids) - len(overtaken):
                    raise LeaseLost("Rows of this run were changed by another worker.")
                self.lease.keep()
        except IntegrityError:
            # Another run is writing one of these records this moment; it is left to that run.
            if len(window) == 1:
                self._drop(ids)
                return []
            return [row for one in window for row in self._intend([one])]
        kept = [row for row in window if row.pk not in set(overtaken)]
        for row in kept:
            row.sent_at, row.provable_at = now, proof
        return kept

    def _saying(self, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """The moment of an intent, and from when on not finding the record proves its absence."""
        self.ctx.target.connector.http.write_before = now + SENT_WITHIN
        return now, now + SENT_WITHIN + ANSWER_LOST_AFTER

    def _say_again(self, rows: list[Change]) -> dt.datetime:
        """Renew the intents of the rest of a window that takes its time. Raises LeaseLost."""
        now, proof = self._saying(timezone.now())
        ours = Change.objects.filter(
            pk__in=[row.pk for row in rows], run=self.ctx.run, status=Status.SENDING
        )
        with transaction.atomic():
            self.lease.keep()
            if ours.update(sent_at=now, provable_at=proof) != len(rows):
                raise LeaseLost("Rows of this run were settled by another worker.")
        for row in rows:
            row.sent_at, row.provable_at = now, proof
        return now

    def _overtaken(self, row: Change, links: dict[str, RecordLink]) -> bool:
        link = links.get(row.source_id)
        far_id = self.ctx.links.far_id(link) if link else ""
        if row.action in {Action.UPDATE, *REMOVALS}:
            return far_id != row.target_id
        return bool(far_id)

    def _drop(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        rows = Change.objects.filter(pk__in=ids, status=Status.PLANNED)
        rows.update(
            status=Status.DROPPED,
            reason="Another sync has written this record in the meantime.",
            final_at=timezone.now(),
        )

    # The call ----------------------------------------------------------------------------------

    def _call(self, rows: list[Change]) -> Sequence[Written]:
        """One remote call for these rows. A lost answer stands in the outcome, not in an error."""
        guards.check_writing(self.ctx.setting.pk, self.ctx.run.pk)
        side = self.ctx.target
        if rows[0].action in REMOVALS:
            return self._sent(rows, lambda: self._take_out(rows))
        plain = [row for row in rows if row.action == Action.LINK and not row.values]
        if plain:
            # Pairing alone needs no call; a batch holds either such rows or writes.
            sent = [row for row in rows if row not in plain]
            done = iter(self._call(sent)) if sent else iter(())
            return [Written(id=row.target_id) if row in plain else next(done) for row in rows]
        writes = [
            (
                row.target_id,
                side.connector.body(side.entity, wire_values(row.values, row.keep), side.fields),
            )
            for row in rows
        ]
        return self._sent(
            rows, lambda: self._read_back(side.connector.write_many(side.entity, writes))
        )

    def _take_out(self, rows: list[Change]) -> Sequence[Written]:
        return carry_out(self.ctx, rows, rows_by_source(self.ctx, rows))

    def _sent(self, rows: list[Change], send: Callable[[], Sequence[Written]]) -> Sequence[Written]:
        try:
            written = send()
        except TryLater as error:
            self._failures += 1
            if error.done is False:
                raise
            if self._failures >= FAILURES_IN_A_ROW:
                self._lost(rows, error)
                raise
            return [Written(error=error) for _ in rows]
        self._failures = 0
        return written

    def _lost(self, rows: list[Change], error: TryLater) -> None:
        """Rows whose answer was lost just before the run stops are settled, not sent again."""
        now = timezone.now()
        provable = now if error.finished else now + ANSWER_LOST_AFTER
        Change.objects.filter(pk__in=[row.pk for row in rows]).update(
            status=Status.UNCERTAIN, provable_at=provable
        )
        for row in rows:
            row.status = Status.UNCERTAIN

    def _read_back(self, written: Sequence[Written]) -> Sequence[Written]:
        """Records as the app has them now, where its answer held ids only."""
        side = self.ctx.target
        bare = [item.id for item in written if item.id and item.record is None]
        if not bare:
            return written
        try:
            found = side.connector.get_many(side.entity, bare, fields=self.ctx.read_from_target)
        except (StopRun, TryLater):
            # Written they are. What they look like is read when they are compared next; and what
            # stops the run meets its next call as well.
            return written
        return [
            Written(item.id, found.get(item.id)) if item.record is None and item.id else item
            for item in written
        ]

    # After -------------------------------------------------------------------------------------

    def _record(self, answers: list[tuple[Change, Written]], unsent: list[Change]) -> None:
        """Commit what came of a window: rows, pairs, the index and the counts."""
        links = rows_by_source(self.ctx, [row for row, _ in answers])
        unsent = [row for row in unsent if row.status != Status.UNCERTAIN]
        record_answers(self.ctx, self.lease, answers, links, unsent=unsent)


def _verb(action: str) -> str:
    """Rows of one verb may go out together."""
    if action in REMOVALS:
        return "remove"
    return "create" if action == Action.CREATE else "write"
