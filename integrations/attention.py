"""What waits for a person, and what of it has been decided: the querysets behind the screens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from integrations import causes
from integrations.causes import Cause
from integrations.models import Change
from integrations.secrets import SECRETS
from mappings.models import RecordLink

State = RecordLink.State
FOR_PEOPLE = (State.FAILING, State.GONE, State.UNDECIDED, State.CONFLICT)
# All records of these states are decided on one page, whatever brought them there.
BY_STATE = {
    State.UNDECIDED: causes.DUPLICATES,
    State.CONFLICT: causes.BOTH_SIDES,
    State.GONE: causes.GONE,
}
# Changed on both sides, what differs in a field that finance owns or money goes by, and in a pair
# that was taken over.
_OF_FIELDS = (*causes.LOOKED_AT_SINGLY, causes.TAKEN_OVER.key)
DIFFERENT = Q(state=State.CONFLICT) | Q(state=State.FAILING, cause__in=_OF_FIELDS)
DIGESTS = ("source_digest", "target_digest")
# Decided, and written with the module's next sync.
_LOOKED_AT_TWICE = Q(cause=causes.SECOND_LOOK.key)
DECIDED = Q(due=True) & (
    ~_LOOKED_AT_TWICE & ~Q(decision="") | _LOOKED_AT_TWICE & Q(details__has_key="answered")
)


@dataclass(frozen=True)
class Group:
    """Records that need a person for one cause: how many, since when, how many tried again."""

    cause: Cause
    count: int
    oldest: dt.datetime
    on_their_way: int = 0


def _put_off() -> Q:
    return Q(later_until__gt=timezone.now())


def put_off() -> QuerySet[RecordLink]:
    """Records that somebody decides later; they are still open."""
    return RecordLink.objects.filter(_put_off(), state__in=FOR_PEOPLE)


def open_records() -> QuerySet[RecordLink]:
    """Every record that waits for a person, the longest waiting first."""
    rows = RecordLink.objects.filter(state__in=FOR_PEOPLE).exclude(DECIDED).exclude(_put_off())
    return rows.order_by("since", "pk")


def groups() -> list[Group]:
    """By cause, the most first; what is not confirmed last, as nobody has to do anything."""
    found: dict[str, Group] = {}
    rows = (
        open_records()
        .order_by()
        .values_list("state", "cause")
        .annotate(
            number=Count("pk"), oldest=Min("since"), on_their_way=Count("pk", filter=Q(due=True))
        )
    )
    for state, key, count, oldest, due in rows:
        cause = BY_STATE.get(State(state)) or causes.cause_of(key)
        before = found.get(cause.key, Group(cause, 0, oldest))
        found[cause.key] = Group(
            cause, before.count + count, min(before.oldest, oldest), before.on_their_way + due
        )
    ordered = sorted(found.values(), key=lambda group: (-group.count, group.cause.title))
    lost = unconfirmed().order_by().aggregate(count=Count("pk"), oldest=Min("created_at"))
    if lost["count"]:
        ordered.append(Group(causes.NOT_CONFIRMED, lost["count"], lost["oldest"]))
    return ordered


def is_known(key: str) -> bool:
    """Whether it is a cause of this product, or one a connector has brought along to a record."""
    return key in causes.CAUSES or (
        RecordLink.objects.filter(state=State.FAILING, cause=key).exists()
    )


def of_cause(key: str) -> QuerySet[RecordLink]:
    """The open records of one cause."""
    for state, cause in BY_STATE.items():
        if cause.key == key:
            return open_records().filter(state=state)
    return open_records().filter(state=State.FAILING, cause=key)


def unconfirmed() -> QuerySet[Change]:
    """Writes whose answer was lost, the oldest first."""
    return Change.objects.filter(status=Change.Status.UNCERTAIN).order_by("created_at", "pk")


def duplicates() -> QuerySet[RecordLink]:
    """Records that look like others, not decided yet and not put off."""
    return of_cause(causes.DUPLICATES.key)


def duplicates_put_off() -> QuerySet[RecordLink]:
    rows = RecordLink.objects.filter(_put_off(), state=State.UNDECIDED)
    return rows.exclude(DECIDED).order_by("later_until", "pk")


def differences() -> QuerySet[RecordLink]:
    """Records of which somebody has to say whose values stay."""
    return open_records().filter(DIFFERENT)


def moved() -> QuerySet[RecordLink]:
    """Records whose place in the other app is another one by now."""
    return of_cause(causes.MOVED.key)


def gone() -> QuerySet[RecordLink]:
    """Pairs of which one side was deleted in its app."""
    return of_cause(causes.GONE.key)


def decided(*states: str) -> QuerySet[RecordLink]:
    """Decided by a person, and not yet written."""
    return RecordLink.objects.filter(DECIDED, state__in=states).order_by("since", "pk")


def found_by(rows: QuerySet[RecordLink], text: str) -> QuerySet[RecordLink]:
    """The records whose name begins with the text, or whose id is the text."""
    text = text.strip().replace("\x00", "")
    if not text:
        return rows
    ids = Q(source_id=text) | Q(target_id=text)
    return rows.filter(ids if text.isdigit() else ids | Q(name__istartswith=text))


def listed(rows: QuerySet[RecordLink]) -> QuerySet[RecordLink]:
    """With what a list shows of each: its module's integration, the two organisations; no token."""
    grants = [f"setting__integration__{side}__grant" for side in ("ledger", "other")]
    secrets = [f"{grant}__{name}" for grant in grants for name in SECRETS]
    return rows.select_related(*grants).defer(*DIGESTS, *secrets)
