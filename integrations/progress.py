"""How far a sync has come, how fast it goes, what it still takes: arithmetic on counts, no more."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mappings.counting import counted

# A pace is told of the last minutes, and not before they are this long.
LAST_MINUTES = 180.0
SHORTEST = 10.0


@dataclass(frozen=True)
class Figures:
    """A sync at one instant, counted at once. Spans in seconds, `most` in records a minute.

    Changes are what a sync has to write: each is exactly one of `planned`, `sending`,
    `unconfirmed`, `written`, `refused`, `dropped`. Of a preview all it found are `planned`.
    """

    open: bool = True
    preview: bool = False
    reading: bool = True  # not all is read yet
    moving: bool = True  # it is worked on, or goes on by itself before long
    meanwhile: bool = True  # it writes while it reads
    read: int = 0
    expected: int | None = None
    planned: int = 0
    sending: int = 0
    unconfirmed: int = 0
    written: int = 0
    refused: int = 0
    dropped: int = 0
    recent: int = 0  # written within the last minutes
    recent_span: float = 0.0  # from the first of them being sent to the last being answered
    worked: float = 0.0
    most: float | None = None  # what the apps let through while writing; None without a limit

    @property
    def total(self) -> int:
        return self.still_open + self.done

    @property
    def still_open(self) -> int:
        return self.planned + self.sending + self.unconfirmed

    @property
    def not_written(self) -> int:
        return self.refused + self.dropped

    @property
    def done(self) -> int:
        return self.written + self.not_written


@dataclass(frozen=True)
class Bar:
    """`most` is None where it is not known how much there is."""

    label: str
    value: int
    most: int | None


@dataclass(frozen=True)
class Progress:
    """What a page says of it; `pace` and `left` are empty where there is nothing true to say."""

    said: str
    bar: Bar | None
    pace: str
    left: str


def progress_of(figures: Figures) -> Progress:
    return Progress(_said(figures), _bar(figures), _pace(figures), _left(figures))


# Counts -------------------------------------------------------------------------------------------


def _said(at: Figures) -> str:
    if at.preview:
        found = f", {counted(at.total, 'change')} found" if at.total else ""
        return f"{_read(at)}{found}."
    if not at.total:
        # What takes records out of use reads no list.
        none = "" if at.open else " Nothing was to be written."
        return f"{_read(at)}.{none}"
    if at.read or at.reading:
        return f"{_read(at)}. {_changes(at)}."
    return f"{_changes(at)}."


def _read(at: Figures) -> str:
    if not at.open or not at.reading:
        return f"{counted(at.read, 'record')} read"
    if at.expected is None:
        return f"{counted(at.read, 'record')} read so far"
    return f"{at.read:,} of {counted(at.expected, 'record')} read"


def _changes(at: Figures) -> str:
    """Such as "150 of 212 changes done: 140 written, 10 not written, 25 being written, …"."""
    parts = (
        (at.written, "written"),
        (at.not_written, "not written"),
        (at.sending, "being written"),
        (at.unconfirmed, "not confirmed yet"),
        (at.planned, "waiting to be written"),
    )
    listed = ", ".join(f"{number:,} {what}" for number, what in parts if number)
    if not at.open:
        return f"{counted(at.total, 'change')}: {listed}"
    found = " found so far" if at.reading else ""
    return f"{at.done:,} of {counted(at.total, 'change')}{found} done: {listed}"


def _bar(at: Figures) -> Bar | None:
    if not at.open:
        return None
    writes = at.total > 0 and not at.preview
    if not at.reading or (writes and at.meanwhile and at.read == at.expected):
        return Bar("Changes done", at.done, at.total) if writes else None
    if at.expected and writes and at.meanwhile:
        # What is read and not yet written is not done.
        return Bar("Records done", max(at.read - at.still_open, 0), at.expected)
    if at.expected:
        return Bar("Records read", at.read, at.expected)
    # One without an end says that something goes on, so only while it does.
    return Bar("Records read", at.read, None) if at.moving else None


# Pace ---------------------------------------------------------------------------------------------


def _pace(at: Figures) -> str:
    if not at.moving:
        return ""
    if (writing := _writing(at)) is not None:
        return f"{counted(_whole(writing), 'record')} written a minute"
    if (reading := _reading(at)) is not None:
        return f"{counted(_whole(reading), 'record')} read a minute"
    return ""


def _writing(at: Figures) -> float | None:
    """Records written a minute, as measured. An app lets a minute's requests through at once and
    then none, so a short span may show more than it ever allows."""
    if at.preview or not at.recent or at.recent_span < SHORTEST:
        return None
    measured = at.recent / at.recent_span * 60
    return measured if at.most is None else min(measured, at.most)


def _reading(at: Figures) -> float | None:
    """Records read a minute, where writing takes none of the time."""
    writes = at.meanwhile and not at.preview and at.total > 0
    if not at.reading or not at.read or at.worked < SHORTEST or writes:
        return None
    return at.read / at.worked * 60


def _whole(rate: float) -> int:
    return max(1, round(rate))


# What is left -------------------------------------------------------------------------------------


def _left(at: Figures) -> str:
    minutes = _minutes_left(at) if at.moving else None
    return minutes_words(minutes) if minutes else ""


def _minutes_left(at: Figures) -> float | None:
    """None where it is not known how much there is, or how fast it goes."""
    if at.reading and at.expected is None:
        return None
    unread = max((at.expected or 0) - at.read, 0) if at.reading else 0
    to_write = 0.0
    if not at.preview:
        # The records to come need as many writes as those read so far.
        to_write = at.still_open + (unread * at.total / at.read if at.read else 0)
    writing = _writing(at) or at.most
    if to_write and not writing:
        return None
    minutes = to_write / writing if writing else 0.0
    # Where it writes meanwhile, reading is part of that pace.
    if unread and not (at.meanwhile and to_write):
        reading = _reading(at)
        return minutes + unread / reading if reading else None
    return minutes


def minutes_words(minutes: float) -> str:
    """Such as "less than a minute", "about 7 minutes", "about 3 hours"."""
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        return f"about {counted(math.ceil(minutes), 'minute')}"
    return f"about {round(minutes / 60)} hours"


def lasted_words(seconds: float) -> str:
    """Such as "3.2 s", "12 min 3 s", "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
