"""The missed-notification meter: changes that were told of, against changes found by reading.

Notifications get lost, silently: an app sends once, or only so many a day. Syncs by the clock find
what was not told of, so nothing is lost; but somebody has to know that the clock is what keeps
the books right. Only news is counted, on either side: records for which a sync had to decide
something. What comes back from our own writes is none.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from integrations.legs import read_by
from integrations.models import Channel, NotificationCount, NotifiedRecord, SyncRun
from mappings.values import moment

# So long a notification may take: sooner nothing counts as missed.
GRACE = dt.timedelta(minutes=2)
# A clock may differ by this much, and a notification come before the record's modified time.
SKEW = dt.timedelta(minutes=2)
SHOWN_DAYS = 7
# An alarm: so many changes in a row without any notification, or so many of a hundred missed.
SILENT, MISSED, MISSED_PERCENT = 5, 5, 10

Trigger = SyncRun.Trigger


@dataclass(frozen=True)
class Count:
    """One source over the last days: changes told of, and changes found only by reading."""

    entity: str
    told: int
    missed: int

    @property
    def percent(self) -> int:
        """How many of a hundred changes were not told of."""
        return round(100 * self.missed / (self.told + self.missed)) if self.missed else 0


@dataclass(frozen=True)
class Alarm:
    """A channel that does not do what it should: what that means, and what to do.

    The sentences speak of "it", the organisation, and of the button on its page. Nothing is lost
    in any case: what is not told of is found by the clock.
    """

    channel: Channel
    says: str
    remedy: str
    since: dt.datetime | None


def count_all() -> None:
    for channel in Channel.objects.filter(told_since__isnull=False).defer("secret"):
        count(channel)


def count(channel: Channel) -> None:
    """Count the syncs that have ended since this was done last; twice at once counts once."""
    until = timezone.now() - GRACE
    since = max(filter(None, (channel.counted_until, channel.told_since)))
    if until <= since:
        return
    connection = channel.connection_id
    runs = SyncRun.objects.filter(
        Q(setting__integration__ledger=connection) | Q(setting__integration__other=connection),
        mode=SyncRun.Mode.LIVE,
        act=SyncRun.Act.SYNC,
        status=SyncRun.Status.DONE,
        finished_at__gt=since,
        finished_at__lte=until,
    ).order_by("pk")
    told: Counter[tuple[str, dt.date]] = Counter()
    missed: Counter[tuple[str, dt.date]] = Counter()
    for run in runs:
        end = read_by(run.flow, run.direction)
        if end.app != channel.connection.app or end.entity not in channel.entities:
            continue
        key = (end.entity, timezone.localdate(run.finished_at))
        if run.trigger == Trigger.WEBHOOK:
            told[key] += run.changes.count()
        elif run.only_ids is None:
            news = _found(run, since=channel.told_since or since)
            known = _told(channel, end.entity, news)
            told[key] += known
            missed[key] += len(news) - known
    _add(channel, until, told, missed)


def _found(run: SyncRun, since: dt.datetime) -> dict[str, dt.datetime]:
    """Records of an unlimited sync that changed since the one before it, by when they changed."""
    before = (
        SyncRun.objects.filter(
            setting=run.setting_id,
            flow=run.flow,
            direction=run.direction,
            mode=SyncRun.Mode.LIVE,
            act=SyncRun.Act.SYNC,
            only_ids__isnull=True,
            pk__lt=run.pk,
        )
        .order_by("-pk")
        .first()
    )
    if before is None:
        return {}
    found = {}
    for record_id, modified in run.changes.values_list("source_id", "source_modified").iterator():
        at = moment(modified)
        if at is not None and at >= max(since, before.created_at):
            found[record_id] = at
    return found


def _told(channel: Channel, entity: str, news: dict[str, dt.datetime]) -> int:
    """How many of these changes some notification named, in time or late."""
    ids = list(news)
    known: set[str] = set()
    for start in range(0, len(ids), 500):
        rows = NotifiedRecord.objects.filter(
            event__channel=channel, entity=entity, record_id__in=ids[start : start + 500]
        ).values_list("record_id", "event__received_at")
        known |= {record_id for record_id, at in rows if at >= news[record_id] - SKEW}
    return len(known)


def _add(
    channel: Channel,
    until: dt.datetime,
    told: Counter[tuple[str, dt.date]],
    missed: Counter[tuple[str, dt.date]],
) -> None:
    with transaction.atomic():
        ours = Channel.objects.filter(pk=channel.pk, counted_until=channel.counted_until)
        number = missed.total()
        # Whether a notification came after the last of these is not looked at: the next one that
        # comes ends the silence.
        if not ours.update(counted_until=until, silent_for=F("silent_for") + number):
            return
        for key in {*told, *missed}:
            row, _ = NotificationCount.objects.get_or_create(
                channel=channel, entity=key[0], day=key[1]
            )
            NotificationCount.objects.filter(pk=row.pk).update(
                told=F("told") + told[key], missed=F("missed") + missed[key]
            )


def counts(channel: Channel) -> list[Count]:
    """Each source over the last days, those without any change included."""
    first = timezone.localdate() - dt.timedelta(days=SHOWN_DAYS - 1)
    rows = (
        NotificationCount.objects.filter(channel=channel, day__gte=first)
        .order_by()
        .values("entity")
        .annotate(told_sum=Sum("told"), missed_sum=Sum("missed"))
    )
    found = {
        row["entity"]: Count(row["entity"], row["told_sum"], row["missed_sum"]) for row in rows
    }
    return [
        found.get(name, Count(name, 0, 0)) for name in dict.fromkeys([*channel.entities, *found])
    ]


def alarms(channels: Iterable[Channel] | None = None) -> list[Alarm]:
    """Every channel that should tell of changes and does not, or not of all."""
    rows = Channel.objects.select_related("connection").defer("secret")
    rows = rows.order_by("connection__app", "connection__name")
    found = [_alarm(channel) for channel in (rows if channels is None else channels)]
    return [alarm for alarm in found if alarm is not None]


def _alarm(channel: Channel) -> Alarm | None:
    active = channel.status == Channel.Status.ACTIVE
    if channel.status == Channel.Status.REFUSED or (active and channel.lapsed):
        says = f"It does not tell this office of changes any more. {channel.reason}".strip()
        remedy = "Put right what the reason names, if there is one, then press Ask again."
        return Alarm(channel, says, remedy, channel.expires_at or channel.asked_at)
    if not active:
        return None
    if channel.silent_for >= SILENT:
        says = (
            f"It has gone silent: {channel.silent_for:,} changes in a row were found only by "
            "reading."
        )
        remedy = (
            "Press Ask again. If it stays silent, tell whoever runs this installation that it "
            "cannot be reached from there, or that the day's notifications are used up."
        )
        return Alarm(channel, says, remedy, channel.last_event_at or channel.told_since)
    rows = counts(channel)
    told, missed = sum(row.told for row in rows), sum(row.missed for row in rows)
    if missed >= MISSED and 100 * missed > MISSED_PERCENT * (told + missed):
        says = (
            f"It told this office of {told:,} of {told + missed:,} changes in the last "
            f"{SHOWN_DAYS} days."
        )
        remedy = (
            "Set the module to sync more often, and tell whoever runs this installation that "
            "notifications get lost."
        )
        return Alarm(channel, says, remedy, None)
    return None
