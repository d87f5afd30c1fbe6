"""What Books' error codes mean: https://www.zoho.com/books/api/v3/errors/."""

from __future__ import annotations

import datetime as dt

from integrations.connector import Code
from integrations.errors import Misconfigured, Missing, Rejected, TryLater

_INVALID = ("{message}", "Correct it where the record comes from.")

CODES: tuple[Code, ...] = (
    Code("2", Rejected, *_INVALID, cause="invalid"),
    Code("4", Rejected, *_INVALID, cause="invalid"),
    Code(
        "43",
        TryLater,
        "{name} has blocked requests for a while: too many in a minute.",
        after=dt.timedelta(hours=1),
    ),
    Code("44", TryLater, "{name} takes no more requests this minute."),
    Code(
        "45",
        TryLater,
        "{name} takes no more requests today.",
        "The sync goes on by itself tomorrow; a larger Zoho plan allows more a day.",
        after=dt.timedelta(hours=6),
    ),
    Code(
        "1070",
        TryLater,
        "{name} is working on too many requests.",
        after=dt.timedelta(seconds=5),
    ),
    Code(
        "6041",
        Misconfigured,
        "The sign-in used for {name} does not belong to that organisation.",
        "Choose the organisation again on the connection page.",
    ),
    Code("1002", Missing, "{message}", "It may have been deleted in Books.", cause="missing"),
    Code(
        "2049",
        Rejected,
        "{message}",
        "It stays. Make it inactive instead, in Books or here.",
        cause="in_use",
    ),
    Code("2006", Missing, "{message}", "It may have been deleted in Books.", cause="missing"),
    Code(
        "1001",
        Rejected,
        "{message}",
        "Change one of the two, or pair this record with the existing one.",
        cause="name_taken",
    ),
    Code(
        "2076",
        Rejected,
        "{message}",
        "Make a new item of the other type in Books, or change it back at the source.",
        cause="fixed_field",
    ),
    Code(
        "3062",
        Rejected,
        "{message}",
        "Rename one of the two, or pair this record with the existing one.",
        cause="name_taken",
    ),
    Code(
        "3000",
        Rejected,
        "{message}",
        "It stays. Make it inactive instead, in Books or here.",
        cause="in_use",
    ),
    Code(
        "9004",
        Rejected,
        "The currency is not set up in Zoho Books.",
        "Add it in Books under Settings > Currencies.",
        cause="unknown_choice",
    ),
)
