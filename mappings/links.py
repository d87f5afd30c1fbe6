"""Record links of one flow, a page of ids at a time, seen from the side a run starts at.

`near` is the side a run reads, `far` the one it writes: source and target in a forward run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from mappings.fields import Parent
from mappings.models import RecordLink

State = RecordLink.State

_COLUMNS = [
    "source_id",
    "target_id",
    "flow",
    "name",
    "state",
    "cause",
    "reason",
    "remedy",
    "details",
    "waiting_flow",
    "waiting_id",
    "decision",
    "decided_target",
    "decided_fields",
    "origin",
    "pinned",
    "source_edited",
    "target_edited",
    "later_until",
    "source_digest",
    "target_digest",
    "source_modified",
    "target_modified",
    "version",
    "planned_version",
    "due",
    "attempts",
    "retry_at",
    "since",
    "updated_at",
]


@CharField.register_lookup
class Among(Lookup):
    """`column__among=ids`: a page of ids as one parameter. `in` has one for each, and building,
    binding and planning 200 of them costs more than finding the rows."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        ids = orjson.dumps(self.rhs).decode()
        return f"{column} IN (SELECT value FROM json_each(%s))", (*params, ids)  # noqa: S608

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*params, self.rhs)


class Seen(NamedTuple):
    """What tells at a glance whether a record has to be planned."""

    state: str
    digest: bytes | None
    modified: str
    version: int
    due: bool
    paired: bool
    planned_version: int


class Links:
    def __init__(self, setting_id: int, flow: str, *, reverse: bool = False) -> None:
        self.setting_id = setting_id
        self.flow = flow
        self.near, self.far = ("target", "source") if reverse else ("source", "target")
        self._newly_paired: set[str] = set()

    def _rows(self) -> Any:
        return RecordLink.objects.filter(setting_id=self.setting_id, flow=self.flow)

    def seen(self, ids: Sequence[str]) -> dict[str, Seen]:
        """State and digest of the page's records, without building model objects."""
        rows = self._rows().filter(**{f"{self.near}_id__among": list(ids)})
        columns = (f"{self.near}_id", "state", f"{self.near}_digest", f"{self.near}_modified")
        return {
            near_id: Seen(
                state,
                bytes(digest) if digest else None,
                modified,
                version,
                due,
                far_id is not None,
                planned,
            )
            for near_id, state, digest, modified, version, due, far_id, planned in rows.values_list(
                *columns, "version", "due", f"{self.far}_id", "planned_version"
            )
        }

    def elsewhere(self, ids: Sequence[str]) -> set[str]:
        """Records that another flow of the same module has paired, or left by themselves where a
        person separated the pair."""
        rows = RecordLink.objects.filter(
            setting_id=self.setting_id, **{f"{self.near}_id__among": list(ids)}
        ).exclude(flow=self.flow)
        paired = ~Q(**{f"{self.far}_id": None})
        # What a flow reads first is asked about by its sisters (`sync/sisters.py`).
        apart = Q(cause="separated") if self.near == "target" else Q()
        rows = rows.filter(paired | apart)
        return set(rows.values_list(f"{self.near}_id", flat=True))

    @cached_property
    def claimed(self) -> dict[str, str]:
        """Near ids that a record which is gone may have been merged into, with that one's name.
        Asked once: what is answered meanwhile is looked at by the next sync."""
        return survivors(RecordLink.objects.filter(setting_id=self.setting_id), self.near)

    @cached_property
    def promised(self) -> dict[str, str]:
        """Near ids that a person said are to be the partners of far records, with the far ids."""
        rows = RecordLink.objects.filter(
            setting_id=self.setting_id, decision=RecordLink.Decision.SAME
        ).exclude(decided_target="")
        rows = rows.filter(**{f"{self.near}_id": None})
        return dict(rows.values_list("decided_target", f"{self.far}_id"))

    def by_near(self, ids: Sequence[str]) -> dict[str, RecordLink]:
        return {self.near_id(row): row for row in self._rows().filter(**self._in(self.near, ids))}

    def by_far(self, ids: Sequence[str]) -> dict[str, RecordLink]:
        if not ids:
            return {}
        rows = RecordLink.objects.filter(setting_id=self.setting_id, **self._in(self.far, ids))
        return {self.far_id(row): row for row in rows}

    def _in(self, side: str, ids: Iterable[str]) -> dict[str, Any]:
        return {f"{side}_id__in": list(ids)}

    def near_id(self, row: RecordLink) -> str:
        return getattr(row, f"{self.near}_id") or ""

    def far_id(self, row: RecordLink) -> str:
        return getattr(row, f"{self.far}_id") or ""

    def new(self, near_id: str) -> RecordLink:
        return RecordLink(
            setting_id=self.setting_id,
            flow=self.flow,
            state=State.IN_SYNC,
            **{f"{self.near}_id": near_id},
        )

    def set_near(self, row: RecordLink, digest: bytes | None, modified: str) -> None:
        setattr(row, f"{self.near}_digest", digest)
        setattr(row, f"{self.near}_modified", modified)

    def set_far(self, row: RecordLink, far_id: str, digest: bytes | None, modified: str) -> None:
        if far_id and far_id != self.far_id(row):
            self._newly_paired.add(far_id)
        setattr(row, f"{self.far}_id", far_id)
        setattr(row, f"{self.far}_digest", digest)
        setattr(row, f"{self.far}_modified", modified)

    def near_digest(self, row: RecordLink) -> bytes | None:
        value = getattr(row, f"{self.near}_digest")
        return bytes(value) if value else None

    def far_digest(self, row: RecordLink) -> bytes | None:
        value = getattr(row, f"{self.far}_digest")
        return bytes(value) if value else None

    def far_modified(self, row: RecordLink) -> str:
        return str(getattr(row, f"{self.far}_modified"))

    def save(self, rows: Iterable[RecordLink]) -> None:
        """Insert or replace links by their near id, all in one statement.

        Where a record has just got its partner, what the other direction had noted of that one
        alone (left out, undecided) gives way. Call it inside the transaction of the write.
        """
        now = timezone.now()
        fresh = []
        for row in rows:
            # Without its key the row conflicts on the near id alone, on every database.
            row.pk = None
            row.updated_at = now
            row.since = row.since or now
            fresh.append(row)
        partners = {self.far_id(row) for row in fresh} & self._newly_paired
        if partners:
            alone = RecordLink.objects.filter(
                setting_id=self.setting_id,
                **{f"{self.near}_id": None},
                **self._in(self.far, partners),
            )
            alone.delete()
            self._newly_paired -= partners
        if fresh:
            RecordLink.objects.bulk_create(
                fresh,
                update_conflicts=True,
                unique_fields=["setting", f"{self.near}_id"],
                update_fields=[name for name in _COLUMNS if name != f"{self.near}_id"],
            )

    def due_after(self, after: int, limit: int, version: int) -> list[tuple[int, str]]:
        """(key, near id) of records to be planned though the app reports no change of them.

        A record without a partner that nobody decided on has to have been in scope by the choices
        of this `version`: it may have left the view since it was looked at.
        """
        rows = self._rows().filter(Q(due=True) | Q(retry_at__lte=timezone.now()), pk__gt=after)
        rows = rows.filter(
            ~Q(**{f"{self.far}_id": None}) | ~Q(decision="") | Q(planned_version=version)
        )
        rows = rows.exclude(**{f"{self.near}_id": None}).order_by("pk")
        return list(rows.values_list("pk", f"{self.near}_id")[:limit])

    def out_of_scope(self, version: int, reason: str) -> None:
        """Records without a partner that a full read did not bring any more are left out."""
        unread = self._rows().filter(
            **{f"{self.far}_id": None},
            decision="",
            state__in=(State.FAILING, State.UNDECIDED, State.WAITING, State.EXCLUDED),
        )
        # What a person separated or kept stays so, whatever the view.
        unread = unread.exclude(cause__in=("separated", "kept_alone", "kept_elsewhere"))
        unread.exclude(planned_version=version).update(
            state=State.EXCLUDED,
            cause="view",
            reason=reason,
            remedy="",
            details={},
            due=False,
            retry_at=None,
            planned_version=version,
            since=timezone.now(),
            updated_at=timezone.now(),
        )

    def forget(self, ids: Sequence[str]) -> None:
        """Records without a partner that are none of this flow's any more."""
        if ids:
            self._rows().filter(**{f"{self.far}_id": None}, **self._in(self.near, ids)).delete()

    def clear_due(self, ids: Sequence[str]) -> None:
        self._rows().filter(**self._in(self.near, ids)).update(due=False, retry_at=None)

    def release_waiting(self, ids: Sequence[str]) -> int:
        """Records that waited for these, on either side, are to be planned by the next run."""
        return RecordLink.objects.filter(
            state=State.WAITING, waiting_flow=self.flow, waiting_id__in=list(ids)
        ).update(due=True)

    def paired(self) -> int:
        return int(self._rows().filter(source_id__isnull=False, target_id__isnull=False).count())


