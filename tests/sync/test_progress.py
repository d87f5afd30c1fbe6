"""What is told of how far a sync has come: pure arithmetic."""

from __future__ import annotations

import re
from typing import Any

import pytest

from integrations.progress import Bar, Figures, lasted_words, minutes_words, progress_of

WRITING: dict[str, Any] = {"reading": False, "read": 300, "expected": 300}
MID = {**WRITING, "written": 140, "refused": 10, "sending": 25, "planned": 37}
READING: dict[str, Any] = {"read": 200, "expected": 1000, "worked": 60}
CASES: list[tuple[str, dict[str, Any], tuple[str, Bar | None, str, str]]] = [
    (
        "just started",
        {},
        ("0 records read so far.", Bar("Records read", 0, None), "", ""),
    ),
    (
        "not begun",
        {"moving": False},
        ("0 records read so far.", None, "", ""),
    ),
    (
        "reading, too short for a pace",
        {"read": 400, "expected": 1000, "worked": 4.85},
        ("400 of 1,000 records read.", Bar("Records read", 400, 1000), "", ""),
    ),
    (
        "reading, nothing to write so far",
        READING,
        (
            "200 of 1,000 records read.",
            Bar("Records read", 200, 1000),
            "200 records read a minute",
            "about 4 minutes",
        ),
    ),
    (
        "reading a list of unknown length",
        {"read": 200, "worked": 60},
        (
            "200 records read so far.",
            Bar("Records read", 200, None),
            "200 records read a minute",
            "",
        ),
    ),
    (
        "a preview: what it finds is not written, so it takes no time",
        {**READING, "preview": True, "planned": 50, "most": 10},
        (
            "200 of 1,000 records read, 50 changes found.",
            Bar("Records read", 200, 1000),
            "200 records read a minute",
            "about 4 minutes",
        ),
    ),
    (
        "on schedule: all is read, then written",
        {**READING, "meanwhile": False, "planned": 20, "most": 10},
        (
            (
                "200 of 1,000 records read. 0 of 20 changes found so far done: "
                "20 waiting to be written."
            ),
            Bar("Records read", 200, 1000),
            "200 records read a minute",
            "about 14 minutes",
        ),
    ),
    (
        "writing while reading: what comes needs as many writes",
        {**READING, "written": 75, "sending": 25, "recent": 75, "recent_span": 45, "planned": 100},
        (
            (
                "200 of 1,000 records read. 75 of 200 changes found so far done: "
                "75 written, 25 being written, 100 waiting to be written."
            ),
            Bar("Records done", 75, 1000),
            "100 records written a minute",
            "about 10 minutes",
        ),
    ),
    (
        "all is read, and it is not yet certain that nothing follows",
        {**READING, "read": 1000, "written": 75, "planned": 25},
        (
            (
                "1,000 of 1,000 records read. 75 of 100 changes found so far done: "
                "75 written, 25 waiting to be written."
            ),
            Bar("Changes done", 75, 100),
            "",
            "",
        ),
    ),
    (
        "the first batch in flight: the time by what the app lets through",
        {**WRITING, "sending": 25, "planned": 187, "most": 90},
        (
            (
                "300 records read. 0 of 212 changes done: "
                "25 being written, 187 waiting to be written."
            ),
            Bar("Changes done", 0, 212),
            "",
            "about 3 minutes",
        ),
    ),
    (
        "mid-batch",
        {**MID, "recent": 140, "recent_span": 168},
        (
            (
                "300 records read. 150 of 212 changes done: 140 written, 10 not written, "
                "25 being written, 37 waiting to be written."
            ),
            Bar("Changes done", 150, 212),
            "50 records written a minute",
            "about 2 minutes",
        ),
    ),
    (
        "a minute's requests at once are no pace",
        {**MID, "recent": 100, "recent_span": 12, "most": 90.0},
        (
            (
                "300 records read. 150 of 212 changes done: 140 written, 10 not written, "
                "25 being written, 37 waiting to be written."
            ),
            Bar("Changes done", 150, 212),
            "90 records written a minute",
            "less than a minute",
        ),
    ),
    (
        "a span too short, and no limit to go by",
        {**MID, "recent": 25, "recent_span": 0.3},
        (
            (
                "300 records read. 150 of 212 changes done: 140 written, 10 not written, "
                "25 being written, 37 waiting to be written."
            ),
            Bar("Changes done", 150, 212),
            "",
            "",
        ),
    ),
    (
        "held by a person, or for long",
        {**MID, "sending": 0, "planned": 62, "moving": False, "recent": 140, "recent_span": 168},
        (
            (
                "300 records read. 150 of 212 changes done: 140 written, 10 not written, "
                "62 waiting to be written."
            ),
            Bar("Changes done", 150, 212),
            "",
            "",
        ),
    ),
    (
        "an approved preview that waits to begin",
        {**WRITING, "moving": False, "planned": 212, "most": 100},
        (
            "300 records read. 0 of 212 changes done: 212 waiting to be written.",
            Bar("Changes done", 0, 212),
            "",
            "",
        ),
    ),
    (
        "stopped, one answer missing",
        {**MID, "open": False, "moving": False, "sending": 0, "unconfirmed": 1, "planned": 0}
        | {"dropped": 61, "recent": 100, "recent_span": 60},
        (
            "300 records read. 212 changes: 140 written, 71 not written, 1 not confirmed yet.",
            None,
            "",
            "",
        ),
    ),
    (
        "finished",
        {**WRITING, "open": False, "moving": False, "written": 212, "worked": 90},
        ("300 records read. 212 changes: 212 written.", None, "", ""),
    ),
    (
        "nothing to write",
        {**WRITING, "open": False, "moving": False},
        ("300 records read. Nothing was to be written.", None, "", ""),
    ),
    (
        "a finished preview",
        {**WRITING, "open": False, "moving": False, "preview": True, "planned": 1},
        ("300 records read, 1 change found.", None, "", ""),
    ),
    (
        "taking records out of use: no list is read",
        {"reading": False, "planned": 2, "written": 1, "most": 30},
        (
            "1 of 3 changes done: 1 written, 2 waiting to be written.",
            Bar("Changes done", 1, 3),
            "",
            "less than a minute",
        ),
    ),
]


@pytest.mark.parametrize(
    ("figures", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_said(figures: dict[str, Any], expected: tuple[str, Bar | None, str, str]) -> None:
    at = Figures(**figures)
    told = progress_of(at)
    assert (told.said, told.bar, told.pace, told.left) == expected
    listed = re.findall(r"([\d,]+) (?:written|not|being|waiting)", told.said)
    if listed:
        assert sum(int(number.replace(",", "")) for number in listed) == at.total


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0.4, "less than a minute"),
        (1.2, "about 2 minutes"),
        (89, "about 89 minutes"),
        (180, "about 3 hours"),
    ],
)
def test_minutes_in_words(minutes: float, words: str) -> None:
    assert minutes_words(minutes) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(3.21, "3.2 s"), (723, "12 min 3 s"), (7500, "2 h 5 min")]
)
def test_spans_in_words(seconds: float, words: str) -> None:
    assert lasted_words(seconds) == words