def survivors(rows: QuerySet[RecordLink], place: str) -> dict[str, str]:
    """Ids that records gone at that side may have been merged into, with the name of such a one."""
    gone = rows.filter(state=State.GONE, cause=f"gone_{place}", details__has_key="survivors")
    return {
        one["id"]: name
        for name, details in gone.values_list("name", "details")
        for one in details["survivors"]
    }


def mark(row: RecordLink, state: str, now: dt.datetime) -> None:
    """Bring a link into a state; `since` keeps the time it came into it."""
    if row.state != state or not row.since:
        row.since = now
    row.state = state


def parents(
    integration_id: int, needed: Iterable[tuple[str, str]], *, reverse: bool = False
) -> dict[tuple[str, str], Parent]:
    """How the records that others point to stand; one statement for each flow named."""
    near, far = ("target", "source") if reverse else ("source", "target")
    by_flow: dict[str, list[str]] = {}
    for flow, record_id in needed:
        by_flow.setdefault(flow, []).append(record_id)
    found: dict[tuple[str, str], Parent] = {}
    for flow, ids in by_flow.items():
        rows = RecordLink.objects.filter(
            setting__integration_id=integration_id, flow=flow, **{f"{near}_id__in": ids}
        )
        for row in rows:
            why = "" if row.state == State.IN_SYNC else f"{row.name}: {row.reason}".strip(": ")
            usable = row.state != State.GONE
            target_id = (getattr(row, f"{far}_id") or "") if usable else ""
            found[(flow, getattr(row, f"{near}_id"))] = Parent(target_id, why)
    return found
